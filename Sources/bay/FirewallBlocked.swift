import ArgumentParser
import Core
import JSON
import TUI

extension FirewallCommand {
    struct Blocked: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "blocked", abstract: "List what the rules kept out, the newest first.",
            discussion: "It is recorded where log_drops of [firewall] in bay.toml is on.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @Option(help: "How many, at most 500.") var limit = 100
        @OptionGroup var owner: Owner
        @OptionGroup var output: Output

        func run() throws {
            guard (1...500).contains(limit) else { throw CallError.usage("--limit is 1 to 500") }
            let call = try owner.connection.call()
            let facts = try call.blocked(try owner.find(name, call), limit: limit)
            FirewallCommand.tell(facts, output)
            try output.show(Listings.blocked(facts))
        }
    }

    struct Suggest: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "suggest",
            abstract: "Suggest rules for what was kept out during the last day. Nothing is changed.",
            discussion: "`bay firewall add` takes a rule as it is printed here.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @OptionGroup var owner: Owner
        @OptionGroup var output: Output

        func run() throws {
            let call = try owner.connection.call()
            let facts = try call.blocked(try owner.find(name, call), limit: 1)
            FirewallCommand.tell(facts, output)
            try output.show(Listings.suggestions(facts))
        }
    }

    /// Why a list is empty or not whole. It belongs to people, and not into what programs read.
    fileprivate static func tell(_ facts: BlockedFacts, _ output: Output) {
        guard output.form == .text, System.isTerminal(.output) else { return }
        for note in facts.notes { Print.data(Text.sanitised(note) + "\n") }
    }
}

extension ServerCall {
    fileprivate func blocked(_ owner: FirewallOwner, limit: Int) throws(CallError) -> BlockedFacts {
        guard case .firewall(.blocked(let facts)) = try run(.firewall(.blocked(owner, limit: limit))) else {
            throw .failed([OperationFailure(message: "the server sent nothing")])
        }
        return facts
    }
}
