import Core
import Postgres
import Server
import TestSupport
import Testing

@Suite struct SettingsServiceTests {
    private func service() async throws -> SettingsService {
        SettingsService(store: SettingsStore(database: try await TestDatabase.make()))
    }

    @Test func `a new database has the standard settings`() async throws {
        let settings = try await service().store.settings()
        #expect(settings.theme == "system" && settings.wallpaper == "wallpaper1.jpg")
        #expect(settings.logoURL == nil && settings.interfaceSize == "xl")
    }

    @Test func `a change writes what it names and leaves the rest`() async throws {
        let service = try await service()
        let first = try await service.update(SettingsChange(theme: "dark", logoURL: "/logo.svg"), by: "ann")
        #expect(first.theme == "dark" && first.logoURL == "/logo.svg" && first.interfaceSize == "xl")
        let second = try await service.update(SettingsChange(interfaceSize: "sm"), by: "ann")
        #expect(second.theme == "dark" && second.logoURL == "/logo.svg" && second.interfaceSize == "sm")
        let third = try await service.update(SettingsChange(logoURL: .some(nil)), by: "ann")
        #expect(third.logoURL == nil)
        let events = try await EventStore(database: service.store.database).events(after: 0, limit: 10)
        #expect(events.map(\.resource) == ["settings", "settings", "settings"])
    }

    @Test func `settings that somebody deleted come back`() async throws {
        let service = try await service()
        try await service.store.database.execute("DELETE FROM \"AppSettings\"")
        #expect(try await service.store.settings().theme == "system")
        try await service.store.database.execute("DELETE FROM \"AppSettings\"")
        #expect(try await service.update(SettingsChange(theme: "light"), by: "ann").theme == "light")
    }

    @Test func `a theme that does not exist is refused and nothing is written`() async throws {
        let service = try await service()
        await #expect(throws: SettingsError.self) {
            try await service.update(SettingsChange(theme: "pink", interfaceSize: "sm"), by: "ann")
        }
        #expect(try await service.store.settings().interfaceSize == "xl")
    }
}
