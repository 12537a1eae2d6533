package import Core
import Synchronization

/// Hands the newest events to everybody who follows them.
///
/// Followers pull: each one keeps the id it has seen and asks for what comes behind it. So a slow follower costs no memory
/// here; it falls behind, and what has left the ring by then it reads from the table.
package final class EventHub: Sendable {
    /// How many of the newest events are kept at hand: what a follower takes at once. One is some kilobytes, and whoever is
    /// further behind reads the table, as after a start.
    package static let capacity = 256
    /// How many more come before the oldest go, all at once.
    fileprivate static let slack = 64

    fileprivate struct State {
        var ring: [EventRecord] = []
        /// The last id that followers may see; events up to it are in the ring or in the table.
        var last: EventRecord.ID = 0
    }

    private let state = Mutex(State())
    private let bell = Bell()

    package init() {}

    package var last: EventRecord.ID { state.withLock { $0.last } }

    /// Starts behind `id`: what the table held when this server came up.
    package func start(after id: EventRecord.ID) {
        state.withLock { $0.last = max($0.last, id) }
    }

    /// Adds events in the order of their ids. Those that were added before are passed over.
    package func publish(_ events: [EventRecord]) {
        state.withLock { $0.add(events) }
        bell.ring()
    }

    /// Adds what this server has just committed, unless there is something before it that was not added yet: then all of it
    /// comes from the table, as the events of other servers do.
    package func publishOwn(_ events: [EventRecord]) {
        let isNext = state.withLock { state in
            // The outbox gives ids in the order of commits, so nothing can come between two that follow each other.
            guard let first = events.first, first.id == state.last + 1 else { return false }
            state.add(events)
            return true
        }
        if isNext { bell.ring() }
    }

    /// Waits until `id` is added, at most for so long. Returns whether it is.
    func wait(for id: EventRecord.ID, atMost limit: Duration) async -> Bool {
        let rings = bell.rings
        if last < id { await bell.wait(beyond: rings, for: limit) }
        return last >= id
    }

    /// Ends the wait of every follower: the server stops.
    package func close() { bell.close() }

    package enum Answer: Equatable, Sendable {
        case events([EventRecord])
        /// The ring no longer reaches back to `after`: read the table first.
        case behind
        case closed
    }

    /// The events behind `after`, at most `limit`; waits until there are some, or until the caller's task is cancelled.
    package func next(after id: EventRecord.ID, limit: Int = 256) async -> Answer {
        while !Task.isCancelled, !bell.isClosed {
            let rings = bell.rings
            if let answer = state.withLock({ $0.answer(after: id, limit: limit) }) { return answer }
            await bell.wait(beyond: rings)
        }
        return .closed
    }
}

extension EventHub.State {
    fileprivate mutating func add(_ events: [EventRecord]) {
        for event in events where event.id > last {
            ring.append(event)
            last = event.id
        }
        if ring.count > EventHub.capacity + EventHub.slack { ring.removeFirst(ring.count - EventHub.capacity) }
    }

    fileprivate func answer(after id: EventRecord.ID, limit: Int) -> EventHub.Answer? {
        guard last > id else { return nil }
        // Ids have gaps, so only an event at or before `id`, or the one right behind it, proves that none is missing.
        guard let first = ring.first, first.id <= id + 1 else { return .behind }
        let start = ring.partitioningIndex { $0.id > id }
        return .events(Array(ring[start...].prefix(limit)))
    }
}

extension Array {
    /// The first index whose element satisfies `predicate`, given that all behind it do too.
    func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
