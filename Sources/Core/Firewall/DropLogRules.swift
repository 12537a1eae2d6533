/// The rules that make the kernel tell of what is dropped: before each rule that drops, one that tells of the same packets.
///
/// libvirt throws them away with the chains that it makes anew, and knows nothing of them.
package struct DropLogRules: Equatable, Sendable {
    /// To whom the kernel tells. Whoever listens to a group looks after the rules of it, and leaves those of others alone.
    package var group: UInt16
    /// The interfaces whose drops are told of; none where nothing is to be told.
    package var interfaces: Set<String>

    package init(group: UInt16, interfaces: Set<String>) {
        self.group = group
        self.interfaces = interfaces
    }

    /// For each rule a burst, and then so many a second: a flood costs no more than that.
    private static let limit = "-m limit --limit 5/sec --limit-burst 20"
    /// What everybody shouts to everybody is no connection, and would use up the limit.
    private static let meant = "-m pkttype ! --pkt-type broadcast -m pkttype ! --pkt-type multicast"
    /// As much of a packet as headers are long, with room for options.
    private static let bytes = 128

    /// What makes of the chains that there are those that are wanted, in the words of iptables-restore(8); nothing where all is
    /// well.
    /// - Parameter saved: what `iptables-save -c` prints.
    package func changes(to saved: String) -> [String] {
        var chains: [String: [HostTableRule]] = [:]
        var names: [String] = []
        for rule in HostTableRule.all(in: saved) {
            if chains[rule.chainName] == nil { names.append(rule.chainName) }
            chains[rule.chainName, default: []].append(rule)
        }
        return names.flatMap { changes(in: chains[$0] ?? []) }
    }

    private func changes(in all: [HostTableRule]) -> [String] {
        // What others let the kernel tell may stand between: two bayd would push each other's away for ever.
        let chain = all.filter { $0.target != HostTableRule.logTarget || isOurs($0) }
        let there = chain.map { isOurs($0) ? $0.logPrefix : nil }
        let wanted = chain.map(prefix(of:))
        // Before each rule that drops its own, and nowhere else.
        let isRight = chain.indices.allSatisfy { place in
            let before = place > 0 ? there[place - 1] : nil
            guard isOurs(chain[place]) else { return before == wanted[place] }
            return place + 1 < chain.count && there[place] == wanted[place + 1]
        }
        if isRight { return [] }
        // By their words and not by their place: libvirt may change the chain in this very moment, and no other rule may go.
        let removals = chain.filter(isOurs).map { "-D \($0.chainName) \($0.text)" }
        var additions: [String] = []
        for (place, rule) in all.filter({ !isOurs($0) }).enumerated() {
            guard let prefix = prefix(of: rule), let match = Self.match(of: rule) else { continue }
            additions.append(
                "-I \(rule.chainName) \(place + 1 + additions.count) \(match)\(Self.meant) \(Self.limit) "
                    + "-j \(HostTableRule.logTarget) --nflog-group \(group) --nflog-size \(Self.bytes) "
                    + "--nflog-prefix \(prefix)")
        }
        return removals + additions
    }

    private func isOurs(_ rule: HostTableRule) -> Bool {
        rule.target == HostTableRule.logTarget && rule.logGroup == group
            && rule.logPrefix.flatMap(DropPlace.init(prefix:)) != nil
    }

    /// With what words the packets of a rule are told of; nil for one that lets through, or is not Bay's.
    private func prefix(of rule: HostTableRule) -> String? {
        guard let id = rule.rule, ["DROP", "REJECT"].contains(rule.target), interfaces.contains(rule.interface) else {
            return nil
        }
        let direction: FirewallRule.Direction = rule.chain == .toMachine ? .incoming : .outgoing
        return DropPlace(direction: direction, interface: rule.interface, rule: id).prefix
    }

    /// What the rule asks of packets, and a space; nil for one that is not written as libvirt writes them.
    private static func match(of rule: HostTableRule) -> String? {
        guard let end = rule.text.firstRange(of: "-m comment --comment ") else { return nil }
        return String(rule.text[..<end.lowerBound])
    }
}
