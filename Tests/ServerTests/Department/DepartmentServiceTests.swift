import Core
import JSON
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

@Suite struct DepartmentServiceTests {
    private func service() async throws -> DepartmentService {
        let number = Mutex(0)
        return DepartmentService(store: DepartmentStore(database: try await TestDatabase.make())) {
            let next = number.withLock { number in
                number += 1
                return number
            }
            return "00000000-0000-4000-8000-00000000000\(next)"
        }
    }

    @Test func `a department is made, renamed and deleted, each with its event`() async throws {
        let service = try await service()
        let made = try await service.create(named: " Sales ", by: "ann")
        #expect(made.name == "Sales")
        #expect(try await service.store.find(named: "SALES")?.id == made.id)
        let renamed = try await service.rename(made.id, to: "Sales North", by: "ann")
        #expect(renamed.name == "Sales North")
        _ = try await service.delete(made.id, by: "ben")
        #expect(try await service.store.all() == [])
        let events = try await EventStore(database: service.store.database).events(after: 0, limit: 10)
        #expect(events.map(\.action) == ["create", "update", "delete"])
        #expect(events.map(\.actor) == ["ann", "ann", "ben"])
        #expect(events.last?.data["name"]?.string == "Sales North")
    }

    @Test func `a name is taken whatever its case, and by one of two who ask at once`() async throws {
        let service = try await service()
        _ = try await service.create(named: "Design", by: "ann")
        await #expect(throws: DepartmentError.nameTaken("DESIGN")) {
            try await service.create(named: "DESIGN", by: "ann")
        }
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (try? await service.create(named: "Twice", by: "ann")) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }

    @Test func `a department with machines stays`() async throws {
        let service = try await service()
        let department = try await service.create(named: "Lab", by: "ann")
        try await service.store.database.execute(
            """
            INSERT INTO "Machine" (id, name, "internalName", status, os, "departmentId")
            VALUES ('m1', 'm1', 'm1', 'off', 'ubuntu', \(department.id.rawValue))
            """)
        await #expect(throws: DepartmentError.notEmpty(machines: 1)) {
            try await service.delete(department.id, by: "ann")
        }
        let counts = try await service.store.counts(of: [department.id])
        #expect(counts[department.id]?.off == 1 && counts[department.id]?.total == 1)
    }

    @Test func `what is not there is not found`() async throws {
        let service = try await service()
        await #expect(throws: DepartmentError.notFound) { try await service.delete(.init("none"), by: "ann") }
        await #expect(throws: DepartmentError.notFound) { try await service.rename(.init("none"), to: "x", by: "ann") }
        await #expect(throws: DepartmentError.invalidName("the department's name is empty")) {
            try await service.create(named: "  ", by: "ann")
        }
    }
}
