import Synchronization

/// Wakes tasks that wait for something newer than what they have seen.
///
/// Whoever has news changes its own state first and then rings. A reader reads the state, remembers the count of rings that
/// it read *before*, and waits for a later one: so nothing is missed between the two.
final class Bell: Sendable {
    private struct State {
        var rings = 0
        var isClosed = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            let all = Array(waiters.values)
            waiters.removeAll(keepingCapacity: true)
            return all
        }
    }

    private let state = Mutex(State())

    /// How often it rang.
    var rings: Int { state.withLock { $0.rings } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    func ring() {
        let woken = state.withLock { state in
            state.rings += 1
            return state.takeWaiters()
        }
        for waiter in woken { waiter.resume() }
    }

    /// Ends every wait, now and later.
    func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            return state.takeWaiters()
        }
        for waiter in woken { waiter.resume() }
    }

    /// Waits until it has rung more often than `rings`, is closed, or the caller's task is cancelled.
    func wait(beyond rings: Int) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if Task.isCancelled || state.isClosed || state.rings > rings { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    /// Waits as the other one, but not longer than `limit`.
    func wait(beyond rings: Int, for limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(beyond: rings) }
            // Cut short when the bell rings.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
