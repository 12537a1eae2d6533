package import Core
import JSON
import Postgres

// What became of snapshots whose bayd ended before it could say: libvirt is asked, and nothing is done again.
extension SnapshotService {
    package func settle(_ job: Job, _ handle: JobHandle) async throws -> JobService.Settlement {
        guard job.detail["begun"] == true, let name = job.detail["name"]?.string else {
            return .interrupted("bayd ended before anything was done")
        }
        let machine: Machine
        do {
            machine = try await machines.find(job.machineID, for: Self.bayd)
        } catch MachineError.notFound {
            return .interrupted("bayd ended before it did, and \(job.machineName) is gone")
        }
        let domain = machines.domain(of: machine)
        let all: [DomainSnapshot]
        do throws(LibvirtError) {
            all = try await hypervisor.snapshots(of: domain)
        } catch {
            guard error.isNoDomain else { throw error }
            return .interrupted("bayd ended before it did, and the domain of \(machine.name) is gone")
        }
        let verdict = Self.verdict(on: job.kind, name, before: job.detail["before"]?.string, all)
        guard case .succeeded(let message) = verdict else {
            await machines.settle(machine, domain: domain)
            return verdict
        }
        // What the job did not come to say is said now, together with its end.
        let status = try await hypervisor.domain(domain).state.status
        try await machines.store.database.transaction(attempts: 3) { transaction in
            switch job.kind {
            case .createSnapshot: transaction.record(.taken(name, of: machine, actor: job.actor))
            case .restoreSnapshot:
                _ = try await MachineStore.recordStatus([(machine.id, status)], in: transaction)
                try await FirewallStore.want([machine.id], in: transaction)
                transaction.record(.restored(name, of: machine, actor: job.actor))
            default: transaction.record(.deleted(name, of: machine, actor: job.actor))
            }
            try await handle.succeed(message, in: transaction)
        }
        return .finished
    }

    private static let bayd = Caller(name: "bayd", role: .superAdmin)

    /// What libvirt's snapshots say of a job that had begun.
    static func verdict(
        on kind: Job.Kind, _ name: String, before: String?, _ all: [DomainSnapshot]
    ) -> JobService.Settlement {
        let found = all.first { $0.name == name }
        switch kind {
        case .createSnapshot:
            guard let found else { return .interrupted("bayd ended before it did, and there is no such snapshot") }
            // libvirt lists a snapshot while it takes it; once it is taken, it is the current one or others stand on it.
            let isWhole = found.isCurrent || all.contains { $0.parent == name }
            return isWhole
                ? .succeeded("the snapshot is there") : .undecided("libvirt lists the snapshot as not current")
        case .restoreSnapshot:
            if found?.isCurrent == true, before != name { return .succeeded("the machine is at the snapshot") }
            return .interrupted("bayd ended before it did: look whether the machine is at the snapshot")
        default:
            if found == nil { return .succeeded("the snapshot is gone") }
            return .interrupted("bayd ended before it did, and the snapshot is still there")
        }
    }
}

extension NewEvent {
    static func taken(_ name: String, made: Snapshot? = nil, of machine: Machine, actor: String) -> NewEvent {
        .snapshot(
            "create", name, made: made, of: machine, actor: actor,
            message: "snapshot \(name) of \(machine.name) was taken")
    }

    static func restored(_ name: String, of machine: Machine, actor: String) -> NewEvent {
        .snapshot(
            "restore", name, of: machine, actor: actor, message: "\(machine.name) was taken back to snapshot \(name)")
    }

    static func deleted(_ name: String, of machine: Machine, actor: String) -> NewEvent {
        .snapshot(
            "delete", name, of: machine, actor: actor, message: "snapshot \(name) of \(machine.name) was deleted")
    }
}
