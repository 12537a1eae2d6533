import Core
import Testing

@Suite struct DropLogRulesTests {
    private let rules = DropLogRules(group: 4790, interfaces: ["vnet0"])
    private static let match = "-p tcp -m tcp --dport 25 -m conntrack --ctstate NEW "
    private static let mail =
        "-A FO-vnet0 \(match)-m comment --comment \"ibay:mail\" -j REJECT --reject-with icmp-port-unreachable"
    private static let rest = "-A FI-vnet0 -m comment --comment \"ibay:policy-rest\" -j DROP"
    private static let meant =
        "-m pkttype ! --pkt-type broadcast -m pkttype ! --pkt-type multicast -m limit --limit 5/sec --limit-burst 20"

    private static func log(_ chain: String, _ match: String, _ prefix: String, group: Int = 4790) -> String {
        "-A \(chain) \(match)\(meant) -j NFLOG --nflog-prefix \"\(prefix)\" --nflog-group \(group) --nflog-size 128"
    }

    private static func saved(_ lines: String...) -> String { lines.map { "[0:0] \($0)\n" }.joined() }

    @Test func `before each rule that drops one is put that tells of the same packets`() {
        let web = "-A FO-vnet0 -p tcp -m tcp --dport 443 -m comment --comment \"ibay:web\" -j ACCEPT"
        let other = Self.rest.replacing("vnet0", with: "vnet1")
        #expect(
            rules.changes(to: Self.saved(web, Self.mail, web, Self.rest, other)) == [
                "-I FO-vnet0 2 \(Self.match)\(Self.meant) -j NFLOG --nflog-group 4790 --nflog-size 128 "
                    + "--nflog-prefix ibay-in:vnet0:mail",
                "-I FI-vnet0 1 \(Self.meant) -j NFLOG --nflog-group 4790 --nflog-size 128 "
                    + "--nflog-prefix ibay-out:vnet0:policy-rest",
            ])
    }

    @Test func `later rules of a chain are counted behind those that were put there`() {
        let changes = rules.changes(to: Self.saved(Self.mail, Self.mail, Self.mail))
        #expect(changes.map { $0.split(separator: " ")[2] } == ["1", "3", "5"])
    }

    @Test func `where all is well nothing is done`() {
        let log = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail")
        #expect(rules.changes(to: Self.saved(log, Self.mail)) == [])
        #expect(rules.changes(to: "") == [])
    }

    @Test func `what stands at another place or for another rule is put right`() {
        let log = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail")
        let gone = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:gone")
        for lines in [Self.saved(Self.mail, log), Self.saved(gone, Self.mail), Self.saved(log, log, Self.mail)] {
            let changes = rules.changes(to: lines)
            #expect(changes.last?.hasPrefix("-I FO-vnet0 1 ") == true)
            #expect(changes.dropLast().allSatisfy { $0.hasPrefix("-D FO-vnet0 \(Self.match)") })
            #expect(changes.count >= 2)
        }
    }

    @Test func `rules of another group may stand between`() {
        let own = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail")
        let others = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail", group: 5)
        #expect(rules.changes(to: Self.saved(own, others, Self.mail)) == [])
        #expect(rules.changes(to: Self.saved(others, own, Self.mail)) == [])
        #expect(rules.changes(to: Self.saved(others, Self.mail)).map { $0.prefix(13) } == ["-I FO-vnet0 2"])
    }

    @Test func `switched off, those of the group go and all others stay`() {
        let off = DropLogRules(group: 4790, interfaces: [])
        let own = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail")
        let others = Self.log("FO-vnet0", Self.match, "ibay-in:vnet0:mail", group: 5)
        let foreign = Self.log("FO-vnet0", Self.match, "mine")
        #expect(
            off.changes(to: Self.saved(others, own, Self.mail, foreign, Self.rest)) == ["-D" + own.dropFirst(2)])
    }
}
