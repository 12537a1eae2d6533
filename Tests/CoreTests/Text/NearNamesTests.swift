import Core
import Testing

@Suite struct NearNamesTests {
    @Test(arguments: [
        ("web-11", ["web-1", "web-12"], ["web-1", "web-12"]),
        ("wbe", ["web", "db"], ["web"]), ("WEB", ["web"], ["web"]),
        ("payrol", ["payroll", "patrol"], ["patrol", "payroll"]),
        ("x", ["abc", "yz"], []), ("", ["a"], ["a"]), ("web", [], []),
        ("aaa", ["aab", "aac", "aad", "aae", "aab"], ["aab", "aac", "aad"]),
    ])
    func `the nearest names come first, and few of them`(word: String, names: [String], near: [String]) {
        #expect(NearNames.of(word, among: names) == near)
    }
}
