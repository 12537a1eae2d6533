package import Core
package import GraphQL

extension AppSettings: GraphQLObject {}
extension SettingsChange: GraphQLInputObject {}

extension SettingsError: FieldErrorConvertible {
    package var fieldError: FieldError { FieldError(message, code: .badInput) }
}

let settingsSchema = SchemaPart<RequestContext> {
    Object(AppSettings.self) {
        Field("id") { _ in ID(AppSettings.id) }
        Field("theme", \.theme).describe("light, dark or system.")
        Field("wallpaper", \.wallpaper)
        Field("logoUrl", \.logoURL)
        Field("interfaceSize", \.interfaceSize).describe("sm, md, lg or xl.")
        Field("createdAt", \.createdAt)
        Field("updatedAt", \.updatedAt)
    }
    Input(
        SettingsChange.self, name: "AppSettingsInput", Argument<String?>("interfaceSize"),
        Argument<Supplied<String>>("logoUrl").describe("Null or empty takes the logo away."),
        Argument<String?>("theme"), Argument<String?>("wallpaper")
    ) { size, logo, theme, wallpaper in
        let logoURL: String?? =
            switch logo {
            case .absent: nil
            case .null, .value(""): .some(nil)
            case .value(let address): .some(address)
            }
        return SettingsChange(theme: theme, wallpaper: wallpaper, logoURL: logoURL, interfaceSize: size)
    }

    Query(requires: .user) {
        Field("getAppSettings") { context in try await context.services.settings.store.settings() }
    }
    Mutation(requires: .admin) {
        Field("updateAppSettings", Argument<SettingsChange>("input")) { context, change in
            try await context.services.settings.update(change, by: try context.signedIn.name)
        }
    }
}
