import GraphQL
import JSON
import Synchronization
import Testing

private func stream(_ query: String, _ fleet: Fleet = Fleet()) async throws -> ResponseStream<Fleet> {
    try await makeExecutor().subscribe(Request(query), fleet)
}

@Test func `each event becomes an answer`() async throws {
    let fleet = Fleet()
    var answers: [String] = []
    for try await bytes in try await stream("subscription { t: ticks(count: 2) { id department { id } } }", fleet) {
        answers.append(String(decoding: bytes, as: UTF8.self))
    }
    #expect(
        answers == [
            #"{"data":{"t":{"id":"m1","department":{"id":"1"}}}}"#,
            #"{"data":{"t":{"id":"m2","department":{"id":"2"}}}}"#,
        ])
}

@Test func `an error of the source ends the answers with it`() async throws {
    var count = 0
    var failure: RequestError?
    do {
        for try await _ in try await stream("subscription { ticks(count: 3, fails: true) { id } }") { count += 1 }
    } catch let error as RequestError {
        failure = error
    }
    #expect(count == 3)
    #expect(
        String(decoding: failure?.errorsJSON ?? [], as: UTF8.self)
            == #"[{"message":"source broke","locations":[{"line":1,"column":16}],"path":["ticks"],"#
            + #""extensions":{"code":"UNAVAILABLE"}}]"#)
}

@Test func `an error of one event is in its answer and the next one comes`() async throws {
    var answers: [String] = []
    for try await bytes in try await stream("subscription { ticks(count: 3) { id brokenRequired } }") {
        answers.append(String(decoding: bytes, as: UTF8.self))
    }
    #expect(answers.count == 3)
    #expect(answers[1].hasPrefix(#"{"errors":[{"message":"m2 broke""#))
    #expect(answers[2].contains("\"id\":\"m3\""))
}

/// A source without end that tells when it is let go.
private final class Endless: Sendable {
    let ended = AsyncStream<Void>.makeStream()
    let asked = AsyncStream<Void>.makeStream()

    func machines() -> AsyncStream<Machine> {
        let (stream, continuation) = AsyncStream<Machine>.makeStream()
        continuation.onTermination = { _ in self.ended.continuation.yield() }
        continuation.yield(Machine.samples[0])
        return stream
    }
}

private struct EndlessContext: GraphQLContext {
    let source = Endless()
}

private let endlessPart = SchemaPart<EndlessContext> {
    Object(Machine.self) { Field("id", \.id) }
    Query { Field("one") { _ in 1 } }
    Subscription { Field("machines") { context in context.source.machines() } }
}

@Test func `who cancels lets the source go`() async throws {
    let executor = Executor(schema: try Schema.build([endlessPart])) { _ in "" }
    let context = EndlessContext()
    let answers = try await executor.subscribe(Request("subscription { machines { id } }"), context)
    let first = AsyncStream<[UInt8]>.makeStream()
    let task = Task {
        for try await answer in answers { first.continuation.yield(answer) }
    }
    var iterator = first.stream.makeAsyncIterator()
    #expect(await iterator.next() == Array(#"{"data":{"machines":{"id":"m1"}}}"#.utf8))
    task.cancel()
    var ended = context.source.ended.stream.makeAsyncIterator()
    await ended.next()
    try await task.value
}

@Test(arguments: [
    "subscription { ticks(count: 1) { id } other: ticks(count: 1) { id } }",
    "subscription { ...f } fragment f on Subscription { ticks(count: 1) { id } __typename }",
    "subscription { __typename }",
])
func `a subscription has one source`(query: String) async throws {
    let executor = try makeExecutor()
    await #expect(throws: RequestError.self) { try await executor.subscribe(Request(query), Fleet()) }
}
