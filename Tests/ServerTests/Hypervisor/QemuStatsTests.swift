import Core
import Glibc
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    @Suite(.serialized) struct Stats {
        @Test func `figures of a busy guest move`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("burn", ["--burn", "--nic", "ethernet"]) { guest in
                    try await hypervisor.start(guest.key)
                    try await guest.waitUntilReady()
                    var meter = FiguresMeter()
                    try await eventually("CPU, disk and memory figures") {
                        let pass = try await hypervisor.statsPass(.full, within: .seconds(30))
                        #expect(pass.late == [])
                        let raw = try #require(pass.counters[guest.record.uuid])
                        #expect(raw.state == .running)
                        #expect(raw.networks?.value.count == 1)
                        #expect(raw.disks?.value.map(\.name) == ["vda"])
                        meter.add(raw)
                        let figures = meter.figures
                        #expect((figures.cpuPercent ?? 0) <= 100)
                        #expect((figures.memoryUsedMiB ?? 0) <= 96)
                        // The guest tells its memory itself only after its balloon was asked to.
                        return (figures.cpuPercent ?? 0) > 0 && (figures.diskWrite ?? 0) > 0
                            && raw.memory?.value.available != nil && figures.memoryUsedMiB != nil
                            && figures.vcpuWaitPercent != nil && figures.networkReceived != nil
                    }
                    #expect(meter.figures.memoryTotalMiB == 96)
                    #expect(meter.figures.balloonMiB == 96)
                }
            }
        }

        @Test func `a pass leaves out machines that are off and finds those that start`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("late") { guest in
                    #expect(try await hypervisor.statsPass(.quick).counters[guest.record.uuid] == nil)
                    try await hypervisor.start(guest.key)
                    try await eventually("the guest is measured") {
                        try await hypervisor.statsPass(.quick).counters[guest.record.uuid]?.cpu != nil
                    }
                    try await hypervisor.destroy(guest.key)
                    try await eventually("the guest is left out") {
                        try await hypervisor.statsPass(.quick).counters[guest.record.uuid] == nil
                    }
                }
            }
        }

        @Test func `a machine that does not answer holds up nobody else's figures`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("stuck") { stuck in
                    try await hypervisor.withGuest("well") { well in
                        try await hypervisor.start(stuck.key)
                        try await hypervisor.start(well.key)
                        // Connections are open and the set of machines is known before it gets difficult.
                        try await eventually("both are measured") {
                            let pass = try await hypervisor.statsPass(.full, within: .seconds(30))
                            return [stuck, well].allSatisfy { pass.counters[$0.record.uuid]?.disks != nil }
                        }
                        try stuck.signal(SIGSTOP)

                        // The first pass finds out, and every later one has the other machine's figures at once.
                        let limit = Duration.seconds(2)
                        let first = try await hypervisor.statsPass(.full, within: limit)
                        #expect(first.late.contains(stuck.record.uuid))
                        for _ in 0..<5 {
                            let pass = try await hypervisor.statsPass(.full, within: limit)
                            #expect(pass.late.contains(stuck.record.uuid))
                            #expect(pass.counters[well.record.uuid]?.disks != nil)
                        }
                        // What needs no answer from the machine is answered as well.
                        #expect(try await hypervisor.domain(stuck.key).state == .running)
                        #expect(try await hypervisor.domains().contains { $0.uuid == stuck.record.uuid })

                        try stuck.signal(SIGCONT)
                        try await eventually("it is measured again") {
                            let pass = try await hypervisor.statsPass(.full, within: .seconds(30))
                            return pass.late.isEmpty && pass.counters[stuck.record.uuid]?.disks != nil
                        }
                    }
                }
            }
        }
    }
}
