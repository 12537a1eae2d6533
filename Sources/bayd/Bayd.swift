import ArgumentParser
import CMemory
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
        subcommands: [Serve.self, Check.self, Migrate.self, PrintSchema.self, UserCommand.self],
        defaultSubcommand: Serve.self)

    static func main() async {
        limitHeaps()
        do {
            var command = try parseAsRoot(withDemoCount(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ServerError {
            fail("bayd: \(error)", status: 1)
        } catch let error as ConfigError {
            fail(error.findings.map { "bayd: \($0.message)" }.joined(separator: "\n"), status: 2)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let status = exitCode(for: error)
            // Help and version are asked for and belong to standard output.
            guard status != .success else { exit(withError: error) }
            let isUsage = status == .validationFailure
            fail(isUsage ? fullMessage(for: error) : "bayd: \(error)", status: isUsage ? 2 : 1)
        }
    }

    /// glibc gives nearly every thread a heap of its own, and what one of them has freed no other can use: under a storm of
    /// events a third of bayd's memory was such leavings.
    private static func limitHeaps() {
        _ = mallopt(M_ARENA_MAX, Int32(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2)))
        // Answers of some tens of kilobytes come and go all the time. A heap that gives its end back after each must ask the
        // kernel for the same pages for the next one, which takes a tenth of the time of the whole answer.
        _ = mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }

    /// Gives `--demo` its value: the parser knows no option whose value may be left out.
    static func withDemoCount(_ arguments: [String]) -> [String] {
        var out: [String] = []
        for argument in arguments {
            if out.last == "--demo", Int(argument) != nil {
                out[out.count - 1] = "--demo=\(argument)"
            } else {
                out.append(argument)
            }
        }
        return out.map { $0 == "--demo" ? "--demo=\(DemoFleet.standardCount)" : $0 }
    }

    /// Ends the program. What libpq says of an address that it does not understand holds parts of it.
    private static func fail(_ message: String, status: Int32) -> Never {
        LogOutput.standardError.write(Redaction.address(message))
        Glibc.exit(status)
    }
}

/// What every command needs to know first.
struct Setting {
    let environment = ProcessInfo.processInfo.environment
    let userID = getuid()
    let config: ServerConfig

    init() throws { config = try ServerConfig.load(environment: environment, userID: userID) }

    /// - Parameter isQuiet: whoever typed a command wants its answer, and not what the parts say while they start.
    func startLogging(isQuiet: Bool = false) throws {
        var settings = config.log
        if isQuiet, settings.level.isChatty { settings.level = .warning }
        do { try BayLogging.start(settings, environment: environment) } catch {
            throw ServerError("the log cannot be written: \(error)")
        }
    }

    func options(demo: Int? = nil) -> ServerOptions {
        ServerOptions(
            config: config, environment: environment, userID: userID, version: Bayd.configuration.version, demo: demo)
    }
}
