import Core
import Foundation
import GraphQL
import JSON
import Logging
import Server
import Testing

@Suite struct SchemaTests {
    private func runner(_ world: World) throws -> GraphQLRunner {
        GraphQLRunner(
            schema: try BaySchema.build(),
            services: world.services,
            facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private actor Answers {
        var all: [JSONValue] = []
        func add(_ bytes: [UInt8]) throws { all.append(try JSONValue(parsing: bytes)) }
    }

    private func ask(
        _ world: World, _ query: String, _ variables: JSONObject = JSONObject()
    ) async throws -> JSONValue {
        try await ask(world, query, variables, as: world.admin)
    }

    private func ask(
        _ world: World, _ query: String, _ variables: JSONObject = JSONObject(), as caller: Caller?
    ) async throws -> JSONValue {
        let answers = Answers()
        let end = try await runner(world).run(
            OperationRequest(query: query, variables: variables), for: caller
        ) { try await answers.add($0) }
        if case .refused(let errors) = end { return ["errors": try JSONValue(parsing: errors)] }
        return try #require(await answers.all.first)
    }

    @Test func `a console's first questions are answered in one page`() async throws {
        try await World.with { world in
            _ = try await world.adopt("alpha")
            let answer = try await ask(
                world,
                """
                { serverInfo { version demo lastEventId actor role } links { link state }
                  departments { name totalMachines machineCounts { total off running } }
                  machines(includeUnmanaged: true, after: "", pagination: {take: 500}) {
                    id name status managed hasDomain departmentId department { name } figures { cpuPercent } } }
                """)
            #expect(answer["errors"] == nil, "\(answer.text)")
            let machines = try #require(answer["data"]?["machines"]?.array)
            #expect(Set(machines.compactMap { $0["name"]?.string }) == ["alpha", "beta", "gamma"])
            let alpha = try #require(machines.first { $0["name"] == "alpha" })
            #expect(alpha["managed"] == true && alpha["department"]?["name"] == "Lab")
            let lab = try #require(answer["data"]?["departments"]?[0])
            #expect(lab["machineCounts"]?["off"] == 1 && lab["totalMachines"] == 1)
            #expect(answer["data"]?["serverInfo"]?["role"] == "SUPER_ADMIN")
        }
    }

    @Test func `a power action that is refused is an answer and not an error`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id.rawValue
            let mutation =
                "mutation ($id: String!) { a: powerOn(id: $id) { success message } "
                + "b: suspend(id: $id) { success } c: powerOn(id: \"no\") { success message } }"
            let answer = try await ask(world, mutation, ["id": .string(id)])
            #expect(answer["data"]?["a"]?["message"] == "alpha was started")
            #expect(answer["data"]?["b"]?["success"] == true)
            #expect(answer["data"]?["c"] == ["success": false, "message": "machine not found"])
        }
    }

    @Test func `roles open and close fields`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id.rawValue
            let user = Caller(name: "eve", role: .user, userID: "eve")
            let answer = try await ask(
                world, "{ machines { id } machine(id: \"\(id)\") { id } serverInfo { role } }", as: user)
            #expect(answer["data"]?["machines"] == [] && answer["data"]?["machine"]?.isNull == true)
            for query in [
                "{ host { hostname } }", "{ users { id } }", "mutation { createDepartment(name: \"x\") { id } }",
            ] {
                let refused = try await ask(world, query, as: user)
                #expect(refused["errors"]?[0]?["extensions"]?["code"] == "FORBIDDEN", "\(query)")
                let unknown = try await ask(world, query, as: nil)
                #expect(unknown["errors"]?[0]?["extensions"]?["code"] == "UNAUTHORIZED", "\(query)")
                #expect(unknown["errors"]?[0]?["message"] == "Not authorized", "\(query)")
            }
        }
    }

    @Test func `events are followed from where a reader left off`() async throws {
        try await World.with { world in
            _ = try await world.adopt("alpha")
            let received = Answers()
            let runner = try runner(world)
            let following = Task {
                await runner.run(
                    OperationRequest(query: "subscription { events(after: \"0\") { id action resource } }"),
                    for: world.admin
                ) { try await received.add($0) }
            }
            _ = try await world.services.departments.create(named: "Later", by: "x")
            try await world.eventually("all events") { await received.all.count >= 3 }
            following.cancel()
            _ = await following.value
            let ids = await received.all.compactMap { $0["data"]?["events"]?["id"]?.string.flatMap { Int($0) } }
            #expect(ids == ids.sorted() && Set(ids).count == ids.count)
        }
    }

    @Test func `figures of watched machines come by themselves`() async throws {
        try await World.with { world in
            let id = try await world.adopt("alpha")[0].id
            let received = Answers()
            let runner = try runner(world)
            let following = Task {
                await runner.run(
                    OperationRequest(
                        query: "subscription ($w: [ID!]) { figures(watch: $w) { machineId at cpuPercent } }",
                        variables: ["w": [.string(id.rawValue)]]),
                    for: world.admin
                ) { try await received.add($0) }
            }
            try await world.eventually("the reader watches") { world.services.figures.hasReaders }
            var figures = Figures()
            figures.cpuPercent = 12.5
            var time: Int64 = 0
            try await world.eventually("figures") {
                // A reader who watches is told of what comes after its first look.
                time += 1
                world.services.figures.record(
                    [FiguresSample(machine: id, at: Timestamp(milliseconds: time), figures: figures)], isFull: false)
                return await !received.all.isEmpty
            }
            following.cancel()
            _ = await following.value
            let first = try #require(await received.all.first?["data"]?["figures"]?[0])
            #expect(first["cpuPercent"] == 12.5 && first["machineId"]?.string == id.rawValue)
        }
    }

    @Test func `a door that answers once hears whether a document fits, and runs no mutation unasked`() async throws {
        try await World.with { world in
            let runner = try runner(world)
            func answer(_ query: String, name: String? = nil, queriesOnly: Bool = false) async -> OperationAnswer {
                await runner.answer(
                    OperationRequest(query: query, operationName: name), for: world.admin, from: nil,
                    queriesOnly: queriesOnly)
            }
            func code(_ answer: OperationAnswer) throws -> String? {
                guard case .refused(let bytes) = answer else { return nil }
                return try JSONValue(parsing: bytes)["errors"]?[0]?["extensions"]?["code"]?.string
            }
            #expect(try code(await answer("{")) == "GRAPHQL_PARSE_FAILED")
            #expect(try code(await answer("{ nothing }")) == "GRAPHQL_VALIDATION_FAILED")
            #expect(try code(await answer("query A { links { state } }", name: "B")) != nil)
            #expect(try code(await answer("{", queriesOnly: true)) == "GRAPHQL_PARSE_FAILED")
            let mutation = #"mutation { createDepartment(name: "Lab") { id } }"#
            #expect(await answer(mutation, queriesOnly: true) == .wrongKind("mutation"))
            #expect(await answer("{ departments { id } }") == .executed(Array(#"{"data":{"departments":[]}}"#.utf8)))
            #expect(await answer("subscription { links { state } }") == .wrongKind("subscription"))
            guard case .executed(let bytes) = await answer(mutation) else {
                Issue.record("not executed")
                return
            }
            #expect(try JSONValue(parsing: bytes)["data"]?["createDepartment"]?["id"] != nil)
        }
    }
}
