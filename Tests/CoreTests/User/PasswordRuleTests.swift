import Core
import Testing

@Suite struct PasswordRuleTests {
    private func check(_ password: String) throws(UserError) {
        try PasswordRule.check(password, email: "ada.lovelace@example.org", names: ["Ada", "Lovelace", "Countess"])
    }

    @Test(arguments: ["correct horse battery staple", "Infinite7", "дерево-за-окном", "кошка123"])
    func `long ones that nobody tries first are good`(password: String) throws {
        try check(password)
    }

    @Test(arguments: [
        ("", "at least 8"), ("1234567", "at least 8"), ("Password", "too easy"), ("password1", "too easy"),
        ("aaaaaaaaaa", "too easy"), ("abababab", "too easy"), ("12345678", "too easy"), ("87654321", "too easy"),
        ("abcdefghij", "too easy"), ("ADA.lovelace", "must not be"), ("ada.lovelace@example.org", "must not be"),
        ("Lovelace", "must not be"), ("abc\0defgh", "NUL"), (String(repeating: "äb1", count: 19), "72 bytes"),
    ]) func `others are refused, and why is said`(password: String, reason: String) {
        let error = #expect(throws: UserError.self) { try check(password) }
        #expect(error?.message.contains(reason) == true)
        #expect(password.isEmpty || error?.message.contains(password) == false, "it is not repeated")
    }
}
