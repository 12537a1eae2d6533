import JSON

/// Writes a field whose values were fetched, for the parent of that number.
public typealias SlotWrite = @Sendable (Int, inout Output) -> Bool

/// Has a field for all parents at once, or says how to wait for it.
public typealias Fetch<Context: GraphQLContext, Parent: Sendable> =
    @Sendable ([Parent], Execution<Context>) -> Eventual<SlotWrite>

/// How one field of an object is had.
public enum FieldStep<Context: GraphQLContext, Parent: Sendable>: Sendable {
    /// The same for every parent: JSON that was encoded beforehand.
    case constant([UInt8])
    case direct(@Sendable (Parent, Execution<Context>, inout Output) -> Bool)
    /// The same as one call for the name and the value: a scalar that the parent has.
    case leaf(LeafWrite<Parent>)
    /// Had for all parents at once.
    case staged(Fetch<Context, Parent>)
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

/// Some fields of an object, and the chain behind them.
private final class Chain<Context: GraphQLContext, Parent: Sendable>: Sendable {
    let first: Member<Context, Parent>
    let next: Chain?

    init(first: Member<Context, Parent>, next: Chain?) {
        self.first = first
        self.next = next
    }
}

/// The fields that are had for all objects at once, one after another: a chain for the same reason as above.
private final class FetchChain<Context: GraphQLContext, Parent: Sendable>: Sendable {
    let fetch: Fetch<Context, Parent>
    let next: FetchChain?

    init(_ fetch: @escaping Fetch<Context, Parent>, next: FetchChain?) {
        self.fetch = fetch
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
    private let fetches: FetchChain<Context, Parent>?
    private let fetchCount: Int

    init(_ planned: [(FieldPlace, FieldStep<Context, Parent>)]) {
        var fetches: FetchChain<Context, Parent>?
        var slot = 0
        var stream: (@Sendable (Execution<Context>) async throws -> EventSource<Context>)?
        for case (_, .staged(let fetch)) in planned.reversed() {
            fetches = FetchChain(fetch, next: fetches)
            slot += 1
        }
        fetchCount = slot
        var chains: Chain<Context, Parent>?
        var first: Member<Context, Parent>?
        // Each chain grows from its end.
        for (index, (place, step)) in planned.enumerated().reversed() {
            switch step {
            case .constant(let json): first = ConstantMember(place, json, next: first)
            case .direct(let write): first = DirectMember(place, write, next: first)
            case .leaf(let write): first = LeafMember(place, write, next: first)
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
        isStaged = fetches != nil
        self.stream = stream
        self.fetches = fetches
    }

    /// Has what must be had for all parents at once, each field once; what has to be waited for is waited for beside each
    /// other.
    func prepare(_ parents: [Parent], _ execution: Execution<Context>) -> Eventual<[SlotWrite]> {
        if fetches == nil { return .now([]) }
        // Without parents there is nothing to ask for, and nothing will be written.
        if parents.count == 0 { return .now([SlotWrite](repeating: { _, _ in false }, count: fetchCount)) }
        if let reason = execution.reasonToStop(before: parents.count) {
            return .now([SlotWrite](repeating: { _, output in output.failed(for: reason) }, count: fetchCount))
        }
        var slots: [SlotWrite] = []
        var waiting: [Waiting] = []
        var next = fetches
        while let field = next {
            switch field.fetch(parents, execution) {
            case .now(let write): slots.append(write)
            case .later(let wait):
                waiting.append(Waiting(slot: slots.count, wait: wait))
                slots.append { _, _ in false }
            }
            next = field.next
        }
        if waiting.isEmpty { return .now(slots) }
        return .later { [slots, waiting] in await waiting.filling(slots) }
    }

    /// Has the fields one after another: mutations are done in the order in which they are written.
    /// Source: <https://spec.graphql.org/October2021/#sec-Normal-and-Serial-Execution>
    func prepareSerially(_ parent: Parent, _ execution: Execution<Context>) async -> [SlotWrite] {
        var slots: [SlotWrite] = []
        var next = fetches
        while let field = next {
            slots.append(await field.fetch([parent], execution).value)
            next = field.next
        }
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

/// A field that is waited for.
private struct Waiting: Sendable {
    var slot: Int
    var wait: @Sendable () async -> SlotWrite
}

extension [Waiting] {
    /// Puts what was waited for in its place.
    fileprivate func filling(_ slots: [SlotWrite]) async -> [SlotWrite] {
        var slots = slots
        if count == 1 {
            slots[self[0].slot] = await self[0].wait()
            return slots
        }
        return await withTaskGroup(of: (Int, SlotWrite).self) { group in
            for field in self { group.addTask { (field.slot, await field.wait()) } }
            for await (slot, write) in group { slots[slot] = write }
            return slots
        }
    }
}

extension Output {
    /// Gives the whole answer up.
    fileprivate mutating func failed(for reason: FieldError) -> Bool {
        stop(reason)
        return false
    }

    /// Reports why a field has no value, and writes `null` where that is allowed.
    mutating func fail(_ error: FieldError, isNullable: Bool) -> Bool {
        report(error)
        if isNullable { writer.null() }
        return isNullable
    }
}
