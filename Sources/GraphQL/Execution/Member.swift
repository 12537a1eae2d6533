import JSON

/// Writes one field of an object, its name and its value, and knows the field behind it.
///
/// A chain of objects rather than an array of closures: in code that is generic over the parent an array asks the runtime
/// for its element's type each time it is touched, which costs more than writing the field.
class Member<Context: GraphQLContext, Parent: Sendable>: @unchecked Sendable {
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

final class ConstantMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
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

final class DirectMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
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

/// A scalar of the parent.
final class LeafMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
    @unchecked Sendable
{
    private let leaf: LeafWrite<Parent>

    init(_ place: FieldPlace, _ leaf: @escaping LeafWrite<Parent>, next: Member<Context, Parent>?) {
        self.leaf = leaf
        super.init(place, next: next)
    }

    override func write(
        _ parent: Parent, _ slots: [SlotWrite], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool { leaf(parent, name, &output) }
}

final class FetchedMember<Context: GraphQLContext, Parent: Sendable>: Member<Context, Parent>,
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
