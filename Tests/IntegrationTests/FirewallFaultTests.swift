import Core
import Foundation
import JSON
import Libvirt
import Postgres
import TestSupport
import Testing

/// bayd is killed at each step of applying rules, and of taking them back. It is stopped there by what it has to wait for: locks
/// of another transaction, or a machine that does not answer libvirt.
@Suite(.serialized) struct FirewallFaultTests {
    /// Where bayd stands when it is killed.
    enum Step: CaseIterable {
        case before, reading, recording, committing

        /// What the test holds, beside the machine's turn, so that bayd gets no further.
        var locks: Statement? {
            switch self {
            case .before: nil
            case .reading: "LOCK TABLE firewall_policy IN ACCESS EXCLUSIVE MODE"
            case .recording: "SELECT id FROM \"FirewallRuleSet\" FOR NO KEY UPDATE"
            case .committing: "LOCK TABLE event IN SHARE MODE"
            }
        }

        /// Whether libvirt has the new rules by then.
        var isDone: Bool { self == .recording || self == .committing }

        /// Whether the record comes to say so, though nobody is there to hear it: the end of its transaction is one packet.
        var isRecorded: Bool { self == .committing }
    }

    @Test func `whenever bayd is killed, libvirt has old rules or new ones and the record says which`() async throws {
        try await FirewallBench.with("faults") { bench, client, program in
            let reign = Reign(client: client, program: program)
            try await firstTime(bench, reign)
            var port = 2210
            for step in Step.allCases {
                port += 1
                try await kill(at: step, port, bench, reign)
            }
            try await bench.expectPorts(2210...port)
        }
    }

    /// The filter is made, and the interface does not have it yet: libvirt waits for a machine that was stopped.
    private func firstTime(_ bench: FirewallBench, _ reign: Reign) async throws {
        try await bench.hypervisor.start(bench.guest.key)
        try await bench.guest.waitUntilReady()
        try bench.guest.signal(SIGSTOP)
        let log = URL(filePath: "\(QemuWorld.directory)/\(bench.guest.name).log2")
        defer { try? FileManager.default.removeItem(at: log) }
        // Meanwhile nobody else may change the machine.
        let asking = try Program(
            ["virsh", "-c", QemuWorld.uri, "qemu-monitor-command", bench.guest.name, "--hmp", "info status"],
            output: log)
        try await eventually("libvirt waits for the guest") {
            // What it has not read yet stands in front of where its monitor listens.
            let sockets = try await Program.run(["ss", "-xH"]).split(separator: "\n").filter {
                $0.contains("-bay-test-faults") && $0.contains("monitor.sock")
            }
            return sockets.contains { Int($0.split(separator: " ")[2]) ?? 0 > 0 }
        }
        _ = try await bench.allow(2210, reign.client)
        try await eventually("the filter is made") { try await bench.has(port: 2210) }
        #expect(try await bench.interfaceFilters() == [nil, nil])
        try await reign.kill()
        #expect(try await bench.isPending())
        try bench.guest.signal(SIGCONT)
        _ = try await asking.waitForExit()
        try await reign.next(bench)
        let name = try #require(try await bench.filter()).name
        try await eventually("the interface has it") { try await bench.interfaceFilters() == [name, name] }
        try await reign.waitUntilApplied(bench)
        try await bench.hypervisor.destroy(bench.guest.key)
    }

    private func kill(at step: Step, _ port: Int, _ bench: FirewallBench, _ reign: Reign) async throws {
        let turn = try await Hold(bench.database, bench.turn)
        _ = try await bench.allow(port, reign.client)
        let hold = try await step.locks.asyncMap { try await Hold(bench.database, $0) }
        if hold != nil {
            try await turn.end()
            try await eventually("bayd stands at \(step)") {
                let isDone = try await bench.has(port: port)
                return try await bench.isWaiting() && isDone == step.isDone
            }
        }
        try await reign.kill()
        try await hold?.end()
        try await turn.end()
        #expect(try await bench.has(port: port) == step.isDone, "\(step)")
        try await eventually("\(step): the record is right") { try await bench.isPending() != step.isRecorded }
        try await bench.expectPorts(2210...(step.isDone ? port : port - 1))
        try await reign.next(bench)
        try await reign.waitUntilApplied(bench)
        try await bench.expectPorts(2210...port)
        #expect(try await bench.recordIsRight(), "\(step)")
    }

    // MARK: Changes that wait for a confirmation

    @Test func `whenever bayd is killed around a confirmation, the rules go back or stay as the record says`()
        async throws
    {
        try await FirewallBench.with("trials") { bench, client, program in
            let reign = Reign(client: client, program: program)
            _ = try await bench.allow(2210, client)
            try await reign.waitUntilApplied(bench)
            try await beforeApplying(bench, reign)
            try await beforeGoingBack(bench, reign)
            try await afterGoingBack(bench, reign)
            try await whileRecordingThat(bench, reign)
            try await beforeConfirming(bench, reign)
            try await whileConfirming(bench, reign)
        }
    }

    private func expectOld(_ bench: FirewallBench, _ reign: Reign, _ what: String) async throws {
        try await eventually("\(what): nothing waits any more") { try await reign.trials().isEmpty }
        try await reign.waitUntilApplied(bench)
        try await bench.expectPorts(2210...2210)
        #expect(try await bench.recordIsRight(), "\(what)")
    }

    private func beforeApplying(_ bench: FirewallBench, _ reign: Reign) async throws {
        let turn = try await Hold(bench.database, bench.turn)
        _ = try await bench.allow(2211, reign.client, confirmWithin: 5)
        try await reign.kill()
        try await turn.end()
        #expect(try await bench.isPending())
        try await bench.expectPorts(2210...2210)
        try await reign.next(bench)
        try await expectOld(bench, reign, "before it was applied")
    }

    private func beforeGoingBack(_ bench: FirewallBench, _ reign: Reign) async throws {
        _ = try await bench.allow(2211, reign.client, confirmWithin: 5)
        try await reign.waitUntilApplied(bench)
        let hold = try await Hold(bench.database, "LOCK TABLE firewall_trial IN SHARE MODE")
        try await eventually("it is about to go back") { try await bench.isWaiting() }
        try await reign.kill()
        try await hold.end()
        try await bench.expectPorts(2210...2211)
        try await reign.next(bench)
        try await expectOld(bench, reign, "before it went back")
    }

    private func afterGoingBack(_ bench: FirewallBench, _ reign: Reign) async throws {
        _ = try await bench.allow(2211, reign.client, confirmWithin: 5)
        try await reign.waitUntilApplied(bench)
        let turn = try await Hold(bench.database, bench.turn)
        try await eventually("it went back") { try await reign.trials().isEmpty }
        try await reign.kill()
        try await turn.end()
        #expect(try await bench.isPending())
        try await bench.expectPorts(2210...2211)
        try await reign.next(bench)
        try await expectOld(bench, reign, "after it went back")
    }

    private func whileRecordingThat(_ bench: FirewallBench, _ reign: Reign) async throws {
        _ = try await bench.allow(2211, reign.client, confirmWithin: 5)
        try await reign.waitUntilApplied(bench)
        let hold = try await Hold(bench.database, "SELECT id FROM \"FirewallRuleSet\" FOR NO KEY UPDATE")
        try await eventually("libvirt has the old rules") { try await !bench.has(port: 2211) }
        try await reign.kill()
        try await hold.end()
        #expect(try await bench.isPending())
        try await reign.next(bench)
        try await expectOld(bench, reign, "while that was recorded")
    }

    private func beforeConfirming(_ bench: FirewallBench, _ reign: Reign) async throws {
        let id = try await killWhileConfirming(2211, "LOCK TABLE firewall_trial IN SHARE MODE", bench, reign)
        // Nobody was told that it stays, and it does not yet.
        #expect(try await reign.trials() == [id])
        _ = try await reign.client.ask("mutation { confirmFirewall(id: \"\(id)\") { id } }")
        #expect(try await reign.trials() == [])
        try await bench.expectPorts(2210...2211)
    }

    private func whileConfirming(_ bench: FirewallBench, _ reign: Reign) async throws {
        _ = try await killWhileConfirming(2212, "LOCK TABLE event IN SHARE MODE", bench, reign)
        // Nobody was told that it stays, and it does: the commit was on its way.
        try await eventually("it is confirmed") { try await reign.trials() == [] }
        try await bench.expectPorts(2210...2212)
    }

    /// - Returns: the change that is to be confirmed.
    private func killWhileConfirming(
        _ port: Int, _ lock: Statement, _ bench: FirewallBench, _ reign: Reign
    ) async throws -> String {
        let answer = try await bench.allow(port, reign.client, confirmWithin: 600)
        let id = try #require(answer["changeFirewall"]?["confirmation"]?["id"]?.string)
        try await reign.waitUntilApplied(bench)
        let hold = try await Hold(bench.database, lock)
        _ = try await reign.client.begin("mutation { confirmFirewall(id: \"\(id)\") { id } }")
        try await eventually("it is about to be confirmed") { try await bench.isWaiting() }
        try await reign.kill()
        try await hold.end()
        try await reign.next(bench)
        return id
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async throws -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
