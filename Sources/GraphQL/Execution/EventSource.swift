/// The events of a subscription, each as the way to write its answer.
public struct EventSource<Context: GraphQLContext>: Sendable {
    typealias Next = (isolated (any Actor)?, Execution<Context>) async throws -> SlotWrite?

    let makeNext: @Sendable () -> Next

    init<Source: AsyncSequence & Sendable>(_ source: Source, _ plan: ValuePlan<Context, Source.Element>)
    where Source.Element: GraphQLOutput {
        makeNext = {
            var iterator = source.makeAsyncIterator()
            return { isolation, execution in
                guard let event = try await iterator.next(isolation: isolation) else { return nil }
                // Waiting for an event takes as long as it takes.
                execution.restartTime()
                return await plan.slot(.value(event), execution).value
            }
        }
    }
}
