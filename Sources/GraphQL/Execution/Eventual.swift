/// A value that is there, or that has to be waited for.
///
/// Most requests ask for what is in memory. They are answered by plain calls from the root to the last field: a function
/// that could wait costs the runtime as much as writing several fields, whether it waits or not.
public enum Eventual<Value: Sendable>: Sendable {
    case now(Value)
    case later(@Sendable () async -> Value)

    /// The value, waited for if need be.
    public var value: Value {
        get async {
            switch self {
            case .now(let value): value
            case .later(let wait): await wait()
            }
        }
    }

    /// What becomes of the value, at once or when it is there. Always inlined: code that is generic over what it makes would
    /// have to ask for types at run time.
    @inlinable @inline(__always)
    public func map<Other>(_ transform: @escaping @Sendable (Value) -> Other) -> Eventual<Other> {
        switch self {
        case .now(let value): .now(transform(value))
        case .later(let wait): .later { transform(await wait()) }
        }
    }
}

/// What a resolver answers that has its value at hand more often than not.
public enum Answer<Value: Sendable>: Sendable {
    case known(Value)
    /// It must be fetched. What is thrown becomes the field's error, as it does where a resolver throws at once.
    case fetched(@Sendable () async throws -> Value)
}
