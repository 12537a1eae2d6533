import JSON
import Synchronization

/// A document that was parsed and found to fit the schema: what requests with the same text share.
final class PreparedDocument: Sendable {
    let source: [UInt8]
    let fragments: [String: Fragment]
    private let operations: [Operation]
    private let size = Atomic(256)

    /// How long the last answer was: a good guess for the next one.
    var lastSize: Int {
        get { size.load(ordering: .relaxed) }
        set { size.store(newValue, ordering: .relaxed) }
    }

    init(_ text: String, _ types: TypeSystem, _ limits: Limits) throws(RequestError) {
        let source = Array(text.utf8)
        self.source = source
        let document: Document
        do throws(SyntaxError) {
            document = try Document(parsing: source, limits: limits)
        } catch {
            throw RequestError([
                ResponseError(
                    FieldError(error.message, code: "GRAPHQL_PARSE_FAILED"),
                    positions: [SourcePosition(error.location, in: source)])
            ])
        }
        try document.validate(against: types, limits, source)
        operations = document.operations
        fragments = Dictionary(document.fragments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Source: <https://spec.graphql.org/October2021/#GetOperation()>
    func operation(_ name: String?) throws(RequestError) -> Operation {
        if let name {
            guard let operation = operations.first(where: { $0.name == name }) else {
                throw RequestError("Unknown operation named \"\(name)\".", code: .badInput)
            }
            return operation
        }
        guard let operation = operations.first else {
            throw RequestError("Must provide an operation.", code: .badInput)
        }
        if operations.count > 1 {
            throw RequestError("Must provide operation name if query contains multiple operations.", code: .badInput)
        }
        return operation
    }
}

/// Prepared documents by their text. The least recently used one goes first.
final class DocumentCache: Sendable {
    private struct Entry {
        var document: PreparedDocument
        var lastUse: UInt64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var clock: UInt64 = 0
    }
    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    subscript(text: String) -> PreparedDocument? {
        get {
            state.withLock { state in
                state.clock += 1
                guard let index = state.entries.index(forKey: text) else { return nil }
                state.entries.values[index].lastUse = state.clock
                return state.entries.values[index].document
            }
        }
        set {
            state.withLock { state in
                if state.entries.count >= capacity, state.entries[text] == nil {
                    // Seldom: a client's documents are few. Looking at each is cheaper than keeping them in order.
                    let oldest = state.entries.min { $0.value.lastUse < $1.value.lastUse }
                    if let oldest { state.entries[oldest.key] = nil }
                }
                state.clock += 1
                state.entries[text] = newValue.map { Entry(document: $0, lastUse: state.clock) }
            }
        }
    }
}
