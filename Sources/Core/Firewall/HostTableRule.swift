/// A rule that libvirt made for one interface of a machine, as iptables-save(8) prints it.
package struct HostTableRule: Equatable, Sendable {
    /// What passes the chain. A packet meets one of the chains of an interface, and none twice.
    package enum Chain: String, Equatable, Sendable, CaseIterable {
        case fromMachine = "FI-"
        case toMachine = "FO-"
        /// From the machine to the host itself.
        case toHost = "HI-"
    }

    package var chain: Chain
    /// The name on the host of what the machine is plugged into, as `vnet3`.
    package var interface: String
    package var hits: RuleHits
    /// Bay's rule that it was made of; nil for what Bay did not mark.
    package var rule: FirewallRule.ID?
    /// `ACCEPT`, `RETURN`, `DROP`, `REJECT`, ...
    package var target: String
    /// Of a rule that tells of packets: to whom, and with what words.
    package var logGroup: UInt16?
    package var logPrefix: String?
    /// All that stands behind the name of the chain.
    package var text: String

    package var chainName: String { chain.rawValue + interface }

    /// - Parameter saved: the output of `iptables-save -c`. Whatever is not in a chain of an interface is passed over.
    package static func all(in saved: String) -> [HostTableRule] {
        saved.utf8.split(separator: UInt8(ascii: "\n")).compactMap(HostTableRule.init(line:))
    }

    /// `[12:3456] -A FO-vnet3 -p tcp … -m comment --comment "ibay:…" -j DROP`
    ///
    /// A host with many machines has megabytes of them: bytes are compared, not characters.
    private init?(line: Substring.UTF8View) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3)
        guard parts.count == 4, parts[1].elementsEqual("-A".utf8), let hits = RuleHits(Substring(parts[0])),
            let chain = Chain(rawValue: String(Substring(parts[2].prefix(3))))
        else { return nil }
        self.chain = chain
        interface = String(Substring(parts[2].dropFirst(3)))
        self.hits = hits
        text = String(Substring(parts[3]))
        target = ""
        var option: Option?
        for word in parts[3].split(separator: UInt8(ascii: " ")) {
            if let option { take(option, Substring(word)) }
            option = Option(word)
        }
    }

    /// Words behind which stands what matters here.
    private enum Option {
        case comment, target, logGroup, logPrefix

        init?(_ word: Substring.UTF8View) {
            // Nearly all words are others, and begin otherwise.
            guard word.first == UInt8(ascii: "-") else { return nil }
            switch Substring(word) {
            case "--comment": self = .comment
            case "-j", "-g": self = .target
            case "--nflog-group": self = .logGroup
            case "--nflog-prefix": self = .logPrefix
            default: return nil
            }
        }
    }

    private mutating func take(_ option: Option, _ value: Substring) {
        switch option {
        case .comment: rule = FirewallMark.rule(in: Self.unquoted(value))
        case .target: target = String(value)
        case .logGroup: logGroup = UInt16(value)
        case .logPrefix: logPrefix = String(Self.unquoted(value))
        }
    }

    private static func unquoted(_ word: Substring) -> Substring {
        word.utf8.count >= 2 && word.utf8.first == UInt8(ascii: "\"") && word.utf8.last == UInt8(ascii: "\"")
            ? word.dropFirst().dropLast() : word
    }
}

/// How many packets a rule decided on, in both directions of the connections that it lets through.
package struct RuleHits: Equatable, Sendable {
    package var packets: Int64
    package var bytes: Int64

    package init(packets: Int64 = 0, bytes: Int64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    /// `[12:3456]`
    fileprivate init?(_ text: Substring) {
        guard text.first == "[", text.last == "]" else { return nil }
        let parts = text.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let packets = Int64(parts[0]), let bytes = Int64(parts[1]), packets >= 0, bytes >= 0
        else { return nil }
        self.init(packets: packets, bytes: bytes)
    }

    /// A sum that would be too large stays the largest.
    package static func + (left: RuleHits, right: RuleHits) -> RuleHits {
        func sum(_ first: Int64, _ second: Int64) -> Int64 {
            let (sum, isTooLarge) = first.addingReportingOverflow(second)
            return isTooLarge ? .max : sum
        }
        return RuleHits(packets: sum(left.packets, right.packets), bytes: sum(left.bytes, right.bytes))
    }
}

/// What the tables of libvirt's host have counted.
package enum FilterCounters: Equatable, Sendable {
    /// By the name of the filter that an interface has, and by rule. A filter of an older Bay, whose rules have no marks,
    /// is there and has counted nothing.
    case counted([String: [FirewallRule.ID: RuleHits]])
    case unavailable(String)

    /// - Parameters:
    ///   - saved: what iptables-save(8) prints, for each family.
    ///   - filters: the names of filters by that of the interface that has them.
    package init(saved: [String], filters: [String: String]) {
        var counted: [String: [FirewallRule.ID: RuleHits]] = [:]
        for name in filters.values { counted[name] = [:] }
        for text in saved {
            for line in HostTableRule.all(in: text) where line.target != HostTableRule.logTarget {
                guard let rule = line.rule, let filter = filters[line.interface] else { continue }
                counted[filter, default: [:]][rule, default: RuleHits()] =
                    (counted[filter]?[rule] ?? RuleHits()) + line.hits
            }
        }
        self = .counted(counted)
    }
}

extension HostTableRule {
    /// What tells of a packet and lets it go on to the next rule.
    package static let logTarget = "NFLOG"
}

/// How often the rules of a machine or a department were met.
package struct FirewallHits: Equatable, Sendable {
    /// Why nothing is known.
    package var reason: String?
    /// No hit is older: libvirt begins anew when it makes the rules of a machine.
    package var since: Timestamp?
    /// Those that the host knows; one that is on its way there is missing.
    package var rules: [FirewallRule.ID: RuleHits]

    package init(reason: String? = nil, since: Timestamp? = nil, rules: [FirewallRule.ID: RuleHits] = [:]) {
        self.reason = reason
        self.since = since
        self.rules = rules
    }
}
