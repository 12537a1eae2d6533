package import Core
package import Logging

extension Accounts.Settings {
    /// What the settings say, with the key that they name, or one that is kept in `directory`.
    package init(_ settings: AccountSettings, directory: String, log: Logger) throws(ServerError) {
        self.init(
            key: try Self.key(settings, directory: directory, log: log),
            lifetime: .seconds(settings.tokenHours * 3600), cost: settings.cost, isDebugged: settings.isDebugged)
    }

    private static func key(
        _ settings: AccountSettings, directory: String, log: Logger
    ) throws(ServerError) -> TokenKey {
        if let key = settings.tokenKey {
            if key.utf8.count < AccountSettings.goodKeyLength {
                log.warning(
                    "TOKENKEY is short",
                    metadata: ["bytes": "\(key.utf8.count)", "good": "\(AccountSettings.goodKeyLength)"])
            }
            return TokenKey(key)
        }
        if settings.allowsInsecureKey, !settings.isProduction {
            log.warning("tokens are signed with a key that everybody knows: ALLOW_INSECURE_JWT_FALLBACK is set")
            return TokenKey(AccountSettings.insecureKey)
        }
        try StateDirectory.prepare(directory)
        return try TokenKeyFile(directory: directory).key()
    }
}
