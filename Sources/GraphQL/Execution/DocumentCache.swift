import Synchronization

/// Prepared documents by their text, bounded in number and size. The least recently used one goes first.
final class DocumentCache: Sendable {
    private struct Entry {
        var document: any AnyObject & Sendable
        var lastUse: UInt64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0

        mutating func remove(_ text: String) {
            if entries.removeValue(forKey: text) != nil { bytes -= text.utf8.count }
        }
    }
    private let state = Mutex(State())
    private let capacity: Int
    /// Bytes of all texts together. What is kept of a document takes some ten times as much as its text.
    private let maximumBytes: Int

    init(capacity: Int, bytes: Int) {
        self.capacity = capacity
        maximumBytes = bytes
    }

    func document<Context: GraphQLContext>(_ text: String) -> PreparedDocument<Context>? {
        let found = state.withLock { state -> (any AnyObject & Sendable)? in
            state.clock += 1
            guard let index = state.entries.index(forKey: text) else { return nil }
            state.entries.values[index].lastUse = state.clock
            return state.entries.values[index].document
        }
        return found as? PreparedDocument<Context>
    }

    func keep(_ document: some AnyObject & Sendable, for text: String) {
        let size = text.utf8.count
        // One that would drive out many others is parsed anew each time.
        if size > maximumBytes / 16 { return }
        state.withLock { state in
            state.remove(text)
            while state.entries.count >= capacity || state.bytes + size > maximumBytes {
                // Seldom: a client's documents are few. Looking at each is cheaper than keeping them in order.
                guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
                state.remove(oldest.key)
            }
            state.clock += 1
            state.bytes += size
            state.entries[text] = Entry(document: document, lastUse: state.clock)
        }
    }

    /// How many documents are kept, and how long they are together.
    var size: (documents: Int, bytes: Int) { state.withLock { ($0.entries.count, $0.bytes) } }
}
