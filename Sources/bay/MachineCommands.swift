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
            guard force || grace != nil else { return .power(.shutdown, machine.id) }
            return .document(
                OperationRequest(
                    query: """
                        mutation ($id: String!, $force: Boolean, $grace: Int) {
                          powerOff(id: $id, force: $force, graceSeconds: $grace) { success message } }
                        """,
                    variables: [
                        "id": .string(machine.id.rawValue), "force": .bool(force),
                        "grace": grace.map { .int($0) } ?? .null,
                    ]))
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
        @OptionGroup var connection: Connection

        func run() throws {
            let server = try connection.open()
            let machines = try server.machines().0
            let ids = try domains.map { word throws(CommandFailure) in
                try NameLookup.machine(word, in: machines).id
            }
            let department = try NameLookup.department(department, in: try server.departments())
            guard case .adopted(let outcomes) = try server.ask(.adopt(ids, department.id)) else { return }
            for outcome in outcomes { Output.data(Text.sanitised(outcome.outcome.message) + "\n") }
            if outcomes.contains(where: { !$0.outcome.success }) { throw ExitCode(1) }
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
        // Every name is looked up before anything is done: a slip of the pen stops it all.
        let machines = try targets.machines.map { word throws(CommandFailure) in
            try NameLookup.machine(word, in: known)
        }
        var outcomes: [(success: Bool, message: String)] = machines.map { _ in (false, "the server gave no answer") }
        var refused: CommandFailure?
        try server.run(machines.map(operation), width: 4) { place, result in
            switch result {
            case .success(.outcome(let outcome)): outcomes[place] = (outcome.success, outcome.message)
            case .success(.document(let bytes)):
                let answer = (try? JSONValue(parsing: bytes))?["data"]?["powerOff"]
                outcomes[place] = (answer?["success"]?.bool ?? false, answer?["message"]?.string ?? "no answer")
            case .success: break
            case .failure(let failure):
                if case .notAllowed = failure { refused = failure }
                outcomes[place] = (false, failure.message)
            }
            return true
        }
        let rows = zip(machines, outcomes).map { machine, outcome -> [JSONValue] in
            [.string(machine.name), .bool(outcome.success), .string(outcome.message)]
        }
        if targets.json {
            Output.data(Listing(["machine", "success", "message"], rows).text(.json))
        } else {
            for (machine, outcome) in zip(machines, outcomes) {
                let line = outcome.success ? outcome.message : "\(machine.name): \(outcome.message)"
                if outcome.success {
                    Output.data(Text.sanitised(line) + "\n")
                } else {
                    Output.error(Text.sanitised(line))
                }
            }
        }
        if let refused { throw ExitCode(refused.status) }
        if outcomes.contains(where: { !$0.success }) { throw ExitCode(1) }
    }
}
