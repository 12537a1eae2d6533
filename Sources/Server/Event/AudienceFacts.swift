import Core
import Postgres

/// What a resource manager has to know before it can say who hears of an event, by id.
struct AudienceNeeds {
    /// Departments whose people have to be known.
    var peopleOf: Set<String> = []
    var departments: Set<String> = []
    var counts: Set<String> = []
    var users: Set<String> = []
    var machinesOf: Set<String> = []
    /// Users whose neighbours, with machines in the same departments, have to be known.
    var neighboursOf: Set<String> = []
    var templates: Set<String> = []
    var applications: Set<String> = []
    /// Machines whose owners have to be known.
    var ownersOf: Set<String> = []
}

/// The answers, as the records are now. People are those who are connected: nobody else is told anything.
struct AudienceFacts {
    struct OwnedMachine {
        var id: String
        var name: String
        var status: String
    }

    /// Those who are connected and have an account that is not deleted.
    var people: Set<String> = []
    var administrators: Set<String> = []
    /// Who owns a machine in a department.
    var peopleOf: [String: Set<String>] = [:]
    var departments: [Department.ID: Department] = [:]
    var counts: [Department.ID: MachineCounts] = [:]
    var users: [User.ID: User] = [:]
    var machinesOf: [String: [OwnedMachine]] = [:]
    var neighboursOf: [String: Set<String>] = [:]
    var templates: [MachineTemplate.ID: MachineTemplate] = [:]
    var applications: [Application.ID: Application] = [:]
    /// Who has an application on a machine, or a machine beside one that has it.
    var usersOf: [String: Set<String>] = [:]
    var ownersOf: [String: String] = [:]

    /// The user and the administrators, as far as they are connected.
    func readers(besides owner: String?) -> Set<String> {
        guard let owner, people.contains(owner) else { return administrators }
        return administrators.union([owner])
    }

    func department(_ id: String?) -> Department? { id.flatMap { departments[Department.ID($0)] } }
    func user(_ id: String?) -> User? { id.flatMap { users[User.ID($0)] } }
    func template(_ id: String?) -> MachineTemplate? { id.flatMap { templates[MachineTemplate.ID($0)] } }
}

extension AudienceFacts {
    /// Names of one kind that a list in a payload may have.
    private static let machineLimit = 1000

    /// Reads what is needed for a whole batch of events: one statement for a kind of fact, whatever their number.
    /// - Parameter connected: the ids of the accounts that are connected.
    static func read(
        _ needs: AudienceNeeds, connected: Set<String>, from database: Database
    ) async throws(DatabaseError) -> AudienceFacts {
        do {
            let connected = Array(connected)
            // At once: one after the other they were a third of the way from a commit to those who hear of it.
            async let people = people(connected, in: database)
            async let relations = relations(needs, connected, in: database)
            var facts = AudienceFacts()
            try await facts.readRows(needs, from: database)
            try await facts.add(relations, among: people)
            return facts
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw .cancelled
        }
    }

    /// Those of `connected` that have an account, and which of them are administrators.
    private static func people(
        _ connected: [String], in database: Database
    ) async throws(DatabaseError) -> (all: Set<String>, administrators: Set<String>) {
        var (all, administrators): (Set<String>, Set<String>) = ([], [])
        for row in try await database.rows(
            "SELECT id, role::text AS role FROM \"User\" WHERE id = ANY(\(connected)) AND NOT deleted")
        {
            let id = try row.decode(String.self, "id")
            all.insert(id)
            if let role = UserRole(rawValue: try row.decode(String.self, "role")), role >= .admin {
                administrators.insert(id)
            }
        }
        return (all, administrators)
    }

    /// Who has to do with what.
    private struct Relations {
        var peopleOf: [String: Set<String>] = [:]
        var neighboursOf: [String: Set<String>] = [:]
        var usersOf: [String: Set<String>] = [:]
        var ownersOf: [String: String] = [:]
    }

    private mutating func add(_ relations: Relations, among people: (all: Set<String>, administrators: Set<String>)) {
        self.people = people.all
        administrators = people.administrators
        peopleOf = relations.peopleOf.mapValues { $0.intersection(people.all) }
        neighboursOf = relations.neighboursOf.mapValues { $0.intersection(people.all) }
        usersOf = relations.usersOf.mapValues { $0.intersection(people.all) }
        ownersOf = relations.ownersOf
    }

    private static func relations(
        _ needs: AudienceNeeds, _ connected: [String], in database: Database
    ) async throws(DatabaseError) -> Relations {
        var relations = Relations()
        if !needs.peopleOf.isEmpty {
            relations.peopleOf = try await pairs(
                """
                SELECT DISTINCT "departmentId" AS a, "userId" AS b FROM "Machine"
                 WHERE "departmentId" = ANY(\(Array(needs.peopleOf))) AND "userId" = ANY(\(connected))
                """, in: database)
        }
        if !needs.neighboursOf.isEmpty {
            relations.neighboursOf = try await pairs(
                """
                SELECT DISTINCT mine."userId" AS a, other."userId" AS b
                  FROM "Machine" mine
                  JOIN "Machine" other ON other."departmentId" = mine."departmentId"
                 WHERE mine."userId" = ANY(\(Array(needs.neighboursOf))) AND other."userId" = ANY(\(connected))
                """, in: database)
        }
        if !needs.applications.isEmpty {
            relations.usersOf = try await pairs(
                """
                SELECT DISTINCT ma."applicationId" AS a, other."userId" AS b
                  FROM "MachineApplication" ma
                  JOIN "Machine" m ON m.id = ma."machineId"
                  JOIN "Machine" other ON other.id = m.id OR other."departmentId" = m."departmentId"
                 WHERE ma."applicationId" = ANY(\(Array(needs.applications))) AND other."userId" = ANY(\(connected))
                """, in: database)
        }
        if !needs.ownersOf.isEmpty {
            for (machine, owner) in try await pairs(
                """
                SELECT id AS a, "userId" AS b FROM "Machine"
                 WHERE id = ANY(\(Array(needs.ownersOf))) AND "userId" IS NOT NULL
                """, in: database)
            { relations.ownersOf[machine] = owner.first }
        }
        return relations
    }

    /// The rows that payloads show beside what the event holds.
    private mutating func readRows(_ needs: AudienceNeeds, from database: Database) async throws(DatabaseError) {
        let store = DepartmentStore(database: database)
        if !needs.departments.isEmpty {
            departments = try await store.find(needs.departments.map { Department.ID($0) })
        }
        if !needs.applications.isEmpty {
            applications = try await ApplicationStore(database: database).find(
                needs.applications.map { Application.ID($0) })
        }
        if !needs.counts.isEmpty { counts = try await store.counts(of: needs.counts.map { Department.ID($0) }) }
        if !needs.users.isEmpty {
            users = try await UserStore(database: database).find(needs.users.map { User.ID($0) })
        }
        if !needs.templates.isEmpty {
            templates = try await TemplateStore(database: database).find(
                needs.templates.map { MachineTemplate.ID($0) })
        }
        if !needs.machinesOf.isEmpty {
            let rows = try await database.rows(
                """
                SELECT id, name, status, "userId" FROM "Machine" WHERE "userId" = ANY(\(Array(needs.machinesOf)))
                 ORDER BY name, id LIMIT \(Self.machineLimit)
                """)
            for row in rows {
                machinesOf[try row.decode(String.self, "userId"), default: []].append(
                    OwnedMachine(
                        id: try row.decode(String.self, "id"), name: try row.decode(String.self, "name"),
                        status: try row.decode(String.self, "status")))
            }
        }
    }

    private static func pairs(
        _ statement: Statement, in database: Database
    ) async throws(DatabaseError) -> [String: Set<String>] {
        var pairs: [String: Set<String>] = [:]
        for row in try await database.rows(statement) {
            pairs[try row.decode(String.self, "a"), default: []].insert(try row.decode(String.self, "b"))
        }
        return pairs
    }
}
