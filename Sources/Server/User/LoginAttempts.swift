package import Core
import Synchronization

/// Runs attempts to give the right password, as far as `LoginThrottle` lets them.
///
/// Each server counts by itself: with several, somebody who tries has so many times the attempts.
package final class LoginAttempts: Sendable {
    private let throttle: Mutex<LoginThrottle>
    private let clock: any WallClock

    package init(clock: any WallClock, throttle: LoginThrottle = LoginThrottle()) {
        self.clock = clock
        self.throttle = Mutex(throttle)
    }

    /// Whether `isRight` says so, which is told whether the account has signed in from this address before. Throws when too many were wrong before; then nothing is looked at.
    /// - Parameters:
    ///   - account: what somebody signs in as, written in one way.
    ///   - address: where they are; nil where that is not known.
    package func attempt(
        account: String, address: String?, _ isRight: (_ isKnown: Bool) async throws -> Bool
    ) async throws -> Bool {
        let now = clock.now
        let (wait, isKnown) = throttle.withLock { throttle in
            (
                throttle.begin(account: account, address: address, at: now),
                throttle.trusts(account: account, address: address, at: now)
            )
        }
        if let wait { throw UserError.tooManyAttempts(retryAfterSeconds: wait) }
        do {
            guard try await isRight(isKnown) else { return false }
            throttle.withLock { $0.succeeded(account: account, address: address, at: clock.now) }
            return true
        } catch {
            // Who goes away before the answer has tried: else that would be a way around.
            if Task.isCancelled { throw error }
            throttle.withLock { $0.failedToTell(account: account, address: address, at: clock.now) }
            throw error
        }
    }
}
