import ArgumentParser
import Core
import Glibc
import Logging
import Prompt
import Server

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Makes accounts and sets their passwords.",
        discussion: "A password is asked for at a terminal, and else read from standard input.",
        subcommands: [Add.self, Password.self, List.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Makes an account.")

        @Argument(help: "The email address that the person signs in with.") var email: String
        @Option(help: "USER, ADMIN or SUPER_ADMIN.") var role: UserRole
        @Option(help: "Standard: what stands before the @.") var firstName: String?
        @Option var lastName = ""

        func run() async throws {
            let password = try readPassword("Password for \(email)")
            let user = User(
                id: User.ID(""), email: email, firstName: firstName ?? String(email.prefix { $0 != "@" }),
                lastName: lastName, role: role)
            let made = try await withAccounts { tool in try await tool.add(user, password: password) }
            print("made the account of \(made.email) with the role \(made.role.rawValue)")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password", abstract: "Gives an account a new password, which ends all of its sessions.")

        @Argument(help: "The account's email address.") var email: String

        func run() async throws {
            let password = try readPassword("New password for \(email)")
            let user = try await withAccounts { tool in try await tool.setPassword(password, of: email) }
            print("\(user.email) has a new password")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists accounts.")

        func run() async throws {
            let users = try await withAccounts { tool in try await tool.all() }
            let width = users.map(\.email.count).max() ?? 0
            for user in users {
                let email = user.email + String(repeating: " ", count: width - user.email.count)
                let role = user.role.rawValue + String(repeating: " ", count: 11 - user.role.rawValue.count)
                let name = [user.firstName, user.lastName].filter { !$0.isEmpty }.joined(separator: " ")
                print("\(email)  \(role)  \(name)\(user.isDeleted ? "  (deleted)" : "")")
            }
        }
    }
}

extension UserRole: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(rawValue: argument.uppercased().map { $0 == "-" ? "_" : String($0) }.joined())
    }
}

private func readPassword(_ words: String) throws -> String {
    do throws(PromptError) { return try PasswordPrompt.read(words, isNew: true) } catch {
        throw ServerError(error.message)
    }
}

private func withAccounts<Value: Sendable>(_ body: @Sendable (UserTool) async throws -> Value) async throws -> Value {
    let setting = try Setting()
    try setting.startLogging(isQuiet: true)
    return try await UserTool.run(setting.options(), by: "bayd user", log: Logger(label: "bay"), body)
}
