import ArgumentParser
import Prompt
import TUI

struct Login: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Sign in with an account: what follows acts as that account.",
        discussion: """
            The password is asked for at a terminal, and else read from standard input. The token is kept in \
            $XDG_STATE_HOME/bay/token, for this server only, until it ends or `bay logout`.
            """)

    @Argument(help: "The account's email address; asked for if left out.") var email: String?
    @OptionGroup var connection: Connection

    func run() throws {
        guard let file = TokenFile(System.variable) else {
            throw CallError.usage("neither HOME nor XDG_STATE_HOME says where to keep the token")
        }
        let (email, password) = try credentials()
        // Without the token that is kept, which may be worthless by now.
        let account = try SignIn.login(
            email: email, password: password, on: ServerCall(path: connection.path, token: nil))
        do throws(SystemProblem) { try file.keep(account.token, for: connection.path) } catch {
            throw CallError.failed([OperationFailure(message: "\(file.path): \(error.message)")])
        }
        Print.data("signed in as \(Text.sanitised(account.email)) (\(Text.sanitised(account.role)))\n")
    }

    private func credentials() throws -> (email: String, password: String) {
        do {
            var email = email
            if email == nil { email = try PasswordPrompt.readVisible("Email") }
            guard let email else { throw CallError.usage("name the account: bay login EMAIL") }
            return (email, try PasswordPrompt.read("Password"))
        } catch PromptError.interrupted {
            throw ExitCode(130)
        } catch let error as PromptError {
            throw CallError.usage(error.message)
        }
    }
}

struct Logout: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Make the token worthless and forget it.")

    @Flag(help: "End all sessions of the account, on other hosts too.") var everywhere = false
    @OptionGroup var connection: Connection

    func run() throws {
        guard let file = TokenFile(System.variable), let token = file.token(for: connection.path) else {
            return Print.data("not signed in\n")
        }
        // Whatever the server says: here the token is gone.
        defer { try? file.remove() }
        do throws(CallError) {
            try SignIn.logout(everywhere: everywhere, on: ServerCall(path: connection.path, token: token))
        } catch .tokenRefused {
            // It was worthless already.
        }
        Print.data("signed out\n")
    }
}
