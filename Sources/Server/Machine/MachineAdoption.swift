package import Core
import Postgres

/// Takes domains that Bay did not make into its records. The domains themselves are not touched.
package struct MachineAdoption: Sendable {
    /// How many domains one call may adopt.
    package static let maximum = 1000

    private let service: MachineService
    private let hypervisor: any HypervisorPort
    private let index: FleetIndex
    private let newID: @Sendable () -> String

    package init(
        service: MachineService, hypervisor: any HypervisorPort, index: FleetIndex,
        newID: @escaping @Sendable () -> String
    ) {
        self.service = service
        self.hypervisor = hypervisor
        self.index = index
        self.newID = newID
    }

    /// What became of each domain that was asked for, in that order.
    package struct Result: Sendable {
        package var domain: String
        package var machine: Machine?
        package var message: String
    }

    package func adopt(
        _ domains: [String], into department: Department.ID, by caller: Caller
    ) async throws -> [Result] {
        guard domains.count <= Self.maximum else {
            throw MachineError.invalid("at most \(Self.maximum) domains can be adopted at once")
        }
        let records = domains.reduce(into: [String: DomainRecord]()) { known, uuid in
            if index.machine(ofDomain: uuid) == nil { known[uuid] = index.record(uuid) }
        }
        let details: [String: DomainDetails]
        do {
            details = try await hypervisor.details(of: Array(records.keys))
        } catch {
            throw MachineError(error)
        }
        let candidates = records.values.sorted { $0.name < $1.name }.compactMap { record in
            details[record.uuid].map { candidate(record, $0, in: department) }
        }
        let added = try await insert(candidates, into: department, by: caller)
        return domains.map { uuid in
            if let machine = added.first(where: { index.domainUUID(of: $0.id) == uuid }) {
                return Result(domain: uuid, machine: machine, message: "\(machine.name) was adopted")
            }
            if index.machine(ofDomain: uuid) != nil {
                return Result(domain: uuid, machine: nil, message: "adopted already")
            }
            return Result(domain: uuid, machine: nil, message: "no such domain on this host")
        }
    }

    private func candidate(
        _ record: DomainRecord, _ details: DomainDetails, in department: Department.ID
    ) -> (Machine, domainUUID: String) {
        let description = details.description
        let machine = Machine(
            id: Machine.ID(newID()), name: record.name, internalName: record.name,
            status: record.state.status, os: description.os ?? "unknown", cpuCores: description.vcpus,
            // Rounded up: a machine with 512 MiB is not one without memory.
            ramGB: (description.memoryMiB + 1023) / 1024, departmentID: department)
        return (machine, record.uuid)
    }

    private func insert(
        _ candidates: [(Machine, domainUUID: String)], into department: Department.ID, by caller: Caller
    ) async throws -> [Machine] {
        guard !candidates.isEmpty else { return [] }
        let domains = Dictionary(candidates.map { ($0.0.id, $0.domainUUID) }, uniquingKeysWith: { first, _ in first })
        return try await service.store.database.transaction(attempts: 3) { transaction in
            guard let target = try await DepartmentStore.lock(department, in: transaction)?.department else {
                throw MachineError.departmentNotFound
            }
            let added = try await MachineStore.adopt(candidates, in: transaction)
            try await FirewallStore.want(added.map(\.id), in: transaction)
            for machine in added {
                transaction.record(
                    .machine(
                        "create", machine, actor: caller.name,
                        message: "\(machine.name) was adopted into \(target.name)"))
            }
            transaction.whenCommitted { [index] in
                for machine in added { if let uuid = domains[machine.id] { index.link(machine.id, to: uuid) } }
            }
            return added
        }
    }
}
