import Core
import Logging
import Postgres

/// Carries events from the table to the hub: woken by PostgreSQL's notification, so that every bayd on the database sees
/// the events of all.
struct EventPump: Sendable {
    let store: EventStore
    let hub: EventHub
    let links: LinkBoard
    let clock: any WallClock
    let log: Logger

    /// Runs until the task is cancelled.
    func run() async {
        // Listening begins before the first read: what is committed between the two is notified.
        for await event in store.database.listener.notifications(on: EventOutbox.channel) {
            do {
                try await drain()
                links.set(.events, .up, at: clock.now)
            } catch {
                // The next notification, or the return of the database, brings the rest.
                links.set(.events, .down, reason: error.message, at: clock.now)
                if case .unavailable = error { continue }
                log.warning("events cannot be read", metadata: ["reason": "\(error.message)", "woken": "\(event)"])
            }
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
