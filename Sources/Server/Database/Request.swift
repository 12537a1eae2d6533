import CPostgres
import Glibc
import Synchronization

/// A statement on its way to PostgreSQL and back. Belongs to the connection that runs it.
final class Request: @unchecked Sendable {
    // Sendable because only its connection touches it while it is under way; when it has ended nobody writes any more.
    let prepared: PreparedStatement?
    let isPreparing: Bool
    /// Whether a `Sync` follows it. One without ends with its own answer, and fails with any of those before it in its batch.
    let isLast: Bool
    /// Answers that are still to come for it: to the preparation, if there is one, and to the statement.
    var pending: Int
    var rows: ResultStorage?
    var failure: DatabaseError?
    var sqlState = ""
    /// Called when it has ended, whether anybody still waits for it or not.
    var whenOver: (@Sendable () -> Void)?

    var isCancelling = false
    var wasCancelled = false
    var cancelSent: CheckedContinuation<Void, Never>?

    /// Nanoseconds of the monotonic clock: a statement is so short that making durations of them would be felt.
    let start: Int64

    private enum State {
        case underWay
        case awaited(CheckedContinuation<Void, Never>)
        case done
        /// Nobody waits for it any more. It ends all the same, for the sake of those behind it.
        case abandoned
    }
    private let state = Mutex(State.underWay)

    init(_ prepared: PreparedStatement?, isPreparing: Bool, isLast: Bool = true) {
        self.prepared = prepared
        self.isPreparing = isPreparing
        self.isLast = isLast
        pending = isPreparing ? 2 : 1
        start = monotonicNanoseconds()
    }

    var isDone: Bool { state.withLock { if case .done = $0 { true } else { false } } }
    private var isAbandoned: Bool { state.withLock { if case .abandoned = $0 { true } else { false } } }

    func end() {
        whenOver?()
        whenOver = nil
        leave(.done)
    }

    func abandon() { leave(.abandoned) }

    private func leave(_ last: State) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .underWay:
                state = last
                return nil
            case .awaited(let waiter):
                state = last
                return waiter
            case .done, .abandoned: return nil
            }
        }
        waiter?.resume()
    }

    /// Waits until the statement has ended or is abandoned. Whoever waits goes on at once, wherever the connection is.
    func wait() async {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let isUnderWay = state.withLock { state in
                guard case .underWay = state else { return false }
                state = .awaited(waiter)
                return true
            }
            if !isUnderWay { waiter.resume() }
        }
    }

    func endCancelling() {
        isCancelling = false
        cancelSent?.resume()
        cancelSent = nil
    }

    func outcome() throws(DatabaseError) -> Rows {
        if isAbandoned { throw .cancelled }
        if let failure { throw failure }
        // A request that is done and did not fail has a result: the protocol knows no third way.
        guard let rows else { throw .connectionLost(reason: "the server sent no answer") }
        return Rows(rows)
    }
}

func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

extension ParameterBuffer {
    /// Lends the parameters in the form in which libpq takes them.
    func withPointers<R>(
        _ body: (
            _ types: UnsafePointer<Oid>?, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
            _ lengths: UnsafePointer<Int32>?, _ formats: UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        let count = entries.count
        if count == 0 { return body(nil, nil, nil, nil) }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                // Types, lengths and formats all have four bytes.
                unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 3) { numbers in
                    for (index, entry) in entries.enumerated() {
                        unsafe values.initializeElement(at: index, to: bytes.pointer(to: entry.offset))
                        unsafe numbers.initializeElement(at: index, to: Int32(bitPattern: entry.type))
                        unsafe numbers.initializeElement(at: count + index, to: entry.length)
                        unsafe numbers.initializeElement(at: 2 * count + index, to: entry.isBinary ? 1 : 0)
                    }
                    let start = numbers.baseAddress!  // Not empty.
                    return unsafe start.withMemoryRebound(to: Oid.self, capacity: count) { types in
                        unsafe body(types, values.baseAddress, start + count, start + 2 * count)
                    }
                }
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// An empty `bytea` has an offset too, even at the very end or in an empty buffer: libpq reads null as NULL.
    fileprivate func pointer(to offset: Int32) -> UnsafePointer<CChar>? {
        guard offset >= 0 else { return nil }
        guard let base = baseAddress else { return unsafe UnsafePointer(bitPattern: 1) }
        return unsafe UnsafeRawPointer(base + Int(offset)).assumingMemoryBound(to: CChar.self)
    }
}
