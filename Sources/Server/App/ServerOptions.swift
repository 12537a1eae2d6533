package import Core

/// How `bayd serve` was called.
package struct ServerOptions: Sendable {
    package var config: ServerConfig
    package var environment: [String: String]
    package var userID: UInt32
    package var version: String
    /// How many machines to make up; nil for the real host.
    package var demo: Int?
    /// How often a second a machine of the demo changes its state: for load tests.
    package var demoEventRate = 0.0

    package init(
        config: ServerConfig, environment: [String: String], userID: UInt32, version: String, demo: Int? = nil
    ) {
        self.config = config
        self.environment = environment
        self.userID = userID
        self.version = version
        self.demo = demo
    }

    /// Where everything is kept that outlives a restart. A demo has its own place and touches nobody else's.
    var stateDirectory: String { demo == nil ? config.stateDirectory : config.stateDirectory + "/demo" }

    /// Where the images are that machines are installed from.
    var imageDirectory: String {
        let base = environment["INFINIBAY_BASE_DIR"] ?? ""
        return (base.isEmpty ? "/opt/infinibay" : base) + "/iso"
    }

    var socketPath: String {
        config.socket ?? SocketPath.standard(environment: environment, userID: userID)
    }
}

/// Why the server did not start, in words for whoever started it.
package struct ServerError: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
