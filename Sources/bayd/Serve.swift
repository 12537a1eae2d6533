import ArgumentParser
import Glibc
import Logging
import Server
import ServiceLifecycle

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serves until it is stopped.")

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
        if !(0...100_000).contains(demoEvents) { throw ValidationError("--demo-events takes a rate a second") }
    }

    func run() async throws {
        // The signals count from here on: one that comes while the server starts stops it in order too.
        let stop = await StopSignals()
        let setting = try Setting()
        try setting.startLogging()
        var options = setting.options(demo: demo)
        options.demoEventRate = demoEvents
        let log = Logger(label: "bay")
        let systemd = SystemdNotify(environment: setting.environment)
        let keeper = MemoryKeeper()
        let server = BayServer(options: options, log: log) { line in
            print(line)
            fflush(nil)
            systemd.send(.ready)
            keeper.serverIsReady()
        } stopping: {
            systemd.send(.stopping)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: keeper, successTerminationBehavior: .ignore),
                ],
                logger: log))
        // Cancelled when the group has ended.
        async let _: Void = stop.watch { reason in
            systemd.send(.stopping)
            log.error("ending at once", metadata: ["reason": "\(reason)"])
            server.abandon()
            _exit(1)
        }
        try await group.run()
    }
}
