package import Core
import Postgres

/// Follows the events behind an id: first from the table, as far as the hub does not reach back, then live.
///
/// It pulls, and at the pace of its reader: whoever is slow is served from the table and costs no memory.
package struct EventFollower: AsyncSequence, Sendable {
    package typealias Element = EventRecord

    let hub: EventHub
    let store: EventStore
    let start: EventRecord.ID
    let scope: MachineStore.Scope

    /// - Parameters:
    ///   - start: the last id that the reader has seen; nil for "from now on".
    ///   - scope: whose machines the reader may hear of.
    package init(
        hub: EventHub, store: EventStore, after start: EventRecord.ID?, scope: MachineStore.Scope = .all
    ) {
        self.scope = scope
        self.hub = hub
        self.store = store
        self.start = start ?? hub.last
    }

    package func makeAsyncIterator() -> Iterator { Iterator(follower: self, last: start) }

    package struct Iterator: AsyncIteratorProtocol {
        private let follower: EventFollower
        private var last: EventRecord.ID
        private var batch: ArraySlice<EventRecord> = []

        fileprivate init(follower: EventFollower, last: EventRecord.ID) {
            self.follower = follower
            self.last = last
        }

        package mutating func next() async throws -> EventRecord? {
            while batch.isEmpty {
                let events: [EventRecord]
                switch await follower.hub.next(after: last) {
                case .closed: return nil
                case .events(let newest): events = newest
                case .behind:
                    // The hub's last event is in the table, so this read is never empty for ever.
                    events = try await follower.store.events(after: last, limit: 256)
                }
                if let newest = events.last { last = newest.id }
                batch = try await follower.store.visible(events, in: follower.scope)[...]
            }
            return batch.removeFirst()
        }
    }
}
