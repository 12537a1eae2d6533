import ArgumentParser
import Core
import Foundation
import Logging
import Server
import ServiceLifecycle
import UnixSignals

@main
struct Bayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bayd", abstract: "Runs virtual machines for consoles and front ends.", version: "0.1.0",
        subcommands: [Serve.self, PrintSchema.self], defaultSubcommand: Serve.self)
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves until it is stopped.")

    @Option(help: "Make up this many machines instead of using a hypervisor.")
    var demo: Int?

    @Option(help: .hidden)
    var demoEvents: Double = 0

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let (path, isRequired) = ServerConfig.file(environment)
        let text = try? String(contentsOfFile: path, encoding: .utf8)
        if text == nil, isRequired { throw ValidationError("cannot read \(path)") }
        let config: ServerConfig
        do {
            config = try ServerConfig(file: text, named: path, environment: environment, userID: getuid())
        } catch {
            throw ValidationError(error.message)
        }
        var options = ServerOptions(
            config: config, environment: environment, userID: getuid(), version: Bayd.configuration.version, demo: demo)
        options.demoEventRate = demoEvents
        let log = Logger(label: "bay")
        let server = BayServer(options: options, log: log) { line in
            print(line); fflush(nil)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        do {
            try await group.run()
        } catch let error as ServerError {
            FileHandle.standardError.write(Data("bayd: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}

struct PrintSchema: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "schema", abstract: "Prints the API.")
    func run() throws { print("") }
}
