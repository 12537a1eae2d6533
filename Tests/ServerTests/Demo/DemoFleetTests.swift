import Core
import FoundationEssentials
import Testing

@testable import Libvirt
@testable import Server

@Suite struct DemoFleetTests {
    @Test func `the same count makes the same fleet`() {
        #expect(DemoFleet(count: 100) == DemoFleet(count: 100))
        #expect(DemoFleet(count: 100, seed: 2) != DemoFleet(count: 100))
    }

    @Test(arguments: [0, 1, 3, 40, 1000, 10_000])
    func `names and ids are unique, and every machine has its department`(count: Int) {
        let fleet = DemoFleet(count: count)
        #expect(fleet.machines.count == count)
        #expect(Set(fleet.machines.map(\.name)).count == count)
        #expect(Set(fleet.machines.flatMap { [$0.id.rawValue, $0.uuid] }).count == 2 * count)
        #expect(Set(fleet.machines.map(\.department)).isSubset(of: Set(fleet.departments.map(\.id))))
        #expect(fleet.machines.allSatisfy { UUID(uuidString: $0.uuid)?.uuidString.lowercased() == $0.uuid })
    }

    @Test func `most machines run, some are off, a few are suspended`() {
        let states = DemoFleet(count: 1000).machines.map(\.state)
        let running = states.count { $0 == .running }
        let paused = states.count { $0 == .paused }
        #expect((600..<850).contains(running))
        #expect((30..<150).contains(paused))
        #expect(states.count { $0 == .shutOff } == 1000 - running - paused)
    }

    @Test func `libvirt's test driver takes the fleet as it is`() async throws {
        let fleet = DemoFleet(count: 60)
        let path = FileManager.default.temporaryDirectory.appending(path: "bay-demo-\(UUID().uuidString).xml")
        try fleet.nodeXML.write(to: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: path) }
        let hypervisor = DemoHypervisor(
            Hypervisor(uri: "test://\(path.path)"), fleet: fleet, clock: FixedClock(now: Timestamp(milliseconds: 0)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hypervisor.run() }
            defer { group.cancelAll() }
            for await link in hypervisor.links() where link.state == .up { break }
            let domains = try await hypervisor.domains()
            #expect(
                Dictionary(uniqueKeysWithValues: domains.map { ($0.uuid, $0.state) })
                    == Dictionary(uniqueKeysWithValues: fleet.machines.map { ($0.uuid, $0.state) }))
            let first = try #require(fleet.machines.first)
            let details = try await hypervisor.details(of: .uuid(first.uuid)).description
            #expect(details.vcpus == first.vcpus && details.memoryMiB == first.memoryMiB)
            #expect(details.os?.hasPrefix(first.os.rawValue) == true)
            let host = try await hypervisor.host()
            #expect(host.pools.map(\.name).sorted() == ["default", "iso"])
            #expect(host.cpus > 0)
        }
    }
}

private struct FixedClock: WallClock {
    var now: Timestamp
}

@Suite struct DemoEventsTests {
    @Test func `every step is possible where the ones before it led`() {
        let fleet = DemoFleet(count: 30)
        var states = Dictionary(uniqueKeysWithValues: fleet.machines.map { ($0.uuid, $0.state) })
        for step in DemoEvents(fleet).prefix(2000) {
            switch (step.action, states[step.domain]) {
            case (.start, .shutOff), (.resume, .paused): states[step.domain] = .running
            case (.suspend, .running): states[step.domain] = .paused
            case (.destroy, .running): states[step.domain] = .shutOff
            default: Issue.record("\(step.action) of a machine that is \(String(describing: states[step.domain]))")
            }
        }
        #expect(Set(states.values).count == 3)
    }

    @Test func `an empty fleet has no events`() {
        var events = DemoEvents(DemoFleet(count: 0))
        #expect(events.next() == nil)
    }
}
