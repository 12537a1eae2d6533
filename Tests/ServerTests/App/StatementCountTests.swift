import Core
import GraphQL
import JSON
import Libvirt
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

/// A list costs as many statements with a thousand rows as with one.
@Suite struct StatementCountTests {
    private static let lists = [
        """
        { machines(pagination: {take: 1000}) {
          id name department { name totalMachines machineCounts { total } } user { email } template { name } configuration
          firewall { state problem } } }
        """,
        "{ departments { name firewallPolicy { incoming } firewall { failed problem } totalMachines machineCounts { total running } } }",
        "{ machineTemplates(pagination: {take: 1000}) { name categoryId totalMachines } }",
        "{ machineTemplateCategories { name totalTemplates totalMachines } }",
        "{ applications { name os installCommand parameters } }",
        "{ users(pagination: {take: 1000}) { email namespace } }",
        "{ jobs(pagination: {take: 1000}) { title state log { message } } }",
        "{ errorLogs(pagination: {take: 1000}) { message count context } }",
    ]

    /// Adds rows with these numbers to every table, each referring to others of its own.
    private func add(_ numbers: ClosedRange<Int>, to database: Database) async throws {
        let (first, last) = (numbers.lowerBound, numbers.upperBound)
        let statements: [Statement] = [
            """
            INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName")
            SELECT 'u' || n, n || '@x.org', '', false, 'n', 'n' FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "Department" (id, name)
            SELECT 'd' || n, 'd' || n FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "MachineTemplateCategory" (id, name)
            SELECT 'c' || n, 'c' || n FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "MachineTemplate" (id, name, cores, ram, storage, "categoryId")
            SELECT 't' || n, 't' || n, 1, 1, 1, 'c' || n FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "Application" (id, name, "installCommand", parameters)
            SELECT 'a' || n, 'a' || n, '{}', '{}' FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "Machine" (id, name, "internalName", status, os, "userId", "departmentId", "templateId")
            SELECT 'm' || n, 'm' || n, 'm' || n, 'off', 'ubuntu', 'u' || n, 'd' || n, 't' || n
              FROM generate_series(\(first), \(last)) n
            """,
        ]
        let jobsAndErrors: [Statement] = [
            """
            INSERT INTO job (id, kind, machine_id, machine_name, actor, state, log, owner, lease_until)
            SELECT 'j' || n, 'machine.destroy', 'm' || n, 'm' || n, 'ada', 'running', '{"x y"}', 'o', '2090-01-01'
              FROM generate_series(\(first), \(last)) n
            """,
            """
            INSERT INTO "ErrorLog" (id, message, code, severity)
            SELECT 'e' || n, 'm' || n, 'X', 'LOW' FROM generate_series(\(first), \(last)) n
            """,
        ]
        for statement in statements + jobsAndErrors { try await database.execute(statement) }
    }

    @Test func `a list costs as many statements with many rows as with one`() async throws {
        // No server runs beside, so that all statements are the request's.
        let services = Services(
            database: try await TestDatabase.make(),
            hypervisor: Hypervisor(uri: "test:///default", log: TestDatabase.quiet), log: TestDatabase.quiet)
        let runner = GraphQLRunner(
            schema: try BaySchema.build(),
            services: services, facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
            log: TestDatabase.quiet)
        let admin = Caller(name: "local:test", role: .superAdmin)
        func cost(_ query: String, rows: Int) async throws -> Int {
            let answer = Mutex<[UInt8]>([])
            let before = services.database.statementCount
            let end = await runner.run(OperationRequest(query: query), for: admin) { bytes in
                answer.withLock { $0 = bytes }
            }
            let count = services.database.statementCount - before
            if case .refused(let errors) = end { Issue.record("\(String(decoding: errors, as: UTF8.self))") }
            let data = try JSONValue(parsing: answer.withLock { $0 })
            #expect(data["errors"] == nil, "\(query)")
            let list = data["data"]?.object?.members.first?.value.array
            #expect(list?.count == rows, "\(query)")
            return count
        }
        try await add(1...1, to: services.database)
        var costs: [Int] = []
        for list in Self.lists { costs.append(try await cost(list, rows: 1)) }
        try await add(2...1000, to: services.database)
        for (list, before) in zip(Self.lists, costs) {
            let after = try await cost(list, rows: 1000)
            #expect(after == before && before > 0, "\(list)")
        }
    }
}
