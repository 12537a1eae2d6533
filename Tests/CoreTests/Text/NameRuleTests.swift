import Core
import Testing

@Suite struct NameRuleTests {
    @Test func `space around a name is taken off`() {
        #expect(NameRule.check("  Büro 3 ", of: "department") == .success("Büro 3"))
    }

    @Test(arguments: ["", "   ", "a\u{1B}[2Jb", "a\u{202E}b", "a\nb", String(repeating: "x", count: 65)])
    func `a name that cannot be shown is refused`(name: String) {
        guard case .failure = NameRule.check(name, of: "machine") else {
            Issue.record("accepted \(name.debugDescription)")
            return
        }
    }
}
