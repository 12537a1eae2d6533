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

    /// Whether `isRight` says so. Throws when too many were wrong before; then nothing is looked at.
    /// - Parameters:
    ///   - account: what somebody signs in as, written in one way.
    ///   - address: where they are; nil where that is not known.
    package func attempt(
        account: String, address: String?, _ isRight: () async throws -> Bool
    ) async throws -> Bool {
        let now = clock.now
        if let wait = throttle.withLock({ $0.begin(account: account, address: address, at: now) }) {
            throw UserError.tooManyAttempts(retryAfterSeconds: wait)
        }
        do {
            guard try await isRight() else { return false }
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
