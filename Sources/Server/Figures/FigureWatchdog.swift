package import Core
package import Postgres

/// Looks for machines that run and of which no figures have come for a while: their process is stuck, or the sampling is.
package struct FigureWatchdog: Sendable {
    /// Figures are written once a minute, so the newest are up to two minutes old in good health.
    static let patience: Int64 = 3 * 60_000
    /// How long a machine, and this server, get to have figures at all.
    static let settling: Int64 = 5 * 60_000
    package static let code = "METRICS_MISSING"

    let database: Database
    let hypervisor: any HypervisorPort
    let index: FleetIndex
    let errors: ErrorRecorder
    let clock: any WallClock
    let startedAt: Timestamp

    package init(
        database: Database, hypervisor: any HypervisorPort, index: FleetIndex, errors: ErrorRecorder,
        clock: any WallClock
    ) {
        self.database = database
        self.hypervisor = hypervisor
        self.index = index
        self.errors = errors
        self.clock = clock
        startedAt = clock.now
    }

    /// Records an error for each silent machine, and takes back those of machines that speak again.
    package func look() async throws -> String {
        guard hypervisor.link.state == .up else { throw JobFailure("libvirt cannot be reached") }
        let now = clock.now
        guard now.milliseconds(since: startedAt) >= Self.settling else { return "bayd has not run for long enough" }
        let active = index.active().map(\.id)
        let silent = try await silent(among: active, at: now)
        for (id, name) in silent {
            errors.add(
                ErrorReport(
                    "\(name) runs, and no figures have come from it for \(Self.patience / 60_000) minutes",
                    code: Self.code, severity: .medium, machineID: id))
        }
        try await errors.settle(Self.code, except: silent.map(\.0))
        return "\(silent.count) of \(active.count) machines have no figures"
    }

    private func silent(
        among active: [Machine.ID], at now: Timestamp
    ) async throws(DatabaseError) -> [(Machine.ID, String)] {
        let started = ["started", "resumed", "power_on", "resume", "restart", "create"]
        return try await database.rows(
            """
            SELECT m.id, m.name
              FROM "Machine" m
             WHERE m.id = ANY(\(active.map(\.rawValue)))
               AND NOT EXISTS (
                   SELECT 1 FROM machine_metric f
                    WHERE f.machine_id = m.id
                      AND f.at > \(SQLTimestamp(milliseconds: now.rawValue - Self.patience)))
               AND NOT EXISTS (
                   SELECT 1 FROM event e
                    WHERE e.resource = 'machine' AND e.resource_id = m.id AND e.action = ANY(\(started))
                      AND e.at > \(SQLTimestamp(milliseconds: now.rawValue - Self.settling)))
             ORDER BY m.name, m.id LIMIT \(MachineStore.maximumPage)
            """
        ).map { row throws(DatabaseError) in
            (Machine.ID(try row.decode(String.self, "id")), try row.decode(String.self, "name"))
        }
    }
}
