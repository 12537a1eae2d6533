import Core
import Libvirt
import Server
import Testing

@Suite struct NetworkServiceTests {
    private static func draft(_ name: String, _ bridge: String, subnet: Int) -> NetworkDraft {
        NetworkDraft(
            name: name, bridge: bridge, description: "the \(name)",
            address: .init(
                address: "10.\(subnet).0.1", netmask: "255.255.255.0",
                range: .init(start: "10.\(subnet).0.2", end: "10.\(subnet).0.99")))
    }

    @Test func `a network is made, changed and deleted, each with its event`() async throws {
        try await World.with { world in
            let networks = world.services.networks
            try await networks.create(Self.draft("office", "virbr7", subnet: 7), by: "ann")
            let made = try await networks.network(named: "office")
            #expect(made.isActive && made.startsWithHost && !made.needsRestart)
            #expect(made.bridge?.name == "virbr7" && made.description == "the office")
            #expect(made.subnet?.description == "10.7.0.0/24")

            try await networks.setRange(start: "10.7.0.10", end: "10.7.0.20", of: "office", by: "ann")
            #expect(try await networks.network(named: "office").range?.description == "10.7.0.10 to 10.7.0.20")

            try await networks.setAddress("10.9.0.1", netmask: "255.255.255.0", of: "office", restarts: true, by: "ann")
            let moved = try await networks.network(named: "office")
            #expect(moved.uuid == made.uuid && moved.isActive && !moved.needsRestart && moved.startsWithHost)
            #expect(moved.subnet?.description == "10.9.0.0/24" && moved.range?.description == "10.9.0.10 to 10.9.0.20")

            try await networks.setBridge("virbr17", of: "office", restarts: true, by: "ann")
            #expect(try await networks.network(named: "office").bridge?.name == "virbr17")

            try await networks.delete(named: "office", by: "ben")
            #expect(try await networks.all().isEmpty)
            let events = try await world.services.events.events(after: 0, limit: 100)
                .filter { $0.resource == "network" }
            #expect(events.map(\.action) == ["create", "update", "update", "update", "delete"])
            #expect(events.allSatisfy { $0.resourceID == made.uuid && $0.resourceName == "office" })
        }
    }

    @Test func `what does not go with other networks is refused and leaves nothing`() async throws {
        try await World.with { world in
            let networks = world.services.networks
            try await networks.create(Self.draft("office", "virbr7", subnet: 7), by: "ann")
            await #expect(throws: NetworkError.nameTaken("office")) {
                try await networks.create(Self.draft("office", "virbr8", subnet: 8), by: "ann")
            }
            await #expect(throws: NetworkError.bridgeTaken("virbr7", by: "office")) {
                try await networks.create(Self.draft("lab", "virbr7", subnet: 8), by: "ann")
            }
            await #expect(throws: NetworkError.self) {
                try await networks.create(Self.draft("lab", "virbr8", subnet: 7), by: "ann")
            }
            try await networks.create(Self.draft("lab", "virbr8", subnet: 8), by: "ann")
            await #expect(throws: NetworkError.self) {
                try await networks.setAddress(
                    "10.7.0.9", netmask: "255.255.255.0", of: "lab", restarts: false, by: "ann")
            }
            await #expect(throws: NetworkError.bridgeTaken("virbr7", by: "office")) {
                try await networks.setBridge("virbr7", of: "lab", restarts: false, by: "ann")
            }
            await #expect(throws: NetworkError.self) {
                try await networks.setRange(start: "10.7.0.2", end: "10.7.0.9", of: "lab", by: "ann")
            }
            await #expect(throws: NetworkError.notFound("none")) { try await networks.delete(named: "none", by: "ann") }
            #expect(try await networks.all().map(\.name) == ["lab", "office"])
            #expect(try await networks.network(named: "lab").range?.description == "10.8.0.2 to 10.8.0.99")
        }
    }

    @Test func `of many who ask for one name at once, one gets it`() async throws {
        try await World.with { world in
            let networks = world.services.networks
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        (try? await networks.create(Self.draft("same", "virbr7\(number)", subnet: 7), by: "ann")) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == 1)
            let names = try await networks.all().map(\.name)
            #expect(names == ["same"])
        }
    }

    @Test func `a network that machines use is neither deleted nor restarted under them`() async throws {
        try await World.with { world in
            let networks = world.services.networks
            try await networks.create(Self.draft("office", "virbr7", subnet: 7), by: "ann")
            let hypervisor = world.services.hypervisor
            let user = try await hypervisor.define(
                xml: """
                    <domain type='test'><name>desk</name><memory>1048576</memory><os><type>hvm</type></os><devices>\
                    <interface type='network'><mac address='52:54:00:aa:bb:cc'/><source network='office'/></interface>\
                    </devices></domain>
                    """)
            await #expect(throws: NetworkError.inUse("office", domains: ["desk"])) {
                try await networks.delete(named: "office", by: "ann")
            }
            try await hypervisor.start(.uuid(user.uuid))
            await #expect(throws: NetworkError.inUse("office", domains: ["desk"])) {
                try await networks.setAddress(
                    "10.9.0.1", netmask: "255.255.255.0", of: "office", restarts: true, by: "ann")
            }
            try await hypervisor.destroy(.uuid(user.uuid))
            try await hypervisor.undefine(.uuid(user.uuid))
            try await networks.delete(named: "office", by: "ann")
        }
    }

    @Test func `a machine on the bridge itself keeps the bridge's name`() async throws {
        try await World.with { world in
            let networks = world.services.networks
            try await networks.create(Self.draft("office", "virbr7", subnet: 7), by: "ann")
            try await world.services.hypervisor.define(
                xml: """
                    <domain type='test'><name>desk</name><memory>1048576</memory><os><type>hvm</type></os><devices>\
                    <interface type='bridge'><mac address='52:54:00:aa:bb:cd'/><source bridge='virbr7'/></interface>\
                    </devices></domain>
                    """)
            await #expect(throws: NetworkError.inUse("office", domains: ["desk"])) {
                try await networks.setBridge("virbr9", of: "office", restarts: false, by: "ann")
            }
            await #expect(throws: NetworkError.inUse("office", domains: ["desk"])) {
                try await networks.delete(named: "office", by: "ann")
            }
        }
    }
}
