import Core
import Testing

@Suite struct FirewallRuleDraftTests {
    private func findings(_ change: (inout FirewallRuleDraft) -> Void) -> [String] {
        var draft = FirewallRuleDraft(name: "Web")
        change(&draft)
        return draft.findings(of: .machine)
    }

    @Test func `a rule is read with all its parts`() throws {
        let draft = FirewallRuleDraft(
            name: "  Web ", action: .reject, direction: .incoming, priority: 100, protocolName: "TCP",
            source: .init(address: "10.0.3.7", mask: "8"), destination: .init(portStart: 80, portEnd: 90),
            connectionState: ["new": true, "Established": false], overridesDepartment: true)
        let rule = try draft.checked(id: .init("1"), of: .machine).get()
        #expect(rule.name == "Web")
        #expect(rule.match.transport == .tcp)
        #expect(rule.match.source?.description == "10.0.0.0/8")
        #expect(rule.match.destinationPorts == 80...90)
        #expect(rule.states == [.new])
        #expect(rule.overridesDepartment)
    }

    @Test func `what forms send for nothing is nothing`() throws {
        let draft = FirewallRuleDraft(name: "All", protocolName: "", source: .init(address: "", mask: ""))
        #expect(try draft.checked(id: .init("1"), of: .department).get().match == PacketMatch())
    }

    @Test func `a port alone is a range of one`() throws {
        let draft = FirewallRuleDraft(name: "A", protocolName: "udp", destination: .init(portStart: 53))
        #expect(try draft.checked(id: .init("1"), of: .department).get().match.destinationPorts == 53...53)
    }

    @Test func `each mistake is told in the words that front ends look for`() {
        #expect(findings { $0.priority = 1001 } == ["Priority 1001 is not between 0 and 1000"])
        #expect(findings { $0.priority = -1 } == ["Priority -1 is not between 0 and 1000"])
        #expect(
            findings {
                $0.protocolName = "tcp"
                $0.source.portStart = 0
            } == ["Source port start 0 is not between 1 and 65535"])
        #expect(
            findings {
                $0.protocolName = "tcp"
                $0.destination = .init(portStart: 20, portEnd: 10)
            } == ["Destination port range 20-10 ends before it begins"])
        #expect(findings { $0.destination.portEnd = 80 } == ["Destination port end 80 has no start"])
        #expect(
            findings { $0.source.address = "10.0.0" }
                == ["Source IP address \"10.0.0\" is neither an IPv4 nor an IPv6 address"])
        for mask in ["24abc", "33", "255.255.255.0", "-1", " 8"] {
            #expect(
                findings { $0.destination = .init(address: "10.0.0.0", mask: mask) }.first?
                    .hasPrefix("Destination IP mask \"\(mask)\" is not a CIDR prefix length of 0 to 32") == true)
        }
        #expect(findings { $0.destination = .init(address: "::1", mask: "128") }.isEmpty)
        #expect(findings { $0.source.mask = "24" } == ["Source IP mask \"24\" has no address"])
        #expect(
            findings {
                $0.protocolName = "icmp"
                $0.destination.portStart = 80
            } == ["Protocol \"icmp\" has no ports"])
        #expect(
            findings { $0.protocolName = "<x/>" }.first?.hasPrefix("Protocol \"<x/>\" is not known: use all,") == true)
        #expect(
            findings {
                $0.protocolName = "icmpv6"
                $0.source.address = "10.0.0.1"
            } == ["Protocol \"icmpv6\" is of IPv6 and 10.0.0.1 is not"])
        #expect(
            findings {
                $0.source.address = "10.0.0.1"
                $0.destination.address = "::1"
            } == ["Source IP address 10.0.0.1 is IPv4 and destination IP address ::1 is IPv6: no packet has both"])
        #expect(
            findings { $0.connectionState = ["open": true] }
                == ["Connection state \"open\" is not known: use new, established, related, invalid"])
    }

    @Test func `only a machine's rule can override`() {
        let draft = FirewallRuleDraft(name: "A", overridesDepartment: true)
        #expect(draft.findings(of: .department) == ["overridesDept can only be used for VM rules"])
        #expect(draft.findings(of: .machine).isEmpty)
    }

    @Test func `all mistakes are told at once`() {
        let found = FirewallRuleDraft(
            name: " ", priority: 5000, protocolName: "esp", source: .init(portStart: 70_000, mask: "8")
        ).checked(id: .init("1"), of: .machine)
        guard case .failure(let findings) = found else {
            Issue.record("the draft passed")
            return
        }
        #expect(findings.messages.count == 5)
        #expect(findings.message.split(separator: "; ").count == 5)
    }
}
