import ArgumentParser
import Core
import JSON
import TUI

struct MachineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm", abstract: "Starts, stops and changes machines.",
        subcommands: [
            Start.self, Shutdown.self, Stop.self, Reset.self, Restart.self, Suspend.self, Resume.self, Rename.self,
            Move.self, Adopt.self,
        ])

    struct Start: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Switches machines on.")
        static let action = MachineAction.start
        @OptionGroup var targets: Targets
    }
    struct Shutdown: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Asks guests to shut down.")
        static let action = MachineAction.shutdown
        @OptionGroup var targets: Targets
        @Flag(help: "Pull the plug of a guest that does not obey in time.")
        var force = false
        @Option(help: "Seconds that the guest may take.")
        var grace: Int?

        func operation(_ machine: Machine) -> Operation {
            force || grace != nil
                ? Documents.shutdown(machine.id, force: force, graceSeconds: grace) : .power(.shutdown, machine.id)
        }

        func validate() throws {
            if let grace, grace < 0 { throw ValidationError("--grace is a number of seconds, not below zero.") }
        }
    }
    struct Stop: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Pulls the plug: the guest is not asked.")
        static let action = MachineAction.stop
        @OptionGroup var targets: Targets
    }
    struct Reset: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Presses the reset button: the guest is not asked.")
        static let action = MachineAction.reset
        @OptionGroup var targets: Targets
    }
    struct Restart: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Asks guests to shut down and starts them again.")
        static let action = MachineAction.restart
        @OptionGroup var targets: Targets
    }
    struct Suspend: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Halts machines where they are.")
        static let action = MachineAction.suspend
        @OptionGroup var targets: Targets
    }
    struct Resume: PowerCommand {
        static let configuration = CommandConfiguration(abstract: "Lets suspended machines go on.")
        static let action = MachineAction.resume
        @OptionGroup var targets: Targets
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives a machine another name.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @Argument var name: String
        @OptionGroup var connection: Connection

        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            _ = try server.ask(.renameMachine(machine.id, name))
        }
    }

    struct Move: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Moves a machine to a department.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @Argument(completion: .custom(Completion.departments)) var department: String
        @OptionGroup var connection: Connection

        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            let department = try NameLookup.department(department, in: try server.departments())
            _ = try server.ask(.moveMachine(machine.id, department.id))
        }
    }

    struct Adopt: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes domains that were found on the host into Bay's records; they are not changed.")
        @Argument(completion: .custom(Completion.machines)) var domains: [String]
        @Option(completion: .custom(Completion.departments)) var department: String
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var connection: Connection

        func run() throws {
            let server = try connection.open()
            let machines = try NameLookup.machines(domains, in: try server.machines().0)
            let department = try NameLookup.department(department, in: try server.departments())
            var results = ItemResults(machines)
            guard case .adopted(let outcomes) = try server.ask(.adopt(machines.map(\.id), department.id)) else {
                return
            }
            for outcome in outcomes {
                if let place = machines.firstIndex(where: { $0.id == outcome.id }) {
                    results.set(place, outcome.outcome)
                }
            }
            try tell(results, json: json)
        }
    }
}

/// Which machines a command is about.
struct Targets: ParsableArguments {
    @Argument(help: "Names or ids.", completion: .custom(Completion.machines))
    var machines: [String]
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var connection: Connection
}

/// A power action on machines by name: one line for each, and the exit status 1 if any failed.
protocol PowerCommand: ParsableCommand {
    static var action: MachineAction { get }
    var targets: Targets { get }
    func operation(_ machine: Machine) -> Operation
}

extension PowerCommand {
    func operation(_ machine: Machine) -> Operation { .power(Self.action, machine.id) }

    func run() throws {
        let server = try targets.connection.open()
        let known = try server.machines().0
        // Every name is looked up before anything is done.
        let machines = try NameLookup.machines(targets.machines, in: known)
        var results = ItemResults(machines)
        do throws(CommandFailure) {
            try server.run(machines.map(operation), width: parallelism) { place, result in
                switch result {
                case .success(.outcome(let outcome)): results.set(place, outcome)
                case .success(.document(let payload)): results.set(place, Documents.outcome(payload))
                case .success: break
                case .failure(let failure): results.set(place, .failure(failure))
                }
                return true
            }
        } catch {
            results.lose(error)
        }
        try tell(results, json: targets.json)
    }
}

/// How many operations of one command run at once.
private let parallelism = 4

/// Says how each ended, and ends with the status of the worst.
private func tell(_ results: ItemResults, json: Bool) throws {
    if json {
        Output.data(results.json)
    } else {
        let (done, failed) = results.lines
        if !done.isEmpty { Output.data(done) }
        if !failed.isEmpty { Output.error(String(failed.dropLast())) }
    }
    if results.status != 0 { throw ExitCode(results.status) }
}
