import ArgumentParser
import Core
import TUI

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Take, list, restore and delete snapshots of a machine.",
        subcommands: [Create.self, Ls.self, Restore.self, Rm.self])

    struct Target: ParsableArguments {
        @Argument(help: "The machine's name or id.", completion: .machines) var machine: String
        @OptionGroup var connection: Connection

        /// Runs an operation on the machine and tells its outcome.
        func run(_ operation: (Machine) -> TUI.Operation) throws {
            let call = try connection.call()
            let machine = try call.machine(machine, in: try call.fleet())
            guard case .outcome(let outcome) = try call.run(operation(machine)) else { return }
            guard outcome.success else { throw CallError.failed([OperationFailure(message: outcome.message)]) }
            Print.data(Text.sanitised(outcome.message) + "\n")
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Take a snapshot.")
        @OptionGroup var target: Target
        @Argument(help: "Its name. Standard: the time.") var name: String?
        @Option(help: "What it is for.") var description = ""

        func run() throws {
            let time = Timestamp(milliseconds: SystemClock.wall)
            try target.run { .createSnapshot($0.id, name: name ?? time.snapshotName, description: description) }
        }
    }

    struct Ls: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the snapshots as a tree.")
        @OptionGroup var target: Target
        @OptionGroup var output: Output

        func run() throws {
            let call = try target.connection.call()
            try output.show(try call.snapshots(of: target.machine, in: try call.fleet()))
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore", abstract: "Take the machine back to a snapshot. What changed since is lost.")
        @OptionGroup var target: Target
        @Argument(help: "The snapshot.") var name: String
        @Flag(help: "Also when the machine runs: its present state is lost.") var force = false
        @Flag(help: "Do not ask.") var yes = false

        func run() throws {
            try confirm("Take \(target.machine) back to \(name)? What changed since then is lost.", yes: yes)
            try target.run { .restoreSnapshot($0.id, name: name, forced: force) }
        }
    }

    struct Rm: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Delete a snapshot.")
        @OptionGroup var target: Target
        @Argument(help: "The snapshot.") var name: String
        @Flag(help: "Do not ask.") var yes = false

        func run() throws {
            try confirm("Delete snapshot \(name) of \(target.machine)?", yes: yes)
            try target.run { .deleteSnapshot($0.id, name: name) }
        }
    }
}
