import Core
import Postgres

/// Keeps the records of where machines' screens are, for programs that read the tables.
///
/// Viewers are told by `MachineScreens`, which asks libvirt each time. Passwords are never written down.
package struct ScreenRecords: Sendable {
    let store: MachineStore
    let hypervisor: any HypervisorPort
    let index: FleetIndex
    let hosts: ScreenHosts
    let newID: @Sendable () -> String

    private struct Seen {
        var machine: Machine.ID
        var screen: Screen
        var port: Int
    }

    /// Brings the records up to date: what did not change is not written.
    package func refresh() async throws -> String {
        // Without libvirt nothing is known, which is not the same as "no machine runs".
        guard hypervisor.link.state == .up else { throw JobFailure("libvirt cannot be reached") }
        let active = index.active().filter { index.machine(ofDomain: $0.uuid) != nil }
        let screens = try await hypervisor.screens(of: active.map(\.uuid))
        let seen = active.compactMap { machine -> Seen? in
            for screen in screens[machine.uuid] ?? [] {
                if let port = screen.port ?? screen.tlsPort {
                    return Seen(machine: machine.id, screen: screen, port: port)
                }
            }
            return nil
        }
        let changed = try await store.database.transaction(attempts: 3) { transaction in
            try await write(seen, active: active.map(\.id), in: transaction)
        }
        return changed == 0 ? "nothing has changed" : "\(changed) of \(seen.count) screens have moved"
    }

    private func write(_ seen: [Seen], active: [Machine.ID], in transaction: Transaction) async throws -> Int {
        let ids = seen.map(\.machine.rawValue)
        let moved = try await transaction.rows(
            """
            INSERT INTO "MachineConfiguration" AS c (id, "machineId", "graphicProtocol", "graphicPort", "graphicHost")
            SELECT s.id, s.machine, s.kind, s.port, s.host
              FROM unnest(\(ids.map { _ in newID() }), \(ids), \(seen.map(\.screen.kind)), \(seen.map(\.port)),
                          \(seen.map { $0.screen.host(hosts) })) AS s(id, machine, kind, port, host)
              JOIN "Machine" m ON m.id = s.machine
            ON CONFLICT ("machineId") DO UPDATE
               SET "graphicProtocol" = excluded."graphicProtocol", "graphicPort" = excluded."graphicPort",
                   "graphicHost" = excluded."graphicHost"
             WHERE (c."graphicProtocol", c."graphicPort", c."graphicHost")
                   IS DISTINCT FROM (excluded."graphicProtocol", excluded."graphicPort", excluded."graphicHost")
            RETURNING "machineId"
            """
        ).map { row throws(DatabaseError) in Machine.ID(try row.decode(String.self, "machineId")) }
        // A machine that is off has no port, and keeps the kind of screen that it will have again.
        try await transaction.execute(
            """
            UPDATE "MachineConfiguration" SET "graphicPort" = NULL
             WHERE "graphicPort" IS NOT NULL AND NOT ("machineId" = ANY(\(ids)))
               AND ("machineId" = ANY(\(active.map(\.rawValue)))
                    OR "machineId" IN (SELECT id FROM "Machine" WHERE status IN ('off', 'failed')))
            """)
        let links = Dictionary(
            seen.map { ($0.machine, $0.screen.link(hosts) ?? "") }, uniquingKeysWith: { first, _ in first })
        for machine in index.decorate(try await MachineStore.find(moved, in: transaction)) {
            transaction.record(
                .machine(
                    "update", machine, actor: "bayd",
                    message: "the screen of \(machine.name) is at \(links[machine.id] ?? "")"))
        }
        return moved.count
    }
}
