import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// Two bayd on one database, one of which is killed while it runs a job.
@Suite struct JobTakeoverTests {
    private static func bayd(_ address: String, domains: [String]) throws -> BaydProcess {
        let xml = domains.map { name in
            """
            <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>\(name)</name>\
            <uuid>0b8e6a50-4d3c-4f5e-9a76-1c1d1e1f20\(name.utf8.count + 20)</uuid>\
            <memory>1048576</memory><vcpu>2</vcpu><os><type>hvm</type></os><test:runstate>5</test:runstate></domain>
            """
        }
        return try BaydProcess(node: "<node>\(xml.joined())</node>", environment: ["DATABASE_URL": address])
    }

    private static let jobs = "{ jobs { kind state message step } }"

    @Test func `the other bayd finishes what a killed one had begun, and nothing happens twice`() async throws {
        let options = try await TestDatabase.options()
        let database = Database(options, logger: TestDatabase.quiet)
        let address = "\(options.connectionString) dbname=\(options.database ?? "")"
        let first = try Self.bayd(address, domains: ["alpha", "beta"])
        let doomed = try await first.start()
        defer { doomed.send(SIGKILL) }
        let client = try await LocalConnection.open(first.socket)
        let machine = try await adopt("alpha", client)

        // The row is held, so that the destruction stops right before its last step.
        let (held, release) = (Signal(), Signal())
        let holding = Task {
            try await database.transaction { transaction in
                try await transaction.execute("SELECT id FROM \"Machine\" WHERE id = \(machine) FOR UPDATE")
                await held.send()
                await release.wait()
            }
        }
        await held.wait()
        _ = try await client.begin(
            "mutation ($id: String!) { destroyMachine(id: $id) { success } }", ["id": .string(machine)])
        let observer = try await LocalConnection.open(first.socket)
        try await eventually("the domain is forgotten and the record is not") {
            let waiting = try await database.row(
                """
                SELECT count(*) AS n FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'
                """)
            return try waiting?.decode(Int.self, "n") ?? 0 > 0
        }
        #expect(try await observer.ask(Self.jobs)["jobs"]?[0]?["state"] == "RUNNING")
        doomed.send(SIGKILL)
        _ = try await doomed.waitForExit()
        await release.send()
        try await holding.value

        let second = try Self.bayd(address, domains: ["beta"])
        try await second.run { _ in
            let client = try await LocalConnection.open(second.socket)
            let left = try await client.ask(Self.jobs)["jobs"]?[0]
            #expect(left?["state"] == "RUNNING" || left?["state"] == "SUCCEEDED", "\(left?.text ?? "")")
            try await eventually("the job is settled") {
                try await client.ask(Self.jobs)["jobs"]?[0]?["state"] == "SUCCEEDED"
            }
            let answer = try await client.ask(
                "{ machines { id } jobs { message } events(limit: 500) { resource action } }")
            #expect(answer["machines"] == [])
            #expect(answer["jobs"] == [["message": "alpha was destroyed"]])
            let events = answer["events"]?.array?.map {
                "\($0["resource"]?.string ?? "") \($0["action"]?.string ?? "")"
            }
            #expect(events?.filter { $0 == "machine delete" }.count == 1)
            #expect(events?.filter { $0 == "job finish" }.count == 1)
            #expect(events?.filter { $0 == "job create" }.count == 1)
        }
    }

    @Test func `of two bayd on one database each schedule has one run a turn`() async throws {
        let options = try await TestDatabase.options()
        let address = "\(options.connectionString) dbname=\(options.database ?? "")"
        let (one, two) = (try Self.bayd(address, domains: ["alpha"]), try Self.bayd(address, domains: ["alpha"]))
        let first = try await one.start()
        defer { first.send(SIGKILL) }
        try await two.run { _ in
            let (a, b) = (try await LocalConnection.open(one.socket), try await LocalConnection.open(two.socket))
            let runs = "{ jobSchedules { id runs lastSucceeded nextDue } }"
            try await eventually("both know the same") {
                let (left, right) = (try await a.ask(runs), try await b.ask(runs))
                let known = left["jobSchedules"]?.array ?? []
                return left == right && known.count == 5 && known.filter { $0["lastSucceeded"] == true }.count == 4
            }
            // Asked of both at once, it runs once or, one after the other, twice; never more.
            let before = try await count(a)
            for client in [a, b] {
                _ = try await client.ask("mutation { runJobNow(schedule: \"orphan-cleanup\") { success } }")
            }
            try await eventually("it has run") { try await count(b) > before }
            first.send(SIGKILL)
            _ = try await first.waitForExit()
            let now = try await count(b)
            #expect((before + 1...before + 2).contains(now))
            _ = try await b.ask("mutation { runJobNow(schedule: \"orphan-cleanup\") { success } }")
            try await eventually("the one that is left goes on") { try await count(b) > now }
        }
    }

    /// The guest's QEMU is stopped while libvirt takes a snapshot of it, and bayd is killed then: libvirt goes on by itself.
    @Test func `a snapshot that libvirt finished for a killed bayd is told of once and not taken again`() async throws {
        let options = try await TestDatabase.options()
        let database = Database(options, logger: TestDatabase.quiet)
        let settings = ["DATABASE_URL": "\(options.connectionString) dbname=\(options.database ?? "")"]
        try await QemuWorld.withLibvirtd {
            let hypervisor = Hypervisor(uri: QemuWorld.uri)
            let running = Task { await hypervisor.run() }
            defer { running.cancel() }
            try await eventually("libvirt is connected") { hypervisor.link.state == .up }
            try await hypervisor.withGuest("takeover") { guest in
                let first = try BaydProcess(environment: settings)
                let doomed = try await first.start()
                defer { doomed.send(SIGKILL) }
                let client = try await LocalConnection.open(first.socket)
                let machine = try await adopt(guest.name, client)
                _ = try await client.ask("mutation { powerOn(id: \"\(machine)\") { success } }")
                // The other one is there all the time, and leaves the job alone while its owner lives.
                let second = try BaydProcess(environment: settings)
                try await second.run { _ in
                    let heir = try await LocalConnection.open(second.socket)
                    // What it asks of a machine that it finds would hold the monitor while the guest stands still, and the
                    // snapshot would wait behind it.
                    try await eventually("the heir has looked at the machine") {
                        let seen = try await heir.ask("{ machines { figures { slowAt } } }")["machines"]?[0]
                        return seen?["figures"]?["slowAt"]?.string != nil
                    }
                    try guest.signal(SIGSTOP)
                    _ = try await client.begin(
                        """
                        mutation { createSnapshot(input: {machineId: "\(machine)", name: "night"}) { success } }
                        """)
                    try await eventually("libvirt was asked") {
                        try await database.row("SELECT 1 AS one FROM job WHERE step = 'taking it'") != nil
                    }
                    // Once it lists the snapshot it is at it.
                    try await eventually("libvirt is at it") {
                        try await hypervisor.snapshots(of: guest.key).map(\.name) == ["night"]
                    }
                    let running = try await heir.ask("{ jobs { state step } }")["jobs"]
                    #expect(running == [["state": "RUNNING", "step": "taking it"]])
                    doomed.send(SIGKILL)
                    _ = try await doomed.waitForExit()
                    try guest.signal(SIGCONT)

                    try await eventually("the job is settled") {
                        try await heir.ask("{ jobs { finishedAt } }")["jobs"]?[0]?["finishedAt"]?.string != nil
                    }
                    let answer = try await heir.ask(
                        "{ jobs { state message log { message } } events(limit: 500) { resource action } }")
                    let isThere = try await hypervisor.snapshots(of: guest.key).map(\.name) == ["night"]
                    let told = answer["events"]?.array?.filter { $0 == ["resource": "snapshot", "action": "create"] }
                    #expect(isThere, "libvirt finished what it was asked for")
                    #expect(answer["jobs"]?.array?.count == 1)
                    #expect(answer["jobs"]?[0]?["state"] == "SUCCEEDED", "\(answer["jobs"]?.text ?? "")")
                    let begun = answer["jobs"]?[0]?["log"]?.array?.filter { $0["message"] == "taking it" }
                    #expect(begun?.count == 1, "it was asked for once")
                    #expect(told?.count == 1)
                }
            }
        }
    }

    private func count(_ client: LocalConnection) async throws -> Int {
        try await client.ask("{ jobSchedules { id runs } }")["jobSchedules"]?.array?
            .first { $0["id"] == "orphan-cleanup" }?["runs"]?.int ?? 0
    }

    private func adopt(_ name: String, _ client: LocalConnection) async throws -> String {
        let department = try await client.ask("mutation { createDepartment(name: \"Lab\") { id } }")
        var domain: JSONValue?
        try await eventually("\(name) is seen") {
            let all = try await client.ask("{ machines(includeUnmanaged: true, after: \"\") { id name } }")
            domain = all["machines"]?.array?.first { $0["name"]?.string == name }?["id"]
            return domain != nil
        }
        let answer = try await client.ask(
            "mutation ($d: [ID!]!, $into: ID!) { adoptMachines(domains: $d, departmentId: $into) { machine { id } } }",
            ["d": [domain ?? .null], "into": department["createDepartment"]?["id"] ?? .null])
        return try #require(answer["adoptMachines"]?[0]?["machine"]?["id"]?.string)
    }
}
