import ArgumentParser
import Core
import TUI

struct VM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm", abstract: "Start, stop and change machines, by name or id.",
        subcommands: [
            Start.self, Shutdown.self, Stop.self, Reset.self, Restart.self, Suspend.self, Resume.self, Rename.self,
            Move.self, Adopt.self,
        ])

    struct Start: PowerCommand {
        static let action = MachineAction.start
        @OptionGroup var targets: Targets
    }
    struct Shutdown: PowerCommand {
        static let action = MachineAction.shutdown
        @OptionGroup var targets: Targets
        @Flag(help: "Pull the plug of a guest that does not obey in time.") var force = false
        @Option(help: "Seconds that the guest may take.") var grace: Int?

        func validate() throws {
            if let grace, grace < 0 { throw ValidationError("--grace is a number of seconds, not below zero") }
        }

        func operation(_ machine: Machine) -> TUI.Operation {
            force || grace != nil
                ? Documents.shutdown(machine.id, force: force, graceSeconds: grace) : .power(.shutdown, machine.id)
        }
    }
    struct Stop: PowerCommand {
        static let action = MachineAction.stop
        @OptionGroup var targets: Targets
    }
    struct Reset: PowerCommand {
        static let action = MachineAction.reset
        @OptionGroup var targets: Targets
    }
    struct Restart: PowerCommand {
        static let action = MachineAction.restart
        @OptionGroup var targets: Targets
    }
    struct Suspend: PowerCommand {
        static let action = MachineAction.suspend
        @OptionGroup var targets: Targets
    }
    struct Resume: PowerCommand {
        static let action = MachineAction.resume
        @OptionGroup var targets: Targets
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rename", abstract: "Give a machine another name.")
        @Argument(help: "The machine's name or id.", completion: .machines) var machine: String
        @Argument(help: "Its new name.") var name: String
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            let machine = try call.machine(machine, in: try call.fleet())
            _ = try call.run(.renameMachine(machine.id, name))
        }
    }

    struct Move: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "move", abstract: "Move machines to a department.")
        @OptionGroup var targets: Targets
        @Option(help: "The department; without it, the last word names it.", completion: .departments) var to: String?

        func validate() throws {
            if to == nil, targets.machines.count < 2 { throw ValidationError("name the department too") }
        }

        func run() throws {
            var targets = targets
            let to = to ?? targets.machines.removeLast()
            let call = try targets.connection.call()
            let fleet = try call.fleet()
            let department = try call.department(to, in: fleet)
            try targets.run(call, fleet, done: "moved to \(department.name)") { .moveMachine($0.id, department.id) }
        }
    }

    struct Adopt: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "adopt", abstract: "Take domains of the host into Bay, as machines of a department.")
        @OptionGroup var targets: Targets
        @Option(
            name: [.long, .customLong("to")], help: "The department's name or id.", completion: .departments)
        var department: String

        func run() throws {
            let call = try targets.connection.call()
            let fleet = try call.fleet()
            let department = try call.department(department, in: fleet)
            try targets.run(call, fleet, done: "adopted") { .adopt([$0.id], department.id) }
        }
    }
}

/// The machines that a command is about, and how its results are told.
struct Targets: ParsableArguments {
    @Argument(help: "Names or ids of machines.", completion: .machines) var machines: [String]
    @Flag(help: "Print the results as JSON.") var json = false
    @OptionGroup var connection: Connection

    func validate() throws {
        if machines.isEmpty { throw ValidationError("name at least one machine") }
    }

    /// Runs an operation for each machine, a few at a time, and tells how each ended. One that fails stops no other; but
    /// before the first begins, it is known of every name whose it is.
    func run(_ call: ServerCall, _ fleet: Fleet, done: String, _ operation: (Machine) -> TUI.Operation) throws {
        let chosen = try fleet.machines(named: machines)
        var results = ItemResults()
        let places = chosen.map { results.add($0.name, id: $0.id.rawValue) }
        call.runAll(chosen.map(operation), width: BulkRun.width) { index, result in
            results.set(places[index], result, done: done)
        }
        if json {
            Print.data(results.json)
        } else {
            let (succeeded, failed) = results.lines
            Print.data(succeeded)
            System.write(failed, to: .error)
        }
        if results.status != 0 { throw ExitCode(results.status) }
    }
}

/// A power action as a command.
protocol PowerCommand: ParsableCommand {
    static var action: MachineAction { get }
    var targets: Targets { get }
    func operation(_ machine: Machine) -> TUI.Operation
}

extension PowerCommand {
    static var configuration: CommandConfiguration {
        let abstract =
            switch action {
            case .start: "Start machines; wakes those that are suspended."
            case .shutdown: "Ask guests to shut down."
            case .stop: "Force machines off: what the guest has not written is lost."
            case .reset: "Press the reset button: what the guest has not written is lost."
            case .restart: "Ask guests to shut down, and start them again."
            case .suspend: "Stop machines where they are, in memory."
            case .resume: "Let suspended machines go on."
            }
        return CommandConfiguration(commandName: action.rawValue, abstract: abstract)
    }

    func operation(_ machine: Machine) -> TUI.Operation { .power(Self.action, machine.id) }

    func run() throws {
        let call = try targets.connection.call()
        try targets.run(call, try call.fleet(), done: "done", operation)
    }
}
