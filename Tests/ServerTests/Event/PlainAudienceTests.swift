import Core
import JSON
import Postgres
import Server
import TestSupport
import Testing

@Suite struct PlainAudienceTests {
    private func event(_ resource: String, _ action: String, _ data: JSONValue) -> EventRecord {
        EventRecord(
            id: 1, at: Timestamp(milliseconds: 0), resource: resource, action: action, resourceID: "7",
            resourceName: "name", actor: "ada", message: "words", data: data)
    }

    @Test func `templates and networks are told to administrators, and settings to everybody`() async throws {
        let database = try await TestDatabase.make()
        let audience = EventAudience(database: database, hub: EventHub())
        for (id, role) in [("admin", "ADMIN"), ("user", "USER")] {
            try await database.execute(
                """
                INSERT INTO "User" (id, email, password, deleted, "firstName", "lastName", role)
                VALUES (\(id), \(id), 'planted', false, 'Ada', 'L', \(role)::"UserRole")
                """)
        }
        let told = try await audience.announcements(
            of: [
                event("template", "create", ["id": "7", "name": "Small", "cores": 2, "secret": "planted"]),
                event("template", "delete", ["id": "7", "name": "Small"]),
                event("category", "update", ["id": "7", "name": "Desks"]),
                event("network", "create", ["id": "7", "name": "lan"]),
                event("settings", "update", ["theme": "dark", "secret": "planted"]),
            ], to: ["admin", "user"])
        let notices = told.flatMap(\.notices)
        #expect(
            notices.map { "\($0.name) -> \($0.users.sorted().joined(separator: " "))" } == [
                "templates:create -> admin", "templates:delete -> admin", "template_categories:update -> admin",
                "networks:create -> admin", "settings:update -> admin user",
            ])
        #expect(notices[0].data["cores"] == 2 && notices[0].data["ram"] == .null)
        #expect(notices[1].data["action"] == "deleted" && notices[4].data["theme"] == "dark")
        #expect(notices.allSatisfy { !$0.data.text.contains("planted") })
    }
}
