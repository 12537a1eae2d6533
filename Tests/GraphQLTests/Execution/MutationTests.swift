import GraphQL
import JSON
import Testing

@Test func `mutations run one after another`() async throws {
    let fleet = Fleet()
    let answer = try await run("mutation { b: step(number: 2) a: step(number: 1) step(number: 3) }", [:], fleet)
    #expect(answer == #"{"data":{"b":2,"a":1,"step":3}}"#)
    #expect(fleet.calls.all == ["begin 2", "end 2", "begin 1", "end 1", "begin 3", "end 3"])
}

@Test func `the door learns what kind of operation it has`() throws {
    let executor = try makeExecutor()
    #expect(try executor.kind(of: Request("{ __typename }")) == .query)
    #expect(try executor.kind(of: Request("mutation { step(number: 1) }")) == .mutation)
    #expect(try executor.kind(of: Request("subscription { ticks(count: 1) { id } }")) == .subscription)
    #expect(throws: RequestError.self) { try executor.kind(of: Request("{")) }
}
