import Core
package import Postgres

/// What the records say of the host's devices and of what machines were promised.
package struct HostStore: Sendable {
    let database: Database

    package init(database: Database) { self.database = database }

    func promises() async throws(DatabaseError) -> HostResources.Promises {
        // `paused` is the word of other programs for a suspended one.
        let on = MachineStatus.allCases.filter(\.holdsMemory).map(\.rawValue) + ["paused"]
        let row = try await database.row(
            """
            SELECT coalesce(sum("cpuCores") FILTER (WHERE status = ANY(\(on))), 0) AS vcpus,
                   coalesce(sum("ramGB") FILTER (WHERE status = ANY(\(on))), 0) AS memory,
                   coalesce(sum("diskSizeGB"), 0) AS disk
              FROM "Machine"
            """)
        guard let row else { return HostResources.Promises() }
        return HostResources.Promises(
            vcpus: try row.decode("vcpus"), memoryGB: try row.decode("memory"), diskGB: try row.decode("disk"))
    }

    /// The GPUs that machines have, wherever it is written down.
    func assignedGPUs() async throws(DatabaseError) -> Set<PCIAddress> {
        let rows = try await database.rows(
            """
            SELECT "assignedGpuBus" AS address FROM "MachineConfiguration" WHERE "assignedGpuBus" IS NOT NULL
             UNION
            SELECT "gpuPciAddress" FROM "Machine" WHERE "gpuPciAddress" IS NOT NULL
            """)
        var addresses: Set<PCIAddress> = []
        for row in rows {
            if let address = PCIAddress(try row.decode(String.self, "address")) { addresses.insert(address) }
        }
        return addresses
    }
}

extension MachineStatus {
    /// Whether the domain of such a machine is active, so that its memory is taken.
    fileprivate var holdsMemory: Bool {
        switch self {
        case .running, .suspended, .building, .poweringOffUpdate: true
        case .off, .updatingHardware, .errorHardwareUpdate, .failed: false
        }
    }
}
