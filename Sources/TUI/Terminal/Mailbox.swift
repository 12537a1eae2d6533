import CNcurses
import Glibc
import Synchronization

/// Wakes the terminal's loop from another thread: the one thing about a terminal that may be used anywhere.
@safe package final class Mailbox: Sendable {
    let descriptor: Int32
    private let isFull = Mutex(false)

    init() { descriptor = bay_eventfd() }
    deinit { Glibc.close(descriptor) }

    /// Lets `.posted` come to the app; several calls before that are one.
    package func post() {
        let first = isFull.withLock { full in
            defer { full = true }
            return !full
        }
        guard first else { return }
        var one: UInt64 = 1
        unsafe _ = write(descriptor, &one, 8)
    }

    /// Empties it. True when something had been posted.
    func take() -> Bool {
        var count: UInt64 = 0
        unsafe _ = read(descriptor, &count, 8)
        return isFull.withLock { full in
            defer { full = false }
            return full
        }
    }
}
