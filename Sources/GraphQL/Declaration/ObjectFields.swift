extension Field where Parent: GraphQLObject {
    /// A field that is a property, or is computed from its parent alone: `Field("id", \.id)`.
    ///
    /// Inlinable for the sake of `leafWriter`, which is half of the work of a long answer: where the field is declared the
    /// types are known, and here they are not.
    @inlinable public init<Value: GraphQLOutput>(_ name: String, _ value: @escaping @Sendable (Parent) -> Value) {
        self.init(name, value, leaf: Value.isLeaf ? Value.leafWriter(value) : nil)
    }

    @usableFromInline init<Value: GraphQLOutput>(
        _ name: String, _ value: @escaping @Sendable (Parent) -> Value, leaf: LeafWrite<Parent>?
    ) {
        self.init(name, type: Value.outputType, arguments: []) { site throws(RequestError) in
            if let leaf { return .leaf(leaf) }
            switch try Value.plan(site) {
            case .direct(let write):
                return .direct { parent, execution, output in write(value(parent), execution, &output) }
            case let plan:
                return .staged { parents, execution in
                    plan.slot(parents.map { .value(value($0)) }, execution)
                }
            }
        }
    }

    /// A field that is had at once, from memory:
    /// `Field("figures", Argument<Int>("seconds")) { machine, context, seconds in … }`.
    public init<Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Parent, Context, repeat each A) throws -> Value
    ) {
        self.init(
            name, type: Value.outputType, arguments: Field.declarations(repeat each arguments)
        ) { site throws(RequestError) in
            let plan = try Value.plan(site)
            let reader = site.arguments
            if case .direct(let write) = plan, let values = Self.none(repeat each arguments) {
                return .direct { parent, execution, output in
                    do {
                        return write(
                            try resolve(parent, execution.context, repeat each values), execution, &output)
                    } catch {
                        return output.fail(execution.fieldError(error), isNullable: Value.isNullable)
                    }
                }
            }
            // For all parents at once, so that the arguments are read once.
            return .staged { parents, execution in
                let outcomes: [Outcome<Value>]
                do throws(FieldError) {
                    let values = (repeat try reader.value(each arguments, execution.variables))
                    outcomes = parents.map { parent in
                        do { return .value(try resolve(parent, execution.context, repeat each values)) } catch {
                            return .failed(execution.fieldError(error))
                        }
                    }
                } catch {
                    outcomes = parents.map { _ in .failed(error) }
                }
                return plan.slot(outcomes, execution)
            }
        }
    }

    /// A field that is fetched: one call for all parents of the request's place, however many.
    ///
    ///     Field("snapshots", groupedBy: \.id) { ids, context in try await context.snapshots.snapshots(of: ids) }
    ///
    /// What the answer says nothing about is `nil` for a field that may be null, an empty array for a list, and an error
    /// otherwise. A field that may be null names its type: `Field("figures", as: Figures?.self, groupedBy: \.id)`.
    @inlinable public init<Key: Hashable & Sendable, Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, as _: Value.Type = Value.self, groupedBy key: @escaping @Sendable (Parent) -> Key,
        _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Set<Key>, Context, repeat each A) async throws -> [Key: Value]
    ) {
        self.init(
            name, declarations: Field.declarations(repeat each arguments), batch: { Batch($0, by: key) },
            found: { $0 }, absent: Value.absent
        ) { keys, reader, execution in
            let values = (repeat try reader.value(each arguments, execution.variables))
            return try await resolve(keys, execution.context, repeat each values)
        }
    }

    /// A fetched field of parents that may have no key, and so no value: `department` by `\.departmentID`.
    @inlinable public init<Key: Hashable & Sendable, Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, groupedByOptional key: @escaping @Sendable (Parent) -> Key?,
        _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Set<Key>, Context, repeat each A) async throws -> [Key: Value]
    ) {
        self.init(
            name, declarations: Field.declarations(repeat each arguments), batch: { Batch($0, by: key) },
            found: { Value?.some($0) }, absent: Value??.some(nil)
        ) { keys, reader, execution in
            let values = (repeat try reader.value(each arguments, execution.variables))
            return try await resolve(keys, execution.context, repeat each values)
        }
    }

    /// The same where the values are mostly at hand: `known` answers what finds one by its key, and nil where they have to be
    /// fetched.
    @inlinable public init<Key: Hashable & Sendable, Value: GraphQLOutput>(
        _ name: String, groupedByOptional key: @escaping @Sendable (Parent) -> Key?,
        known: @escaping @Sendable (Context) -> ((Key) -> Value?)?,
        resolve: @escaping @Sendable (Set<Key>, Context) async throws -> [Key: Value]
    ) {
        self.init(
            name, declarations: [], batch: { Batch($0, by: key) }, found: { Value?.some($0) },
            absent: Value??.some(nil), known: known
        ) { keys, _, execution in try await resolve(keys, execution.context) }
    }

    @usableFromInline
    init<Key: Hashable & Sendable, Found: Sendable, Value: GraphQLOutput>(
        _ name: String, declarations: [ArgumentDeclaration], batch: @escaping @Sendable ([Parent]) -> Batch<Key>,
        found: @escaping @Sendable (Found) -> Value, absent: Value?,
        known: @escaping @Sendable (Context) -> ((Key) -> Found?)? = { _ in nil },
        resolve: @escaping @Sendable (Set<Key>, ArgumentReader, Execution<Context>) async throws -> [Key: Found]
    ) {
        self.init(name, type: Value.outputType, arguments: declarations) { site throws(RequestError) in
            let plan = try Value.plan(site)
            let reader = site.arguments
            let nothing = Field.nothing(absent, site.name)
            return .staged { parents, execution in
                let batch = batch(parents)
                if batch.keys.isEmpty { return plan.slot([], of: batch.places, without: nothing, execution) }
                if let find = known(execution.context) {
                    let outcomes = batch.outcomes(find, found, nothing)
                    return plan.slot(outcomes, of: batch.places, without: nothing, execution)
                }
                return .later {
                    let outcomes: [Outcome<Value>]
                    do {
                        let answer = try await resolve(Set(batch.keys), reader, execution)
                        outcomes = batch.outcomes({ answer[$0] }, found, nothing)
                    } catch {
                        let failure = Outcome<Value>.failed(execution.fieldError(error))
                        outcomes = batch.keys.map { _ in failure }
                    }
                    return await plan.slot(outcomes, of: batch.places, without: nothing, execution).value
                }
            }
        }
    }

    /// The values of no arguments; nil when there are some.
    private static func none<each A: GraphQLInput>(_ arguments: repeat Argument<each A>) -> (repeat each A)? {
        for _ in repeat each arguments { return nil }
        let reader = ArgumentReader(written: [], inputs: InputObjects(), declared: [])
        return try? (repeat reader.value(each arguments, [:]))
    }

    private static func nothing<Value>(_ absent: Value?, _ name: FieldName) -> Outcome<Value> {
        if let absent { return .value(absent) }
        return .failed(FieldError("Cannot return null for non-nullable field \(name).", code: .internalError))
    }
}

/// The keys of many parents, each once, and which of them each parent has.
@usableFromInline struct Batch<Key: Hashable & Sendable>: Sendable {
    @usableFromInline var keys: [Key] = []
    /// Of each parent: the place of its key; behind the last one for a parent without a key.
    @usableFromInline var places: [Int] = []

    /// Up to so many keys are compared one by one, which is quicker than to hash the key of each parent.
    @inlinable static var fewKeys: Int { 8 }

    /// Inlinable, so that the keys are hashed and compared by code that knows their type.
    @inlinable init<Parent>(_ parents: [Parent], by key: (Parent) -> Key?) {
        var known: [Key: Int] = [:]
        places.reserveCapacity(parents.count)
        let parents = parents.span
        for index in parents.indices {
            guard let key = key(parents[index]) else {
                places.append(.max)
                continue
            }
            let place = keys.count <= Self.fewKeys ? keys.firstIndex(of: key) : known[key]
            if let place {
                places.append(place)
                continue
            }
            places.append(keys.count)
            keys.append(key)
            if keys.count == Self.fewKeys + 1 {
                for (place, key) in keys.enumerated() { known[key] = place }
            } else if keys.count > Self.fewKeys {
                known[key] = keys.count - 1
            }
        }
    }

    func outcomes<Found, Value>(
        _ find: (Key) -> Found?, _ found: (Found) -> Value, _ nothing: Outcome<Value>
    ) -> [Outcome<Value>] {
        var outcomes: [Outcome<Value>] = []
        outcomes.reserveCapacity(keys.count)
        let keys = keys.span
        for place in keys.indices {
            if let value = find(keys[place]) { outcomes.append(.value(found(value))) } else { outcomes.append(nothing) }
        }
        return outcomes
    }
}

extension Field {
    @usableFromInline static func declarations<each A: GraphQLInput>(_ arguments: repeat Argument<each A>)
        -> [ArgumentDeclaration]
    {
        var declarations: [ArgumentDeclaration] = []
        for argument in repeat each arguments { declarations.append(argument.declaration) }
        return declarations
    }
}
