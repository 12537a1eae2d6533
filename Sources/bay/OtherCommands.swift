import ArgumentParser
import Core
import FoundationEssentials
import Glibc
import JSON
import TUI

struct DepartmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "department", abstract: "Makes, renames, deletes and lists departments.",
        subcommands: [Create.self, Rename.self, Remove.self, All.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a department.")
        @Argument var name: String
        @OptionGroup var connection: Connection
        func run() throws { _ = try connection.open().ask(.createDepartment(name)) }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives a department another name.")
        @Argument(completion: .custom(Completion.departments)) var department: String
        @Argument var name: String
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let department = try NameLookup.department(department, in: try server.departments())
            _ = try server.ask(.renameDepartment(department.id, name))
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Deletes an empty department.")
        @Argument(completion: .custom(Completion.departments)) var department: String
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let department = try NameLookup.department(department, in: try server.departments())
            _ = try server.ask(.destroyDepartment(department.id))
        }
    }

    struct All: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists departments.")
        @OptionGroup var format: FormatOptions
        @OptionGroup var connection: Connection
        func run() throws {
            Output.data(Listing.departments(try connection.open().departments()).text(format.format))
        }
    }
}

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Takes, lists, restores and deletes snapshots.",
        subcommands: [Create.self, All.self, Restore.self, Remove.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a snapshot of a machine.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @Argument var name: String
        @Option var description = ""
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            try tell(try server.ask(.createSnapshot(machine.id, name: name, description: description)))
        }
    }

    struct All: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists a machine's snapshots.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @OptionGroup var format: FormatOptions
        @OptionGroup var connection: Connection
        func run() throws {
            Output.data(Listing.snapshots(try snapshots(of: machine, try connection.open())).text(format.format))
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a machine back to a snapshot; what changed since is lost.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @Argument var name: String
        @Flag(help: "Also while the machine runs.") var force = false
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            try confirm("Take \(machine.name) back to \(name)? What changed since then is lost.", yes)
            try tell(try server.ask(.restoreSnapshot(machine.id, name: name, forced: force)))
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "rm", abstract: "Deletes a snapshot.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @Argument var name: String
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            try confirm("Delete snapshot \(name) of \(machine.name)?", yes)
            try tell(try server.ask(.deleteSnapshot(machine.id, name: name)))
        }
    }
}

/// Says how a change ended.
private func tell(_ reply: Reply) throws {
    guard case .outcome(let outcome) = reply else { return }
    guard outcome.success else { throw CommandFailure.failed(Text.sanitised(outcome.message)) }
    Output.data(Text.sanitised(outcome.message) + "\n")
}

/// Asks before harm. Where nobody can answer, the flag has to say it.
private func confirm(_ question: String, _ yes: Bool) throws {
    if yes { return }
    guard isatty(0) == 1 else { throw CommandFailure.usage("nobody is there to be asked: give --yes") }
    Output.error(Text.sanitised(question) + " [y/N]")
    guard readLine()?.lowercased().hasPrefix("y") == true else { throw CommandFailure.failed("nothing was done") }
}

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints what happened, and with --follow what happens.")
    @Flag(help: "Go on until it is interrupted.") var follow = false
    @Option(help: "Only what came behind the event of this id.") var after: Int64?
    @Option(help: "How many of the newest.") var limit = 50
    @Flag(help: "Print a JSON object a line.") var json = false
    @OptionGroup var connection: Connection

    func run() throws {
        let server = try connection.open()
        let past: Operation = after.map { .eventsAfter($0, limit: 1000) } ?? .recentEvents(limit: limit, before: nil)
        guard case .events(let answer) = try server.ask(past) else { return }
        let events = after == nil ? answer.reversed() : answer
        for event in events { show(event) }
        guard follow else { return }
        var last = events.last?.id ?? after
        if last == nil, case .serverInfo(let info) = try server.ask(.serverInfo) { last = info.lastEvent }
        try server.run(.watchEvents(after: last)) { reply in
            if case .events(let events) = reply { for event in events { show(event) } }
            return true
        }
    }

    private func show(_ event: EventRecord) {
        let row = Listing.row(event)
        if json {
            let names = ["id", "at", "actor", "resource", "action", "message"]
            let object = JSONObject(zip(names, row).map { JSONObject.Member($0, $1) })
            Output.data(JSONText.safe(JSONValue.object(object).text) + "\n")
        } else {
            let time = event.at.iso8601.prefix(19).map { $0 == "T" ? " " : String($0) }.joined()
            Output.data(
                "\(time)  \(Text.padded(Text.sanitised(event.actor), to: 14))  \(Text.sanitised(event.message))\n")
        }
    }
}

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a GraphQL document and prints its result, or each one of a subscription.")
    @Argument(help: "A file, or - for standard input.", completion: .file(extensions: ["graphql"]))
    var file = "-"
    @Option(help: "A JSON object.") var variables = "{}"
    @Option(help: "Which operation of a document that has several.") var operation: String?
    @OptionGroup var connection: Connection

    func run() throws {
        guard case .object(let values)? = try? JSONValue(parsing: variables) else {
            throw CommandFailure.usage("--variables is no JSON object")
        }
        let text: String
        if file == "-" {
            var lines: [String] = []
            while let line = readLine(strippingNewline: false) { lines.append(line) }
            text = lines.joined()
        } else {
            do { text = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self) } catch {
                throw CommandFailure.failed("\(file) cannot be read")
            }
        }
        let server = try connection.open()
        var failure: CommandFailure?
        let request = OperationRequest(query: text, variables: values, operationName: operation)
        try server.run(.document(request)) { reply in
            guard case .document(let bytes) = reply else { return true }
            Output.data(JSONText.safe(String(decoding: bytes, as: UTF8.self)) + "\n")
            if let errors = (try? JSONValue(parsing: bytes))?["errors"]?.array {
                let codes = errors.compactMap { $0["extensions"]?["code"]?.string }
                failure =
                    codes.contains("FORBIDDEN") || codes.contains("UNAUTHENTICATED")
                    ? .notAllowed("not allowed") : .failed("the result has errors")
            }
            return true
        }
        if let failure { throw failure }
    }
}
