import ArgumentParser
import Core
import JSON
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
        static let configuration = CommandConfiguration(abstract: "Give a machine another name.")
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
        static let configuration = CommandConfiguration(abstract: "Move machines to a department.")
        @OptionGroup var targets: Targets
        @Option(help: "The department's name or id.", completion: .departments) var to: String

        func run() throws {
            let call = try targets.connection.call()
            let fleet = try call.fleet()
            let department = try call.department(to, in: fleet)
            try targets.run(call, fleet, done: "moved to \(department.name)") { .moveMachine($0.id, department.id) }
        }
    }

    struct Adopt: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take domains of the host into Bay, as machines of a department.")
        @OptionGroup var targets: Targets
        @Option(help: "The department's name or id.", completion: .departments) var to: String

        func run() throws {
            let call = try targets.connection.call()
            let fleet = try call.fleet()
            let department = try call.department(to, in: fleet)
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

    /// Runs an operation for each machine, a few at a time, and tells how each ended. One that fails stops no other.
    func run(_ call: ServerCall, _ fleet: Fleet, done: String, _ operation: (Machine) -> TUI.Operation) throws {
        var results: [(name: String, id: String?, success: Bool, message: String)] = []
        var chosen: [Machine] = []
        var places: [Int] = []
        var status: Int32 = 0
        for name in machines {
            do {
                let machine = try call.machine(name, in: fleet)
                places.append(results.count)
                chosen.append(machine)
                results.append((machine.name, machine.id.rawValue, false, ""))
            } catch {
                status = max(status, error.exitStatus)
                results.append((name, nil, false, error.message))
            }
        }
        call.runAll(chosen.map(operation), width: BulkRun.width) { index, result in
            let place = places[index]
            switch result {
            case .success(.outcome(let outcome)):
                (results[place].success, results[place].message) = (outcome.success, outcome.message)
                if !outcome.success { status = max(status, 1) }
            case .success(.adopted(let outcomes)):
                let outcome =
                    outcomes.first?.outcome ?? Outcome(success: false, message: "the server said nothing of it")
                (results[place].success, results[place].message) = (outcome.success, outcome.message)
                if !outcome.success { status = max(status, 1) }
            case .success: (results[place].success, results[place].message) = (true, done)
            case .failure(let error):
                results[place].message = error.message
                status = max(status, error.exitStatus)
            }
        }
        show(results)
        if status != 0 { throw ExitCode(status) }
    }

    private func show(_ results: [(name: String, id: String?, success: Bool, message: String)]) {
        if json {
            let rows = results.map { result -> JSONValue in
                [
                    "id": result.id.map { .string($0) } ?? .null, "name": .string(result.name),
                    "success": .bool(result.success), "message": .string(result.message),
                ]
            }
            System.write(SafeJSON.escaped(.array(rows)) + [0x0A])
            return
        }
        for result in results {
            let line = Text.sanitised("\(result.name): \(result.message)") + "\n"
            System.write(result.success ? line : "bay: " + line, to: result.success ? .output : .error)
        }
    }
}

/// A power action as a command.
protocol PowerCommand: ParsableCommand {
    static var action: MachineAction { get }
    var targets: Targets { get }
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

    func run() throws {
        let call = try targets.connection.call()
        try targets.run(call, try call.fleet(), done: "done") { .power(Self.action, $0.id) }
    }
}
