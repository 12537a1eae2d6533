import GraphQL
import JSON
import Testing

@Test func `fields come in the order of the request`() async throws {
    let answer = try await run("{ machine(id: \"m1\") { status name id load memory __typename tags } }")
    let expected =
        #"{"data":{"machine":{"status":"RUNNING","name":"web","id":"m1","load":0.5,"memory":4,"#
        + #""__typename":"Machine","tags":[]}}}"#
    #expect(answer == expected)
}

@Test func `nested lists are fetched once a level`() async throws {
    let fleet = Fleet()
    let answer = try await run(
        "{ machines { id department { name machines { snapshots { name machine { name } } } } } }", [:], fleet)
    #expect(!answer.contains("errors"))
    #expect(
        fleet.calls.all == ["machines", "departments [1, 2]", "machines of [1, 2]", "snapshots of 3", "machines 3"])
}

@Test func `each parent has its own of what was fetched for all`() async throws {
    let answer = try await run("{ machines { id department { id machines { id } } snapshots { name } figures } }")
    let expected =
        #"{"data":{"machines":[{"id":"m1","department":{"id":"1","machines":[{"id":"m1"},{"id":"m3"}]},"#
        + #""snapshots":[{"name":"m1s1"},{"name":"m1s2"}],"figures":0.25},"#
        + #"{"id":"m2","department":{"id":"2","machines":[{"id":"m2"}]},"#
        + #""snapshots":[{"name":"m2s1"},{"name":"m2s2"}],"figures":null},"#
        + #"{"id":"m3","department":{"id":"1","machines":[{"id":"m1"},{"id":"m3"}]},"#
        + #""snapshots":[{"name":"m3s1"},{"name":"m3s2"}],"figures":null},"#
        + #"{"id":"m4","department":null,"snapshots":[],"figures":null}]}}"#
    #expect(answer == expected)
}

@Test func `fields of one name are merged across fragments`() async throws {
    let answer = try await run(
        """
        query { a: machine(id: "m1") { ...one ... on Machine { name department { name } } ... { memory } } }
        fragment one on Machine { id department { id } ...two }
        fragment two on Machine { name }
        """)
    #expect(
        answer == #"{"data":{"a":{"id":"m1","department":{"id":"1","name":"dep 1"},"name":"web","memory":4}}}"#)
}

@Test(arguments: [
    ("@skip(if: true)", #"{"name":"web"}"#), ("@skip(if: false)", #"{"id":"m1","name":"web"}"#),
    ("@include(if: false)", #"{"name":"web"}"#), ("@include(if: $yes)", #"{"id":"m1","name":"web"}"#),
    ("@skip(if: $yes) @include(if: $yes)", #"{"name":"web"}"#),
])
func `skip and include leave fields out`(directive: String, expected: String) async throws {
    let query =
        "query ($yes: Boolean!) { machine(id: \"m1\") { id \(directive) name @include(if: $yes) "
        + "...f @skip(if: $yes) ... @include(if: false) { memory } } } fragment f on Machine { load }"
    #expect(try await run(query, ["yes": true]) == "{\"data\":{\"machine\":\(expected)}}")
}

@Test func `an introspected type name is a constant`() async throws {
    #expect(try await run("{ __typename }") == #"{"data":{"__typename":"Query"}}"#)
}

@Test func `extensions of another part are fields like others`() async throws {
    #expect(try await run("{ machine(id: \"m2\") { shout } }") == #"{"data":{"machine":{"shout":"DB"}}}"#)
}

@Test func `text is escaped`() async throws {
    #expect(try await run("{ machine(id: \"m3\") { name } }") == #"{"data":{"machine":{"name":"\"q\"\n"}}}"#)
}

@Test func `the named operation runs`() async throws {
    let executor = try makeExecutor()
    let two = "query A { departments { id } } query B { machine(id: \"m1\") { id } }"
    func run(_ name: String?) async -> String {
        String(decoding: await executor.execute(Request(two, operationName: name), Fleet()), as: UTF8.self)
    }
    #expect(await run("B") == #"{"data":{"machine":{"id":"m1"}}}"#)
    #expect(await run("C").contains("Unknown operation named \\\"C\\\"."))
    #expect(await run(nil).contains("Must provide operation name if query contains multiple operations."))
}

@Test func `a document is kept by its text and the oldest goes first`() async throws {
    let schema = try Schema.build([departmentPart, machinePart])
    let executor = Executor(schema: schema, cachedDocuments: 2) { _ in "" }
    for round in 0..<3 {
        for number in 0..<4 {
            let bytes = await executor.execute(Request("{ n\(number): departments { id } }"), Fleet())
            #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("{\"data\":{\"n\(number)\":"), "\(round)")
        }
    }
}

@Test func `requests that share a document do not share variables`() async throws {
    let executor = try makeExecutor()
    let query = "query ($id: String!, $no: Boolean!) { machine(id: $id) { id name @skip(if: $no) } }"
    func run(_ id: String, _ no: Bool) async -> String {
        let request = Request(query, variables: ["id": .string(id), "no": .bool(no)])
        return String(decoding: await executor.execute(request, Fleet()), as: UTF8.self)
    }
    for _ in 0..<2 {
        #expect(await run("m1", false) == #"{"data":{"machine":{"id":"m1","name":"web"}}}"#)
        #expect(await run("m2", true) == #"{"data":{"machine":{"id":"m2"}}}"#)
        #expect(await run("m2", false) == #"{"data":{"machine":{"id":"m2","name":"db"}}}"#)
    }
}
