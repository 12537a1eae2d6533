import Core
import Foundation
import Testing

@testable import Libvirt

@Suite struct TestDriverTests {
    @Test func `one call lists all domains with their states`() async throws {
        let uuid = UUID()
        let domains = [
            TestNode.domain("a", uuid: uuid), TestNode.domain("b", running: false), TestNode.domain("c"),
        ]
        try await withTestNode(domains) { hypervisor in
            let records = try await hypervisor.domains().sorted { $0.name < $1.name }
            #expect(records.map(\.name) == ["a", "b", "c"])
            #expect(records.map(\.state) == [.running, .shutOff, .running])
            #expect(records[0].uuid == uuid.uuidString.lowercased())
            #expect(records[0].runID != nil)
            #expect(records[1].runID == nil)
        }
    }

    @Test func `details come from the XML`() async throws {
        try await withTestNode([TestNode.domain("a")]) { hypervisor in
            let details = try await hypervisor.details(of: .name("a"))
            #expect(details.description.title == "Desktop a")
            #expect(details.description.vcpus == 2)
            #expect(details.description.maximumVCPUs == 4)
            #expect(details.description.memoryMiB == 2048)
            #expect(details.isPersistent)
            let uuid = try await hypervisor.domain(.name("a")).uuid
            #expect(try await hypervisor.details(of: [uuid, UUID().uuidString])[uuid] == details)
            #expect(try await hypervisor.xml(of: .uuid(uuid)).contains("<title>Desktop a</title>"))
        }
    }

    @Test func `errors are told apart`() async throws {
        try await withTestNode([TestNode.domain("a")]) { hypervisor in
            let missing = await #expect(throws: LibvirtError.self) { try await hypervisor.domain(.name("nobody")) }
            #expect(missing?.isNoDomain == true)
            #expect(missing?.isConnectionLost == false)
            let running = await #expect(throws: LibvirtError.self) { try await hypervisor.start(.name("a")) }
            #expect(running?.isNoDomain == false)
            #expect(running?.message.isEmpty == false)
            let malformed = await #expect(throws: LibvirtError.self) { try await hypervisor.define(xml: "<domain") }
            #expect(malformed?.isBadXML == true)
        }
    }

    @Test func `nothing works before the link is up`() async throws {
        let hypervisor = Hypervisor(uri: "test:///default")
        #expect(hypervisor.link.state == .connecting)
        let error = await #expect(throws: LibvirtError.self) { try await hypervisor.domains() }
        #expect(error?.isConnectionLost == true)
    }

    @Test func `a hypervisor that is not there is a link that is down, with the reason`() async throws {
        let hypervisor = Hypervisor(uri: "qemu+unix:///system?socket=/nonexistent/libvirt-sock")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hypervisor.run() }
            let link = try await hypervisor.waitForLink(.down)
            #expect(link.reason?.contains("/nonexistent/libvirt-sock") == true)
            let error = await #expect(throws: LibvirtError.self) { try await hypervisor.domains() }
            #expect(error?.message == hypervisor.link.reason)
            group.cancelAll()
        }
    }

    @Test func `a reader that falls behind is told to read everything again`() async throws {
        try await withTestNode([TestNode.domain("a")], backlog: 4) { hypervisor in
            let slow = hypervisor.news()
            let quick = hypervisor.news()
            for _ in 0..<4 {
                try await hypervisor.suspend(.name("a"))
                try await hypervisor.resume(.name("a"))
            }
            // Once the last event has reached one reader it waits for the other as well.
            var resumed = 0
            for await news in quick {
                if case .event(let event) = news, event.kind == .resumed { resumed += 1 }
                if resumed == 4 { break }
                if news == .resync(.overflow) { break }
            }
            var heard: [HypervisorNews] = []
            for await news in slow {
                heard.append(news)
                if news == .resync(.overflow) { break }
            }
            #expect(heard.last == .resync(.overflow))
            #expect(!heard.contains(.resync(.connected)))
        }
    }

    @Test func `the host tells what it is`() async throws {
        try await withTestNode([TestNode.domain("a")]) { hypervisor in
            let host = try await hypervisor.host()
            #expect(!host.hostname.isEmpty)
            #expect(host.cpus == 4)
            #expect(host.cpuMHz == 2000)
            #expect(host.memoryMiB == 131_072)
            #expect(host.libvirtVersion.split(separator: ".").count == 3)
            #expect(host.hypervisorVersion.lowercased().contains("test"))
            #expect(host.pools.map(\.name) == ["default"])
            #expect(host.pools.first?.isActive == true)
        }
    }

    @Test func `a driver without figures gives states and nothing else`() async throws {
        try await withTestNode([TestNode.domain("a"), TestNode.domain("b", running: false)]) { hypervisor in
            let pass = try await hypervisor.statsPass(.full)
            let uuid = try await hypervisor.domain(.name("a")).uuid
            #expect(Array(pass.counters.keys) == [uuid])
            #expect(pass.counters[uuid]?.state == .running)
            #expect(pass.counters[uuid]?.disks == nil)
        }
    }
}
