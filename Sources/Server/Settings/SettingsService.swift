package import Core
import JSON
import Postgres

/// Changes what the web front end looks like.
package struct SettingsService: Sendable {
    package let store: SettingsStore

    package init(store: SettingsStore) { self.store = store }

    /// Changes what `change` names. Throws `SettingsError` and `DatabaseError`.
    package func update(_ change: SettingsChange, by actor: String) async throws -> AppSettings {
        if let problem = change.problem { throw SettingsError.invalid(problem) }
        return try await store.database.transaction(attempts: 3) { transaction in
            guard let settings = try await SettingsStore.update(change, in: transaction) else {
                throw DatabaseError.unavailable(reason: "somebody deletes the settings")
            }
            transaction.record(.settings("update", settings, actor: actor))
            return settings
        }
    }
}

extension NewEvent {
    fileprivate static func settings(_ action: String, _ settings: AppSettings, actor: String) -> NewEvent {
        NewEvent(
            resource: "settings", action: action, resourceID: AppSettings.id, resourceName: "settings", actor: actor,
            message: "the settings of the web front end were changed",
            data: [
                "theme": .string(settings.theme),
                "wallpaper": .string(settings.wallpaper),
                "interfaceSize": .string(settings.interfaceSize),
            ])
    }
}
