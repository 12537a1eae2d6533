import Core
import JSON

@testable import TUI

/// The made-up host of the tests.
extension Stage {
    static let departments = ["Engineering", "Finance", "Human Resources"].enumerated().map {
        Department(id: Department.ID("d\($0.offset)"), name: $0.element)
    }

    static func machine(
        _ number: Int, _ name: String, _ status: MachineStatus, department: Int? = 0, os: String = "debian12",
        managed: Bool = true, hasDomain: Bool = true
    ) -> Machine {
        Machine(
            id: Machine.ID(
                "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits(number)) + "\(number)"),
            name: name, internalName: managed ? "bay-\(name)" : name, status: status, os: os, cpuCores: 2, ramGB: 4,
            diskSizeGB: 20, departmentID: managed ? department.map { departments[$0].id } : nil,
            localIP: status == .running ? "10.0.0.\(number % 250)" : nil, createdAt: start, isManaged: managed,
            hasDomain: hasDomain)
    }

    private static func digits(_ number: Int) -> Int { String(number).count }

    static let machines: [Machine] = [
        machine(1, "web-1", .running), machine(2, "web-2", .running), machine(3, "web-3", .off),
        machine(4, "db-1", .running, department: 1), machine(5, "db-2", .suspended, department: 1),
        machine(6, "payroll", .failed, department: 2, os: "windows11"),
        machine(7, "build-agent-with-a-long-name", .running),
        machine(8, "desk-14", .off, department: 2, os: "windows11"),
        machine(9, "lost", .off, hasDomain: false), machine(10, "legacy-erp", .running, managed: false),
        machine(11, "scratch", .off, managed: false),
    ]

    /// So many running machines named `vm-00001` onwards.
    static func crowd(_ count: Int) -> [Machine] {
        (1...count).map { number in
            let text = String(number)
            return machine(number, "vm-" + String(repeating: "0", count: 5 - text.count) + text, .running)
        }
    }

    static func info(_ role: UserRole, _ lastEvent: EventRecord.ID) -> ServerInfo {
        var info = ServerInfo()
        info.version = "0.1.0"
        info.hypervisorURI = "qemu:///system"
        info.lastEvent = lastEvent
        info.actor = "local:anna"
        info.role = role
        return info
    }

    static let links = LinkState.Link.allCases.map {
        LinkState(link: $0, state: .up, since: start.adding(milliseconds: -3_600_000))
    }

    /// Figures that depend on nothing but the machine and the time.
    static func sample(_ machine: Machine, at: Timestamp) -> FiguresSample? {
        guard machine.status == .running else { return nil }
        let seed = Double(machine.id.rawValue.suffix(3)) ?? 0
        let step = Double(at.milliseconds(since: start) / 1000)
        var figures = Figures()
        figures.cpuPercent = (seed * 17 + step * 7).truncatingRemainder(dividingBy: 100)
        figures.vcpuWaitPercent = (seed * 3).truncatingRemainder(dividingBy: 9)
        figures.memoryUsedMiB = 512 + seed * 100
        figures.memoryTotalMiB = 4096
        figures.balloonMiB = 4096
        figures.diskRead = seed * 40_000
        figures.diskWrite = seed * 90_000
        figures.networkReceived = seed * 300_000
        figures.networkSent = seed * 12_000
        return FiguresSample(machine: machine.id, at: at, slowAt: at, figures: figures)
    }

    static func event(
        _ id: EventRecord.ID, _ action: String, _ machine: Machine, actor: String = "local:anna", message: String? = nil
    ) -> EventRecord {
        let data: JSONValue = [
            "id": .string(machine.id.rawValue), "name": .string(machine.name),
            "status": .string(machine.status.rawValue),
            "departmentId": machine.departmentID.map { .string($0.rawValue) } ?? .null,
            "managed": .bool(machine.isManaged), "hasDomain": machine.hasDomain.map { .bool($0) } ?? .null,
        ]
        return EventRecord(
            id: id, at: start.adding(milliseconds: (id - 100) * 1000), resource: "machine", action: action,
            resourceID: machine.id.rawValue, resourceName: machine.name, actor: actor,
            message: message ?? "\(machine.name): \(action)", data: data)
    }

    static let events: [EventRecord] = [
        event(97, "power_on", machines[0], message: "started web-1"),
        event(98, "crashed", machines[5], actor: "libvirt", message: "payroll crashed"),
        event(99, "force_power_off", machines[7], message: "forced desk-14 off"),
        event(100, "update", machines[3], actor: "anna@example.org", message: "renamed db to db-1"),
    ]

    static func history(_ count: Int) -> FigureSeries {
        var series = FigureSeries()
        for second in 0..<count {
            let wave = Double((second * 7) % 50)
            series.at.append(start.adding(milliseconds: Int64(second - count) * 1000))
            series.cpu.append(20 + wave)
            series.wait.append(wave / 10)
            series.memory.append(1000 + wave * 10)
            series.balloon.append(4096)
            series.diskRead.append(wave * 20_000)
            series.diskWrite.append(wave * 10_000)
            series.received.append(wave * 30_000)
            series.sent.append(wave * 3000)
        }
        return series
    }

    static func snapshots(of machine: Machine) -> [Snapshot] {
        let hour: Int64 = 3_600_000
        return [
            Snapshot(
                name: "fresh", description: "as installed", machineID: machine.id, domainName: machine.internalName,
                createdAt: start.adding(milliseconds: -48 * hour), state: "shutoff"),
            Snapshot(
                name: "before-upgrade", machineID: machine.id, domainName: machine.internalName,
                createdAt: start.adding(milliseconds: -5 * hour), parent: "fresh", state: "running"),
            Snapshot(
                name: "upgraded", description: "works", machineID: machine.id, domainName: machine.internalName,
                createdAt: start.adding(milliseconds: -hour), isCurrent: true, parent: "before-upgrade",
                state: "running"),
            Snapshot(
                name: "experiment", machineID: machine.id, domainName: machine.internalName,
                createdAt: start.adding(milliseconds: -4 * hour), parent: "fresh", state: "running"),
        ]
    }

    static var host: HostInfo {
        var host = HostInfo()
        host.hostname = "vdi-1"
        host.cpuModel = "AMD EPYC 7302P"
        host.cpus = 32
        host.cpuMHz = 3000
        host.memoryMiB = 131_072
        host.memoryFreeMiB = 49_152
        host.cpuPercent = 37
        host.libvirtVersion = "9.0.0"
        host.hypervisorVersion = "QEMU 7.2.0"
        host.uri = "qemu:///system"
        host.pools = [
            StoragePool(
                name: "default", isActive: true, capacityBytes: 1_000_000_000_000, allocationBytes: 600_000_000_000,
                availableBytes: 400_000_000_000),
            StoragePool(
                name: "fast-nvme", isActive: true, capacityBytes: 500_000_000_000, allocationBytes: 480_000_000_000,
                availableBytes: 20_000_000_000),
            StoragePool(name: "iso", isActive: false, capacityBytes: 0, allocationBytes: 0, availableBytes: 0),
        ]
        return host
    }
}
