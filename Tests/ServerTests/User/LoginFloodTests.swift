import Core
import Postgres
import Server
import Synchronization
import Testing

/// Floods of wrong passwords: they cost next to nothing, and people who belong here get in.
@Suite struct LoginFloodTests {
    /// How attempts ended.
    private final class Tally: Sendable {
        private let counts = Mutex((wrong: 0, refused: 0, busy: 0))
        var wrong: Int { counts.withLock { $0.wrong } }
        var refused: Int { counts.withLock { $0.refused } }
        var all: Int { counts.withLock { $0.wrong + $0.refused + $0.busy } }

        func attempt(_ world: AccountWorld, _ name: String, from address: String) async {
            do {
                _ = try await world.login(name, password: "wrong", from: address)
            } catch {
                counts.withLock { counts in
                    switch error as? UserError {
                    case .wrongLogin: counts.wrong += 1
                    case .tooManyAttempts: counts.refused += 1
                    case .busy: counts.busy += 1
                    default: Issue.record("\(error)")
                    }
                }
            }
        }
    }

    @Test func `ten thousand guesses at an account cost five hashes and shut nobody else out`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        _ = try await world.add("bob")
        let tally = Tally()
        await withTaskGroup { group in
            for _ in 0..<10_000 { group.addTask { await tally.attempt(world, "ada", from: "10.6.6.6") } }
        }
        #expect(tally.wrong == 5 && tally.refused == 9_995)
        _ = try await world.login("bob", from: "10.6.6.6")
        _ = try await world.login("ada", from: "10.0.0.1")
    }

    @Test func `ten thousand names from one address cost thirty hashes`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        _ = try await world.login("ada", from: "10.6.6.6")
        let tally = Tally()
        for number in 0..<10_000 { await tally.attempt(world, "n\(number)", from: "10.6.6.6") }
        #expect(tally.wrong == 30 && tally.refused == 9_970)
        _ = try await world.login("ada", from: "10.6.6.6")
    }

    @Test func `strangers from everywhere leave places for who was here before`() async throws {
        let world = try await AccountWorld()
        _ = try await world.add("ada")
        let token = try await world.login("ada")
        let tally = Tally()
        await withTaskGroup { group in
            for number in 0..<1000 {
                group.addTask { await tally.attempt(world, "n\(number)", from: "10.1.\(number / 250).\(number % 250)") }
            }
            // Meanwhile.
            for _ in 0..<10 {
                await #expect(throws: Never.self) { try await world.login("ada") }
                #expect(await world.caller(token) != nil)
            }
        }
        #expect(tally.all == 1000)
    }
}
