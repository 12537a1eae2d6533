import JSON

/// Writes a field whose values were fetched, for the parent of that number.
package typealias SlotWrite<Context: GraphQLContext> = @Sendable (Int, Execution<Context>, inout Output) -> Bool

/// How one field of an object is had.
package enum FieldStep<Context: GraphQLContext, Parent: Sendable>: Sendable {
    /// The same for every parent: JSON that was encoded beforehand.
    case constant([UInt8])
    case direct(@Sendable (Parent, Execution<Context>, inout Output) -> Bool)
    /// Fetched for all parents at once.
    case staged(@Sendable ([Parent], Execution<Context>) async -> SlotWrite<Context>)
    /// A source of events: only at the root of a subscription.
    case stream(@Sendable (Execution<Context>) async throws -> EventSource<Context>)
}

struct PlannedField<Context: GraphQLContext, Parent: Sendable>: Sendable {
    var key: String
    /// The key with quotes and colon.
    var encodedKey: [UInt8]
    var locations: [Location]
    var step: FieldStep<Context, Parent>
    /// Which of the fetched fields this is.
    var slot = 0
}

/// The fields that a request wants of the objects at one place, in the order of the answer.
package final class ObjectPlan<Context: GraphQLContext, Parent: Sendable>: Sendable {
    let fields: [PlannedField<Context, Parent>]
    let isStaged: Bool

    init(_ planned: [PlannedField<Context, Parent>]) {
        var fields = planned
        var slots = 0
        for index in fields.indices {
            guard case .staged = fields[index].step else { continue }
            fields[index].slot = slots
            slots += 1
        }
        self.fields = fields
        isStaged = slots > 0
    }

    /// Fetches what must be fetched, each field once for all parents, the fields beside each other.
    func prepare(_ parents: [Parent], _ execution: Execution<Context>) async -> [SlotWrite<Context>] {
        var fetches: [@Sendable ([Parent], Execution<Context>) async -> SlotWrite<Context>] = []
        for field in fields { if case .staged(let fetch) = field.step { fetches.append(fetch) } }
        // Without parents there is nothing to ask for, and nothing will be written.
        if parents.isEmpty { return fetches.map { _ in { _, _, _ in false } } }
        if fetches.count == 1 { return [await fetches[0](parents, execution)] }
        return await withTaskGroup(of: (Int, SlotWrite<Context>).self) { group in
            for (slot, fetch) in fetches.enumerated() {
                group.addTask { (slot, await fetch(parents, execution)) }
            }
            var slots = [SlotWrite<Context>?](repeating: nil, count: fetches.count)
            for await (slot, write) in group { slots[slot] = write }
            return slots.compactMap { $0 }
        }
    }

    /// Fetches the fields one after another: mutations are done in the order in which they are written.
    /// Source: <https://spec.graphql.org/October2021/#sec-Normal-and-Serial-Execution>
    func prepareSerially(_ parent: Parent, _ execution: Execution<Context>) async -> [SlotWrite<Context>] {
        var slots: [SlotWrite<Context>] = []
        for field in fields {
            if case .staged(let fetch) = field.step { slots.append(await fetch([parent], execution)) }
        }
        return slots
    }

    /// Writes one object. `false` means that a field which may not be null is, and so the object is not.
    func write(
        _ parent: Parent, _ slots: [SlotWrite<Context>], _ index: Int, _ execution: Execution<Context>,
        _ output: inout Output
    ) -> Bool {
        output.writer.beginObject()
        var known = output.errors.count
        for field in fields {
            output.writer.encodedName(field.encodedKey)
            let written: Bool
            switch field.step {
            case .direct(let write): written = write(parent, execution, &output)
            case .staged: written = slots[field.slot](index, execution, &output)
            case .constant(let json):
                output.writer.encoded(json)
                written = true
            case .stream: preconditionFailure("a source of events has no value of its own")
            }
            if output.errors.count > known {
                output.locate(from: known, in: field.key, field.locations)
                known = output.errors.count
            }
            if !written { return false }
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
    func slot(_ outcomes: [Outcome<Value>], _ execution: Execution<Context>) async -> SlotWrite<Context> {
        let isNullable = !Value.outputType.isNonNull
        switch self {
        case .direct(let write):
            return { index, execution, output in
                switch outcomes[index] {
                case .value(let value): write(value, execution, &output)
                case .failed(let error): output.fail(error, isNullable: isNullable)
                }
            }
        case .staged(let count, let prepare):
            var values: [Value] = []
            var starts: [Int] = []
            var start = 0
            for outcome in outcomes {
                starts.append(start)
                guard case .value(let value) = outcome else { continue }
                values.append(value)
                start += count(value)
            }
            let write = await prepare(values, execution)
            return { [starts] index, execution, output in
                switch outcomes[index] {
                case .value(let value):
                    var place = starts[index]
                    return write(value, &place, execution, &output)
                case .failed(let error): return output.fail(error, isNullable: isNullable)
                }
            }
        }
    }

    /// A field whose value is had at once, from its parent.
    func step<Parent: Sendable>(
        _ get: @escaping @Sendable (Parent, Execution<Context>) throws -> Value
    ) -> FieldStep<Context, Parent> {
        let isNullable = !Value.outputType.isNonNull
        switch self {
        case .direct(let write):
            return .direct { parent, execution, output in
                do {
                    return write(try get(parent, execution), execution, &output)
                } catch {
                    return output.fail(execution.fieldError(error), isNullable: isNullable)
                }
            }
        case .staged:
            return .staged { parents, execution in
                let outcomes = parents.map { parent -> Outcome<Value> in
                    do { return .value(try get(parent, execution)) } catch {
                        return .failed(execution.fieldError(error))
                    }
                }
                return await slot(outcomes, execution)
            }
        }
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
