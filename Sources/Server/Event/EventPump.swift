import Core
import Logging
import Postgres

/// Carries events from the table to the hub: woken by PostgreSQL's notification, so that every bayd on the database sees
/// the events of all. Those of its own transactions need not come that way.
struct EventPump: Sendable {
    let store: EventStore
    let hub: EventHub
    let links: LinkBoard
    let clock: any WallClock
    let log: Logger

    /// Pause before the table is read again after a failure.
    static let retryPause = Duration.milliseconds(250)

    /// How long what is notified may be on its way from an own commit before the table is read for it. That of another
    /// server may wait as long.
    static let ownTime = Duration.milliseconds(5)

    /// Runs until the task is cancelled.
    func run() async {
        // Listening begins before the first read: what is committed between the two is notified.
        for await news in store.database.listener.notifications(on: EventOutbox.channel) {
            // What is its own is handed on without the table, at about the same time.
            if case .notification(_, let id) = news, let id = EventRecord.ID(id) {
                if id <= hub.last { continue }
                if store.database.isCommittingEvents, await hub.wait(for: id, atMost: Self.ownTime) { continue }
            }
            await refresh()
        }
    }

    /// Hands on events of this server's own transactions, without the way by the notification and the table.
    func followOwn() {
        store.database.followOwnEvents { [hub] rows in
            // What cannot be read here is read again when it is notified, and complained about.
            if let events = try? rows.map(EventRecord.init(row:)) { hub.publishOwn(events) }
        }
    }

    /// Brings the hub up to date and turns the light, however long the database takes to come back: the notification that
    /// asked for it may be the last one for hours.
    func refresh() async {
        while !Task.isCancelled {
            do {
                try await drain()
                return links.set(.events, .up, at: clock.now)
            } catch {
                links.set(.events, .down, reason: error.message, at: clock.now)
                log.debug("events cannot be read", metadata: ["reason": "\(error.message)"])
            }
            do { try await Task.sleep(for: Self.retryPause) } catch { return }
        }
    }

    /// Publishes everything that the hub has not seen.
    func drain() async throws(DatabaseError) {
        while true {
            let events = try await store.events(after: hub.last, limit: EventStore.maximumPage)
            hub.publish(events)
            if events.count < EventStore.maximumPage { return }
        }
    }
}
