import Core
import Foundation
import JSON
import Postgres
import Server
import TestSupport
import Testing

@Suite struct ApplicationServiceTests {
    private func service() async throws -> ApplicationService {
        ApplicationService(store: ApplicationStore(database: try await TestDatabase.make())) {
            UUID().uuidString.lowercased()
        }
    }

    private static let editor = ApplicationDraft(
        name: "Editor", description: "edits", systems: ["ubuntu"], installCommand: ["ubuntu": "apt-get install editor"],
        parameters: ["channel": "stable"])

    @Test func `an application is added, changed and deleted, each with its event`() async throws {
        let service = try await service()
        let made = try await service.create(Self.editor, by: "ann")
        #expect(made.systems == ["ubuntu"] && made.installCommand["ubuntu"] == "apt-get install editor")
        #expect(made.parameters == ["channel": "stable"])
        #expect(try await service.store.all() == [made])
        let changed = try await service.update(made.id, by: "ann") { draft in
            var draft = draft
            draft.name = "Writer"
            return draft
        }
        #expect(changed.name == "Writer" && changed.description == "edits")
        try await service.delete(made.id, by: "ben")
        #expect(try await service.store.find([made.id]).isEmpty)
        let events = try await EventStore(database: service.store.database).events(after: 0, limit: 10)
        #expect(events.map(\.action) == ["create", "update", "delete"])
        #expect(events.allSatisfy { $0.resource == "application" })
    }

    @Test func `two applications do not share a name`() async throws {
        let service = try await service()
        _ = try await service.create(Self.editor, by: "ann")
        await #expect(throws: ApplicationError.nameTaken("Editor")) { try await service.create(Self.editor, by: "ann") }
    }

    @Test func `an application that a machine has stays`() async throws {
        let service = try await service()
        let made = try await service.create(Self.editor, by: "ann")
        let database = service.store.database
        try await database.execute(
            "INSERT INTO \"Machine\" (id, name, \"internalName\", status, os) VALUES ('m', 'm', 'm', 'off', 'ubuntu')")
        try await database.execute(
            """
            INSERT INTO "MachineApplication" ("machineId", "applicationId", parameters)
            VALUES ('m', \(made.id.rawValue), '{}')
            """)
        await #expect(throws: ApplicationError.inUse(machines: 1)) { try await service.delete(made.id, by: "ann") }
        await #expect(throws: ApplicationError.notFound) { try await service.delete(.init("none"), by: "ann") }
    }
}
