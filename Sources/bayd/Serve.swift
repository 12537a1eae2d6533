import ArgumentParser
import Glibc
import Logging
import Server
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serves until it is stopped.")

    @Option(
        help: ArgumentHelp(
            "Make up machines, 40 or as many as given, instead of using a hypervisor.", valueName: "n"))
    var demo: Int?

    @Option(help: .hidden)
    var demoEvents = 0.0

    func validate() throws {
        if let demo, !(0...DemoFleet.maximumCount).contains(demo) {
            throw ValidationError("--demo takes a number up to \(DemoFleet.maximumCount)")
        }
        if demoEvents < 0 || demoEvents > 100_000 { throw ValidationError("--demo-events takes a rate a second") }
    }

    func run() async throws {
        let setting = try Setting()
        var options = setting.options(demo: demo)
        options.demoEventRate = demoEvents
        let log = Logger(label: "bay")
        let systemd = SystemdNotify(environment: setting.environment)
        let server = BayServer(options: options, log: log) { line in
            print(line)
            fflush(nil)
            systemd.send(.ready)
        } stopping: {
            systemd.send(.stopping)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        try await group.run()
    }
}
