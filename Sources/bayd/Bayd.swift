import ArgumentParser
import Core
import FoundationEssentials
import Glibc
import Logging
import Server

@main
struct Bayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bayd", abstract: "Runs virtual machines for consoles and front ends.",
        discussion: "Settings are described in bayd(8).", version: "0.1.0",
        subcommands: [Serve.self, Check.self, Migrate.self, PrintSchema.self], defaultSubcommand: Serve.self)

    static func main() async {
        // The parser knows no option whose value may be left out.
        let arguments = CommandLine.arguments.dropFirst().map {
            $0 == "--demo" ? "--demo=\(DemoFleet.standardCount)" : $0
        }
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ServerError {
            fail("bayd: \(error)", status: 1)
        } catch let error as ConfigError {
            fail(error.findings.map { "bayd: \($0.message)" }.joined(separator: "\n"), status: 2)
        } catch {
            let status = exitCode(for: error)
            // Help and version are asked for and belong to standard output.
            guard status != .success else { exit(withError: error) }
            let isUsage = status == .validationFailure
            fail(fullMessage(for: error), status: isUsage ? 2 : 1)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        LogOutput.standardError.write(message)
        Glibc.exit(status)
    }
}

/// What every command needs to know first.
struct Setting {
    let environment = ProcessInfo.processInfo.environment
    let userID = getuid()
    let config: ServerConfig

    init() throws {
        config = try ServerConfig.load(environment: environment, userID: userID)
        do { try BayLogging.start(config.log, environment: environment) } catch {
            throw ServerError("the log cannot be written: \(error)")
        }
    }

    func options(demo: Int? = nil) -> ServerOptions {
        ServerOptions(
            config: config, environment: environment, userID: userID, version: Bayd.configuration.version, demo: demo)
    }
}
