import Core
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    @Test func `a real network is made, changed under its UUID, and deleted`() async throws {
        try await withQemu { hypervisor in
            let name = "bay-test-\(UInt32.random(in: 0...0xFFFFFF))"
            let uuid =
                "6c1f0c3a-0d0e-4e0f-8f10-\(String(UInt64.random(in: 0x1000_0000_0000...0xFFFF_FFFF_FFFF), radix: 16))"
            let third = Int.random(in: 1...254)
            let draft = NetworkDraft(
                name: name, bridge: "bt\(name.suffix(8))", description: "of a test",
                address: .init(
                    address: "10.213.\(third).1", netmask: "255.255.255.0",
                    range: .init(start: "10.213.\(third).2", end: "10.213.\(third).99")),
                connectsMachines: false)
            // The kernels that tests run on have no VLAN filtering.
            let xml = NetworkXML.make(try draft.plan(), uuid: uuid, keepsMACTable: false).xml
            try await hypervisor.createNetwork(xml: xml)
            do {
                try await change(uuid, name, third, on: hypervisor)
            } catch {
                try await hypervisor.deleteNetwork(uuid)
                throw error
            }
            try await hypervisor.deleteNetwork(uuid)
            let left = try await hypervisor.networks().map(\.uuid)
            #expect(!left.contains(uuid))
        }
    }

    private func change(_ uuid: String, _ name: String, _ third: Int, on hypervisor: Hypervisor) async throws {
        func network() async throws -> HostNetwork {
            try #require(try await hypervisor.networks().first { $0.uuid == uuid })
        }
        let made = try await network()
        #expect(made.isActive && made.startsWithHost && !made.needsRestart && made.description == "of a test")
        #expect(try await hypervisor.networkXML(uuid).contains("<port isolated='yes'/>"))

        let start = try #require(IPv4Address("10.213.\(third).100"))
        let range = IPv4Range(start: start, end: IPv4Address(value: start.value + 9))
        try await hypervisor.setNetworkRange(range, replacing: made.range, ofAddress: 0, in: uuid)
        let ranged = try await network()
        #expect(ranged.range == range && !ranged.needsRestart)

        // What runs stays until the network is started again.
        let definition = try XMLElement(parsing: try await hypervisor.networkXML(uuid))
        let address = try #require(IPv4Address("10.214.\(third).1"))
        let moved = try #require(try NetworkXML.settingAddress(address, prefix: 24, of: definition))
        try await hypervisor.redefineNetwork(uuid, xml: moved.xml, restarts: false)
        let waiting = try await network()
        #expect(waiting.needsRestart && waiting.address == address)
        try await hypervisor.redefineNetwork(uuid, xml: moved.xml, restarts: true)
        let running = try await network()
        #expect(!running.needsRestart && running.isActive && running.startsWithHost && running.address == address)

        // A bridge that libvirt cannot make fails at the start, and the old one runs on.
        let broken = try #require(NetworkXML.settingBridge("lo", of: moved))
        await #expect(throws: LibvirtError.self) {
            try await hypervisor.redefineNetwork(uuid, xml: broken.xml, restarts: true)
        }
        let still = try await network()
        #expect(still.isActive && !still.needsRestart && still.bridge == running.bridge)
    }

    @Test func `a network that cannot start is not left behind`() async throws {
        try await withQemu { hypervisor in
            let uuid = "6c1f0c3a-0d0e-4e0f-8f10-0123456789ab"
            let draft = NetworkDraft(name: "bay-test-lo", bridge: "lo")
            let xml = NetworkXML.make(try draft.plan(), uuid: uuid).xml
            await #expect(throws: LibvirtError.self) { try await hypervisor.createNetwork(xml: xml) }
            let left = try await hypervisor.networks().map(\.uuid)
            #expect(!left.contains(uuid))
        }
    }
}
