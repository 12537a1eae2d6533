import Core
import Foundation
import Postgres
import Server
import TestSupport
import Testing

@Suite struct TemplateServiceTests {
    private func service() async throws -> TemplateService {
        TemplateService(store: TemplateStore(database: try await TestDatabase.make())) {
            UUID().uuidString.lowercased()
        }
    }

    private static let office = TemplateDraft(
        name: "Office", description: "a desk", cores: 2, memoryGB: 4, storageGB: 40)

    private func addMachine(from template: MachineTemplate, in service: TemplateService) async throws {
        let id = UUID().uuidString
        try await service.store.database.execute(
            """
            INSERT INTO "Machine" (id, name, "internalName", status, os, "templateId")
            VALUES (\(id), \(id), \(id), 'off', 'ubuntu', \(template.id.rawValue))
            """)
    }

    @Test func `a template is made, changed and deleted, each with its event`() async throws {
        let service = try await service()
        let made = try await service.create(Self.office, by: "ann")
        #expect(made.name == "Office" && made.cores == 2 && made.memoryGB == 4 && made.storageGB == 40)
        #expect(try await service.store.find([made.id])[made.id] == made)
        var draft = Self.office
        draft.name = "Big office"
        draft.cores = 8
        draft.description = nil
        let changed = try await service.update(made.id, to: draft, by: "ann")
        #expect(changed.cores == 8 && changed.description == nil && changed.createdAt == made.createdAt)
        try await service.delete(made.id, by: "ben")
        #expect(try await service.store.find([made.id]).isEmpty)
        let events = try await EventStore(database: service.store.database).events(after: 0, limit: 10)
        #expect(events.map(\.action) == ["create", "update", "delete"])
        #expect(events.allSatisfy { $0.resource == "template" && $0.resourceID == made.id.rawValue })
        #expect(events.last?.message == "template Big office was deleted")
    }

    @Test func `a name is taken whatever its case, also for a change, and by one of many who ask at once`() async throws
    {
        let service = try await service()
        let office = try await service.create(Self.office, by: "ann")
        var second = Self.office
        second.name = "OFFICE"
        await #expect(throws: TemplateError.nameTaken("OFFICE")) { try await service.create(second, by: "ann") }
        second.name = "Other"
        let other = try await service.create(second, by: "ann")
        await #expect(throws: TemplateError.nameTaken("Office")) {
            try await service.update(other.id, to: Self.office, by: "ann")
        }
        // Its own name is no hindrance.
        _ = try await service.update(office.id, to: Self.office, by: "ann")
        second.name = "Twice"
        let draft = second
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await service.create(draft, by: "ann")) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }

    @Test func `what machines were made from stays, and is counted`() async throws {
        let service = try await service()
        let template = try await service.create(Self.office, by: "ann")
        for _ in 0..<2 { try await addMachine(from: template, in: service) }
        await #expect(throws: TemplateError.inUse(machines: 2)) { try await service.delete(template.id, by: "ann") }
        #expect(try await service.store.machines(from: [template.id]) == [template.id: 2])
    }

    @Test func `a category has templates, and is deleted only without`() async throws {
        let service = try await service()
        let shelf = try await service.createCategory(CategoryDraft(name: "Desks", description: "for all"), by: "ann")
        var draft = Self.office
        draft.categoryID = shelf.id
        let template = try await service.create(draft, by: "ann")
        try await addMachine(from: template, in: service)
        #expect(try await service.store.templates(in: [shelf.id]) == [shelf.id: 1])
        #expect(try await service.store.machines(in: [shelf.id]) == [shelf.id: 1])
        await #expect(throws: TemplateError.categoryInUse(templates: 1)) {
            try await service.deleteCategory(shelf.id, by: "ann")
        }
        _ = try await service.update(template.id, to: Self.office, by: "ann")
        try await service.deleteCategory(shelf.id, by: "ann")
        #expect(try await service.store.categories().isEmpty)
    }

    @Test func `empty fields of a category's change leave what is there`() async throws {
        let service = try await service()
        let shelf = try await service.createCategory(CategoryDraft(name: "Desks", description: "for all"), by: "ann")
        let same = try await service.updateCategory(shelf.id, to: CategoryDraft(name: ""), by: "ann")
        #expect(same == shelf)
        let renamed = try await service.updateCategory(shelf.id, to: CategoryDraft(name: "Tables"), by: "ann")
        #expect(renamed.name == "Tables" && renamed.description == "for all")
        _ = try await service.createCategory(CategoryDraft(name: "Chairs"), by: "ann")
        await #expect(throws: TemplateError.categoryNameTaken("chairs")) {
            try await service.updateCategory(shelf.id, to: CategoryDraft(name: "chairs"), by: "ann")
        }
    }

    @Test func `what is not there is not found`() async throws {
        let service = try await service()
        await #expect(throws: TemplateError.notFound) { try await service.delete(.init("none"), by: "ann") }
        await #expect(throws: TemplateError.notFound) {
            try await service.update(.init("none"), to: Self.office, by: "ann")
        }
        await #expect(throws: TemplateError.categoryNotFound) {
            try await service.deleteCategory(.init("no"), by: "ann")
        }
        var draft = Self.office
        draft.categoryID = .init("none")
        let lost = draft
        await #expect(throws: TemplateError.categoryNotFound) { try await service.create(lost, by: "ann") }
    }

    @Test func `a list has an order and a window`() async throws {
        let service = try await service()
        for (name, cores) in [("b", 4), ("a", 2), ("c", 1)] {
            _ = try await service.create(
                TemplateDraft(name: name, cores: cores, memoryGB: 1, storageGB: 1), by: "ann")
        }
        let byCores = try await service.store.list(by: .cores, descending: true, skip: 0, limit: 2)
        #expect(byCores.map(\.name) == ["b", "a"])
        #expect(
            try await service.store.list(by: .name, descending: false, skip: 1, limit: 9).map(\.name) == ["b", "c"])
    }
}
