import Core
import Postgres

/// Writes a demo's departments and machines into its own database, in place of whatever an earlier demo left there.
struct DemoRecords: Sendable {
    let fleet: DemoFleet

    func write(to database: Database) async throws {
        let machines = fleet.machines
        let departments = fleet.departments
        try await database.transaction { transaction in
            try await transaction.execute(
                "TRUNCATE \"Machine\", \"Department\", machine_domain, machine_metric, event CASCADE")
            try await transaction.execute(
                """
                INSERT INTO "Department" (id, name)
                SELECT * FROM unnest(\(departments.map(\.id.rawValue)), \(departments.map(\.name)))
                """)
            try await transaction.execute(
                """
                INSERT INTO "Machine" (id, name, "internalName", status, os, "cpuCores", "ramGB", "diskSizeGB",
                                       "departmentId")
                SELECT * FROM unnest(\(machines.map(\.id.rawValue)), \(machines.map(\.name)),
                       \(machines.map(\.name)), \(machines.map(\.state.status.rawValue)),
                       \(machines.map(\.os.rawValue)), \(machines.map { Int32($0.vcpus) }),
                       \(machines.map { Int32(($0.memoryMiB + 1023) / 1024) }),
                       \(machines.map { Int32($0.diskGB) }), \(machines.map(\.department.rawValue)))
                """)
            try await transaction.execute(
                """
                INSERT INTO machine_domain (machine_id, domain_uuid)
                SELECT * FROM unnest(\(machines.map(\.id.rawValue)), \(machines.map(\.uuid)))
                """)
        }
    }
}

/// Lets machines of a demo change their states by themselves, as often as a load test wants.
struct DemoUnrest: Sendable {
    let fleet: DemoFleet
    /// Changes a second.
    let rate: Double

    /// How many change machines side by side: one waits for libvirt a good part of its time.
    private static let lanes = 8

    /// Runs until the task is cancelled.
    func run(on hypervisor: any HypervisorPort) async {
        await withDiscardingTaskGroup { group in
            for lane in 0..<Self.lanes { group.addTask { await run(lane, on: hypervisor) } }
        }
    }

    private func run(_ lane: Int, on hypervisor: any HypervisorPort) async {
        var events = DemoEvents(fleet, lane: lane, of: Self.lanes)
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled, let step = events.next() {
            next = next.advanced(by: .seconds(Double(Self.lanes) / rate))
            do { try await clock.sleep(until: next) } catch { return }
            do {
                switch step.action {
                case .start: try await hypervisor.start(.uuid(step.domain))
                case .destroy: try await hypervisor.destroy(.uuid(step.domain))
                case .suspend: try await hypervisor.suspend(.uuid(step.domain))
                case .resume: try await hypervisor.resume(.uuid(step.domain))
                }
            } catch {
                // Somebody at a console was faster, which is what a demo is for.
                continue
            }
        }
    }
}
