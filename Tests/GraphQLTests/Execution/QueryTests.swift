import GraphQL
import JSON
import Testing

@Test func `fields come in the order of the request`() async throws {
    let answer = try await run("{ machine(id: \"m1\") { status name id load memory __typename tags } }")
    #expect(
        answer == """
            {"data":{"machine":{"status":"RUNNING","name":"web","id":"m1","load":0.5,"memory":4,"__typename":"Machine","tags":[]}}}
            """)
}

@Test func `nested lists are fetched once a level`() async throws {
    let fleet = Fleet()
    let answer = try await run(
        "{ machines { id department { name machines { snapshots { name machine { name } } } } } }", [:], fleet)
    #expect(!answer.contains("errors"))
    #expect(
        fleet.calls.all == ["machines", "departments [1, 2]", "machines of [1, 2]", "snapshots of 3", "machines 3"])
}
