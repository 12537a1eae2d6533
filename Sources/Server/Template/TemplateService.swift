package import Core
import JSON
import Postgres

/// Changes templates and their categories. Each change and its event are one transaction.
///
/// Throws `TemplateError` for what the caller can put right, and `DatabaseError`.
package struct TemplateService: Sendable {
    package let store: TemplateStore
    private let newID: @Sendable () -> String

    package init(store: TemplateStore, newID: @escaping @Sendable () -> String) {
        self.store = store
        self.newID = newID
    }

    // MARK: Templates

    package func create(_ draft: TemplateDraft, by actor: String) async throws -> MachineTemplate {
        let draft = try draft.checked()
        let id = MachineTemplate.ID(newID())
        return try await store.database.transaction(attempts: 3) { transaction in
            try await Self.require(draft, except: nil, in: transaction)
            guard let template = try await TemplateStore.insert(draft, id: id, in: transaction) else {
                throw TemplateError.notFound
            }
            transaction.record(
                .template("create", template, actor: actor, message: "template \(template.name) was created"))
            return template
        }
    }

    /// Replaces everything but the id. Machines that were made from the template keep what they have.
    package func update(
        _ id: MachineTemplate.ID, to draft: TemplateDraft, by actor: String
    ) async throws -> MachineTemplate {
        let draft = try draft.checked()
        return try await store.database.transaction(attempts: 3) { transaction in
            try await Self.require(draft, except: id, in: transaction)
            guard let template = try await TemplateStore.update(id, to: draft, in: transaction) else {
                throw TemplateError.notFound
            }
            transaction.record(
                .template("update", template, actor: actor, message: "template \(template.name) was changed"))
            return template
        }
    }

    /// Deletes a template from which no machine was made.
    package func delete(_ id: MachineTemplate.ID, by actor: String) async throws {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (template, machines) = try await TemplateStore.lock(id, in: transaction) else {
                throw TemplateError.notFound
            }
            if machines > 0 { throw TemplateError.inUse(machines: machines) }
            try await TemplateStore.delete(id, in: transaction)
            transaction.record(
                .template("delete", template, actor: actor, message: "template \(template.name) was deleted"))
        }
    }

    private static func require(
        _ draft: TemplateDraft, except id: MachineTemplate.ID?, in transaction: Transaction
    ) async throws {
        if try await TemplateStore.isNameTaken(draft.name, except: id, in: transaction) {
            throw TemplateError.nameTaken(draft.name)
        }
        if let category = draft.categoryID, try await !TemplateStore.hold(category, in: transaction) {
            throw TemplateError.categoryNotFound
        }
    }

    // MARK: Categories

    package func createCategory(_ draft: CategoryDraft, by actor: String) async throws -> TemplateCategory {
        let draft = try draft.checked()
        let id = TemplateCategory.ID(newID())
        return try await store.database.transaction(attempts: 3) { transaction in
            if try await TemplateStore.isNameTaken(draft.name, except: id, in: transaction) {
                throw TemplateError.categoryNameTaken(draft.name)
            }
            guard let category = try await TemplateStore.insert(draft, id: id, in: transaction) else {
                throw TemplateError.categoryNotFound
            }
            transaction.record(
                .category("create", category, actor: actor, message: "category \(category.name) was created"))
            return category
        }
    }

    /// Changes a category. An empty name or description leaves the one that is there.
    package func updateCategory(
        _ id: TemplateCategory.ID, to draft: CategoryDraft, by actor: String
    ) async throws -> TemplateCategory {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (before, _) = try await TemplateStore.lock(id, in: transaction) else {
                throw TemplateError.categoryNotFound
            }
            let draft = try draft.filled(from: before).checked()
            if try await TemplateStore.isNameTaken(draft.name, except: id, in: transaction) {
                throw TemplateError.categoryNameTaken(draft.name)
            }
            guard let category = try await TemplateStore.update(id, to: draft, in: transaction) else {
                throw TemplateError.categoryNotFound
            }
            transaction.record(
                .category("update", category, actor: actor, message: "category \(category.name) was changed"))
            return category
        }
    }

    /// Deletes a category that has no templates.
    package func deleteCategory(_ id: TemplateCategory.ID, by actor: String) async throws {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (category, templates) = try await TemplateStore.lock(id, in: transaction) else {
                throw TemplateError.categoryNotFound
            }
            if templates > 0 { throw TemplateError.categoryInUse(templates: templates) }
            try await TemplateStore.delete(id, in: transaction)
            transaction.record(
                .category("delete", category, actor: actor, message: "category \(category.name) was deleted"))
        }
    }
}

extension CategoryDraft {
    fileprivate func filled(from category: TemplateCategory) -> CategoryDraft {
        CategoryDraft(
            name: name.isEmpty ? category.name : name,
            description: (description ?? "").isEmpty ? category.description : description)
    }
}

extension NewEvent {
    fileprivate static func template(
        _ action: String, _ template: MachineTemplate, actor: String, message: String
    ) -> NewEvent {
        NewEvent(
            resource: "template", action: action, resourceID: template.id.rawValue, resourceName: template.name,
            actor: actor, message: message,
            data: [
                "id": .string(template.id.rawValue),
                "name": .string(template.name),
                "cores": .int(template.cores),
                "ram": .int(template.memoryGB),
                "storage": .int(template.storageGB),
                "categoryId": template.categoryID.map { .string($0.rawValue) } ?? .null,
            ])
    }

    fileprivate static func category(
        _ action: String, _ category: TemplateCategory, actor: String, message: String
    ) -> NewEvent {
        NewEvent(
            resource: "category", action: action, resourceID: category.id.rawValue, resourceName: category.name,
            actor: actor, message: message,
            data: ["id": .string(category.id.rawValue), "name": .string(category.name)])
    }
}
