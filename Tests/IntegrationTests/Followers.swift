import Core
import Foundation
import JSON
import Postgres
import TestSupport
import Testing

/// Programs in Python that follow the events of a bayd through each of its doors, whatever becomes of it.
struct Followers {
    static let doors = ["local", "graphql", "socket.io"]
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let (email, password) = ("ada@example.org", "correct horse")

    private let program: Program
    private let start: EventRecord.ID

    /// Makes the account that they use. To be called once, also before bayd runs.
    static func prepare(_ bayd: BaydProcess) async throws {
        try await bayd.addUser(email, role: "SUPER_ADMIN", password: password)
    }

    /// A token of that account.
    static func signIn(_ client: LocalConnection) async throws -> String? {
        try await client.ask("mutation { login(email: \"\(email)\", password: \"\(password)\") { token } }")["login"]?[
            "token"]?
            .string
    }

    /// Starts them behind the newest event, and waits until each is in.
    init(_ bayd: BaydProcess, _ database: Database) async throws {
        // Signing in is no event, but the host's connecting is one.
        start = try await Self.newest(database)
        program = try Program(
            [
                Self.root.appending(path: ".build/python/bin/python").path, "-B",
                Self.root.appending(path: "Tests/SocketPeer/followers.py").path, "http://127.0.0.1:\(bayd.port)",
                bayd.socket, Self.email, Self.password, "\(start)",
            ], output: bayd.directory.appending(path: "followers"),
            errors: bayd.directory.appending(path: "followers-errors"))
        for door in Self.doors { _ = try await program.waitForLine(startingWith: "\(door) connected") }
    }

    func end() async throws {
        program.send(SIGKILL)
        _ = try await program.waitForExit()
    }

    /// What was heard through a door, in order.
    func heard(_ door: String) -> [EventRecord.ID] {
        program.output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == door ? EventRecord.ID(words[1]) : nil
        }
    }

    /// How often each came in.
    func entries(_ door: String) -> Int {
        program.output.split(separator: "\n").count { $0 == "\(door) connected" }
    }

    static func newest(_ database: Database) async throws -> EventRecord.ID {
        try await database.row("SELECT coalesce(max(id), 0) AS id FROM event")?.decode(Int64.self, "id") ?? 0
    }

    /// Waits until everybody has heard of an event, which is told through all doors.
    func waitFor(_ id: EventRecord.ID) async throws {
        try await eventually("all have heard event \(id)") {
            Self.doors.allSatisfy { heard($0).last ?? 0 >= id }
        }
    }

    /// Every event once and in order, through each door.
    func expectAll(_ database: Database, _ when: String) async throws {
        let rows = try await database.rows(
            "SELECT id, resource FROM event WHERE id > \(start) ORDER BY id")
        let all = try rows.map {
            (id: try $0.decode(Int64.self, "id"), resource: try $0.decode(String.self, "resource"))
        }
        for door in Self.doors {
            // Nobody is told by Socket.io that bayd has found libvirt.
            let told = all.filter { door != "socket.io" || $0.resource != "host" }.map(\.id)
            // What bayd finds when it has started may be told behind the event that was waited for.
            try await eventually("\(door) has heard event \(told.last ?? 0)") {
                self.heard(door).last ?? 0 >= told.last ?? 0
            }
            let heard = heard(door).filter { $0 <= all.last?.id ?? 0 }
            #expect(heard == told, "\(door) \(when)")
        }
        #expect(!program.output.contains("not resumed"))
    }
}
