import Core
import Testing

@Suite struct NetworkRulesTests {
    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1..2.3", "0x1.2.3.4", "-1.2.3.4",
    ])
    func `what is no IPv4 address is none`(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(arguments: ["0.0.0.0", "192.168.122.1", "255.255.255.255", "10.0.0.254"])
    func `an address is printed as it was read`(text: String) {
        #expect(IPv4Address(text)?.description == text)
    }

    @Test(arguments: 0...32)
    func `a prefix and its netmask are the same`(prefix: Int) {
        let mask = IPv4Address(value: IPv4Subnet.mask(prefix))
        #expect(IPv4Subnet.prefix(netmask: mask) == prefix)
    }

    @Test func `a mask with gaps is none`() throws {
        #expect(IPv4Subnet.prefix(netmask: try #require(IPv4Address("255.0.255.0"))) == nil)
        #expect(NetworkRules.problem(netmask: "255.0.255.0") == "255.0.255.0 is no netmask: its bits have gaps")
        #expect(NetworkRules.problem(netmask: "255.255.255.255") != nil)
        #expect(NetworkRules.problem(netmask: "0.0.0.0") != nil)
        #expect(NetworkRules.problem(netmask: "255.255.255.0") == nil)
    }

    @Test(arguments: [
        ("192.168.1.0/24", "192.168.1.128/25", true), ("192.168.1.0/24", "192.168.0.0/16", true),
        ("192.168.1.0/24", "192.168.2.0/24", false), ("10.0.0.0/8", "10.255.255.0/24", true),
        ("10.0.0.0/25", "10.0.0.128/25", false),
    ])
    func `subnets overlap when one holds a part of the other`(a: String, b: String, expected: Bool) throws {
        let (one, other) = (try subnet(a), try subnet(b))
        #expect(one.overlaps(other) == expected && other.overlaps(one) == expected)
    }

    private func subnet(_ text: String) throws -> IPv4Subnet {
        let parts = text.split(separator: "/").map(String.init)
        return IPv4Subnet(of: try #require(IPv4Address(parts[0])), prefix: try #require(Int(parts[1])))
    }

    @Test(arguments: ["", "-x", "a b", "a/b", "a'b", String(repeating: "x", count: 16), "büro"])
    func `a bridge has a name that the kernel takes`(name: String) {
        #expect(NetworkRules.problem(bridge: name) != nil)
    }

    @Test func `an address must be one that a host may have`() {
        for bad in ["127.0.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255"] {
            #expect(NetworkRules.problem(address: bad) != nil, "\(bad)")
        }
        #expect(NetworkRules.problem(address: "10.1.0.1", netmask: "255.255.0.0") == nil)
        for end in ["10.1.0.0", "10.1.255.255"] {
            #expect(
                NetworkRules.problem(address: end, netmask: "255.255.0.0")
                    == "\(end) is the first or last address of 10.1.0.0/16, which no host may have")
        }
    }

    @Test(arguments: [
        ("10.0.0.9", "10.0.0.5"), ("10.0.1.2", "10.0.1.9"), ("10.0.0.0", "10.0.0.9"), ("10.0.0.2", "10.0.0.255"),
        ("", "10.0.0.9"), ("10.0.0.2", "x"),
    ])
    func `a range that DHCP cannot hand out is refused`(start: String, end: String) throws {
        #expect(NetworkRules.problem(start: start, end: end, in: try subnet("10.0.0.1/24")) != nil)
    }

    private static let draft = NetworkDraft(
        name: "office", bridge: "virbr7",
        address: .init(
            address: "10.7.0.1", netmask: "255.255.255.0", range: .init(start: "10.7.0.2", end: "10.7.0.99")))

    @Test func `services that cannot be had are refused`() throws {
        var draft = Self.draft
        draft.services = ["dns"]
        #expect(throws: NetworkError.self) { try draft.plan() }
        draft.services = ["DHCP"]
        #expect(try draft.plan().offersDNS == false)
        draft.services = ["tftp"]
        #expect(throws: NetworkError.self) { try draft.plan() }
        draft.services = []
        #expect(try draft.plan().offersDNS)
        draft.address = nil
        draft.services = ["dhcp"]
        #expect(throws: NetworkError.invalid("dhcp needs a range of addresses")) { try draft.plan() }
    }

    @Test func `empty fields of a range mean none, half of one does not`() throws {
        var draft = Self.draft
        draft.address?.range = .init(start: "", end: "")
        #expect(try draft.plan().range == nil)
        draft.address?.range = .init(start: "10.7.0.2", end: "")
        #expect(throws: NetworkError.self) { try draft.plan() }
    }

    @Test func `a plan goes with the networks that are there or says why not`() throws {
        let plan = try Self.draft.plan()
        var other = HostNetwork()
        other.name = "lab"
        other.bridge = HostNetwork.Bridge(name: "virbr8")
        other.address = IPv4Address("10.8.0.1")
        try plan.check(against: [other])
        other.address = IPv4Address("10.0.0.1")
        other.prefix = 8
        let office = try subnet("10.7.0.0/24")
        #expect(throws: NetworkError.overlaps(office, network: "lab")) {
            try plan.check(against: [other])
        }
        other.bridge?.name = "virbr7"
        #expect(throws: NetworkError.bridgeTaken("virbr7", by: "lab")) { try plan.check(against: [other]) }
        other.name = "office"
        #expect(throws: NetworkError.nameTaken("office")) { try plan.check(against: [other]) }
    }
}
