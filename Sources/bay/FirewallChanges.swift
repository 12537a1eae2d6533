import ArgumentParser
import Core
import JSON
import TUI

/// Whether a change goes back by itself.
struct Safety: ParsableArguments {
    @Option(help: "Take the change back after so many seconds, unless bay firewall confirm says that it stays.")
    var confirmWithin: Int?

    func make(_ request: FirewallRequest, of owner: FirewallOwner, _ call: ServerCall) throws {
        let operation = FirewallOperation.change(owner, request, confirmWithin: confirmWithin)
        guard case .firewall(.changed(let trial)) = try call.run(.firewall(operation)) else { return }
        guard let trial else { return }
        Print.data("it goes back in \(trial.secondsLeft) s; to keep it: bay firewall confirm \(trial.id)\n")
    }
}

extension FirewallCommand {
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a rule: bay firewall add web1 in accept tcp 443 from 10.0.0.0/8.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Argument(parsing: .remaining, help: "The rule.") var words: [String]
        @OptionGroup var owner: Owner
        @OptionGroup var safety: Safety

        func run() throws {
            // The shell took the quotes off: what has spaces in it had some.
            let line = words.map { $0.contains(" ") ? JSONValue.string($0).text : $0 }.joined(separator: " ")
            let call = try owner.connection.call()
            let found = try owner.find(name, call)
            var request = FirewallRequest("new rule")
            request.creates = try FirewallCommand.rules(FirewallText(line, for: found.origin))
            if request.creates.isEmpty { throw CallError.usage("say the rule: in accept tcp 443") }
            try safety.make(request, of: found, call)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Delete rules, by name or id.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Argument(help: "Names or ids of rules.") var rules: [String]
        @Flag(help: "Do not ask.") var yes = false
        @OptionGroup var owner: Owner
        @OptionGroup var safety: Safety

        func run() throws {
            let call = try owner.connection.call()
            let found = try owner.find(name, call)
            let facts = try call.facts(found)
            var request = FirewallRequest("delete")
            for word in rules { request.deletes.append(try facts.rule(named: word)) }
            let names = request.deletes.map { "\"\($0.draft.name)\"" }.joined(separator: ", ")
            try confirm("Delete \(names) of \(name)?", yes: yes)
            try safety.make(request, of: found, call)
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Add the rules of a file: JSON or TOML of an export, or a line for each.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Argument(help: "The file; - or nothing reads standard input.", completion: .file()) var file = "-"
        @Flag(help: "The rules that are there go first.") var replace = false
        @OptionGroup var owner: Owner
        @OptionGroup var safety: Safety

        func run() throws {
            let call = try owner.connection.call()
            let found = try owner.find(name, call)
            try safety.make(try FirewallCommand.request(file, replace, found), of: found, call)
        }
    }

    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "preview", abstract: "Tell what the rules of a file would change, and change nothing.",
            discussion: "It ends with 1 when the rules are wrong or conflict.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Argument(help: "The file; - or nothing reads standard input.", completion: .file()) var file = "-"
        @Flag(help: "The rules that are there would go first.") var replace = false
        @OptionGroup var owner: Owner

        func run() throws {
            let call = try owner.connection.call()
            let found = try owner.find(name, call)
            let request = try FirewallCommand.request(file, replace, found)
            let facts = try call.facts(found)
            guard case .firewall(.preview(let preview)) = try call.run(.firewall(.preview(found, request))) else {
                return
            }
            let (text, isPossible) = Listings.preview(request, facts, preview)
            Print.data(text)
            if !isPossible { throw ExitCode(1) }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Print the rules as bay firewall import reads them.")

        enum Form: String, ExpressibleByArgument, CaseIterable { case json, toml, lines }

        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Option(help: "json, toml, or lines.") var format = Form.toml
        @OptionGroup var owner: Owner

        func run() throws {
            let call = try owner.connection.call()
            guard case .firewall(.document(let json)) = try call.run(.firewall(.export(try owner.find(name, call))))
            else { return }
            do throws(FirewallFindings) {
                let text = try FirewallDocument(json).text(FirewallText.Form(rawValue: format.rawValue) ?? .json)
                Print.data(format == .json ? SafeJSON.escaped(Array(text.utf8)) : Array(SafeText.lines(text).utf8))
            } catch { throw CallError.failed([OperationFailure(message: error.message)]) }
        }
    }

    struct Confirm: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm", abstract: "Say that a change stays which would go back.")
        @Argument(help: "What waits; the only one if left out.") var id: String?
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            _ = try call.run(.firewall(.confirm(try call.waiting(id))))
        }
    }

    struct Revert: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revert", abstract: "Take back a change that waits for its confirmation.")
        @Argument(help: "What waits; the only one if left out.") var id: String?
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            _ = try call.run(.firewall(.revert(try call.waiting(id))))
        }
    }

    struct Confirmations: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirmations", abstract: "List changes that go back unless they are confirmed.")
        @OptionGroup var output: Output
        @OptionGroup var connection: Connection

        func run() throws { try output.show(Listings.confirmations(try connection.call().confirmations())) }
    }

    /// The rules of a text, or all that is wrong with it.
    fileprivate static func rules(_ text: FirewallText) throws(CallError) -> [FirewallRuleDraft] {
        guard text.findings.isEmpty else {
            throw .failed(text.findings.map { OperationFailure(message: $0.words) })
        }
        return text.rules.map(\.draft)
    }

    fileprivate static func request(
        _ file: String, _ replaces: Bool, _ owner: FirewallOwner
    ) throws(CallError) -> FirewallRequest {
        let bytes: [UInt8]
        switch System.read(file) {
        case .success(let read): bytes = read
        case .failure(let problem): throw .usage("\(file): \(problem.message)")
        }
        let text = FirewallText(String(decoding: bytes, as: UTF8.self), for: owner.origin)
        var request = FirewallRequest("import")
        request.creates = try rules(text)
        request.replacesAll = replaces
        request.settings = text.settings
        return request
    }
}

extension ServerCall {
    fileprivate func confirmations() throws(CallError) -> [FirewallTrial] {
        guard case .firewall(.confirmations(let trials)) = try run(.firewall(.confirmations)) else { return [] }
        return trials
    }

    fileprivate func waiting(_ id: String?) throws(CallError) -> String {
        if let id { return id }
        let waiting = try confirmations()
        if waiting.count > 1 {
            throw .usage(
                "\(waiting.count) changes wait: give the id of one (\(waiting.map(\.id).joined(separator: ", ")))")
        }
        guard let only = waiting.first else { throw .notFound("no change waits for its confirmation") }
        return only.id
    }
}

extension FirewallFacts {
    /// The owner's rule of that id or name. A name that two rules have is refused, with their ids.
    fileprivate func rule(named name: String) throws(CallError) -> StoredFirewallRule {
        if let rule = ownRules.first(where: { $0.id.rawValue == name }) { return rule }
        let found = ownRules.filter { $0.draft.name == name }
        if found.count > 1 {
            let ids = found.map(\.id.rawValue).joined(separator: ", ")
            throw .usage("\(found.count) rules are named \"\(name)\": give the id of one (\(ids))")
        }
        guard let rule = found.first else { throw .notFound("there is no rule \"\(name)\"") }
        return rule
    }
}
