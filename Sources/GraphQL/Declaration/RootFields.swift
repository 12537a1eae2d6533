/// The parents of root fields: nothing is known of them but which root they are.
public protocol RootObject: Sendable {}

/// A root whose fields are called once and answer.
public protocol CallableRoot: RootObject {}

public struct QueryRoot: CallableRoot { public init() {} }
public struct MutationRoot: CallableRoot { public init() {} }
public struct SubscriptionRoot: RootObject { public init() {} }

extension Field where Parent: CallableRoot {
    /// `Field("machine", Argument<String>("id")) { context, id in try await context.machines.find(id) }`
    public init<Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Context, repeat each A) async throws -> Value
    ) {
        self.init(
            name, type: Value.outputType, arguments: Field.declarations(repeat each arguments)
        ) { site throws(RequestError) in
            let plan = try Value.plan(site)
            let reader = site.arguments
            return .staged { _, execution in
                .later {
                    let outcome: Outcome<Value>
                    do {
                        let values = (repeat try reader.value(each arguments, execution.variables))
                        outcome = .value(try await resolve(execution.context, repeat each values))
                    } catch {
                        outcome = .failed(execution.fieldError(error))
                    }
                    return await plan.slot(outcome, execution).value
                }
            }
        }
    }
}

extension Field where Parent == QueryRoot {
    /// A field whose value is mostly at hand:
    ///
    ///     Field("machine", Argument<String>("id"), answer: { context, id in
    ///         if let machine = context.memory[id] { return .known(machine) }
    ///         return .fetched { try await context.machines.find(id) }
    ///     })
    public init<Value: GraphQLOutput, each A: GraphQLInput>(
        _ name: String, _ arguments: repeat Argument<each A>,
        answer: @escaping @Sendable (Context, repeat each A) throws -> Answer<Value>
    ) {
        self.init(
            name, type: Value.outputType, arguments: Field.declarations(repeat each arguments)
        ) { site throws(RequestError) in
            let plan = try Value.plan(site)
            let reader = site.arguments
            return .staged { _, execution in
                let outcome: Outcome<Value>
                do {
                    let values = (repeat try reader.value(each arguments, execution.variables))
                    switch try answer(execution.context, repeat each values) {
                    case .known(let value): outcome = .value(value)
                    case .fetched(let fetch): return .later { await plan.slot(execution, fetch) }
                    }
                } catch {
                    outcome = .failed(execution.fieldError(error))
                }
                return plan.slot(outcome, execution)
            }
        }
    }
}

extension ValuePlan where Value: GraphQLOutput {
    fileprivate func slot(
        _ execution: Execution<Context>, _ fetch: @Sendable () async throws -> Value
    ) async -> SlotWrite {
        let outcome: Outcome<Value>
        do { outcome = .value(try await fetch()) } catch { outcome = .failed(execution.fieldError(error)) }
        return await slot(outcome, execution).value
    }
}

extension Field where Parent == SubscriptionRoot {
    /// A source of events; each becomes one answer. The source is asked for an event only when the last answer was taken.
    public init<Source: AsyncSequence & Sendable, each A: GraphQLInput>(
        _ name: String, _ arguments: repeat Argument<each A>,
        resolve: @escaping @Sendable (Context, repeat each A) async throws -> Source
    ) where Source.Element: GraphQLOutput {
        self.init(
            name, type: Source.Element.outputType, arguments: Field.declarations(repeat each arguments)
        ) { site throws(RequestError) in
            let plan = try Source.Element.plan(site)
            let reader = site.arguments
            return .stream { execution in
                let values = (repeat try reader.value(each arguments, execution.variables))
                return EventSource(try await resolve(execution.context, repeat each values), plan)
            }
        }
    }
}
