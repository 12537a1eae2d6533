import Core
import FoundationEssentials
import Glibc
import Libvirt
import Logging
import NIOCore
import NIOPosix
import Postgres

/// Looks at what a server would need, and changes nothing.
package struct Checkup: Sendable {
    /// What became of one thing that was looked at.
    package struct Finding: Equatable, Sendable {
        package enum Verdict: String, Sendable {
            case good = "ok"
            /// Works, but not as one would like it.
            case note
            case missing
        }

        package var subject: String
        package var verdict: Verdict
        package var text: String
        /// What to do about it.
        package var advice: String?

        init(_ subject: String, _ verdict: Verdict, _ text: String, advice: String? = nil) {
            self.subject = subject
            self.verdict = verdict
            self.text = text
            self.advice = advice
        }
    }

    /// How long libvirt and PostgreSQL may take to answer.
    static let limit = Duration.seconds(10)

    private let options: ServerOptions

    package init(_ options: ServerOptions) { self.options = options }

    package func run() async -> [Finding] {
        async let hypervisor = checkHypervisor()
        async let database = checkDatabase()
        async let socket = checkSocket()
        async let http = checkHTTP()
        let others = [checkTLS(), checkLog()].compactMap(\.self)
        return await [checkSettings(), checkState(), hypervisor, database, socket, http] + others
    }

    /// That they are right is known by now; which file they come from is what people get wrong.
    private func checkSettings() -> Finding {
        let (path, isRequired) = ServerConfig.file(options.environment)
        let isThere = isRequired || FileManager.default.fileExists(atPath: path)
        return Finding("settings", .good, isThere ? path : "the standard ones: there is no \(path)")
    }

    private func checkLog() -> Finding? {
        guard let directory = options.config.log.directory else { return nil }
        guard let closed = Self.firstUnusable(directory) else { return Finding("log", .good, directory) }
        return Finding(
            "log", .missing, "\(directory) cannot be used: \(closed)",
            advice: "correct the permissions, or log.directory in the settings")
    }

    private func checkHypervisor() async -> Finding {
        let uri = options.config.libvirtURI
        let shown = Redaction.address(uri)
        let hypervisor = Hypervisor(uri: uri, log: Self.quiet)
        return await withTaskGroup(of: Finding?.self) { group in
            group.addTask {
                await hypervisor.run()
                return nil
            }
            group.addTask {
                for await link in hypervisor.links() {
                    switch link.state {
                    case .up:
                        let host = try? await hypervisor.host()
                        let versions = host.map { ": libvirt \($0.libvirtVersion), \($0.hypervisorVersion)" } ?? ""
                        return Finding("hypervisor", .good, "\(shown) answers\(versions)")
                    case .down:
                        return Finding(
                            "hypervisor", .missing, "\(shown) does not answer: \(link.reason ?? "no reason given")",
                            advice: Self.hypervisorAdvice(uri))
                    case .connecting: continue
                    }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: Self.limit)
                return Finding(
                    "hypervisor", .missing, "\(shown) gave no answer within 10 s",
                    advice: Self.hypervisorAdvice(uri))
            }
            defer { group.cancelAll() }
            for await case let finding? in group { return finding }
            return Finding("hypervisor", .missing, "\(shown) could not be asked")
        }
    }

    private static func hypervisorAdvice(_ uri: String) -> String {
        switch uri {
        case "qemu:///system":
            "install libvirt-daemon-system and start libvirtd; bayd has to be root or in the group libvirt"
        case _ where uri.contains("+ssh://"): "the user that bayd runs as needs an SSH key that lets it in unasked"
        default: "see LIBVIRT_URI in bayd(8)"
        }
    }

    private func checkDatabase() async -> Finding {
        guard let url = options.config.databaseURL else {
            do {
                let programs = try PrivateCluster.programs()
                return Finding("database", .good, "a private one, by the programs in \(programs)")
            } catch {
                return Finding("database", .missing, error.message, advice: error.hint)
            }
        }
        let shown = Redaction.address(url)
        var connection = ConnectionOptions(url)
        connection.statementTimeout = Self.limit
        let database = Database(connection, logger: Self.quiet)
        return await withTaskGroup(of: Finding?.self) { group in
            group.addTask {
                await database.run()
                return nil
            }
            group.addTask {
                for await state in database.linkStates() {
                    switch state {
                    case .up: return Finding("database", .good, "\(shown) answers")
                    case .down(let reason):
                        return Finding(
                            "database", .missing, "\(shown) does not answer: \(Redaction.address(reason))",
                            advice: "correct DATABASE_URL, or unset it for a private database")
                    case .connecting: continue
                    }
                }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: Self.limit)
                return Finding(
                    "database", .missing, "\(shown) gave no answer within 10 s",
                    advice: "correct DATABASE_URL, or unset it for a private database")
            }
            defer { group.cancelAll() }
            for await case let finding? in group { return finding }
            return Finding("database", .missing, "\(shown) could not be asked")
        }
    }

    private func checkState() -> Finding {
        let directory = options.config.stateDirectory
        guard let closed = Self.firstUnusable(directory) ?? StateDirectory.distrust(directory) else {
            return Finding("state", .good, directory)
        }
        return Finding(
            "state", .missing, "\(directory) cannot be used: \(closed)",
            advice: "correct the permissions, or set BAY_STATE_DIR to another directory")
    }

    private func checkSocket() async -> Finding {
        let path = options.socketPath
        if await SocketPath.answers(path) { return Finding("socket", .note, "another bayd serves \(path)") }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if let closed = Self.firstUnusable(directory.isEmpty ? "/" : directory) {
            return Finding(
                "socket", .missing, "\(path) cannot be made: \(closed)",
                advice: "correct the permissions, or set BAY_SOCKET to another path")
        }
        return Finding("socket", .good, path)
    }

    /// Opens the port for a moment: nothing else tells as surely whether a server could.
    private func checkHTTP() async -> Finding {
        let settings = options.config.http
        guard settings.port != 0 else { return Finding("http", .good, "off") }
        let url = HTTPDoor.url(host: settings.bind, port: settings.port, isEncrypted: settings.tls != nil)
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: settings.bind, port: settings.port).get()
            try await channel.close()
        } catch {
            let isUsed = (error as? IOError)?.errnoCode == EADDRINUSE
            // A bayd that runs has it, and nothing is wrong.
            let isBayd = isUsed ? await SocketPath.answers(options.socketPath) : false
            if isBayd { return Finding("http", .note, "\(url) is in use, probably by the bayd that runs") }
            let problem = HTTPDoor.problem(error)
            return Finding("http", .missing, "\(url) cannot be served: \(problem.what)", advice: problem.advice)
        }
        let isSafe = settings.tls != nil || ["127.0.0.1", "::1", "localhost"].contains(settings.bind)
        return isSafe
            ? Finding("http", .good, url)
            : Finding(
                "http", .note, "\(url) is open to the network, and nothing is encrypted",
                advice: "name a certificate, or put a reverse proxy in front: see \"HTTP\" in the admin guide")
    }

    private func checkTLS() -> Finding? {
        guard options.config.http.port != 0, let files = options.config.http.tls else { return nil }
        let identity: TLSIdentity
        do throws(TLSError) { identity = try TLSIdentity(files) } catch {
            return Finding("tls", .missing, error.message, advice: error.advice)
        }
        let text = "\(files.certificate) is good until \(identity.end.iso8601.prefix(10))"
        guard identity.end < SystemClock().now else { return Finding("tls", .good, text) }
        return Finding(
            "tls", .note, "\(files.certificate) has not been good since \(identity.end.iso8601.prefix(10))",
            advice: "renew the certificate: clients refuse it")
    }

    /// Why a directory can neither be written nor made; nil when it can.
    private static func firstUnusable(_ directory: String) -> String? {
        let files = FileManager.default
        var place = directory
        while !files.fileExists(atPath: place), let slash = place.lastIndex(of: "/"), place != "/" {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        var isDirectory = false
        guard files.fileExists(atPath: place, isDirectory: &isDirectory), isDirectory else {
            return "\(place) is not a directory"
        }
        return files.isWritableFile(atPath: place) ? nil : "\(place) cannot be written"
    }

    private static let quiet = Logger(label: "bay.check") { _ in SwiftLogNoOpLogHandler() }
}
