extension Field where Parent: GraphQLObject {
    /// A field that is a property, or is computed from its parent alone: `Field("id", \.id)`.
    package init<Value: GraphQLOutput>(_ name: String, _ value: @escaping @Sendable (Parent) -> Value) {
        self.init(name, type: Value.outputType, arguments: []) { site throws(RequestError) in
            switch try Value.plan(site) {
            case .direct(let write):
                return .direct { parent, execution, output in write(value(parent), execution, &output) }
            case let plan: return plan.step { parent, _ in value(parent) }
            }
        }
    }

    /// A field that is had at once, from memory:
    /// `Field("figures", Argument<Int>("seconds")) { machine, context, seconds in … }`.
    package init<Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Parent, Context, repeat each A) throws -> Value
    ) {
        let declarations = Field.declarations(repeat each arguments)
        let type = Value.outputType
        self.init(name, type: type, arguments: declarations) { site throws(RequestError) in
            let plan = try Value.plan(site)
            do throws(FieldError) {
                let values = (repeat try site.value(each arguments))
                return plan.step { parent, execution in
                    try resolve(parent, execution.context, repeat each values)
                }
            } catch {
                return Field.failing(error, isNullable: !type.isNonNull)
            }
        }
    }

    /// A field that is fetched: one call for all parents of the request's place, however many.
    ///
    ///     Field("snapshots", groupedBy: \.id) { ids, context in try await context.snapshots.snapshots(of: ids) }
    ///
    /// What the answer says nothing about is `nil` for a field that may be null, an empty array for a list, and an error
    /// otherwise. A field that may be null names its type: `Field("figures", as: Figures?.self, groupedBy: \.id)`.
    package init<Key: Hashable & Sendable, Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, as _: Value.Type = Value.self, groupedBy key: @escaping @Sendable (Parent) -> Key,
        _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Set<Key>, Context, repeat each A) async throws -> [Key: Value]
    ) {
        self.init(
            name, key: { key($0) }, found: { $0 }, absent: Value.absent, repeat each arguments, resolve: resolve)
    }

    /// A fetched field of parents that may have no key, and so no value: `department` by `\.departmentID`.
    package init<Key: Hashable & Sendable, Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, groupedByOptional key: @escaping @Sendable (Parent) -> Key?,
        _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Set<Key>, Context, repeat each A) async throws -> [Key: Value]
    ) {
        self.init(
            name, key: key, found: { Value?.some($0) }, absent: Value??.some(nil), repeat each arguments,
            resolve: resolve)
    }

    private init<Key: Hashable & Sendable, Found: Sendable, Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, key: @escaping @Sendable (Parent) -> Key?, found: @escaping @Sendable (Found) -> Value,
        absent: Value?, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Set<Key>, Context, repeat each A) async throws -> [Key: Found]
    ) {
        let declarations = Field.declarations(repeat each arguments)
        let type = Value.outputType
        self.init(name, type: type, arguments: declarations) { site throws(RequestError) in
            let plan = try Value.plan(site)
            do throws(FieldError) {
                let values = (repeat try site.value(each arguments))
                return .staged { parents, execution in
                    let keys = parents.map(key)
                    let outcomes: [Outcome<Value>]
                    do {
                        let wanted = Set(keys.lazy.compactMap { $0 })
                        let answer =
                            wanted.isEmpty
                            ? [:] : try await resolve(wanted, execution.context, repeat each values)
                        outcomes = keys.map { key in
                            if let value = key.flatMap({ answer[$0] }) { return .value(found(value)) }
                            if let absent { return .value(absent) }
                            return .failed(
                                FieldError("Cannot return null for non-nullable field \(name).", code: .internalError))
                        }
                    } catch {
                        let failure = execution.fieldError(error)
                        outcomes = keys.map { _ in .failed(failure) }
                    }
                    return await plan.slot(outcomes, execution)
                }
            } catch {
                return Field.failing(error, isNullable: !type.isNonNull)
            }
        }
    }
}

extension Field {
    static func declarations<each A: GraphQLInput>(_ arguments: repeat Argument<each A>) -> [ArgumentDeclaration] {
        var declarations: [ArgumentDeclaration] = []
        for argument in repeat each arguments { declarations.append(argument.declaration) }
        return declarations
    }
}

extension FieldSite {
    func value<Read>(_ argument: Argument<Read>) throws(FieldError) -> Read {
        try planner.value(argument, in: nodes[0])
    }
}
