import ArgumentParser
import Core
import JSON
import TUI

struct DepartmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "department", abstract: "Makes, renames, deletes and lists departments.",
        subcommands: [Create.self, Rename.self, Remove.self, All.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a department and prints its id.")
        @Argument var name: String
        @OptionGroup var connection: Connection
        func run() throws {
            guard case .changedDepartment(let department) = try connection.open().ask(.createDepartment(name)) else {
                return
            }
            Output.data(Text.sanitised(department.id.rawValue) + "\n")
        }
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
            try format.show(.departments(try connection.open().departments()))
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
        @Argument(help: "Its name; without one, the time.") var name: String?
        @Option(help: "What it is for.") var description = ""
        @OptionGroup var connection: Connection
        func run() throws {
            let server = try connection.open()
            let machine = try NameLookup.machine(machine, in: try server.machines().0)
            try tell(try server.ask(.createSnapshot(machine.id, name: name ?? nameOfNow, description: description)))
        }
    }

    struct All: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists a machine's snapshots.")
        @Argument(completion: .custom(Completion.machines)) var machine: String
        @OptionGroup var format: FormatOptions
        @OptionGroup var connection: Connection
        func run() throws {
            try format.show(.snapshots(try snapshots(of: machine, try connection.open())))
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
    guard outcome.success else { throw CommandFailure.failed(outcome.message) }
    Output.data(Text.sanitised(outcome.message) + "\n")
}

/// Asks before harm. Where nobody can answer, the flag has to say it.
private func confirm(_ question: String, _ yes: Bool) throws {
    switch Confirmation(yes: yes, isTerminal: Streams.inputIsTerminal) {
    case .goOn: return
    case .refuse: throw CommandFailure.usage("nobody is there to be asked: give --yes")
    case .ask:
        Output.error(question + " [y/N]")
        guard Confirmation.isYes(readLine()) else { throw CommandFailure.failed("nothing was done") }
    }
}

/// The time as a name that every hypervisor takes.
private var nameOfNow: String {
    let time = Timestamp(milliseconds: SystemClock.wall).iso8601
    return "s" + time.filter { $0.isNumber || $0 == "T" }.prefix(15)
}

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints what happened, and with --follow what happens.")
    @Flag(help: "Go on until it is interrupted.") var follow = false
    @Option(help: "Only what came behind the event of this id.") var after: Int64?
    @Option(help: "At most so many past events: the newest, or with --after the first behind it.") var limit = 50
    @Flag(help: "Print a JSON object a line.") var json = false
    @OptionGroup var connection: Connection

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit is from 1 to 1000.") }
        if let after, after < 0 { throw ValidationError("--after is the id of an event.") }
    }

    func run() throws {
        let server = try connection.open()
        var last = after
        // Behind an id, the subscription itself tells what came meanwhile, and loses nothing between two questions.
        if !follow || after == nil {
            let past: Operation =
                after.map { .eventsAfter($0, limit: limit) } ?? .recentEvents(limit: limit, before: nil)
            guard case .events(let answer) = try server.ask(past) else { return }
            for event in answer.sorted(by: { $0.id < $1.id }) {
                show(event)
                last = event.id
            }
        }
        guard follow else { return }
        try server.run(.watchEvents(after: last ?? 0)) { reply in
            if case .events(let events) = reply { for event in events { show(event) } }
            return true
        }
    }

    private func show(_ event: EventRecord) {
        if json {
            Output.data(SafeText.json(JSONValue.object(Listing.object(event)).text) + "\n")
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
        switch System.read(file) {
        case .success(let bytes): text = String(decoding: bytes, as: UTF8.self)
        case .failure(let problem): throw CommandFailure.usage("\(file) cannot be read: \(problem.message)")
        }
        if text.allSatisfy(\.isWhitespace) { throw CommandFailure.usage("the document is empty") }
        let server = try connection.open()
        var failure: CommandFailure?
        let request = OperationRequest(query: text, variables: values, operationName: operation)
        try server.run(.document(request)) { reply in
            guard case .document(let bytes) = reply else { return true }
            Output.data(SafeText.json(String(decoding: bytes, as: UTF8.self)) + "\n")
            if let answer = try? JSONValue(parsing: bytes) { failure = Documents.failure(in: answer) ?? failure }
            return true
        }
        if let failure { throw failure }
    }
}
