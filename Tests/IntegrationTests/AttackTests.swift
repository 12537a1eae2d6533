import Foundation
import JSON
import TestSupport
import Testing

/// Strangers at the HTTP port: each attack is bounded or refused, and somebody who is signed in goes on.
///
/// How fast, `make bench` measures; here nothing depends on time but that attacks end.
@Suite(.serialized) struct AttackTests {
    private static let email = "ada@example.org"
    private static let password = "her password"

    /// A bayd under attack, and what the attack got: how often each answer.
    private func attack(
        _ kind: String, requests: Int = 100, _ check: ([String: Int]) throws -> Void
    ) async throws {
        let directory = URL(filePath: TestDatabase.temporaryDirectory())
        let settings = directory.appending(path: "bay.toml")
        // The attackers say where they are as a proxy would say it of them.
        try "[http]\ntrusted_proxies = [\"127.0.0.1\"]\n".write(to: settings, atomically: true, encoding: .utf8)
        let bayd = try BaydProcess(
            http: ["serve", "--demo=20"], environment: ["BAY_CONFIG": settings.path, "BCRYPT_ROUNDS": "5"])
        try await bayd.addUser(Self.email, role: "ADMIN", password: Self.password)
        try await bayd.run { _ in
            let output = try await Client.run(
                "attacked", [kind, bayd.port, Self.email, "\(requests)"], environment: ["PASSWORD": Self.password])
            let found = try #require(try JSONValue(parsing: output)["answers"]?.object)
            var answers: [String: Int] = [:]
            for member in found.members { answers[member.name] = member.value.int }
            try check(answers)
            // It still is who it was, at every door.
            let info = try await LocalConnection.open(bayd.socket).ask("{ serverInfo { demo } }")
            #expect(info["serverInfo"]?["demo"] == true)
        }
    }

    /// Every answer is one of these, and there was one at least.
    private func expect(_ answers: [String: Int], among known: [String]) {
        #expect(!answers.isEmpty)
        for (answer, count) in answers { #expect(known.contains(answer), "\(count) times: \(answer)") }
    }

    @Test func `of five thousand idle connections the oldest make room`() async throws {
        try await attack("idle") { answers in
            #expect((answers["held to the end"] ?? 0) <= 4096, "\(answers)")
            #expect((answers["held to the end"] ?? 0) + (answers["closed"] ?? 0) == 5000, "\(answers)")
        }
    }

    @Test(arguments: ["slow_head", "slow_body"])
    func `who sends for ever takes no place of others`(kind: String) async throws {
        try await attack(kind) { answers in
            expect(answers, among: ["held to the end", "408 TIMEOUT", "431 TOO_LARGE"])
            #expect(answers.values.reduce(0, +) == 200)
        }
    }

    @Test(arguments: ["endless_body", "long_body"])
    func `a body of any length is refused and read no further`(kind: String) async throws {
        try await attack(kind) { answers in
            expect(answers, among: ["413 TOO_LARGE", "broken"])
            #expect(answers["413 TOO_LARGE"] != nil)
        }
    }

    @Test(arguments: ["deep_query", "alias_query"])
    func `a document that is too much is refused before it costs anything`(kind: String) async throws {
        try await attack(kind) { answers in
            expect(answers, among: ["400 GRAPHQL_PARSE_FAILED", "400 GRAPHQL_VALIDATION_FAILED"])
        }
    }

    @Test(arguments: ["logins", "guesses"])
    func `ten thousand wrong passwords a minute keep nobody out`(kind: String) async throws {
        try await attack(kind, requests: 300) { answers in
            expect(answers, among: ["200 UNAUTHENTICATED", "200 TOO_MANY_ATTEMPTS", "200 UNAVAILABLE"])
        }
    }

    @Test func `tokens that nobody signed are refused however many there are`() async throws {
        try await attack("bad_tokens") { answers in expect(answers, among: ["200 UNAUTHORIZED"]) }
    }
}
