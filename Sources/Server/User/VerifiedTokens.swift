package import Core
package import Postgres
import Synchronization

/// Whom tokens stand for that were looked at a moment ago, so that not every request of a busy client reads a row.
///
/// What makes a token worthless is obeyed as if the row were read each time, as far as anybody can tell:
///
/// - A change that is made through this server counts from the moment at which it is answered, and for every request that
///   comes after that: `UserStore.change` clears everything when its transaction ends, and a verification that read its row
///   before is not kept (`Ticket`).
/// - A change that another bayd or another program commits counts as soon as PostgreSQL's notification of it arrives, which
///   triggers on the tables send with the commit: within a millisecond or so on a machine that is not overloaded, and at the
///   latest after `maximumAge`, should a connection be dead without anybody having noticed.
/// - While nothing is listened to, because the connection is down or the server begins or stops, nothing is remembered, and
///   every token is looked up.
/// - The time at which a token ends is compared each time.
///
/// Refusals are not kept: somebody who shows bad tokens must not drive out the good ones.
package final class VerifiedTokens: Sendable {
    /// Notified by triggers on the tables of accounts.
    package static let channel: StaticString = "bay_account"
    private static let channelName = channel.description

    /// In milliseconds. A row for each token and second is no burden.
    package static let maximumAge: Int64 = 1000
    package static let capacity = 4096
    /// Tokens of this server have some 300 bytes. Longer ones of other programs with the same key are looked up each time.
    package static let maximumLength = 2048

    /// The right to keep what a verification finds out that begins now.
    package struct Ticket: Sendable {
        fileprivate var connection: Int
        fileprivate var clearings: Int
        fileprivate var time: Timestamp
    }

    private struct Entry {
        var caller: Caller
        var readAt: Timestamp
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var isFollowing = false
        /// The connection by which changes of what is kept would have been told.
        var connection = 0
        /// Grows with each clearing, so that what was read before one is not kept after it.
        var clearings = 0

        mutating func clear() {
            clearings += 1
            entries.removeAll(keepingCapacity: true)
        }
    }

    private let state = Mutex(State())
    private let listener: Listener

    package init(listener: Listener) { self.listener = listener }

    /// Follows the changes of accounts until the task is cancelled. Without it nothing is remembered.
    package func run() async {
        let news = listener.notifications(on: Self.channel)
        state.withLock { $0.isFollowing = true }
        for await _ in news { clear() }
        state.withLock { state in
            state.isFollowing = false
            state.clear()
        }
    }

    /// Whom the token stands for, if that was looked up a moment ago and nothing was heard since.
    package func caller(of token: String, at now: Timestamp) -> Caller? {
        guard let connection = listener.listening(to: Self.channelName) else { return nil }
        return state.withLock { state in
            guard state.isFollowing, state.connection == connection, let entry = state.entries[token],
                (0..<Self.maximumAge).contains(now.milliseconds(since: entry.readAt)),
                let session = entry.caller.session, session.claims.isCurrent(at: now)
            else { return nil }
            return entry.caller
        }
    }

    /// To be taken before the row is read. Nil while nothing can be remembered.
    package func ticket(at now: Timestamp) -> Ticket? {
        guard let connection = listener.listening(to: Self.channelName) else { return nil }
        return state.withLock { state in
            guard state.isFollowing else { return nil }
            if state.connection != connection {
                // What was notified while there was none is lost.
                state.connection = connection
                state.clear()
            }
            return Ticket(connection: connection, clearings: state.clearings, time: now)
        }
    }

    package func keep(_ caller: Caller, for token: String, _ ticket: Ticket?) {
        guard let ticket, token.utf8.count <= Self.maximumLength else { return }
        state.withLock { state in
            guard state.connection == ticket.connection, state.clearings == ticket.clearings else { return }
            // Whoever is driven out is looked up once more.
            if state.entries.count >= Self.capacity { state.entries.removeAll(keepingCapacity: true) }
            state.entries[token] = Entry(caller: caller, readAt: ticket.time)
        }
    }

    package func clear() { state.withLock { $0.clear() } }
}
