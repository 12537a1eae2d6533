import Core
import JSON
import Postgres

/// All that decides about the rules of an owner, as it stands at one moment.
struct FirewallGround: Sendable {
    var owner: FirewallOwner
    /// The department's name, or the machine's.
    var name: String
    /// What libvirt calls the machine.
    var domainName: String?
    /// The department, or the machine's.
    var department: Department.ID?
    var departmentSet: FirewallRuleSet?
    var machineSet: FirewallRuleSet?
    var settings = FirewallSettings()

    /// The owner's own set.
    var set: FirewallRuleSet? { owner.kind == .department ? departmentSet : machineSet }

    var words: String { owner.kind == .department ? "department \(name)" : name }

    var departmentRules: [FirewallRule] { (departmentSet?.rules ?? []).rules(of: .department) }
    var machineRules: [FirewallRule] { (machineSet?.rules ?? []).rules(of: .machine) }

    var effective: EffectiveRules {
        EffectiveRules(department: departmentRules, machine: machineRules, policy: settings.policy)
    }

    /// With other rules of its own.
    func having(_ rules: [StoredFirewallRule], _ settings: FirewallSettings?) -> FirewallGround {
        var changed = self
        func replace(_ set: FirewallRuleSet?) -> FirewallRuleSet {
            var set =
                set
                ?? FirewallRuleSet(
                    id: "", name: "", filterName: "", owner: owner, priority: 0, isActive: true,
                    createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
            set.rules = rules
            return set
        }
        switch owner.kind {
        case .department: changed.departmentSet = replace(departmentSet)
        case .machine: changed.machineSet = replace(machineSet)
        }
        changed.settings = settings ?? self.settings
        return changed
    }
}

extension FirewallStore {
    /// - Parameter locks: whether nobody else is to change any of it until the transaction ends.
    static func ground(
        of owner: FirewallOwner, locks: Transaction? = nil, in source: some Queryable
    ) async throws -> FirewallGround {
        var ground = FirewallGround(owner: owner, name: "")
        switch owner {
        case .department(let id):
            let lock: Statement = locks == nil ? "" : "FOR NO KEY UPDATE"
            guard let row = try await source.row("SELECT name FROM \"Department\" WHERE id = \(id.rawValue) \(lock)")
            else { throw FirewallError.departmentNotFound }
            ground.name = try row.decode("name")
            ground.department = id
        case .machine(let id):
            let lock: Statement = locks == nil ? "" : "FOR NO KEY UPDATE"
            guard
                let row = try await source.row(
                    "SELECT name, \"internalName\", \"departmentId\" FROM \"Machine\" WHERE id = \(id.rawValue) \(lock)"
                )
            else { throw FirewallError.machineNotFound }
            ground.name = try row.decode("name")
            ground.domainName = try row.decode("internalName")
            ground.department = try row.decode(String?.self, "departmentId").map { Department.ID($0) }
        }
        if let locks {
            var machine: Machine.ID?
            if case .machine(let id) = owner { machine = id }
            try await lock(ground.department, or: machine, in: locks)
        }
        let owners = [owner] + (ground.department.map { [.department($0)] } ?? [])
        let sets = try await sets(of: Array(Set(owners)), in: source)
        ground.departmentSet = ground.department.flatMap { sets[.department($0)] }
        if case .machine = owner { ground.machineSet = sets[owner] }
        if let department = ground.department {
            ground.settings = try await settings(of: [department], in: source)[department] ?? FirewallSettings()
        }
        return ground
    }

    /// The machines of a department with the rules of their own, for a look at what a change does to them.
    static func machines(
        of department: Department.ID, limit: Int, in source: some Queryable
    ) async throws(DatabaseError) -> [(id: Machine.ID, name: String, rules: [StoredFirewallRule], isFiltered: Bool)] {
        let rows = try await source.rows(
            """
            SELECT m.id, m.name, f.machine_id IS NOT NULL AS filtered
              FROM "Machine" m LEFT JOIN firewall_machine f ON f.machine_id = m.id
             WHERE m."departmentId" = \(department.rawValue) ORDER BY lower(m.name), m.id LIMIT \(limit)
            """)
        let ids = try rows.map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "id")) }
        let sets = try await sets(of: ids.map { .machine($0) }, in: source)
        var machines: [(id: Machine.ID, name: String, rules: [StoredFirewallRule], isFiltered: Bool)] = []
        for (id, row) in zip(ids, rows) {
            machines.append(
                (id, try row.decode("name"), sets[.machine(id)]?.rules ?? [], try row.decode("filtered")))
        }
        return machines
    }
}
