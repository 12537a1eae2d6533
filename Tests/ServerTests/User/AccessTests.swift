import Core
import Foundation
import JSON
import Postgres
import Server
import Synchronization
import TestSupport
import Testing

/// Who may do what: every root field of the schema, called by everybody, against the table in `access.tsv`.
///
/// A line of the table has the root, the field, its arguments, and what each caller gets: `ok`; `empty` and `null` where
/// there is nothing for this caller; `absent` where the answer says that there is no such thing; else an error's code.
/// What is done may fail for another reason and is `ok`: that somebody may do it is the subject here.
///
/// Arguments hold `$machine` (the owner's), `$owner`, and what each call is given anew: `$department`, `$user`, `$name`, and
/// `$victim`, another machine of the owner's.
@Suite struct AccessTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "access.tsv")
    private static let password = "correct horse"
    private static let callers = ["nobody", "owner", "stranger", "admin", "superAdmin"]

    private struct Line {
        var root: String
        var field: String
        var arguments: String
        var outcomes: [String]
        var text: String { ([root, field, arguments] + outcomes).joined(separator: "\t") }
    }

    private static func table() throws -> [Line] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            try #require(cells.count == 3 + callers.count, "\(line)")
            return Line(root: cells[0], field: cells[1], arguments: cells[2], outcomes: Array(cells[3...]))
        }
    }

    @Test func `everybody may do what the table says, and every field is in it`() async throws {
        try await World.with(domains: ["alpha"], bcryptCost: 4) { world in
            let bench = try await Bench(world)
            let table = try Self.table()
            let fields = try await bench.fields()
            #expect(
                Set(table.map { "\($0.root) \($0.field)" }) == Set(fields.keys), "the table lacks or exceeds fields")
            var found: [String] = []
            for line in table {
                guard let selection = fields["\(line.root) \(line.field)"] else { continue }
                var line = line
                line.outcomes = []
                for caller in Self.callers {
                    line.outcomes.append(try await bench.outcome(line, selection, of: caller))
                }
                found.append(line.text)
            }
            let wanted = table.map(\.text)
            let differences = zip(found, wanted).filter { $0 != $1 }.map { "found:  \($0)\nwanted: \($1)" }
            #expect(found == wanted, "\(differences.joined(separator: "\n"))")
        }
    }

    @Test func `no type carries a secret that is not meant to`() async throws {
        try await World.with(domains: []) { world in
            let answer = try await Bench.ask(
                world, "{ __schema { types { name kind fields { name } } } }", as: world.admin)
            let secrets = (answer["data"]?["__schema"]?["types"]?.array ?? []).flatMap { type in
                (type["fields"]?.array ?? []).compactMap { field -> String? in
                    let name = field["name"]?.string ?? ""
                    let isSecret = ["password", "token", "secret", "hash"].contains { name.lowercased().contains($0) }
                    return isSecret ? "\(type["name"]?.string ?? "").\(name)" : nil
                }
            }
            #expect(secrets.sorted() == ["GraphicConfigurationType.password", "LoginResponse.token"])
        }
    }

    /// A machine, its owner, and the others.
    private struct Bench {
        let world: World
        let machine: Machine
        let owner: User

        init(_ world: World) async throws {
            self.world = world
            machine = try await world.adopt("alpha")[0]
            for (name, role) in [
                ("owner", UserRole.user), ("stranger", .user), ("admin", .admin), ("superAdmin", .superAdmin),
            ] { _ = try await Self.add(name, role, to: world) }
            owner = try #require(try await world.services.users.store.find(email: "owner@example.org"))
            try await world.services.database.execute(
                "UPDATE \"Machine\" SET \"userId\" = \(owner.id.rawValue) WHERE id = \(machine.id.rawValue)")
        }

        static func add(_ name: String, _ role: UserRole, to world: World) async throws -> User {
            try await world.services.users.create(
                User(id: User.ID(""), email: "\(name)@example.org", firstName: name, lastName: "", role: role),
                password: password, by: world.admin)
        }

        /// Signs in anew each time: some fields end the session.
        private func caller(_ name: String) async throws -> Caller? {
            if name == "nobody" { return nil }
            let login = try await world.services.accounts.login(
                email: "\(name)@example.org", password: password, from: nil)
            return try await world.services.accounts.caller(of: login.token).get()
        }

        /// Root and name of every field, with what to select of it.
        func fields() async throws -> [String: String] {
            let answer = try await Self.ask(
                world,
                """
                { __schema { types { name fields { name } } }
                  query: __type(name: "Query") { ...Root } mutation: __type(name: "Mutation") { ...Root }
                  subscription: __type(name: "Subscription") { ...Root } }
                fragment Root on __Type { fields { name type { ...Name ofType { ...Name ofType { ...Name ofType { ...Name } } } } } }
                fragment Name on __Type { name kind }
                """, as: world.admin)
            let data = try #require(answer["data"], "\(answer.text)")
            var members: [String: [String]] = [:]
            for type in data["__schema"]?["types"]?.array ?? [] {
                members[type["name"]?.string ?? ""] = type["fields"]?.array?.compactMap { $0["name"]?.string }
            }
            var fields: [String: String] = [:]
            for root in ["query", "mutation", "subscription"] {
                for field in data[root]?["fields"]?.array ?? [] {
                    var type = field["type"]
                    while type?["name"]?.string == nil, let inner = type?["ofType"], !inner.isNull { type = inner }
                    let names = members[type?["name"]?.string ?? ""]
                    let selected = ["__typename"] + (names ?? []).filter { ["success", "message"].contains($0) }
                    fields["\(root) \(field["name"]?.string ?? "")"] =
                        names == nil ? "" : "{ \(selected.joined(separator: " ")) }"
                }
            }
            return fields
        }

        func outcome(_ line: Line, _ selection: String, of name: String) async throws -> String {
            let caller = try await caller(name)
            let arguments = line.arguments.isEmpty ? "" : "(\(try await filled(line.arguments)))"
            let document = "\(line.root) { \(line.field)\(arguments) \(selection) }"
            if line.root == "subscription" { return try await follow(document, as: caller) }
            let answer = try await Self.ask(world, document, as: caller)
            return Self.outcome(answer, line.field)
        }

        private static func outcome(_ answer: JSONValue, _ field: String) -> String {
            if let error = answer["errors"]?[0] {
                return error["extensions"]?["code"]?.string ?? error["message"]?.string ?? "?"
            }
            switch answer["data"]?[field] {
            case nil, .null?: return "null"
            case .array([])?: return "empty"
            case let value?:
                guard value["success"] == false else { return "ok" }
                return value["message"] == "machine not found" ? "absent" : "ok"
            }
        }

        private func filled(_ arguments: String) async throws -> String {
            let name = "n\(UInt32.random(in: 0 ... .max))"
            var text = arguments
            if text.contains("$department") {
                let new = try await world.services.departments.create(named: name, by: "test")
                text = text.replacing("$department", with: "\"\(new.id)\"")
            }
            if text.contains("$user") {
                let new = try await Self.add(name, .user, to: world)
                text = text.replacing("$user", with: "\"\(new.id)\"")
            }
            if text.contains("$victim") {
                try await world.services.database.transaction { transaction in
                    try await transaction.execute(
                        """
                        INSERT INTO "Machine" (id, name, "internalName", status, os, "userId")
                        VALUES (\(name), \(name), \(name), 'off', 'ubuntu', \(owner.id.rawValue))
                        """)
                    // Known at once to those who keep rows, and not when PostgreSQL notifies.
                    transaction.changes("Machine")
                }
                text = text.replacing("$victim", with: "\"\(name)\"")
            }
            return text.replacing("$machine", with: "\"\(machine.id)\"")
                .replacing("$owner", with: "\"\(owner.id)\"").replacing("$name", with: name)
        }

        static func ask(_ world: World, _ document: String, as caller: Caller?) async throws -> JSONValue {
            let answer = Mutex<[UInt8]>([])
            let end = try await runner(world).run(OperationRequest(query: document), for: caller) { bytes in
                answer.withLock { $0 = bytes }
            }
            if case .refused(let errors) = end { return ["errors": try JSONValue(parsing: errors)] }
            return try JSONValue(parsing: answer.withLock { $0 })
        }

        private static func runner(_ world: World) throws -> GraphQLRunner {
            GraphQLRunner(
                schema: try BaySchema.build(),
                services: world.services, facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
                log: TestDatabase.quiet)
        }

        /// Whether a caller who is signed in follows events and has none.
        private func hasNoPast(_ document: String, _ caller: Caller?) async throws -> Bool {
            guard document.contains("events("), let caller else { return false }
            return try await world.services.events.events(after: 0, limit: 1, scope: caller.machineScope).isEmpty
        }

        /// `ok` as soon as something came, or the source is known to wait for something; `nothing` where a source that begins
        /// with the past has none for this caller.
        private func follow(_ document: String, as caller: Caller?) async throws -> String {
            let runner = try Self.runner(world)
            let first = Mutex<[UInt8]?>(nil)
            let isOver = Mutex(false)
            let following = Task {
                let end = await runner.run(OperationRequest(query: document), for: caller) { bytes in
                    first.withLock { $0 = $0 ?? bytes }
                }
                isOver.withLock { $0 = true }
                return end
            }
            let hasNoPast = try await hasNoPast(document, caller)
            try await world.eventually("\(document) began") {
                isOver.withLock { $0 } || first.withLock { $0 != nil } || world.services.figures.hasReaders || hasNoPast
            }
            let wasOver = isOver.withLock { $0 }
            following.cancel()
            let end = await following.value
            try await world.eventually("nobody reads figures") { !world.services.figures.hasReaders }
            if hasNoPast, first.withLock({ $0 == nil }), !wasOver { return "nothing" }
            if case .refused(let errors) = end, wasOver {
                return Self.outcome(["errors": try JSONValue(parsing: errors)], "")
            }
            return "ok"
        }
    }
}
