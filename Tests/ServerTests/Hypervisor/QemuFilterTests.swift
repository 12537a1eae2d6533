import Core
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    private func filter(_ name: String, uuid: String? = nil, port: Int) -> FirewallFilter {
        let rule = FirewallRule(
            id: .init("a"), name: "a", action: .accept, direction: .incoming,
            match: PacketMatch(.tcp, destinationPorts: port...port))
        return FirewallFilter(
            name: name, uuid: uuid, references: [FirewallSettings.addressGuard],
            rules: EffectiveRules(department: [], machine: [rule]))
    }

    private var filterName: String { "ibay-vm-test-\(UInt32.random(in: 0...0xFFFFFF))" }

    @Test func `a filter is made, changed under its UUID, read as it was made, and deleted`() async throws {
        try await withQemu { hypervisor in
            let name = filterName
            let none = try await hypervisor.filter(name)
            #expect(none == nil)
            let made = try await hypervisor.defineFilter(xml: filter(name, port: 22).xml)
            #expect(made.name == name && made.xml.contains("dstportstart='22'"))
            let read = try await hypervisor.filter(name)
            #expect(read == made)
            // Without its UUID libvirt takes it for another one of the same name.
            await #expect(throws: LibvirtError.self) {
                try await hypervisor.defineFilter(xml: filter(name, port: 23).xml)
            }
            let changed = try await hypervisor.defineFilter(xml: filter(name, uuid: made.uuid, port: 23).xml)
            #expect(changed.uuid == made.uuid && changed.xml.contains("dstportstart='23'"))
            let listed = try await hypervisor.filters(named: name)
            #expect(listed == [changed])
            try await hypervisor.deleteFilter(name)
            let left = try await hypervisor.filters(named: name)
            #expect(left.isEmpty)
        }
    }

    @Test func `a running machine gets a filter, keeps it, and has what it becomes`() async throws {
        try await withQemu { hypervisor in
            let name = filterName
            let made = try await hypervisor.defineFilter(xml: filter(name, port: 22).xml)
            do {
                try await hypervisor.withGuest("filter", ["--nic", "ethernet", "--disk", "none"]) { guest in
                    try await hypervisor.start(guest.key)
                    let first = try await hypervisor.attachFilter(name, to: guest.key)
                    #expect(first.attached == 2 && first.problem == nil)
                    let again = try await hypervisor.attachFilter(name, to: guest.key)
                    #expect(again.attached == 0)
                    let interfaces = try await hypervisor.interfaces()[guest.record.uuid]
                    #expect(interfaces?.map(\.filter) == [name, name] && interfaces?.map(\.isLive) == [true, false])
                    await #expect(throws: LibvirtError.self) { try await hypervisor.deleteFilter(name) }
                    _ = try await hypervisor.defineFilter(xml: filter(name, uuid: made.uuid, port: 2323).xml)
                    let tables = try await QemuWorld.run("/usr/sbin/iptables-save", [])
                    #expect(tables.contains("--dport 2323") && !tables.contains("--dport 22 "))
                }
            } catch {
                try? await hypervisor.deleteFilter(name)
                throw error
            }
            try await hypervisor.deleteFilter(name)
        }
    }
}
