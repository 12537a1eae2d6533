import Testing

@testable import Core

@Suite struct MachineFilterTests {
    private static let machine = Machine(
        id: Machine.ID("0b2e"), name: "Web-1", internalName: "dom-web", status: .running, os: "debian12", cpuCores: 4,
        ramGB: 8, localIP: "10.0.0.7")

    private func matches(_ filter: String, _ machine: Machine = machine, cpu: Double? = 60) -> Bool {
        var figures = Figures()
        figures.cpuPercent = cpu
        figures.memoryUsedMiB = 512
        figures.memoryTotalMiB = 1024
        figures.networkReceived = 3 * 1_048_576
        let text = MachineFilter.text(of: machine, department: "Sales & Co")
        return MachineFilter(filter).matches(
            MachineFilter.Subject(machine: machine, department: "Sales & Co", figures: figures, text: text[...]),
            text: text[...])
    }

    @Test(arguments: [
        "", "  ", "web", "WEB-1", "sales", "debian", "10.0.0", "0b2e", "dom-web", "running", "web sales", "!mail",
        "state:run", "status:running", "name=web-1", "dept:\"sales & co\"", "cpu>50", "cpu>=60", "cpu<61%", "mem=50",
        "net>2M", "cores>3", "ram<=8", "web or nowhere", "nowhere or state:running", "web and cpu>50", "!state:off",
        "/^web-[0-9]$", "/w.b", "/!^mail", "-f wb1", "adopted:yes", "web !", "os!=windows", "http://x or web",
    ])
    func `matches`(filter: String) {
        #expect(matches(filter), "\(filter)")
    }

    @Test(arguments: [
        "mail", "!web", "state:off", "cpu>60", "cpu<10", "net>4M", "web nowhere", "name=web", "/^eb", "/!web", "-f 1w",
        "adopted:no", "cores>4", "nowhere or nothing", "state:running cpu>90", "/we[",
    ])
    func `does not match`(filter: String) { #expect(!matches(filter), "\(filter)") }

    @Test func `an unknown figure matches no number`() {
        #expect(!matches("cpu>0", cpu: nil) && !matches("cpu<100", cpu: nil))
    }

    @Test func `what is no field is looked for as text`() {
        var machine = Self.machine
        machine.name = "a:b"
        #expect(matches("a:b", machine))
        #expect(matches("cpu>", machine) == false)
    }

    @Test func `only a plain word is shown where it was found`() {
        #expect(MachineFilter("web").highlight == Array("web".utf8))
        #expect(MachineFilter("web x").highlight == nil && MachineFilter("!web").highlight == nil)
        #expect(MachineFilter("cpu>1").usesFigures && !MachineFilter("cores>1").usesFigures)
    }

    @Test(arguments: UInt64(0)..<200)
    func `no text whatsoever stops a filter`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let alphabet = Array("ab:<>=!/\\[]()*+?^$|-f \"orcpu0.é".unicodeScalars)
        var text = ""
        for _ in 0..<Int(seed % 24) {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            text.unicodeScalars.append(alphabet[Int(state % UInt64(alphabet.count))])
        }
        _ = matches(text)
    }
}

@Suite struct SmallRegexTests {
    @Test(arguments: [
        ("abc", "xabcx", true), ("abc", "ab", false), ("^ab", "abc", true), ("^b", "abc", false), ("bc$", "abc", true),
        ("b$", "abc", false), ("a.c", "abc", true), ("ab*c", "ac", true), ("ab*c", "abbbc", true),
        ("ab+c", "ac", false),
        ("ab?c", "abbc", false), ("(ab)+$", "xababab", true), ("a|b", "b", true), ("^(a|b)c$", "bc", true),
        ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("vm-\\d+$", "vm-0042", true), ("\\.", "a.b", true),
        ("\\.", "ab", false), ("", "", true), ("^$", "", true), ("^$", "a", false), ("A", "a", true),
        ("é", "café", true),
        ("[]a]", "]", true), ("x*", "", true),
    ])
    func `matches as it should`(pattern: String, text: String, expected: Bool) throws {
        let regex = try #require(SmallRegex(pattern))
        #expect(regex.matches(Array(text.utf8)) == expected, "/\(pattern)/ on \(text)")
    }

    @Test(arguments: ["(", ")", "[a", "*a", "a|*", "\\", "[z-a]", String(repeating: "a", count: 64)])
    func `what it cannot run is none`(pattern: String) { #expect(SmallRegex(pattern) == nil) }

    @Test func `a hostile expression takes time in proportion to the text`() throws {
        let regex = try #require(SmallRegex("(a*)*(a*)*(a|a)*b$"))
        #expect(!regex.matches([UInt8](repeating: 0x61, count: 100_000)))
    }

    @Test func `names sort as people count`() {
        let names = ["vm-1", "vm-2", "vm-10", "vm-10a", "vm-100"]
        let keys = names.map(NaturalOrder.key)
        for (a, b) in zip(keys, keys.dropFirst()) { #expect(a.lexicographicallyPrecedes(b)) }
        #expect(NaturalOrder.key("VM-007") == NaturalOrder.key("vm-7"))
    }
}
