import Core
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    @Suite(.serialized) struct Faults {
        @Test(arguments: ["kill", "stop", "freeze"])
        func `the link goes down with libvirtd and comes up with it`(way: String) async throws {
            try await withQemu(alone: true) { hypervisor in
                try await hypervisor.withGuest("fault") { guest in
                    try await hypervisor.start(guest.key)
                    #expect(try await hypervisor.statsPass(.quick).counters[guest.record.uuid] != nil)
                    let news = hypervisor.news()
                    _ = try await next(of: news, "the first resync") { $0 == .resync(.connected) }

                    // Frozen, it is only noticed because it misses the probes of keep-alive.
                    try await QemuWorld.script("libvirtd-for-tests.sh", [way])
                    let down: LinkState
                    let failure: LibvirtError?
                    do {
                        down = try await hypervisor.waitForLink(.down, within: .seconds(120))
                        failure = await #expect(throws: LibvirtError.self) { try await hypervisor.domains() }
                    } catch {
                        try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
                        throw error
                    }
                    try await QemuWorld.script("libvirtd-for-tests.sh", ["start"])
                    #expect(down.reason?.isEmpty == false)
                    #expect(failure?.isConnectionLost == true)

                    try await hypervisor.waitForLink(.up)
                    _ = try await next(of: news, "resync after the loss") { $0 == .resync(.connected) }
                    #expect(try await hypervisor.domain(guest.key).state == .running)
                    #expect(try await hypervisor.statsPass(.quick).counters[guest.record.uuid]?.cpu != nil)

                    // Events arrive on the new connection too.
                    try await hypervisor.suspend(guest.key)
                    _ = try await next(of: news, "suspended") {
                        if case .event(let event) = $0 { event.kind == .suspended } else { false }
                    }
                    #expect(hypervisor.link.state == .up)
                }
            }
        }
    }
}
