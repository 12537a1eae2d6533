import GraphQL
import JSON
import Synchronization

/// A small world like Bay's own, whose resolvers count how often they are called.
struct Fleet: GraphQLContext {
    enum Role: Sendable { case user, admin }

    var role = Role.admin
    var machines: [Machine] = Machine.samples
    /// Whether fields that may know their values do.
    var isKnown = true
    let calls = Calls()

    func authorize(_ access: Role, for field: FieldName) throws(FieldError) {
        if access == .admin, role != .admin { throw FieldError("\(field) is for admins", code: .forbidden) }
    }

    final class Calls: Sendable {
        private let log = Mutex<[String]>([])
        func note(_ name: String) { log.withLock { $0.append(name) } }
        var all: [String] { log.withLock { $0 } }
    }
}

struct Machine: GraphQLObject, Equatable {
    struct ID: RawRepresentable, Hashable, GraphQLIdentifier { var rawValue: String }
    enum Status: String, CaseIterable, GraphQLEnum {
        case running, shutOff
        var graphQLName: String { self == .running ? "RUNNING" : "OFF" }
    }

    var id: ID
    var name: String
    var status: Status
    var memory: Int
    var load: Double?
    var departmentID: Int?
    var tags: [String] = []

    static let samples = [
        Machine(id: ID(rawValue: "m1"), name: "web", status: .running, memory: 4, load: 0.5, departmentID: 1),
        Machine(id: ID(rawValue: "m2"), name: "db", status: .shutOff, memory: 8, departmentID: 2, tags: ["a", "b"]),
        Machine(id: ID(rawValue: "m3"), name: "\"q\"\n", status: .running, memory: 2, departmentID: 1),
        Machine(id: ID(rawValue: "m4"), name: "lost", status: .running, memory: 2),
    ]
}

struct Department: GraphQLObject {
    var id: Int
    var name: String
}

struct Snapshot: GraphQLObject {
    var name: String
    var machine: Machine.ID
}

struct RenameInput: GraphQLInputObject, Equatable {
    var id: Machine.ID
    var name: String
    var note: Supplied<String>
    var tags: [String]
}

struct Broken: Error {}

let machinePart = SchemaPart<Fleet> {
    Object(Machine.self) {
        Field("id", \.id)
        Field("name", \.name).describe("What people call it.")
        Field("status", \.status)
        Field("memory", \.memory)
        Field("load", \.load)
        Field("tags", \.tags)
        Field("secret") { machine, context in "secret of \(machine.name)" }.requires(.admin)
        Field("scaled", Argument<Int>("by", default: 2)) { machine, _, factor in machine.memory * factor }
        Field("broken") { (machine, _) throws -> String? in throw FieldError("\(machine.id.rawValue) broke") }
        Field("brokenRequired") { (machine, _) throws -> String in
            if machine.id.rawValue == "m2" { throw FieldError("m2 broke", code: .unavailable) }
            return machine.name
        }
        Field("department", groupedByOptional: \.departmentID) { ids, context in
            context.calls.note("departments \(ids.sorted())")
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, Department(id: $0, name: "dep \($0)")) })
        }
        Field("snapshots", groupedBy: \.id) { ids, context in
            context.calls.note("snapshots of \(ids.count)")
            return Dictionary(
                grouping: ids.flatMap { id in
                    id.rawValue == "m4" ? [] : (1...2).map { Snapshot(name: "\(id.rawValue)s\($0)", machine: id) }
                }, by: \.machine)
        }
        Field("figures", as: Double?.self, groupedBy: \.id) { ids, _ in [Machine.ID(rawValue: "m1"): 0.25] }
        Field("batchFails", as: String?.self, groupedBy: \.id) { _, _ in throw FieldError("no batch") }
    }
    Enum(Machine.Status.self, name: "MachineStatus").describe(.running, "It runs.")
    Query(requires: .user) {
        Field("machines", Argument<Int?>("limit")) { context, limit in
            context.calls.note("machines")
            return Array(context.machines.prefix(limit ?? .max))
        }
        Field("machine", Argument<String>("id")) { context, id in
            context.machines.first { $0.id.rawValue == id }
        }
        Field("byStatus", Argument<Machine.Status>("status", default: .running)) { context, status in
            context.machines.filter { $0.status == status }
        }
        Field("required") { (_: Fleet) async throws -> Machine in throw FieldError("gone", code: .notFound) }
        Field("unexpected") { (_: Fleet) async throws -> Machine? in throw Broken() }
        Field("adminOnly") { context in
            context.calls.note("adminOnly"); return true
        }.requires(.admin)
        Field("echo", Argument<JSONValue>("value")) { _, value in value }
        Field("maybe", Argument<Supplied<String>>("text")) { _, text in "\(text)" }
    }
    Mutation(requires: .user) {
        Field("rename", Argument<RenameInput>("input")) { context, input in
            context.calls.note("rename \(input.id.rawValue) to \(input.name) note \(input.note) tags \(input.tags)")
            return context.machines.first { $0.id == input.id }
        }
        Field("step", Argument<Int>("number")) { context, number in
            context.calls.note("begin \(number)")
            await Task.yield()
            context.calls.note("end \(number)")
            return number
        }
    }
    Input(
        RenameInput.self, Argument<Machine.ID>("id"), Argument<String>("name", default: "new"),
        Argument<Supplied<String>>("note"), Argument<[String]>("tags", default: [])
    ) { RenameInput(id: $0, name: $1, note: $2, tags: $3) }
    Subscription(requires: .user) {
        Field("ticks", Argument<Int>("count"), Argument<Bool>("fails", default: false)) { context, count, fails in
            AsyncThrowingStream<Machine, any Error> { continuation in
                for number in 0..<count { continuation.yield(context.machines[number % context.machines.count]) }
                continuation.finish(throwing: fails ? FieldError("source broke", code: .unavailable) : nil)
            }
        }
    }
}

/// Adds to types of another part, and comes before it in the list of parts to show that order does not matter.
let departmentPart = SchemaPart<Fleet> {
    Object(Department.self, name: "DepartmentType") {
        Field("id") { ID(String($0.id)) }
        Field("name", \.name)
        Field("machines", groupedBy: \.id) { (ids: Set<Int>, context: Fleet) in
            context.calls.note("machines of \(ids.sorted())")
            return Dictionary(grouping: context.machines.filter { $0.departmentID != nil }) { $0.departmentID ?? 0 }
        }
    }
    Object(Snapshot.self) {
        Field("name", \.name)
        Field("machine", groupedBy: \.machine) { ids, context in
            context.calls.note("machines \(ids.count)")
            return Dictionary(uniqueKeysWithValues: context.machines.map { ($0.id, $0) })
        }
    }
    Extend(Machine.self) {
        Field("shout") { $0.name.uppercased() }
    }
    Query(requires: .user) {
        Field("departments") { context in
            context.calls.note("departments")
            return [Department(id: 1, name: "dep 1"), Department(id: 2, name: "dep 2")]
        }
    }
}

func makeExecutor(_ onError: @escaping @Sendable (any Error) -> String = { _ in "e1" }) throws -> Executor<Fleet> {
    Executor(schema: try Schema.build([departmentPart, machinePart]), onUnexpectedError: onError)
}

/// Runs a request and gives the answer as text.
func run(_ query: String, _ variables: JSONObject = [:], _ fleet: Fleet = Fleet()) async throws -> String {
    String(decoding: try await makeExecutor().execute(Request(query, variables: variables), fleet), as: UTF8.self)
}
