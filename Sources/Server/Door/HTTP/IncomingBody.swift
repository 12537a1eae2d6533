import NIOCore

/// What has come of the body of a request.
struct IncomingBody {
    private let limits: HTTPLimits
    /// What all connections may keep together beyond what each may have.
    private let budget: Budget
    /// Bytes that this one has of the budget.
    private var reserved = 0
    private var bytes = ByteBuffer()

    init(limits: HTTPLimits, budget: Budget) {
        self.limits = limits
        self.budget = budget
    }

    /// - Parameter announced: how long the whole is said to be.
    /// - Returns: why it is refused, if it is.
    mutating func add(_ part: ByteBuffer, announced: @autoclosure () -> Int?) -> HTTPResponse? {
        let length = bytes.readableBytes + part.readableBytes
        guard length <= limits.body else { return .tooLarge(limits.body) }
        guard reserve(length - limits.smallBody) else { return .tooMuch }
        if bytes.readableBytes == 0 {
            bytes = part
            return nil
        }
        // Growing step by step would copy a long one several times. Who has sent some of it may send the rest.
        if length > limits.smallBody, let announced = announced(), announced > bytes.capacity {
            bytes.reserveCapacity(min(announced, limits.body))
        }
        var part = part
        bytes.writeBuffer(&part)
        return nil
    }

    private mutating func reserve(_ excess: Int) -> Bool {
        guard excess > reserved else { return true }
        guard budget.take(excess - reserved) else { return false }
        reserved = excess
        return true
    }

    /// Hands it over. Its part of the budget is given back when its request is answered.
    mutating func take() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }

    mutating func release() {
        bytes = ByteBuffer()
        budget.giveBack(reserved)
        reserved = 0
    }
}
