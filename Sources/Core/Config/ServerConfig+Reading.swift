extension ServerConfig {
    /// Reads the file's text, if there is one, and the environment. Throws all that is wrong with either at once.
    ///
    /// - Parameter userID: whom bayd runs as; root keeps its state elsewhere.
    package init(
        file: String?, named name: String, environment: [String: String], userID: UInt32
    ) throws(ConfigError) {
        self.init()
        stateDirectory = Self.stateDirectory(environment, userID: userID)
        var reader = ConfigReader(file: file ?? "", named: name)
        take(&reader)
        take(environment, &reader)
        if !reader.findings.isEmpty { throw ConfigError(reader.findings) }
    }

    /// The file to read: `BAY_CONFIG`, which has to exist, or the standard one, which need not.
    package static func file(_ environment: [String: String]) -> (path: String, isRequired: Bool) {
        if let path = environment["BAY_CONFIG"], !path.isEmpty { return (path, true) }
        return ("/etc/bay/bay.toml", false)
    }

    private static func stateDirectory(_ environment: [String: String], userID: UInt32) -> String {
        if userID == 0 { return "/var/lib/bay" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/bay" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.local/state/bay" }
        return "/var/tmp/bay-\(userID)"
    }

    private mutating func take(_ reader: inout ConfigReader) {
        reader.table("server") { reader in
            reader.path("state_directory") { stateDirectory = $0 }
            reader.path("socket") { socket = $0 }
        }
        reader.table("http") { reader in
            reader.number("port", HTTPSettings.ports) { http.port = $0 }
            reader.string("bind") { http.bind = $0 }
            reader.strings("allowed_origins") { http.allowedOrigins = $0.joined(separator: ",") }
            reader.strings("trusted_proxies") { http.trustedProxies = $0 }
            reader.path("tls_certificate") { http.certificate = $0 }
            reader.path("tls_key") { http.key = $0 }
        }
        reader.table("database") { reader in
            reader.string("url") { databaseURL = $0 }
            reader.flag("rows_in_memory") { keepsRows = $0 }
        }
        reader.table("hypervisor") { reader in reader.string("uri") { libvirtURI = $0 } }
        reader.table("firewall") { reader in
            reader.flag("repair") { repairsFirewall = $0 }
            reader.flag("log_drops") { drops.isOn = $0 }
            reader.number("log_group", 1...65_535) { drops.group = UInt16($0) }
            reader.number("log_keep_days", 1...3650) { drops.days = $0 }
        }
        reader.table("events") { reader in reader.number("keep_days", 1...3650) { eventDays = $0 } }
        reader.table("local") { reader in
            reader.choice("default", UserRole.self) { roles.standard = $0 }
            reader.choices("users", UserRole.self) { roles.users[$0] = $1 }
            reader.choices("groups", UserRole.self) { roles.groups[$0] = $1 }
        }
        reader.table("accounts") { reader in accounts.take(&reader) }
        reader.table("stats") { reader in
            reader.number("period", 1...300) { stats.all = $0 }
            reader.number("idle_period", 1...3600) { stats.idle = $0 }
            reader.number("slow_every", 1...100) { stats.slowEvery = $0 }
        }
        reader.table("log") { reader in
            reader.choice("level", LogSettings.Level.self) { log.level = $0 }
            reader.path("directory") { log.directory = $0 }
            reader.strings("areas") { log.areas = LogSettings.areas($0.joined(separator: ",")) }
        }
        reader.end()
    }

    private mutating func take(_ environment: [String: String], _ reader: inout ConfigReader) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let url = value("DATABASE_URL") { databaseURL = url }
        if let uri = value("LIBVIRT_URI") { libvirtURI = uri }
        accounts.take(environment, &reader)
        if let areas = value("DEBUG") { log.areas.formUnion(LogSettings.areas(areas)) }
        if let text = value("PORT") {
            if let port = Int(text), HTTPSettings.ports.contains(port) {
                http.port = port
            } else {
                reader.refuse(
                    variable: "PORT", problem: "\"\(text)\" is not a port: a number up to 65535, or 0 for no HTTP")
            }
        }
        if let address = value("BIND") { http.bind = address }
        if let host = value("APP_HOST") { screens.app = host }
        if let host = value("GRAPHIC_HOST") { screens.graphic = host }
        if let origins = value("ALLOWED_ORIGINS") { http.allowedOrigins = origins }
        func path(_ name: String, _ take: (String) -> Void) {
            guard let text = value(name) else { return }
            if text.hasPrefix("/") {
                take(text)
            } else {
                reader.refuse(variable: name, path: text)
            }
        }
        path("BAY_STATE_DIR") { stateDirectory = $0 }
        path("BAY_SOCKET") { socket = $0 }
        path("TLS_CERTIFICATE") { http.certificate = $0 }
        path("TLS_KEY") { http.key = $0 }
        switch (http.certificate, http.key) {
        case (.some, nil): reader.refuse(variable: "TLS_KEY", problem: "has to be set too: a certificate needs its key")
        case (nil, .some):
            reader.refuse(variable: "TLS_CERTIFICATE", problem: "has to be set too: a key is of no use alone")
        default: break
        }
    }
}
