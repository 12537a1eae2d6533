import Core
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    @Suite(.serialized) struct Power {
        @Test func `QEMU keeps the contract`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("contract") { guest in
                    try await HypervisorContract(hypervisor: hypervisor, domain: guest.record).check()
                }
            }
        }

        @Test func `a guest shuts down when its power button is pressed`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("acpi") { guest in
                    let news = hypervisor.news()
                    try await hypervisor.start(guest.key)
                    try await guest.waitUntilReady()
                    try await hypervisor.shutdown(guest.key, way: .any)
                    let state = try await hypervisor.wait(for: guest.key, toBe: [.shutOff], within: .seconds(120))
                    #expect(state == .shutOff)
                    let stopped = try await next(of: news, "stopped") {
                        if case .event(let event) = $0 { event.kind == .stopped } else { false }
                    }
                    guard case .event(let event) = stopped else { return }
                    #expect(event.cause == "shut down by the guest")
                }
            }
        }

        @Test func `an agent that is not there is said to be missing`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("agent") { guest in
                    try await hypervisor.start(guest.key)
                    let error = await #expect(throws: LibvirtError.self) {
                        try await hypervisor.shutdown(guest.key, way: .agent)
                    }
                    #expect(error?.message.contains("agent") == true)
                    #expect(try await hypervisor.domain(guest.key).state == .running)
                }
            }
        }

        @Test func `the host tells what it is`() async throws {
            try await withQemu { hypervisor in
                let first = try await hypervisor.host()
                #expect(first.cpus > 0)
                #expect(first.memoryMiB > 0)
                #expect(try #require(first.memoryFreeMiB) > 0)
                #expect(try #require(first.memoryFreeMiB) <= first.memoryMiB)
                #expect(first.hypervisorVersion.hasPrefix("QEMU "))
                #expect(first.uri == "qemu:///system")
                #expect(first.cpuPercent == nil)
                try await eventually("the host's CPU counters move") { try await hypervisor.host().cpuPercent != nil }
            }
        }
    }
}
