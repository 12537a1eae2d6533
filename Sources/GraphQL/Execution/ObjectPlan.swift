import JSON

/// Writes a field whose values were fetched, for the parent of that number.
public typealias SlotWrite = @Sendable (Int, inout Output) -> Bool

/// How one field of an object is had.
public enum FieldStep<Context: GraphQLContext, Parent: Sendable>: Sendable {
    /// The same for every parent: JSON that was encoded beforehand.
    case constant([UInt8])
    case direct(@Sendable (Parent, Execution<Context>, inout Output) -> Bool)
    /// Fetched for all parents at once.
    case staged(@Sendable ([Parent], Execution<Context>) async -> SlotWrite)
    /// A source of events: only at the root of a subscription.
    case stream(@Sendable (Execution<Context>) async throws -> EventSource<Context>)
}

/// What a field is called in the answer, and where the request asks for it.
struct FieldPlace: Sendable {
    var key: String
    /// The key with quotes and colon.
    var encodedKey: [UInt8]
    var locations: [Location]
}

/// Writes one field of an object, its name and its value, and knows the field behind it.
///
/// A chain of objects rather than an array of closures: in code that is generic over the parent an array asks the runtime
/// for its element's type each time it is touched, which costs more than writing the field.
private class Member<Context: GraphQLContext, Parent: Sendable>: @unchecked Sendable {
    // Sendable because nothing in it or in its heirs ever changes.
    let place: FieldPlace
    let name: [UInt8]
    let next: Member?

    init(_ place: FieldPlace, next: Member?) {
        self.place = place
        self.next = next
        name = place.encodedKey
    }

    func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool { preconditionFailure("each kind of member writes itself") }

    /// Writes this field and those behind it.
    ///
    /// Calls itself rather than going along in a loop: what a loop holds on to is counted, for each field of each object,
    /// in one place for all threads.
    final func writeChain(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        let known = output.errors.count
        let written = write(parent, slots, index, execution, &output)
        if output.errors.count > known { output.locate(from: known, in: place.key, place.locations) }
        guard written else { return false }
        return next?.writeChain(parent, slots, index, execution, &output) ?? true
    }
}

private final class ConstantMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
    @unchecked Sendable
{
    private let member: [UInt8]

    init(_ place: FieldPlace, _ json: [UInt8], next: Member<Context, Parent>?) {
        member = place.encodedKey + json
        super.init(place, next: next)
    }

    override func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        output.writer.encodedMember(member)
        return true
    }
}

private final class DirectMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
    @unchecked Sendable
{
    private let value: @Sendable (Parent, Execution<Context>, inout Output) -> Bool

    init(
        _ place: FieldPlace, _ value: @escaping @Sendable (Parent, Execution<Context>, inout Output) -> Bool,
        next: Member<Context, Parent>?
    ) {
        self.value = value
        super.init(place, next: next)
    }

    override func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        output.writer.encodedName(name)
        return value(parent, execution, &output)
    }
}

private final class FetchedMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
    @unchecked Sendable
{
    private let slot: Int

    init(_ place: FieldPlace, slot: Int, next: Member<Context, Parent>?) {
        self.slot = slot
        super.init(place, next: next)
    }

    override func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        output.writer.encodedName(name)
        return slots[slot](index, &output)
    }
}

/// Some fields of an object, and the chain behind them.
private final class Chain<Context: GraphQLContext, Parent: Sendable>: Sendable {
    let first: Member<Context, Parent>
    let next: Chain?

    init(first: Member<Context, Parent>, next: Chain?) {
        self.first = first
        self.next = next
    }
}

/// The fields that a request wants of the objects at one place, in the order of the answer.
public final class ObjectPlan<Context: GraphQLContext, Parent: Sendable>: Sendable {
    /// A chain is written by as many calls within each other.
    private static var chainLength: Int { 64 }

    let places: [FieldPlace]
    let isStaged: Bool
    /// The source of events of a subscription's root.
    let stream: (@Sendable (Execution<Context>) async throws -> EventSource<Context>)?
    private let chains: Chain<Context, Parent>?
    private let fetches: [@Sendable ([Parent], Execution<Context>) async -> SlotWrite]

    init(_ planned: [(FieldPlace, FieldStep<Context, Parent>)]) {
        var fetches: [@Sendable ([Parent], Execution<Context>) async -> SlotWrite] = []
        var stream: (@Sendable (Execution<Context>) async throws -> EventSource<Context>)?
        for case (_, .staged(let fetch)) in planned { fetches.append(fetch) }
        var slot = fetches.count
        var chains: Chain<Context, Parent>?
        var first: Member<Context, Parent>?
        // Each chain grows from its end.
        for (index, (place, step)) in planned.enumerated().reversed() {
            switch step {
            case .constant(let json): first = ConstantMember(place, json, next: first)
            case .direct(let write): first = DirectMember(place, write, next: first)
            case .staged:
                slot -= 1
                first = FetchedMember(place, slot: slot, next: first)
            case .stream(let start):
                first = FetchedMember(place, slot: 0, next: first)
                stream = start
            }
            if index % Self.chainLength == 0, let head = first {
                chains = Chain(first: head, next: chains)
                first = nil
            }
        }
        self.chains = chains
        places = planned.map(\.0)
        isStaged = !fetches.isEmpty
        self.stream = stream
        self.fetches = fetches
    }

    /// Fetches what must be fetched, each field once for all parents, the fields beside each other.
    func prepare(_ parents: [Parent], _ execution: Execution<Context>) async -> [SlotWrite] {
        // Without parents there is nothing to ask for, and nothing will be written.
        if parents.isEmpty { return fetches.map { _ in { _, _ in false } } }
        if !fetches.isEmpty, let reason = execution.reasonToStop(before: parents.count) {
            return fetches.map { _ in
                { _, output in
                    output.stop(reason)
                    return false
                }
            }
        }
        if fetches.count == 1 { return [await fetches[0](parents, execution)] }
        return await withTaskGroup(of: (Int, SlotWrite).self) { group in
            for (slot, fetch) in fetches.enumerated() {
                group.addTask { (slot, await fetch(parents, execution)) }
            }
            var slots = [SlotWrite?](repeating: nil, count: fetches.count)
            for await (slot, write) in group { slots[slot] = write }
            return slots.compactMap { $0 }
        }
    }

    /// Fetches the fields one after another: mutations are done in the order in which they are written.
    /// Source: <https://spec.graphql.org/October2021/#sec-Normal-and-Serial-Execution>
    func prepareSerially(_ parent: Parent, _ execution: Execution<Context>) async -> [SlotWrite] {
        var slots: [SlotWrite] = []
        for fetch in fetches { slots.append(await fetch([parent], execution)) }
        return slots
    }

    /// Writes one object. `false` means that a field which may not be null is, and so the object is not.
    func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        output.writer.beginObject()
        var next = chains
        while let chain = next {
            guard chain.first.writeChain(parent, slots, index, execution, &output) else { return false }
            next = chain.next
        }
        output.writer.endObject()
        return true
    }
}

/// What a resolver gave for one parent.
enum Outcome<Value: Sendable>: Sendable {
    case value(Value)
    case failed(FieldError)
}

extension ValuePlan where Value: GraphQLOutput {
    /// How to write a field whose values are there, one for each parent; fetches what is beneath them first.
    func slot(_ outcomes: [Outcome<Value>], _ execution: Execution<Context>) async -> SlotWrite {
        let isNullable = Value.isNullable
        switch self {
        case .direct(let write):
            return { index, output in
                switch outcomes[index] {
                case .value(let value): write(value, execution, &output)
                case .failed(let error): output.fail(error, isNullable: isNullable)
                }
            }
        case .staged(let count, let prepare):
            var values: [Value] = []
            var starts: [Int] = []
            var start = 0
            for (index, outcome) in outcomes.enumerated() {
                starts.append(start)
                guard case .value(let value) = outcome else { continue }
                values.append(value)
                // Nobody starts behind the last one, which at the root is the only one and may be long.
                if index + 1 < outcomes.count { start += count(value) }
            }
            let write = await prepare(values, execution)
            return { [starts] index, output in
                switch outcomes[index] {
                case .value(let value):
                    var place = starts[index]
                    return write(value, &place, execution, &output)
                case .failed(let error): return output.fail(error, isNullable: isNullable)
                }
            }
        }
    }

    /// As above for values that several parents may share: `places` says which outcome each parent has, if any.
    ///
    /// What needs nothing more is written once for all who share it.
    func slot(
        _ outcomes: [Outcome<Value>], of places: [Int?], without none: Outcome<Value>,
        _ execution: Execution<Context>
    ) async -> SlotWrite {
        if case .direct(let write) = self {
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
            return { [encoded] index, output in encoded.write(places[index] ?? outcomes.count, to: &output) }
        }
        return await slot(places.map { place in place.map { outcomes[$0] } ?? none }, execution)
    }
}

/// Values that were written beforehand, with their errors, to be put into an answer as often as they are needed.
private struct EncodedValues: Sendable {
    private struct Entry {
        var range: Range<Int>
        var errors: [Output.Failure]
        var isWritten: Bool
    }
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    private var stopped: FieldError?
    private let limits: Limits

    init(limits: Limits) { self.limits = limits }

    mutating func append(_ write: (inout Output) -> Bool) {
        let start = bytes.count
        var output = Output(writer: JSONWriter(appendingTo: bytes), limits: limits)
        bytes = []  // The writer alone owns them now, and need not copy.
        let isWritten = write(&output)
        bytes = output.writer.bytes
        stopped = stopped ?? output.stopped
        entries.append(Entry(range: start..<bytes.count, errors: output.errors, isWritten: isWritten))
    }

    func write(_ index: Int, to output: inout Output) -> Bool {
        if let stopped { output.stop(stopped) }
        let entry = entries[index]
        output.errors += entry.errors
        if entry.isWritten { output.writer.encoded(bytes[entry.range]) }
        return entry.isWritten
    }
}

extension Output {
    /// Reports why a field has no value, and writes `null` where that is allowed.
    mutating func fail(_ error: FieldError, isNullable: Bool) -> Bool {
        report(error)
        if isNullable { writer.null() }
        return isNullable
    }
}
