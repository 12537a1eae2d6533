package import Core
import JSON
import Postgres

/// Changes the catalogue of applications. Each change and its event are one transaction.
///
/// Throws `ApplicationError` for what the caller can put right, and `DatabaseError`.
package struct ApplicationService: Sendable {
    package let store: ApplicationStore
    private let newID: @Sendable () -> String

    package init(store: ApplicationStore, newID: @escaping @Sendable () -> String) {
        self.store = store
        self.newID = newID
    }

    package func create(_ draft: ApplicationDraft, by actor: String) async throws -> Application {
        let draft = try draft.checked()
        let id = Application.ID(newID())
        return try await store.database.transaction(attempts: 3) { transaction in
            if try await ApplicationStore.isNameTaken(draft.name, except: id, in: transaction) {
                throw ApplicationError.nameTaken(draft.name)
            }
            guard let application = try await ApplicationStore.insert(draft, id: id, in: transaction) else {
                throw ApplicationError.notFound
            }
            transaction.record(.application("create", application, actor: actor, verb: "was added to the catalogue"))
            return application
        }
    }

    /// Changes an application to what `change` makes of it.
    package func update(
        _ id: Application.ID, by actor: String, _ change: @Sendable (ApplicationDraft) -> ApplicationDraft
    ) async throws -> Application {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (before, _) = try await ApplicationStore.lock(id, in: transaction) else {
                throw ApplicationError.notFound
            }
            let draft = try change(ApplicationDraft(before)).checked()
            if try await ApplicationStore.isNameTaken(draft.name, except: id, in: transaction) {
                throw ApplicationError.nameTaken(draft.name)
            }
            guard let application = try await ApplicationStore.update(id, to: draft, in: transaction) else {
                throw ApplicationError.notFound
            }
            transaction.record(.application("update", application, actor: actor, verb: "was changed"))
            return application
        }
    }

    /// Deletes an application that no machine has.
    package func delete(_ id: Application.ID, by actor: String) async throws {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (application, machines) = try await ApplicationStore.lock(id, in: transaction) else {
                throw ApplicationError.notFound
            }
            if machines > 0 { throw ApplicationError.inUse(machines: machines) }
            try await ApplicationStore.delete(id, in: transaction)
            transaction.record(
                .application("delete", application, actor: actor, verb: "was taken out of the catalogue"))
        }
    }
}

extension ApplicationDraft {
    init(_ application: Application) {
        self.init(
            name: application.name, description: application.description, systems: application.systems,
            installCommand: application.installCommand, parameters: application.parameters)
    }
}

extension NewEvent {
    fileprivate static func application(
        _ action: String, _ application: Application, actor: String, verb: String
    ) -> NewEvent {
        NewEvent(
            resource: "application", action: action, resourceID: application.id.rawValue,
            resourceName: application.name, actor: actor, message: "application \(application.name) \(verb)",
            data: [
                "id": .string(application.id.rawValue),
                "name": .string(application.name),
                "os": .array(application.systems.map { .string($0) }),
            ])
    }
}
