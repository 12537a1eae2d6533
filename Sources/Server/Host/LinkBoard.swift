package import Core
import Synchronization

/// The lights: which parts that Bay leans on can be reached, since when, and why not.
package final class LinkBoard: Sendable {
    private let state: Mutex<[LinkState.Link: LinkState]>
    private let bell = Bell()

    /// All lights begin as `connecting`.
    package init(at now: Timestamp) {
        state = Mutex(
            Dictionary(
                uniqueKeysWithValues: LinkState.Link.allCases.map {
                    ($0, LinkState(link: $0, state: .connecting, since: now))
                }))
    }

    /// Turns a light. The time of a light that was so before stays.
    package func set(_ link: LinkState.Link, _ new: LinkState.State, reason: String? = nil, at now: Timestamp) {
        let changed = state.withLock { lights in
            if lights[link]?.state == new, lights[link]?.reason == reason { return false }
            let since = lights[link].flatMap { $0.state == new ? $0.since : nil } ?? now
            lights[link] = LinkState(link: link, state: new, since: since, reason: reason)
            return true
        }
        if changed { bell.ring() }
    }

    /// All lights, in a fixed order.
    package var all: [LinkState] {
        state.withLock { lights in LinkState.Link.allCases.compactMap { lights[$0] } }
    }

    package subscript(link: LinkState.Link) -> LinkState? { state.withLock { $0[link] } }

    /// Returns once it is known how a link stands, well or badly.
    package func settle(_ link: LinkState.Link) async {
        for await lights in changes() {
            if lights.contains(where: { $0.link == link && $0.state != .connecting }) { return }
        }
    }

    package func close() { bell.close() }

    /// All lights now, and again at each change.
    package func changes() -> AsyncStream<[LinkState]> {
        let seen = Mutex<Int?>(nil)
        return AsyncStream { [bell, self] in
            if let rings = seen.withLock({ $0 }) { await bell.wait(beyond: rings) }
            if Task.isCancelled || bell.isClosed { return nil }
            seen.withLock { $0 = bell.rings }
            return all
        }
    }
}
