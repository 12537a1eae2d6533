import GraphQL
import JSON
import Synchronization
import Testing

private func run(
    _ query: String, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    _ change: (inout Limits) -> Void
) async throws -> String {
    var limits = Limits()
    change(&limits)
    let schema = try Schema.build([departmentPart, machinePart])
    let executor = Executor(schema: schema, limits: limits, now: now) { _ in "e" }
    return String(decoding: await executor.execute(Request(query), Fleet()), as: UTF8.self)
}

@Test func `an answer that grows too large is given up`() async throws {
    let answer = try await run("{ machines { id name } }") { $0.answerBytes = 60 }
    let expected =
        #"{"errors":[{"message":"The answer is longer than 60 bytes; ask for less.","#
        + #""extensions":{"code":"RESOURCE_EXHAUSTED"}}],"data":null}"#
    #expect(answer == expected)
    // Written beforehand, for all who share it.
    let shared = try await run("{ machines { department { name } } }") { $0.answerBytes = 60 }
    #expect(shared == expected)
}

@Test func `an answer with too many errors is given up`() async throws {
    let answer = try await run("{ machines { broken } }") { $0.answerErrors = 2 }
    #expect(answer.contains("The answer has more than 2 errors; ask for less."))
    #expect(try await run("{ machines(limit: 2) { broken } }") { $0.answerErrors = 2 }.contains("m2 broke"))
}

@Test func `too many objects at one place are not fetched for`() async throws {
    let answer = try await run("{ machines { id snapshots { name } } }") { $0.objects = 3 }
    #expect(answer.contains("More than 3 objects at one place of the request; ask for less."))
    #expect(answer.hasSuffix(#""data":null}"#))
    #expect(try await run("{ machines { id snapshots { name } } }") { $0.objects = 4 }.hasPrefix(#"{"data""#))
}

@Test func `nothing is fetched when the time is over`() async throws {
    let start = ContinuousClock.now
    let calls = Mutex(0)
    // Each look at the clock takes a second: at the start, before the root, before the departments, before the machines.
    let now: @Sendable () -> ContinuousClock.Instant = {
        let seconds = calls.withLock { calls in
            calls += 1
            return calls
        }
        return start + .seconds(seconds)
    }
    let query = "{ machines { department { machines { id snapshots { name } } } } }"
    let answer = try await run(query, now: now) { $0.time = .seconds(2) }
    let expected =
        #"{"errors":[{"message":"The request took longer than 2.0 seconds.","#
        + #""extensions":{"code":"TIMEOUT"}}],"data":null}"#
    #expect(answer == expected)
    #expect(calls.withLock { $0 } == 4)
    calls.withLock { $0 = 0 }
    #expect(try await run(query, now: now) { $0.time = .seconds(9) }.hasPrefix(#"{"data""#))
}

@Test func `kept documents have bounds in number and size`() async throws {
    let schema = try Schema.build([departmentPart, machinePart])
    let executor = Executor(schema: schema, cachedDocuments: 5, cachedBytes: 1000) { _ in "" }
    func run(_ query: String) async { _ = await executor.execute(Request(query), Fleet()) }
    for number in 10..<20 { await run("{ a\(number): __typename }") }
    #expect(executor.cachedDocuments == (5, 5 * 19))
    await run("{ departments { id name } }" + String(repeating: " ", count: 60))
    #expect(executor.cachedDocuments == (5, 5 * 19), "one that would drive out many others is not kept")
    for number in 10..<40 {
        await run("{ a\(number): departments { id name } #\(String(repeating: "x", count: 20))\n}")
    }
    #expect(executor.cachedDocuments.bytes <= 1000)
    await run("{ nope }")
    #expect(executor.cachedDocuments.bytes <= 1000, "what does not fit the schema is not kept")
}

@Test(arguments: [
    ("{", "GRAPHQL_PARSE_FAILED"), ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
    ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
    ("query ($id: String!) { machine(id: $id) { id } }", "BAD_USER_INPUT"),
    ("{ machine(id: \"m1\") { broken } }", "INTERNAL_SERVER_ERROR"),
])
func `each kind of failure has its code`(query: String, code: String) async throws {
    let answer = try await run(query) { _ in }
    #expect(answer.hasPrefix(#"{"errors":["#))
    #expect(answer.contains(#""extensions":{"code":"\#(code)"}"#), "\(answer)")
}
