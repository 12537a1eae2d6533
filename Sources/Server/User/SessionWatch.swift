import Core

/// Tells when a session is over while something goes on in it, such as a subscription.
struct SessionWatch: Sendable {
    /// How long to wait before a database that did not answer is asked again.
    static let pause = Duration.seconds(1)

    let accounts: Accounts
    let hub: EventHub
    let clock: any WallClock

    /// Returns why the session ended; nil when the task was cancelled before that, or the server stops.
    func end(of session: LoginSession) async -> TokenRefusal? {
        await withTaskGroup(of: TokenRefusal?.self) { group in
            group.addTask {
                let left = session.expiresAt.milliseconds(since: clock.now)
                let isOver: Void? = try? await Task.sleep(for: .milliseconds(max(0, left)))
                return isOver.map { .expired }
            }
            group.addTask { await follow(session) }
            defer { group.cancelAll() }
            // Both end with nil when the task is cancelled.
            return await group.next() ?? nil
        }
    }

    /// Every change of an account is an event, and every server hears of it. So the row is read when there was one.
    private func follow(_ session: LoginSession) async -> TokenRefusal? {
        var last = hub.last
        // What happened since the token was looked at may be behind us already.
        var isSuspect = true
        while !Task.isCancelled {
            if isSuspect {
                do throws(TokenRefusal) {
                    _ = try await accounts.caller(in: session)
                } catch {
                    guard case .unavailable = error else { return error }
                    try? await Task.sleep(for: Self.pause)
                    continue
                }
            }
            switch await hub.next(after: last) {
            case .closed: return nil
            case .behind:
                last = hub.last
                isSuspect = true
            case .events(let events):
                last = events.last?.id ?? last
                isSuspect = events.contains { $0.resource == "user" && $0.resourceID == session.claims.userID }
            }
        }
        return nil
    }
}
