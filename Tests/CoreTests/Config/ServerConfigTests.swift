import Testing

@testable import Core

private func read(_ file: String?, _ environment: [String: String] = [:], userID: UInt32 = 0) throws -> ServerConfig {
    try ServerConfig(file: file, named: "bay.toml", environment: environment, userID: userID)
}

private func findings(_ file: String?, _ environment: [String: String] = [:]) -> [String] {
    do {
        _ = try ServerConfig(file: file, named: "bay.toml", environment: environment, userID: 0)
        return []
    } catch {
        return error.findings.map(\.message)
    }
}

@Suite struct ServerConfigTests {
    @Test func `without a file and variables the standard values hold`() throws {
        let config = try read(nil)
        #expect(config.databaseURL == nil)
        #expect(config.libvirtURI == "qemu:///system")
        #expect(config.stateDirectory == "/var/lib/bay")
        #expect(config.socket == nil)
        #expect(config.roles == LocalRoles())
        #expect(config.log.level == .info)
    }

    @Test func `every setting of the file is taken`() throws {
        let config = try read(
            """
            [server]
            state_directory = "/srv/bay"
            socket = "/srv/bay.sock"
            [http]
            port = 80
            bind = "::"
            allowed_origins = ["https://a.example", "https://b.example"]
            trusted_proxies = ["10.0.0.1"]
            tls_certificate = "/etc/bay/tls.pem"
            tls_key = "/etc/bay/tls.key"
            [database]
            url = "postgresql://bay@db/bay"
            [hypervisor]
            uri = "qemu:///session"
            [local]
            default = "ADMIN"
            [local.users]
            alice = "SUPER_ADMIN"
            [local.groups]
            "domain users" = "USER"
            [stats]
            period = 2
            idle_period = 60
            slow_every = 8
            [firewall]
            repair = true
            log_drops = true
            log_group = 7
            log_keep_days = 3
            [events]
            keep_days = 400
            [log]
            level = "warning"
            directory = "/var/log/bay"
            areas = ["libvirt", "door"]
            """)
        #expect(config.stateDirectory == "/srv/bay")
        #expect(config.socket == "/srv/bay.sock")
        #expect(config.http.port == 80 && config.http.bind == "::")
        #expect(config.http.allowedOrigins == "https://a.example,https://b.example")
        #expect(config.http.trustedProxies == ["10.0.0.1"])
        #expect(config.http.tls == TLSFiles(certificate: "/etc/bay/tls.pem", key: "/etc/bay/tls.key"))
        #expect(config.databaseURL == "postgresql://bay@db/bay")
        #expect(config.libvirtURI == "qemu:///session")
        #expect(
            config.roles == LocalRoles(standard: .admin, users: ["alice": .superAdmin], groups: ["domain users": .user])
        )
        #expect(config.stats.all == 2 && config.stats.idle == 60 && config.stats.slowEvery == 8)
        #expect(config.repairsFirewall)
        #expect(config.drops.isOn && config.drops.group == 7 && config.drops.days == 3)
        #expect(config.eventDays == 400)
        #expect(config.log.level == .warning)
        #expect(config.log.directory == "/var/log/bay")
        #expect(config.log.areas == ["hypervisor", "door"])
    }

    @Test func `the environment wins over the file`() throws {
        let config = try read(
            "[hypervisor]\nuri = \"qemu:///session\"\n[database]\nurl = \"host=a\"\n",
            [
                "LIBVIRT_URI": "test:///default", "DATABASE_URL": "host=b", "BAY_STATE_DIR": "/tmp/state",
                "BAY_SOCKET": "/tmp/s", "DEBUG": "infinibay:*", "PORT": "0", "BIND": "0.0.0.0",
                "ALLOWED_ORIGINS": "https://a.example",
            ])
        #expect(config.http.port == 0 && config.http.bind == "0.0.0.0")
        #expect(config.http.allowedOrigins == "https://a.example")
        #expect(config.libvirtURI == "test:///default")
        #expect(config.databaseURL == "host=b")
        #expect(config.stateDirectory == "/tmp/state")
        #expect(config.socket == "/tmp/s")
        #expect(config.log.areas == ["*"])
    }

    @Test func `a certificate and its key come together, from whichever place`() throws {
        let file = "[http]\ntls_certificate = \"/a.pem\"\n"
        #expect(findings(file).first?.hasPrefix("environment: TLS_KEY: has to be set too") == true)
        #expect(
            findings(nil, ["TLS_KEY": "/a.key"]).first?.hasPrefix("environment: TLS_CERTIFICATE: has to be") == true)
        #expect(findings(nil, ["TLS_KEY": "a.key"]).first?.contains("is not an absolute path") == true)
        let config = try read(file, ["TLS_KEY": "/a.key"])
        #expect(config.http.tls == TLSFiles(certificate: "/a.pem", key: "/a.key"))
    }

    @Test(arguments: ["http", "-1", "65536"]) func `a port is a number that ports have`(port: String) {
        #expect(findings(nil, ["PORT": port]).first?.hasPrefix("environment: PORT: \"\(port)\" is not a port") == true)
    }

    @Test func `an empty variable is one that is not set`() throws {
        #expect(try read(nil, ["LIBVIRT_URI": "", "BAY_SOCKET": ""]) == read(nil))
    }

    @Test func `a user has a state directory of his own`() throws {
        #expect(try read(nil, ["HOME": "/home/a"], userID: 1000).stateDirectory == "/home/a/.local/state/bay")
        #expect(try read(nil, ["XDG_STATE_HOME": "/x", "HOME": "/home/a"], userID: 1000).stateDirectory == "/x/bay")
    }

    @Test func `all that is wrong is told at once, with its line`() {
        let problems = findings(
            """
            # Bay
            [local]
            default = "BOSS"

            [local.users]
            bob = 3

            [hypervisor]
            url = "qemu:///system"
            [stats]
            period = 0
            [log]
            directory = "logs"
            """, ["BAY_STATE_DIR": "state"])
        #expect(
            problems.sorted() == [
                #"bay.toml:11: stats.period: has to be a whole number from 1 to 300"#,
                #"bay.toml:13: log.directory: has to be an absolute path"#,
                #"bay.toml:3: local.default: has to be one of "USER", "ADMIN", "SUPER_ADMIN""#,
                #"bay.toml:6: local.users.bob: has to be one of "USER", "ADMIN", "SUPER_ADMIN""#,
                #"bay.toml:9: hypervisor.url: is not a setting; is "uri" meant?"#,
                #"environment: BAY_STATE_DIR: "state" is not an absolute path"#,
            ])
    }

    @Test func `a text that is not TOML is refused with the line`() throws {
        let problem = try #require(findings("[local]\ndefault = \n").first)
        #expect(problem.hasPrefix("bay.toml:2: "))
    }

    @Test func `a value where a table belongs is refused`() {
        #expect(findings("log = 3") == ["bay.toml:1: log: has to be a table: [log]"])
    }

    @Test func `lines are found with dotted keys, quotes and foreign line ends`() {
        #expect(
            findings("log.level = \"loud\"\r\nlocal = { default = 1 }\r\n").map { $0.prefix(22) }.sorted() == [
                "bay.toml:1: log.level:", "bay.toml:2: local.defa",
            ])
    }

    @Test func `how people are let in is safe unless somebody says otherwise`() throws {
        func accounts(_ environment: [String: String], _ file: String = "") throws -> AccountSettings {
            try ServerConfig(file: file, named: "bay.toml", environment: environment, userID: 0).accounts
        }
        #expect(try accounts([:]).isProduction && accounts([:]).tokenKey == nil && accounts([:]).tokenHours == 12)
        #expect(try accounts(["TOKENKEY": "12345678"], "[accounts]\ntoken_hours = 1").tokenHours == 1)
        #expect(throws: ConfigError.self) { try accounts(["TOKENKEY": "12345"]) }
        #expect(throws: ConfigError.self) { try accounts(["ALLOW_INSECURE_JWT_FALLBACK": "1"]) }
        #expect(throws: ConfigError.self) { try accounts(["BCRYPT_ROUNDS": "31"]) }
        let trial = ["TOKENKEY": "12345", "ALLOW_INSECURE_JWT_FALLBACK": "1", "NODE_ENV": "development"]
        #expect(try accounts(trial).allowsInsecureKey && accounts(trial).tokenKey == "12345")
        #expect(try !accounts(["ALLOW_INSECURE_JWT_FALLBACK": "0"]).allowsInsecureKey)
        #expect(try accounts(["DEBUG_AUTH": "1"]).isDebugged && !accounts(["DEBUG_AUTH": "0"]).isDebugged)
    }

    @Test func `the file is named by BAY_CONFIG, which then has to be there`() {
        #expect(ServerConfig.file([:]) == ("/etc/bay/bay.toml", false))
        #expect(ServerConfig.file(["BAY_CONFIG": "/x"]) == ("/x", true))
    }
}

@Suite struct LogSettingsTests {
    @Test(arguments: [
        ("bay.database", "postgres", true), ("hypervisor", "libvirt,door", true), ("bay.door", "libvirt,door", true),
        ("bay.database", "libvirt,door", false), ("bay.demo", "*", true), ("bay.demo", "", false),
        ("bay.door", "bay:Door", true),
    ])
    func `areas choose loggers by the words of their label`(label: String, debug: String, wanted: Bool) {
        var settings = LogSettings()
        settings.areas = LogSettings.areas(debug)
        #expect(settings.isDebugged(label: label) == wanted)
    }
}
