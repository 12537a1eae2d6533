import Core
import Testing

@testable import TUI

@Suite struct FleetTests {
    private func machine(
        _ name: String, _ status: MachineStatus = .running, department: String? = "d", ip: String? = nil,
        managed: Bool = true
    ) -> Machine {
        Machine(
            id: Machine.ID("id-" + name), name: name, internalName: name, status: status, os: "debian", cpuCores: 2,
            departmentID: department.map { Department.ID($0) }, localIP: ip, isManaged: managed)
    }

    private func sample(_ name: String, cpu: Double?, at time: Int64 = 1_000_000) -> FiguresSample {
        var figures = Figures()
        figures.cpuPercent = cpu
        return FiguresSample(machine: Machine.ID("id-" + name), at: Timestamp(milliseconds: time), figures: figures)
    }

    private func names(
        _ fleet: inout Fleet, by key: FleetKey, descending: Bool = false, filter: String = "",
        scope: FleetScope = .all
    ) -> [String] {
        fleet.places(in: scope, matching: MachineFilter(filter), by: key, descending: descending)
            .map { fleet.entries[$0].machine.name }
    }

    @Test func `names are in the order that people expect`() {
        var fleet = Fleet()
        fleet.put(["vm-10", "vm-9", "VM-1", "alpha", "vm-010"].map { machine($0) })
        #expect(names(&fleet, by: .name) == ["alpha", "VM-1", "vm-9", "vm-10", "vm-010"])
        #expect(names(&fleet, by: .name, descending: true) == ["vm-010", "vm-10", "vm-9", "VM-1", "alpha"])
    }

    @Test func `what has no figure comes last in both directions, and names decide between equals`() {
        var fleet = Fleet()
        fleet.put(["c", "b", "a", "none"].map { machine($0) })
        fleet.put([sample("a", cpu: 10), sample("b", cpu: 90), sample("c", cpu: 10)])
        #expect(names(&fleet, by: .cpu) == ["a", "c", "b", "none"])
        #expect(names(&fleet, by: .cpu, descending: true) == ["b", "a", "c", "none"])
    }

    @Test func `addresses are in the order of their numbers`() {
        var fleet = Fleet()
        fleet.put([machine("a", ip: "10.0.0.10"), machine("b", ip: "10.0.0.9"), machine("c")])
        #expect(names(&fleet, by: .ip) == ["b", "a", "c"])
    }

    @Test func `counts follow every change`() {
        var fleet = Fleet()
        fleet.put([machine("a"), machine("b", .off), machine("x", department: nil, managed: false)])
        fleet.change(Machine.ID("id-b")) { $0.status = .running }
        fleet.change(Machine.ID("id-a")) { $0.departmentID = Department.ID("e") }
        #expect(fleet.total.running == 3 && fleet.unmanaged.total == 1)
        #expect(fleet.counts[Department.ID("d")]?.total == 1 && fleet.counts[Department.ID("e")]?.running == 1)
        fleet.remove(Machine.ID("id-a"))
        fleet.remove(Machine.ID("id-a"))
        #expect(fleet.total.total == 2 && fleet.counts[Department.ID("e")]?.total == 0)
        fleet.keep(only: [Machine.ID("id-b")])
        #expect(fleet.total.total == 1 && fleet.unmanaged.total == 0)
    }

    @Test func `a filter finds what a machine is called now`() {
        var fleet = Fleet()
        fleet.put([Department(id: Department.ID("d"), name: "Sales")])
        fleet.put([machine("web"), machine("db")])
        #expect(names(&fleet, by: .name, filter: "sales").count == 2)
        fleet.put(Department(id: Department.ID("d"), name: "Finance"))
        #expect(names(&fleet, by: .name, filter: "sales").isEmpty)
        #expect(names(&fleet, by: .name, filter: "dept:fin").count == 2)
        fleet.change(Machine.ID("id-web")) { $0.name = "shop" }
        #expect(names(&fleet, by: .name, filter: "shop") == ["shop"])
        #expect(names(&fleet, by: .name, scope: .unmanaged).isEmpty)
    }

    @Test func `a machine that is off has no figures`() {
        var fleet = Fleet()
        fleet.put(machine("a"))
        fleet.put([sample("a", cpu: 50)])
        fleet.change(Machine.ID("id-a")) { $0.status = .off }
        #expect(fleet.entry(Machine.ID("id-a"))?.sample == nil)
        #expect(fleet.entry(Machine.ID("id-a"))?.trend.isEmpty == true)
    }

    @Test func `a trend has a time axis of its own`() {
        var trend = Trend()
        func append(_ percent: Double?, second: Int64) {
            trend.append(percent, at: Timestamp(milliseconds: 1_000_000_000 + second * 1000))
        }
        append(10, second: 0)
        append(20, second: 1)
        #expect(trend.percents(2) == [nil, 20])
        append(40, second: 8)
        #expect(trend.percents(4) == [nil, 20, 20, 40])
        append(60, second: 120)
        #expect(trend.percents(3) == [nil, nil, 60])
        append(nil, second: 124)
        #expect(trend.percents(2) == [60, nil])
        append(99, second: 20)
        #expect(trend.percents(2) == [60, nil])
    }
}
