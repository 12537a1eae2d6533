import Core
import JSON
import Postgres
import Server
import Testing

@Suite struct FirewallApplierTests {
    private static func allow(_ name: String, _ port: Int) -> FirewallChange {
        FirewallChange(creates: [
            FirewallRuleDraft(
                name: name, direction: .incoming, protocolName: "tcp", destination: .init(portStart: port))
        ])
    }

    private func state(_ machine: Machine, _ world: World) async throws -> MachineFirewall {
        let row = try await world.services.database.row(
            """
            SELECT wanted, applied, problem, drift FROM firewall_machine WHERE machine_id = \(machine.id.rawValue)
            """)
        guard let row else { return MachineFirewall(machineID: machine.id) }
        return MachineFirewall(
            machineID: machine.id, wanted: try row.decode("wanted"), applied: try row.decode("applied"),
            problem: try row.decode("problem"), drift: try row.decode("drift"))
    }

    private func wait(_ machine: Machine, toBe wanted: MachineFirewall.State, _ world: World) async throws {
        try await world.eventually("\(machine.name) is \(wanted)") { try await state(machine, world).state == wanted }
    }

    private func filter(_ machine: Machine, _ world: World) async throws -> HostFilter? {
        let set = try await world.services.firewall.set(of: .machine(machine.id), for: world.admin)
        return set.flatMap { world.book?.filter($0.filterName) }
    }

    private func interface(_ machine: Machine, _ world: World) throws -> String? {
        let uuid = try #require(world.services.index.domainUUID(of: machine.id))
        return world.book?.interfaces(of: [uuid])[uuid]?[0].filter
    }

    @Test func `a machine without rules is left alone, and one rule of its department filters it`() async throws {
        try await World.with(hasFilters: true) { world in
            let machines = try await world.adopt("alpha", "beta")
            let book = try #require(world.book)
            #expect(try await state(machines[0], world).state == .none)
            #expect(book.filters(named: "ibay-").isEmpty)
            let lab = FirewallOwner.department(try #require(machines[0].departmentID))
            _ = try await world.services.firewall.change(lab, Self.allow("SSH", 22), by: "ann")
            for machine in machines {
                try await wait(machine, toBe: .applied, world)
                let filter = try #require(try await filter(machine, world))
                #expect(filter.xml.contains("dstportstart='22'") && filter.xml.contains("no-mac-spoofing"))
                #expect(try interface(machine, world) == filter.name)
                let set = try await world.services.firewall.set(of: .machine(machine.id), for: world.admin)
                #expect(set?.filterUUID == filter.uuid && set?.filterXML == filter.xml && set?.appliedAt != nil)
            }
            #expect(book.filters(named: "ibay-").count == 2)
            try await world.eventually("it is told") {
                try await world.messages(of: machines[0].id).contains("alpha is filtered by 1 rule")
            }
        }
    }

    @Test func `a moved machine has the rules of where it is`() async throws {
        try await World.with(hasFilters: true) { world in
            let machine = try await world.adopt("alpha")[0]
            let firewall = world.services.firewall
            let lab = FirewallOwner.department(try #require(machine.departmentID))
            _ = try await firewall.change(lab, Self.allow("SSH", 22), by: "ann")
            try await wait(machine, toBe: .applied, world)
            let before = try #require(try await filter(machine, world))
            let other = try await world.services.departments.create(named: "Office", by: "ann")
            _ = try await world.services.machines.move(machine.id, to: other.id, by: world.admin)
            try await world.eventually("the filter is another") {
                try await filter(machine, world)?.xml.contains("dstportstart='22'") == false
            }
            // Under its name and UUID: an interface that has it is never without.
            let after = try await filter(machine, world)
            #expect(after?.uuid == before.uuid && after?.name == before.name)
            #expect(try interface(machine, world) == before.name)
        }
    }

    @Test func `what libvirt refuses is told once, tried again, and done when it can be`() async throws {
        try await World.with(hasFilters: true) { world in
            let book = try #require(world.book)
            let machine = try await world.adopt("alpha")[0]
            book.fail(with: LibvirtError(code: 9, message: "no room", call: "virNWFilterDefineXML"))
            _ = try await world.services.firewall.change(.machine(machine.id), Self.allow("SSH", 22), by: "ann")
            try await wait(machine, toBe: .failed, world)
            #expect(try await state(machine, world).problem == "no room")
            await #expect(throws: FirewallError.hypervisor(reason: "no room")) {
                try await world.services.firewallApplier.flush(machine.id, by: world.admin)
            }
            book.fail(with: nil)
            // What is tried again by itself may be first: then there is nothing new left to do.
            let report = try await world.services.firewallApplier.flush(machine.id, by: world.admin)
            #expect(report.rules == 1 && report.attached == (report.isNew ? 1 : 0))
            try await wait(machine, toBe: .applied, world)
            #expect(try await interface(machine, world) == filter(machine, world)?.name)
            let told = try await world.actions(of: machine.id)
            #expect(told.filter { $0 == "fail" }.count == 1 && told.last == "apply")
        }
    }

    @Test func `without packet filters the rules are kept, and it is said why nothing obeys`() async throws {
        try await World.with { world in
            let machine = try await world.adopt("alpha")[0]
            _ = try await world.services.firewall.change(.machine(machine.id), Self.allow("SSH", 22), by: "ann")
            try await wait(machine, toBe: .failed, world)
            #expect(try await state(machine, world).problem == "this hypervisor has no packet filters")
        }
    }

    @Test(arguments: [false, true])
    func `what was changed behind Bay's back is found, and repaired where that is wanted`(repairs: Bool) async throws {
        try await World.with(hasFilters: true, repairsFirewall: repairs) { world in
            let book = try #require(world.book)
            let machines = try await world.adopt("alpha", "beta", "gamma")
            let applier = world.services.firewallApplier
            let lab = FirewallOwner.department(try #require(machines[0].departmentID))
            _ = try await world.services.firewall.change(lab, Self.allow("SSH", 22), by: "ann")
            for machine in machines { try await wait(machine, toBe: .applied, world) }
            #expect(try await applier.inspect() == "3 filters are as they were made")
            let names = try await machines.asyncMap { try #require(try await filter($0, world)).name }
            book.replace(names[0], xml: "<filter name='\(names[0])'/>")
            book.replace(names[1], xml: nil)
            book.set(nil, on: try #require(world.services.index.domainUUID(of: machines[2].id)))
            let found = try await applier.inspect()
            #expect(found == "3 of 3 filters were changed" + (repairs ? " and are put right" : ""))
            if !repairs {
                let drifts = try await machines.asyncMap { try await state($0, world).drift ?? "" }
                #expect(drifts[0] == "filter \(names[0]) was changed" && drifts[1] == "filter \(names[1]) is gone")
                #expect(drifts[2].hasSuffix("has no filter"))
                #expect(try await world.actions(of: machines[0].id).last == "drift")
                _ = try await applier.inspect()
                #expect(try await world.actions(of: machines[0].id).filter { $0 == "drift" }.count == 1)
                let sync = try await applier.sync(by: world.admin)
                #expect(sync.created == 1 && sync.updated == 1 && sync.machines == 3 && sync.errors.isEmpty)
            }
            for (machine, name) in zip(machines, names) {
                try await world.eventually("\(machine.name) is as it should be") {
                    let isWhole = try await filter(machine, world)?.xml.contains("dstportstart='22'") == true
                    return try await state(machine, world).state == .applied && isWhole
                        && (try interface(machine, world)) == name
                }
            }
            #expect(try await applier.inspect() == "3 filters are as they were made")
        }
    }

    @Test func `a filter that Bay did not make stays on its interface, and is told of`() async throws {
        try await World.with(hasFilters: true) { world in
            let book = try #require(world.book)
            let machine = try await world.adopt("alpha")[0]
            book.set("clean-traffic", on: try #require(world.services.index.domainUUID(of: machine.id)))
            _ = try await world.services.firewall.change(.machine(machine.id), Self.allow("SSH", 22), by: "ann")
            try await wait(machine, toBe: .failed, world)
            #expect(try await state(machine, world).problem?.contains("clean-traffic") == true)
            #expect(try interface(machine, world) == "clean-traffic")
        }
    }

    @Test func `a destroyed machine takes its filter along, and what belongs to nothing is cleaned up`() async throws {
        try await World.with(hasFilters: true) { world in
            let book = try #require(world.book)
            let machines = try await world.adopt("alpha", "beta")
            let lab = FirewallOwner.department(try #require(machines[0].departmentID))
            _ = try await world.services.firewall.change(lab, Self.allow("SSH", 22), by: "ann")
            for machine in machines { try await wait(machine, toBe: .applied, world) }
            _ = try await world.services.machines.destroy(machines[0].id, by: world.admin)
            #expect(book.filters(named: "ibay-").count == 1)
            for name in ["ibay-vm-00000000", "ibay-department-00000000", "somebody-elses"] {
                _ = try book.define("<filter name='\(name)'/>")
            }
            let removed = try await world.services.firewallApplier.cleanUp(by: world.admin)
            #expect(removed == ["ibay-vm-00000000", "ibay-department-00000000"])
            #expect(book.filters(named: "ibay-").count == 1 && book.filter("somebody-elses") != nil)
        }
    }

    @Test func `while libvirt takes its time, the database is there for others`() async throws {
        let names = (1...12).map { "desk\($0)" }
        // As few connections as the server has, which are not waited for as patiently as in other tests.
        try await World.with(domains: names, hasFilters: true, limits: Database.Limits()) { world in
            let book = try #require(world.book)
            let machines = try await world.adopt(names)
            let workshop = Workshop()
            book.takes { await workshop.work() }
            let owner = FirewallOwner.department(try #require(machines[0].departmentID))
            _ = try await world.services.firewall.change(owner, Self.allow("SSH", 22), by: "ann")
            try await world.eventually("as many as may are at it") { await workshop.begun == FirewallApplier.width }
            let applier = world.services.firewallApplier
            // Two who want everything, and one who wants one machine, all beside the one who is at it anyway.
            async let first = applier.sync(by: world.admin)
            async let second = applier.sync(by: world.admin)
            async let third = applier.flush(machines[11].id, by: world.admin)
            for _ in 0..<100 { #expect(try await state(machines[11], world).applied == 0) }
            #expect(await workshop.begun == FirewallApplier.width)
            await workshop.open()
            let errors = try await first.errors + second.errors
            #expect(errors.isEmpty)
            #expect(try await third.problem == nil)
            for machine in machines { try await wait(machine, toBe: .applied, world) }
            #expect(book.definitions == names.count)
        }
    }

    @Test func `a hundred changes that come at once are not a hundred filters`() async throws {
        try await World.with(hasFilters: true) { world in
            let book = try #require(world.book)
            let machine = try await world.adopt("alpha")[0]
            for port in 1...100 {
                _ = try await world.services.firewall.change(
                    .machine(machine.id), Self.allow("rule \(port)", port * 10), by: "ann")
            }
            try await world.eventually("the last is there") {
                try await filter(machine, world)?.xml.contains("dstportstart='1000'") == true
            }
            #expect(book.definitions <= 101)
            try await wait(machine, toBe: .applied, world)
            let definitions = book.definitions
            // Nothing changed, so nothing is done.
            let report = try await world.services.firewallApplier.flush(machine.id, by: world.admin)
            #expect(!report.isNew && !report.isRedefined && book.definitions == definitions && report.rules == 100)
        }
    }
}

/// Where work is begun and not ended until it is opened.
private actor Workshop {
    private(set) var begun = 0
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func work() async {
        begun += 1
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
