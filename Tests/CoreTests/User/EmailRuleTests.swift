import Core
import Testing

@Suite struct EmailRuleTests {
    @Test(arguments: [
        (" Ada.Lovelace@Example.ORG ", "ada.lovelace@example.org"), ("admin@localhost", "admin@localhost"),
        ("a+b_c@x-y.example", "a+b_c@x-y.example"), ("o'neil@example.org", "o'neil@example.org"),
    ]) func `addresses are written in one way`(text: String, email: String) throws {
        #expect(try EmailRule.check(text) == email)
    }

    @Test(arguments: [
        "", "  ", "ada", "@example.org", "ada@", "a@b@c", "ada lovelace@example.org", "ada@exa mple.org",
        ".a@example.org",
        "a..b@example.org", "ada@-example.org", "ada@example..org", "ada@example.org.", "аda@example.org", "a\0@b",
        "\"a b\"@example.org", String(repeating: "a", count: 65) + "@example.org",
        "a@" + String(repeating: "b.", count: 130) + "org",
    ]) func `other text is no address`(text: String) {
        #expect(throws: UserError.self) { try EmailRule.check(text) }
    }
}
