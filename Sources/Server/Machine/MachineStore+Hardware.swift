import Core
import Postgres

extension MachineStore {
    /// The name of the machine that has a card of the host, wherever and however it is written down.
    func owner(ofGPU address: PCIAddress, except id: Machine.ID) async throws(DatabaseError) -> String? {
        let rows = try await database.rows(
            """
            SELECT m.name, m."gpuPciAddress" AS address FROM "Machine" m
             WHERE m."gpuPciAddress" IS NOT NULL AND m.id <> \(id.rawValue)
             UNION ALL
            SELECT m.name, c."assignedGpuBus" FROM "MachineConfiguration" c JOIN "Machine" m ON m.id = c."machineId"
             WHERE c."assignedGpuBus" IS NOT NULL AND m.id <> \(id.rawValue)
            """)
        for row in rows where PCIAddress(try row.decode(String.self, "address")) == address {
            return try row.decode(String.self, "name")
        }
        return nil
    }

    // MARK: Inside a transaction

    /// Writes a status whatever stood there: only for the operation that holds the machine.
    static func setStatus(
        _ status: MachineStatus, of id: Machine.ID, in transaction: Transaction
    ) async throws(DatabaseError) -> Machine? {
        transaction.changes(table, [id.rawValue])
        return try await transaction.rows(
            """
            UPDATE "Machine" SET status = \(status.rawValue) WHERE id = \(id.rawValue) RETURNING \(columns)
            """
        ).first.map(Machine.init(row:))
    }

    /// Writes what a machine consists of now, and that it is off.
    static func setHardware(
        _ id: Machine.ID, _ edit: HardwareEdit, card: PCIAddress?, changesCard: Bool, in transaction: Transaction
    ) async throws(DatabaseError) -> Machine? {
        transaction.changes(table, [id.rawValue])
        if changesCard {
            try await transaction.execute(
                """
                UPDATE "MachineConfiguration" SET "assignedGpuBus" = \(card?.description)
                 WHERE "machineId" = \(id.rawValue)
                """)
        }
        return try await transaction.rows(
            """
            UPDATE "Machine"
               SET status = 'off', "cpuCores" = coalesce(\(edit.cores), "cpuCores"),
                   "ramGB" = coalesce(\(edit.memoryGB), "ramGB"),
                   "gpuPciAddress" = CASE WHEN \(changesCard) THEN \(card?.description)::text ELSE "gpuPciAddress" END
             WHERE id = \(id.rawValue)
            RETURNING \(columns)
            """
        ).first.map(Machine.init(row:))
    }

    /// Machines whose hardware is being changed, as far as the records know.
    func changingHardware() async throws(DatabaseError) -> Set<Machine.ID> {
        let rows = try await database.rows(
            """
            SELECT m.id FROM "Machine" m
             WHERE m.status IN ('updating_hardware', 'powering_off_update')
               AND NOT EXISTS (
                   SELECT 1 FROM job j
                    WHERE j.machine_id = m.id AND j.kind = \(Job.Kind.changeHardware.rawValue)
                      AND j.finished_at IS NULL AND j.lease_until > timezone('UTC', clock_timestamp()))
            """)
        return Set(try rows.map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "id")) })
    }

    /// Ends changes of hardware that nobody makes any more: the server ended in the middle of them.
    static func endHardwareChanges(
        of ids: Set<Machine.ID>, in transaction: Transaction
    ) async throws(DatabaseError) -> [Machine] {
        if ids.isEmpty { return [] }
        transaction.changes(table, Set(ids.map(\.rawValue)))
        return try await transaction.rows(
            """
            UPDATE "Machine" SET status = 'error_hardware_update'
             WHERE id = ANY(\(ids.map(\.rawValue))) AND status IN ('updating_hardware', 'powering_off_update')
            RETURNING \(columns)
            """
        ).map(Machine.init(row:))
    }
}
