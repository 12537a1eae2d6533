/// Cuts a stream of bytes into lines, never keeping more than one line's limit.
package struct LineBuffer: Sendable {
    package struct TooLong: Error, Equatable {}

    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// Up to where no newline was found.
    private var searched = 0

    package init(limit: Int = LocalProtocol.maximumLine) { self.limit = limit }

    /// Bytes that wait for the rest of their line.
    package var count: Int { bytes.count - start }

    package mutating func append(_ new: some Collection<UInt8>) {
        if start > 0, start == bytes.count || start > 1 << 16 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
            // A long line's memory is not kept for the short ones behind it.
            if bytes.isEmpty, bytes.capacity > 1 << 18 { bytes = [] }
        }
        bytes.append(contentsOf: new)
    }

    /// The next whole line without its newline, or nil when there is none yet.
    package mutating func next() throws(TooLong) -> [UInt8]? {
        if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            guard end - start <= limit else { throw TooLong() }
            defer {
                start = end + 1
                searched = start
            }
            return Array(bytes[start..<end])
        }
        searched = bytes.count
        guard bytes.count - start <= limit else { throw TooLong() }
        return nil
    }
}
