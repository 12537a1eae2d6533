import Core
import Postgres

/// A statement that is to be asked, and what becomes of its answer.
struct AudienceQuestion {
    typealias Take = (Rows, inout AudienceFacts) throws(DatabaseError) -> Void

    var statement: Statement
    var take: Take

    fileprivate init(_ statement: Statement, _ take: @escaping Take) {
        self.statement = statement
        self.take = take
    }

    /// A question whose answers are pairs of ids, `a` and `b`; nil where nothing is asked about.
    fileprivate init?(
        pairs ids: Set<String>, _ place: WritableKeyPath<AudienceFacts, [String: Set<String>]>,
        _ statement: ([String]) -> Statement
    ) {
        if ids.isEmpty { return nil }
        self.init(statement(Array(ids))) { rows, facts throws(DatabaseError) in
            for row in rows {
                let (a, b) = (try row.decode(String.self, "a"), try row.decode(String.self, "b"))
                facts[keyPath: place][a, default: []].insert(b)
            }
        }
    }

    /// A question whose answers are records; nil where none is asked for.
    fileprivate init?<T: Identifiable>(
        records ids: Set<String>, _ finding: ([T.ID]) -> Statement,
        _ place: WritableKeyPath<AudienceFacts, [T.ID: T]>, _ record: @escaping (Row) throws(DatabaseError) -> T
    ) where T.ID: RawRepresentable<String> {
        if ids.isEmpty { return nil }
        self.init(finding(ids.compactMap(T.ID.init(rawValue:)))) { rows, facts throws(DatabaseError) in
            for row in rows {
                let one = try record(row)
                facts[keyPath: place][one.id] = one
            }
        }
    }
}

extension AudienceNeeds {
    /// Names of one kind that a list in a payload may have.
    private static let machineLimit = 1000

    /// What has to be asked. `connected` are the ids of those who might hear.
    func questions(among connected: [String]) -> [AudienceQuestion] {
        [Self.people(connected)] + relations(among: connected) + rows
    }

    /// Those of `connected` that have an account, and which of them are administrators.
    private static func people(_ connected: [String]) -> AudienceQuestion {
        AudienceQuestion("SELECT id, role::text AS role FROM \"User\" WHERE id = ANY(\(connected)) AND NOT deleted") {
            rows, facts throws(DatabaseError) in
            for row in rows {
                let id = try row.decode(String.self, "id")
                facts.people.insert(id)
                if let role = UserRole(rawValue: try row.decode(String.self, "role")), role >= .admin {
                    facts.administrators.insert(id)
                }
            }
        }
    }

    /// Who has to do with what.
    private func relations(among connected: [String]) -> [AudienceQuestion] {
        [
            AudienceQuestion(pairs: peopleOf, \.peopleOf) { departments in
                """
                SELECT DISTINCT "departmentId" AS a, "userId" AS b FROM "Machine"
                 WHERE "departmentId" = ANY(\(departments)) AND "userId" = ANY(\(connected))
                """
            },
            AudienceQuestion(pairs: neighboursOf, \.neighboursOf) { users in
                """
                SELECT DISTINCT mine."userId" AS a, other."userId" AS b
                  FROM "Machine" mine
                  JOIN "Machine" other ON other."departmentId" = mine."departmentId"
                 WHERE mine."userId" = ANY(\(users)) AND other."userId" = ANY(\(connected))
                """
            },
            AudienceQuestion(pairs: applications, \.usersOf) { applications in
                """
                SELECT DISTINCT ma."applicationId" AS a, other."userId" AS b
                  FROM "MachineApplication" ma
                  JOIN "Machine" m ON m.id = ma."machineId"
                  JOIN "Machine" other ON other.id = m.id OR other."departmentId" = m."departmentId"
                 WHERE ma."applicationId" = ANY(\(applications)) AND other."userId" = ANY(\(connected))
                """
            },
            ownersOf.isEmpty ? nil : owners,
        ].compactMap(\.self)
    }

    private var owners: AudienceQuestion {
        AudienceQuestion(
            """
            SELECT id, "userId" FROM "Machine" WHERE id = ANY(\(Array(ownersOf))) AND "userId" IS NOT NULL
            """
        ) { rows, facts throws(DatabaseError) in
            for row in rows {
                facts.ownersOf[try row.decode(String.self, "id")] = try row.decode(String.self, "userId")
            }
        }
    }

    /// The rows that payloads show beside what the event holds.
    private var rows: [AudienceQuestion] {
        [
            AudienceQuestion(records: departments, DepartmentStore.finding, \.departments, Department.init(row:)),
            AudienceQuestion(records: applications, ApplicationStore.finding, \.applications, Application.init(row:)),
            AudienceQuestion(records: users, UserStore.finding, \.users, User.init(row:)),
            AudienceQuestion(records: templates, TemplateStore.finding, \.templates, MachineTemplate.init(row:)),
            counts.isEmpty ? nil : machineCounts, machinesOf.isEmpty ? nil : machines,
        ].compactMap(\.self)
    }

    private var machineCounts: AudienceQuestion {
        AudienceQuestion(DepartmentStore.counting(counts.map { Department.ID($0) })) {
            rows, facts throws(DatabaseError) in
            facts.counts = try DepartmentStore.counts(rows)
        }
    }

    private var machines: AudienceQuestion {
        AudienceQuestion(
            """
            SELECT id, name, status, "userId" FROM "Machine" WHERE "userId" = ANY(\(Array(machinesOf)))
             ORDER BY name, id LIMIT \(Self.machineLimit)
            """
        ) { rows, facts throws(DatabaseError) in
            for row in rows {
                facts.machinesOf[try row.decode(String.self, "userId"), default: []].append(
                    AudienceFacts.OwnedMachine(
                        id: try row.decode(String.self, "id"), name: try row.decode(String.self, "name"),
                        status: try row.decode(String.self, "status")))
            }
        }
    }
}
