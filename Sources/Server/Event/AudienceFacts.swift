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
    /// Reads what is needed for a whole batch of events: one statement for a kind of fact, whatever their number, and all of
    /// them in one round trip. One after the other they were a third of the way from a commit to those who hear of it.
    /// - Parameter connected: the ids of the accounts that are connected.
    static func read(
        _ needs: AudienceNeeds, connected: Set<String>, from database: Database
    ) async throws(DatabaseError) -> AudienceFacts {
        let questions = needs.questions(among: Array(connected))
        let answers = try await database.rows(questions.map(\.statement))
        var facts = AudienceFacts()
        for (question, rows) in zip(questions, answers) { try question.take(rows, &facts) }
        facts.keepPeople()
        return facts
    }

    /// Drops those who own something but have no account any more.
    private mutating func keepPeople() {
        peopleOf = peopleOf.mapValues { $0.intersection(people) }
        neighboursOf = neighboursOf.mapValues { $0.intersection(people) }
        usersOf = usersOf.mapValues { $0.intersection(people) }
    }
}
