import JSON

/// What a resolver gave for one parent.
enum Outcome<Value: Sendable>: Sendable {
    case value(Value)
    case failed(FieldError)
}

extension ValuePlan where Value: GraphQLOutput {
    /// How to write a field whose values are there, one for each parent, once what is beneath them is there, too.
    func slot(_ outcomes: [Outcome<Value>], _ execution: Execution<Context>) -> Eventual<SlotWrite> {
        switch self {
        case .direct(let write):
            let isNullable = Value.isNullable
            return .now { index, output in
                switch outcomes[index] {
                case .value(let value): write(value, execution, &output)
                case .failed(let error): output.fail(error, isNullable: isNullable)
                }
            }
        case .staged(let count, let prepare):
            var values: [Value] = []
            var starts: [Int] = []
            var start = 0
            // By place: to go along a sequence, code that is generic asks the runtime for types at each step.
            let known = outcomes.span
            for index in known.indices {
                starts.append(start)
                guard case .value(let value) = known[index] else { continue }
                values.append(value)
                // Nobody starts behind the last one, which may be long.
                if index + 1 < known.count { start += count(value) }
            }
            return prepare(values, execution).map { [starts] in Self.slot(outcomes, starts, execution, $0) }
        }
    }

    /// - Parameter starts: for each parent, how many objects come before those of its value.
    private static func slot(
        _ outcomes: [Outcome<Value>], _ starts: [Int], _ execution: Execution<Context>, _ write: @escaping StagedWrite
    ) -> SlotWrite {
        let isNullable = Value.isNullable
        return { index, output in
            switch outcomes[index] {
            case .value(let value):
                var place = starts[index]
                return write(value, &place, execution, &output)
            case .failed(let error): return output.fail(error, isNullable: isNullable)
            }
        }
    }

    /// The same for a single parent, as all fields of a root have.
    func slot(_ outcome: Outcome<Value>, _ execution: Execution<Context>) -> Eventual<SlotWrite> {
        let isNullable = Value.isNullable
        switch (outcome, self) {
        case (.failed(let error), _): return .now { _, output in output.fail(error, isNullable: isNullable) }
        case (.value(let value), .direct(let write)):
            return .now { _, output in write(value, execution, &output) }
        case (.value(let value), .staged(_, let prepare)):
            return prepare([value], execution).map { Self.slot(value, execution, $0) }
        }
    }

    private static func slot(
        _ value: Value, _ execution: Execution<Context>, _ write: @escaping StagedWrite
    ) -> SlotWrite {
        { _, output in
            var place = 0
            return write(value, &place, execution, &output)
        }
    }

    func slot(_ execution: Execution<Context>, _ value: () throws -> Value) -> Eventual<SlotWrite> {
        let outcome: Outcome<Value>
        do { outcome = .value(try value()) } catch { outcome = .failed(execution.fieldError(error)) }
        return slot(outcome, execution)
    }

    /// As above for values that several parents may share: `places` says which outcome each parent has; those behind the
    /// last one have `none`.
    ///
    /// What needs nothing more is written once for all who share it.
    func slot(
        _ outcomes: [Outcome<Value>], of places: [Int], without none: Outcome<Value>,
        _ execution: Execution<Context>
    ) -> Eventual<SlotWrite> {
        if places.count == 1 { return slot(places[0] < outcomes.count ? outcomes[places[0]] : none, execution) }
        guard case .direct(let write) = self else {
            let all = outcomes + [none]
            return slot(places.map { all[min($0, outcomes.count)] }, execution)
        }
        var encoded = EncodedValues(limits: execution.limits)
        let isNullable = Value.isNullable
        for outcome in outcomes + [none] {
            encoded.append { output in
                switch outcome {
                case .value(let value): write(value, execution, &output)
                case .failed(let error): output.fail(error, isNullable: isNullable)
                }
            }
        }
        let last = outcomes.count
        return .now { [encoded] index, output in encoded.write(min(places[index], last), to: &output) }
    }
}

/// Values that were written beforehand, with their errors, to be put into an answer as often as they are needed.
private struct EncodedValues: Sendable {
    private struct Entry {
        var range: Range<Int>
        /// Among all errors.
        var errors: Range<Int>
        var isWritten: Bool
    }
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var errors: [Output.Failure] = []
    private var stopped: FieldError?
    private let limits: Limits

    init(limits: Limits) { self.limits = limits }

    mutating func append(_ write: (inout Output) -> Bool) {
        if stopped != nil { return }
        let start = bytes.count
        var output = Output(reserving: 256, limits: limits)
        let isWritten = write(&output)
        bytes += output.writer.bytes
        stopped = stopped ?? output.stopped
        let known = errors.count
        errors += output.errors
        stopped = stopped ?? limits.reasonToStop(bytes: bytes.count, errors: errors.count)
        entries.append(Entry(range: start..<bytes.count, errors: known..<errors.count, isWritten: isWritten))
    }

    func write(_ index: Int, to output: inout Output) -> Bool {
        if let stopped {
            output.stop(stopped)
            return false
        }
        let entry = entries[index]
        if !entry.errors.isEmpty { output.errors += errors[entry.errors] }
        if entry.isWritten { output.writer.encoded(bytes.span.extracting(entry.range)) }
        return entry.isWritten
    }
}
