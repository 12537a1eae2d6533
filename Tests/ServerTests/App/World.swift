import Core
import Foundation
import Libvirt
import Logging
import Postgres
import Server
import TestSupport
import Testing

/// A whole server without its doors: real PostgreSQL, and a world of libvirt's test driver that only this test sees.
struct World {
    let services: Services
    /// What there is of packet filters; libvirt's test driver itself has none.
    var book: FilterBook?
    let admin = Caller(name: "local:test", role: .superAdmin)

    /// Runs `body` against a server with domains of these names, all shut off, on a host with these devices, and with
    /// records that were there before it began.
    static func with(
        domains: [String] = ["alpha", "beta", "gamma"], devices: String = "", records: [Statement] = [],
        bcryptCost: Int = PasswordHasher.standardCost, hasFilters: Bool = false, repairsFirewall: Bool = false,
        drops: DropLogSettings = DropLogSettings(),
        limits: Database.Limits? = nil,
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bay-world-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let xml = domains.map { name in
            """
            <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>\(name)</name>\
            <memory>1048576</memory><vcpu>2</vcpu><os><type>hvm</type></os>\
            <test:runstate>5</test:runstate></domain>
            """
        }
        try "<node>\(xml.joined())\(devices)</node>".write(
            to: directory.appending(path: "node.xml"), atomically: true, encoding: .utf8)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let plain = Hypervisor(uri: "test://\(directory.path)/node.xml", log: quiet)
        let demo = hasFilters ? DemoHypervisor(plain, fleet: DemoFleet(count: 1), clock: SystemClock()) : nil
        // A host that tells of what it drops, with no machine running yet.
        if drops.isOn { demo?.book.bind([:]) }
        let services = Services(
            database: try await TestDatabase.make(limits), hypervisor: demo ?? plain,
            accounts: Accounts.Settings(key: .random(), cost: bcryptCost), repairsFirewall: repairsFirewall,
            drops: drops, log: quiet)
        try await services.prepare()
        for record in records { try await services.database.execute(record) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await services.run() }
            defer {
                services.close()
                group.cancelAll()
            }
            let world = World(services: services, book: demo?.book)
            try await world.eventually("the domains are known") {
                services.index.domainCount == domains.count
            }
            try await body(world)
        }
    }

    /// Waits until `condition` holds, for at most a minute.
    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "not in time: \(what)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func domain(_ name: String) throws -> String {
        try #require(services.index.unmanaged(after: "", limit: 100).first { $0.name == name }).id.rawValue
    }

    /// Adopts domains into a new department.
    func adopt(_ names: String..., into name: String = "Lab") async throws -> [Machine] {
        try await adopt(names, into: name)
    }

    func adopt(_ names: [String], into name: String = "Lab") async throws -> [Machine] {
        let department = try await services.departments.create(named: name, by: admin.name)
        let results = try await services.adoption.adopt(
            try names.map(domain), into: department.id, by: admin)
        return try results.map { try #require($0.machine, "\($0.message)") }
    }

    func actions(of id: Machine.ID) async throws -> [String] {
        try await services.events.events(after: 0, limit: 1000).filter { $0.resourceID == id.rawValue }.map(\.action)
    }

    func messages(of id: Machine.ID) async throws -> [String] {
        try await services.events.events(after: 0, limit: 1000).filter { $0.resourceID == id.rawValue }.map(\.message)
    }

    /// Puts elements into what a domain is defined as.
    func define(_ name: String, in parent: String, _ elements: String) async throws {
        let before = try await services.hypervisor.definition(of: .name(name))
        let added = try XMLElement(parsing: "<x>\(elements)</x>").children
        var domain = try XMLElement(parsing: before)
        domain.make(parent) { $0.children += added }
        try await services.hypervisor.define(xml: domain.xml)
    }
}
