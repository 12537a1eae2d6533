import Core
import Server
import Synchronization

/// Knows three tokens; one is good for a single look, and one cannot be looked up.
final class FakeTokens: TokenVerifier {
    private let looks = Atomic(0)

    func caller(of token: String) async -> Result<Caller, TokenRefusal> {
        switch token {
        case "good": .success(Caller(name: "ada@example.org", role: .user, userID: "ada"))
        case "once"
        where looks.add(1, ordering: .relaxed).oldValue == 0:
            .success(Caller(name: "ada@example.org", role: .user, userID: "ada"))
        case "down": .failure(.unavailable(reason: "no database"))
        default: .failure(.revoked)
        }
    }
}
