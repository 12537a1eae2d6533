import Testing

@testable import Core

/// Rules as people write and paste them.
@Suite struct FirewallTextTests {
    private func drafts(_ line: String) -> [FirewallRuleDraft]? { try? FirewallLine.parse(line).get() }
    private func problems(_ line: String) -> [String] {
        if case .failure(let findings) = FirewallLine.parse(line) { findings.messages } else { [] }
    }

    @Test func `a line says all that a rule can say`() {
        let line = """
            in accept tcp 8000-9000 from 10.0.0.0/8 to 10.1.2.3 sport 1024-65535 state new,established priority 7 override \
            name "Web \\"new\\"" description "a # b"
            """
        let draft = drafts(line)?.first
        var wanted = FirewallRuleDraft(
            name: "Web \"new\"", description: "a # b", action: .accept, direction: .incoming, priority: 7,
            protocolName: "tcp", source: .init(portStart: 1024, portEnd: 65535, address: "10.0.0.0", mask: "8"),
            destination: .init(portStart: 8000, portEnd: 9000, address: "10.1.2.3"))
        wanted.connectionState = ["new": true, "established": true]
        wanted.overridesDepartment = true
        #expect(draft == wanted)
    }

    @Test(arguments: [
        ("", 0), ("   # only words", 0), ("in accept", 1), ("drop out udp # late", 1),
        ("IN ALLOW TCP 80,443,8000-8010", 3),
    ])
    func `a line makes so many rules`(line: String, count: Int) { #expect(drafts(line)?.count == count) }

    @Test func `several ports make rules with names of their own`() {
        #expect(drafts("in accept tcp 80,443 name Web")?.map(\.name) == ["Web 80", "Web 443"])
        #expect(drafts("in accept tcp 80,443")?.map(\.name) == ["in accept tcp 80", "in accept tcp 443"])
    }

    @Test(arguments: [
        ("accept tcp 80", "it does not say in, out or both"), ("in tcp 80", "it does not say accept, drop or reject"),
        ("in accept tcp 80-", "\"80-\" is neither a port"), ("in accept tcp 80,,81", "\"\" is neither a port"),
        ("in accept to", "to is the last word"), ("in accept prio soon", "\"soon\" is no whole number"),
        ("in accept \"tcp\"", "\"tcp\" is not understood"), ("in accept name \"x", "a quote is opened"),
    ])
    func `a line says what is wrong with it`(line: String, problem: String) {
        #expect(problems(line).contains { $0.contains(problem) }, "\(problems(line))")
    }

    @Test func `all mistakes of a line are told`() { #expect(problems("sideways tcp 80- prio x").count == 5) }

    @Test(arguments: FirewallText.Form.allCases)
    func `what is written is read again as what it was`(form: FirewallText.Form) {
        let rules = Self.rules
        let settings = FirewallSettings(
            policy: FirewallPolicy(incoming: .reject, outgoing: .drop), guardsAddresses: false)
        let text = FirewallDocument(rules: rules, settings: settings).text(form)
        let read = FirewallText(text, for: .department)
        #expect(read.form == form && read.findings.isEmpty, "\(read.findings)\n\(text)")
        #expect(read.rules.map(\.draft) == rules)
        // A line has no place for what a department says beside its rules.
        #expect(read.settings == (form == .lines ? nil : settings))
    }

    private static let rules: [FirewallRuleDraft] = [
        FirewallRuleDraft(name: "plain"),
        FirewallRuleDraft(
            name: "quotes \" and \\ and 漢字", description: "x = [1] # no comment", action: .reject, direction: .outgoing,
            priority: 0, protocolName: "icmpv6", destination: .init(address: "2001:db8::", mask: "32")),
        FirewallRuleDraft(
            name: "all of it", action: .drop, direction: .incoming, priority: 1000, protocolName: "tcp",
            source: .init(portStart: 1, portEnd: 2, address: "10.0.0.0", mask: "8"),
            destination: .init(portStart: 443, address: "10.1.1.1"), connectionState: ["new": true, "related": true]),
    ]

    @Test func `an empty document is one in each form that can say so`() {
        for form in [FirewallText.Form.json, .toml] {
            let read = FirewallText(FirewallDocument(rules: []).text(form), for: .machine)
            #expect(read.findings.isEmpty && read.rules.isEmpty && read.form == form)
        }
    }

    @Test(arguments: [
        ("in accept tcp 80\n\nin accept tcp 99999\n", 3, "Destination port start 99999"),
        ("{\n \"rules\": [\n  {\"name\": \"a\"},\n  {\"name\": \"b\", \"priority\": 2000}\n ]\n}", 4, "Priority 2000"),
        ("{\n \"rules\": [\n  {\"name\": \"a\",}\n ]\n}", 3, "not JSON"),
        ("{\n \"rules\": [\n  {\"name\": 7}\n ]\n}", 3, "name is 7 and not a text"),
        ("version = 1\n\n[[rules]]\nname = \"a\"\n\n[[rules]]\nname = \"b\"\naction = \"ALLOW\"\n", 6, "one of ACCEPT"),
        ("[[rules]]\nname = \"a\"\nprotocol = \n", 3, ""),
    ])
    func `a mistake is told with the line in which it is`(text: String, line: Int, problem: String) {
        let findings = FirewallText(text, for: .machine).findings
        #expect(
            findings.contains { $0.line == line && $0.message.contains(problem) || problem.isEmpty && $0.line == line },
            "\(findings)")
    }

    @Test func `a policy is a department's, and overriding is a machine's`() {
        let text = FirewallDocument(rules: [], settings: FirewallSettings()).text(.json)
        #expect(FirewallText(text, for: .machine).settings == nil)
        #expect(
            FirewallText("in accept override", for: .department).findings.first?.message.contains("VM rules") == true)
    }

    @Test(arguments: [
        "version = 2\nrules = []", "rules = 7", "policy = 7\nrules = []", "[[rule]]\nname = \"x\"", "{\"rules\": {}}",
        "{}",
        "{\"rules\": [7]}", "[]", "= \n=", "[policy]\nincoming = \"MAYBE\"",
    ])
    func `what is no document is refused`(text: String) {
        #expect(!FirewallText(text, for: .department).findings.isEmpty)
    }

    @Test(arguments: [
        ("", nil, nil), ("443", nil, 443), (":443", nil, 443), ("10.0.0.1", "10.0.0.1", nil),
        ("10.0.0.1:80", "10.0.0.1", 80), ("web1:80", "web1", 80), ("web1", "web1", nil), ("::1", "::1", nil),
        ("[2001:db8::1]:22", "2001:db8::1", 22), ("[::1]", "::1", nil), ("10.0.0.1:", "10.0.0.1", nil), (":", nil, nil),
    ])
    func `a side of a packet is read`(text: String, host: String?, port: Int?) {
        #expect(FirewallEndpoint(text) == FirewallEndpoint(host: host, port: port))
    }

    @Test(arguments: ["10.0.0.1:http", "[::1", "[::1]x", "2001:db8::1:x"])
    func `what is no side of a packet is refused`(text: String) { #expect(FirewallEndpoint(text) == nil) }
}
