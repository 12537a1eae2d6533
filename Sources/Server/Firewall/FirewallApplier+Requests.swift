package import Core
import Postgres

// What somebody asks for and waits for.
extension FirewallApplier {
    /// Brings a machine's rules to libvirt now, whatever is known of what it holds.
    package func flush(_ id: Machine.ID, by caller: Caller) async throws -> Report {
        try await service.requireSight(of: .machine(id), for: caller)
        try await want(id)
        do {
            guard let report = try await apply(id, waits: true, by: caller.name) else {
                throw FirewallError.busy(with: "firewall")
            }
            return report
        } catch let error as LibvirtError {
            throw FirewallError(error)
        }
    }

    /// Also a machine for which nobody made rules is filtered from then on: by what its department says, or Bay.
    private func want(_ id: Machine.ID) async throws {
        try await ensureSet(of: id)
        try await store.database.transaction(attempts: 3) { transaction in
            try await FirewallStore.want([id], rings: false, in: transaction)
        }
    }

    /// What became of all machines that have rules.
    package struct Sync: Sendable {
        package var created = 0
        package var updated = 0
        package var machines = 0
        package var errors: [String] = []
    }

    /// Brings the rules of all machines that have some to libvirt, and puts right what differs.
    package func sync(by caller: Caller) async throws -> Sync {
        let machines = try await store.database.transaction(attempts: 3) { transaction in
            try await FirewallStore.wantAll(in: transaction)
        }
        let names = Dictionary(
            try await service.machines.store.find(machines, scope: .all).map { ($0.id, $0.name) },
            uniquingKeysWith: { first, _ in first })
        let outcomes = await each(of: machines) { id -> Result<Report?, any Error> in
            do { return .success(try await self.apply(id, waits: true, by: caller.name)) } catch {
                return .failure(SyncFailure(machine: names[id] ?? id.rawValue, error: error))
            }
        }
        var sync = Sync()
        for outcome in outcomes {
            switch outcome {
            case .success(let report?):
                sync.created += report.isNew ? 1 : 0
                sync.updated += report.isRedefined ? 1 : 0
                sync.machines += report.isNews ? 1 : 0
                if let problem = report.problem {
                    sync.errors.append("\(names[report.machine] ?? report.machine.rawValue): \(problem)")
                }
            case .success(nil): break
            case .failure(let error): sync.errors.append("\(error)")
            }
        }
        sync.errors.sort()
        return sync
    }

    private struct SyncFailure: Error, CustomStringConvertible {
        var machine: String
        var error: any Error
        var description: String {
            switch error {
            case let error as LibvirtError: "\(machine): \(error.description)"
            case let error as FirewallError: "\(machine): \(error.message)"
            default: "\(machine): the log of bayd says why"
            }
        }
    }
}
