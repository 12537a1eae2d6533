import GraphQL
import JSON
import Synchronization
import Testing

@Test func `a failed field is null and the others are there`() async throws {
    let answer = try await run("{\n  machine(id: \"m1\") { id broken name }\n}")
    let expected =
        #"{"errors":[{"message":"m1 broke","locations":[{"line":2,"column":26}],"path":["machine","broken"],"#
        + #""extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"#
        + #""data":{"machine":{"id":"m1","broken":null,"name":"web"}}}"#
    #expect(answer == expected)
}

@Test func `null goes up to the next place that may be null`() async throws {
    // Every item of the list is required, and so is the list: the whole answer is null.
    let answer = try await run("{ departments { id } machines { id x: brokenRequired } }")
    let expected =
        #"{"errors":[{"message":"m2 broke","locations":[{"line":1,"column":36}],"#
        + #""path":["machines",1,"x"],"extensions":{"code":"UNAVAILABLE"}}],"data":null}"#
    #expect(answer == expected)
}

@Test func `null stops at an object that may be null`() async throws {
    let answer = try await run("{ departments { id } machine(id: \"m2\") { id brokenRequired name } }")
    #expect(answer.hasSuffix(#","data":{"departments":[{"id":"1"},{"id":"2"}],"machine":null}}"#))
}

@Test func `null goes up through what was fetched and leaves the neighbours right`() async throws {
    let answer = try await run(
        "{ departments { name } a: machine(id: \"m2\") { department { machines { brokenRequired } } } "
            + "b: machine(id: \"m1\") { department { machines { id brokenRequired snapshots { name } } } } }")
    #expect(answer.contains(#""a":{"department":null}"#))
    #expect(
        answer.contains(
            #""b":{"department":{"machines":[{"id":"m1","brokenRequired":"web","snapshots":[{"name":"m1s1"}"#))
    #expect(answer.contains(#""path":["a","department","machines",0,"brokenRequired"]"#))
}

@Test func `a batch that fails fails for each parent`() async throws {
    let answer = try await run("{ machines(limit: 2) { id batchFails } }")
    #expect(answer.hasSuffix(#""data":{"machines":[{"id":"m1","batchFails":null},{"id":"m2","batchFails":null}]}}"#))
    #expect(answer.contains(#""path":["machines",0,"batchFails"]"#))
    #expect(answer.contains(#""path":["machines",1,"batchFails"]"#))
}

@Test func `what was not meant for clients is kept from them`() async throws {
    let seen = Mutex<[String]>([])
    let executor = try makeExecutor { error in
        seen.withLock { $0.append("\(error)") }
        return "4711"
    }
    let answer = String(decoding: await executor.execute(Request("{ unexpected { id } }"), Fleet()), as: UTF8.self)
    let expected =
        #"{"errors":[{"message":"internal error 4711","#
        + #""locations":[{"line":1,"column":3}],"path":["unexpected"],"#
        + #""extensions":{"id":"4711","code":"INTERNAL_SERVER_ERROR"}}],"data":{"unexpected":null}}"#
    #expect(answer == expected)
    #expect(seen.withLock { $0 } == ["Broken()"])
}

@Test func `a required root field that fails makes the data null`() async throws {
    let answer = try await run("{ required { id } }")
    #expect(answer.hasPrefix(#"{"errors":[{"message":"gone""#) && answer.hasSuffix(#","data":null}"#))
}

@Test func `who may not have a field gets null and its resolver is not called`() async throws {
    let fleet = Fleet(role: .user)
    let answer = try await run("{ departments { id } machine(id: \"m1\") { id } a: adminOnly }", [:], fleet)
    #expect(answer.hasPrefix(#"{"errors":[{"message":"Query.adminOnly is for admins""#))
    #expect(answer.hasSuffix(#","data":null}"#))
    #expect(answer.contains(#""path":["a"],"extensions":{"code":"FORBIDDEN"}"#))
    #expect(fleet.calls.all == ["departments"])
    let deep = try await run("{ machine(id: \"m1\") { id secret } }", [:], fleet)
    #expect(deep.hasPrefix(#"{"errors":[{"message":"Machine.secret is for admins""#))
    #expect(deep.hasSuffix(#","data":{"machine":null}}"#))
    #expect(try await run("{ machine(id: \"m1\") { secret } }").contains("secret of web"))
}

@Test func `a number beyond 32 bits is an error of its field`() async throws {
    var fleet = Fleet()
    fleet.machines[0].memory = 1 << 40
    let answer = try await run("{ machine(id: \"m1\") { id memory } }", [:], fleet)
    #expect(answer.contains("Int cannot represent non 32-bit signed integer value: 1099511627776"))
    fleet.machines[0].load = .nan
    let other = try await run("{ machine(id: \"m1\") { id load } }", [:], fleet)
    #expect(other.hasSuffix(#","data":{"machine":{"id":"m1","load":null}}}"#))
}

@Test func `null is no value of a JSON that may not be null`() async throws {
    struct Free: GraphQLContext {}
    let part = SchemaPart<Free> {
        Query {
            Field("maybe") { (_: Free) async throws -> JSONValue? in .null }
            Field("many") { (_: Free) async throws -> [JSONValue?] in [.null, nil, .bool(true)] }
            Field("never") { (_: Free) async throws -> JSONValue in .null }
        }
    }
    let executor = Executor(schema: try Schema.build([part])) { _ in "" }
    func run(_ query: String) async -> String {
        String(decoding: await executor.execute(Request(query), Free()), as: UTF8.self)
    }
    #expect(await run("{ maybe many }") == #"{"data":{"maybe":null,"many":[null,null,true]}}"#)
    #expect(await run("{ never }").contains("Cannot return null for a non-nullable JSON value."))
}
