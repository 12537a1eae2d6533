package import Core
import Postgres

/// Tells how often rules were met. The host's tables are looked at when somebody asks, and once for all who ask within a moment.
package struct FirewallHitsService: Sendable {
    private let service: FirewallService
    private let board: FilterCounterBoard

    package init(service: FirewallService, hypervisor: any HypervisorPort) {
        self.service = service
        board = FilterCounterBoard(hypervisor: hypervisor)
    }

    /// Of a department, the sum over those of its machines that the caller may see.
    package func hits(of owner: FirewallOwner, for caller: Caller) async throws -> FirewallHits {
        try await service.requireSight(of: owner, for: caller)
        let machines = try await service.store.filters(of: owner, scope: caller.machineScope)
        if machines.isEmpty {
            return FirewallHits(reason: "nothing is filtered yet, because nobody has made rules")
        }
        let counted: [String: [FirewallRule.ID: RuleHits]]
        do throws(LibvirtError) {
            switch try await board.counters() {
            case .counted(let counters): counted = counters
            case .unavailable(let reason): return FirewallHits(reason: reason)
            }
        } catch {
            if error.isNotSupported { return FirewallHits(reason: "this hypervisor has no packet filters") }
            throw FirewallError(error)
        }
        return Self.sum(of: machines, in: counted)
    }

    private static func sum(
        of machines: [(filter: String, madeAt: Timestamp?)], in counted: [String: [FirewallRule.ID: RuleHits]]
    ) -> FirewallHits {
        let running = machines.filter { counted[$0.filter] != nil }
        guard !running.isEmpty else {
            return FirewallHits(reason: machines.count == 1 ? "the machine does not run" : "none of its machines runs")
        }
        let marked = running.filter { counted[$0.filter]?.isEmpty == false }
        guard !marked.isEmpty else {
            // What is defined already is not defined again, so rules that an older Bay made stay without marks.
            return FirewallHits(
                reason: "libvirt's rules are those of an older Bay: bring them to libvirt once more to count them")
        }
        var hits = FirewallHits(since: marked.compactMap(\.madeAt).min())
        for machine in marked {
            hits.rules.merge(counted[machine.filter] ?? [:]) { $0 + $1 }
        }
        return hits
    }
}

/// What the host's tables have counted, as of a moment ago.
actor FilterCounterBoard {
    /// How long they are good for, at least.
    static let life = Duration.seconds(1)
    /// On a host with hundreds of machines a look takes some tenths of a second, and is not to keep a processor busy.
    static let restPerLook = 10

    private let hypervisor: any HypervisorPort
    private var last: (until: ContinuousClock.Instant, counters: FilterCounters)?
    private var looking: Task<Result<FilterCounters, LibvirtError>, Never>?

    init(hypervisor: any HypervisorPort) { self.hypervisor = hypervisor }

    func counters() async throws(LibvirtError) -> FilterCounters {
        if let last, ContinuousClock.now < last.until { return last.counters }
        // Whoever comes while somebody looks takes what that one finds. The look outlives the one who began it, for the others.
        let looking = looking ?? look()
        return try await looking.value.get()
    }

    private func look() -> Task<Result<FilterCounters, LibvirtError>, Never> {
        let task = Task { [hypervisor] in
            let begin = ContinuousClock.now
            let found: Result<FilterCounters, LibvirtError>
            do throws(LibvirtError) { found = .success(try await hypervisor.filterCounters()) } catch {
                found = .failure(error)
            }
            self.looking = nil
            if case .success(let counters) = found {
                let rest = max(Self.life, begin.duration(to: .now) * Self.restPerLook)
                self.last = (until: ContinuousClock.now + rest, counters: counters)
            }
            return found
        }
        looking = task
        return task
    }
}

extension FirewallStore {
    /// The filters of an owner's machines that have one, and since when the host counts for each.
    func filters(
        of owner: FirewallOwner, scope: MachineStore.Scope
    ) async throws(DatabaseError) -> [(filter: String, madeAt: Timestamp?)] {
        let (machine, department): (String?, String?) =
            switch owner {
            case .machine(let id): (id.rawValue, nil)
            case .department(let id): (nil, id.rawValue)
            }
        return try await database.rows(
            """
            SELECT s."internalName", f.made_at
              FROM firewall_machine f
              JOIN "Machine" m ON m.id = f.machine_id
              JOIN "FirewallRuleSet" s ON s."entityType" = 'VM' AND s."entityId" = m.id
             WHERE (m.id = \(machine)::text OR m."departmentId" = \(department)::text)
               AND (\(scope.owner)::text IS NULL OR m."userId" = \(scope.owner)::text)
             ORDER BY m.id
            """
        ).map { row throws(DatabaseError) in (try row.decode("internalName"), try row.optionalTime("made_at")) }
    }
}
