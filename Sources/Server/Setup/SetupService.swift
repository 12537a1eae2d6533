package import Core
import FoundationEssentials
package import Logging
import NIOPosix
package import Postgres

/// The first steps of a server: whether it has an administrator, who becomes the first, and what can be installed.
package actor SetupService {
    private let database: Database
    private let users: UserService
    private let imageDirectory: String
    /// Made anew at each start, and known to those who may read the log.
    package nonisolated let code: SetupCode
    private var isSettingUp = false

    package init(database: Database, users: UserService, imageDirectory: String, code: SetupCode) {
        self.database = database
        self.users = users
        self.imageDirectory = imageDirectory
        self.code = code
    }

    /// Whether an account exists that can make others.
    package nonisolated func isSetUp() async throws(DatabaseError) -> Bool {
        try await database.row(
            "SELECT 1 AS found FROM \"User\" WHERE role IN ('ADMIN', 'SUPER_ADMIN') AND NOT deleted LIMIT 1") != nil
    }

    /// Tells in the log how the first administrator comes to be, if there is none.
    package nonisolated func announce(_ log: Logger) async throws(DatabaseError) {
        if try await isSetUp() { return }
        log.notice(
            "no administrator has an account yet: make one with \"bayd user add\", or by setupNode with the code here",
            metadata: ["setup code": "\(code.text)"])
    }

    /// Makes the first account, a SUPER_ADMIN. Who has no account proves by the code that the server is theirs; at the local
    /// socket the host itself has said so.
    ///
    /// Throws `SetupError`, `UserError` and `DatabaseError`.
    package func makeFirstAdministrator(
        _ user: User, password: String, code given: String?, by caller: Caller?
    ) async throws -> User {
        // Of two who have the code, one sets up.
        guard !isSettingUp, try await !isSetUp(), !isSettingUp else { throw SetupError.alreadySetUp }
        isSettingUp = true
        defer { isSettingUp = false }
        let isHost = caller.map { $0.userID == nil && $0.role == .superAdmin } ?? false
        guard isHost || given.map(code.matches) ?? false else { throw SetupError.wrongCode }
        if user.email.isEmpty || password.isEmpty { throw SetupError.incomplete }
        var first = user
        first.role = .superAdmin
        return try await users.create(
            first, password: password, by: Caller(name: caller?.name ?? "setup", role: .superAdmin))
    }

    /// Which systems have an image to be installed from. A directory that is not there has none.
    package nonisolated func readiness() async -> Readiness {
        let directory = imageDirectory
        // A directory may be on a server of its own, which may not answer.
        let files = try? await NIOThreadPool.singleton.runIfActive { () -> [String] in
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            return names.filter { name in
                guard GuestSystem(imageFile: name) != nil else { return false }
                let facts = try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)
                return facts?[.size] as? UInt64 ?? 0 > 0
            }
        }
        return Readiness(files: files ?? [])
    }
}
