import ArgumentParser
import Core
import JSON
import TUI

struct FirewallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "firewall", abstract: "Show and change the rules of machines and departments.",
        discussion: """
            Whose rules: the name or id of a machine, or --department and that of a department. A rule is written in a line: \
            in accept tcp 443 from 10.0.0.0/8 name "Web".
            """,
        subcommands: [
            Show.self, Effective.self, Blocked.self, Suggest.self, Trace.self, Add.self, Remove.self, Import.self,
            Export.self, Preview.self,
            Policy.self, Confirm.self, Revert.self, Confirmations.self, Sync.self,
        ])

    /// Whose rules a command is about.
    struct Owner: ParsableArguments {
        @Flag(name: .shortAndLong, help: "It is a department that is named.") var department = false
        @OptionGroup var connection: Connection

        func find(_ name: String, _ call: ServerCall) throws -> FirewallOwner {
            if !department { return .machine(try call.machine(name, in: try call.fleet()).id) }
            var fleet = Fleet()
            if case .departments(let rows) = try call.run(.departments) { fleet.put(rows.map(\.department)) }
            return .department(try call.department(name, in: fleet).id)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the rules in the order in which they decide.")
        @Argument(help: "The machine's or the department's name or id.", completion: .owners) var name: String
        @OptionGroup var owner: Owner
        @OptionGroup var output: Output

        func run() throws { try FirewallCommand.show(name, owner, output, isEffective: false) }
    }

    struct Effective: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "effective",
            abstract: "List all that decides about a machine: its department's rules, its own, and the default.")
        @Argument(help: "The machine's name or id.", completion: .machines) var name: String
        @OptionGroup var connection: Connection
        @OptionGroup var output: Output

        func run() throws {
            let call = try connection.call()
            let machine = try call.machine(name, in: try call.fleet())
            let owner = FirewallOwner.machine(machine.id)
            try output.show(Listings.rules(try call.facts(owner), call.hits(owner), isEffective: true))
        }
    }

    fileprivate static func show(_ name: String, _ owner: Owner, _ output: Output, isEffective: Bool) throws {
        let call = try owner.connection.call()
        let facts = try call.facts(try owner.find(name, call))
        let hits = call.hits(facts.owner)
        // What is no row belongs to people, and not into what programs read.
        if output.form == .text, System.isTerminal(.output) {
            let now = Timestamp(milliseconds: SystemClock.wall)
            Print.data(Text.sanitised(Listings.head(facts, now: now)) + "\n")
            if let reason = hits.reason { Print.data(Text.sanitised("hits are not counted: \(reason)") + "\n") }
        }
        try output.show(Listings.rules(facts, hits, isEffective: isEffective))
    }

    struct Trace: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trace", abstract: "Tell what happens to a packet, and which rules were asked.",
            discussion: "The exit status is 0 whatever becomes of the packet; --check makes it 1 when it does not pass."
        )
        @Argument(help: "The machine's name or id.", completion: .machines) var name: String
        @Option(help: "Where it comes from: 10.0.3.7:50000.") var from: String?
        @Option(help: "Where it goes: 10.0.3.9:443, or 443 alone.") var to: String?
        @Option(name: .customLong("protocol"), help: "tcp, udp, icmp, …") var transport = "tcp"
        @Flag(help: "It leaves the machine; else it comes in.") var out = false
        @Option(help: "new, established, related or invalid.") var state = "new"
        @Flag(help: "End with 1 when it does not pass.") var check = false
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var connection: Connection

        private func side(_ text: String?, _ option: String) throws -> FirewallRuleDraft.Peer {
            guard let end = FirewallEndpoint(text ?? "") else {
                throw CallError.usage("\(option): \"\(text ?? "")\" is not written as 10.0.3.7:50000")
            }
            return .init(portStart: end.port, address: end.host)
        }

        func run() throws {
            guard let state = ConnectionState(rawValue: state.uppercased()) else {
                throw CallError.usage("--state is new, established, related or invalid")
            }
            let question = FirewallQuestion(
                direction: out ? .outgoing : .incoming, protocolName: transport, source: try side(from, "--from"),
                destination: try side(to, "--to"), state: state)
            let call = try connection.call()
            let machine = try call.machine(name, in: try call.fleet())
            guard case .firewall(.document(let answer)) = try call.run(.firewall(.verdict(machine.id, question)))
            else { return }
            if json {
                Print.data(SafeJSON.escaped(JSONValue.object(answer)) + [0x0A])
            } else {
                Print.data(Listings.verdict(answer))
            }
            if check, answer["action"]?.string != FirewallRule.Action.accept.rawValue { throw ExitCode(1) }
        }
    }

    struct Policy: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "policy", abstract: "Change what happens to packets that no rule of a department is about.")
        @Argument(help: "The department's name or id.", completion: .departments) var department: String
        @Option(help: "accept, drop or reject what comes in.") var incoming: String?
        @Option(help: "accept, drop or reject what goes out.") var outgoing: String?
        @OptionGroup var safety: Safety
        @OptionGroup var connection: Connection

        private func action(_ text: String?, _ now: FirewallRule.Action) throws -> FirewallRule.Action {
            guard let text else { return now }
            guard let action = FirewallRule.Action(rawValue: text.uppercased()) else {
                throw CallError.usage("\"\(text)\" is not accept, drop or reject")
            }
            return action
        }

        func run() throws {
            let call = try connection.call()
            var fleet = Fleet()
            if case .departments(let rows) = try call.run(.departments) { fleet.put(rows.map(\.department)) }
            let owner = FirewallOwner.department(try call.department(department, in: fleet).id)
            var settings = try call.facts(owner).settings
            settings.policy.incoming = try action(incoming, settings.policy.incoming)
            settings.policy.outgoing = try action(outgoing, settings.policy.outgoing)
            var request = FirewallRequest("default")
            request.settings = settings
            try safety.make(request, of: owner, call)
        }
    }

    struct Sync: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sync",
            abstract: "Bring rules to libvirt and put right what differs: of one machine, or of all.")
        @Argument(help: "The machine's name or id; all machines if left out.", completion: .machines) var name: String?
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            let operation: FirewallOperation
            if let name {
                operation = .flush(try call.machine(name, in: try call.fleet()).id)
            } else {
                operation = .sync
            }
            guard case .firewall(.brought(let problems, let words)) = try call.run(.firewall(operation)) else { return }
            guard problems.isEmpty else { throw CallError.failed(problems.map { OperationFailure(message: $0) }) }
            Print.data(Text.sanitised(words) + "\n")
        }
    }
}

extension ServerCall {
    func facts(_ owner: FirewallOwner) throws(CallError) -> FirewallFacts {
        guard case .firewall(.facts(let facts)) = try run(.firewall(.facts(owner))) else {
            throw .failed([OperationFailure(message: "the server sent no rules")])
        }
        return facts
    }

    /// Rules are of use without their hits: where these cannot be had, it is said why.
    func hits(_ owner: FirewallOwner) -> FirewallHits {
        do throws(CallError) {
            if case .firewall(.hits(let hits)) = try run(.firewall(.hits(owner))) { return hits }
            return FirewallHits(reason: "the server sent none")
        } catch { return FirewallHits(reason: error.message) }
    }
}
