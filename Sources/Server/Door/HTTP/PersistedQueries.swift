import Cryptography
import Synchronization

/// Documents that clients ask for by the digest of their text, once they have sent them whole.
///
/// It keeps what comes first and, when that is too much, lets the least recently used go: clients then send it again.
/// Source: <https://www.apollographql.com/docs/apollo-server/performance/apq>
package final class PersistedQueries: Sendable {
    private struct Entry {
        var text: String
        var lastUse: UInt64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())
    private let capacity: Int
    /// Bytes of all texts together, and of one.
    private let maximumBytes: Int
    private let maximumLength: Int

    package init(capacity: Int = 4096, bytes: Int = 8 << 20, length: Int = 128 << 10) {
        self.capacity = capacity
        maximumBytes = bytes
        maximumLength = length
    }

    /// The text of this digest, in hexadecimal digits; nil where nobody has sent it yet.
    package func text(of digest: String) -> String? {
        state.withLock { state in
            state.clock += 1
            guard let index = state.entries.index(forKey: digest) else { return nil }
            state.entries.values[index].lastUse = state.clock
            return state.entries.values[index].text
        }
    }

    /// Keeps a text for those who ask for it by its digest. False where the digest is that of another text.
    package func keep(_ text: String, as digest: String) -> Bool {
        let size = text.utf8.count
        // The engine refuses a longer one, which costs less than its digest.
        if size > maximumLength || self.text(of: digest) == text { return true }
        guard Self.digest(of: text) == digest else { return false }
        state.withLock { state in
            guard state.entries[digest] == nil else { return }
            while state.entries.count >= capacity || state.bytes + size > maximumBytes {
                // Seldom: what front ends ask is a closed list.
                guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
                state.entries[oldest.key] = nil
                state.bytes -= oldest.value.text.utf8.count
            }
            state.bytes += size
            state.entries[digest] = Entry(text: text, lastUse: state.clock)
        }
        return true
    }

    static func digest(of text: String) -> String {
        Digest.sha256(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// How many texts are kept, and how long they are together.
    package var size: (texts: Int, bytes: Int) { state.withLock { ($0.entries.count, $0.bytes) } }
}
