import Core
import Testing

@testable import Libvirt

/// What every hypervisor that the server is given must do, whether libvirt's test driver, a real QEMU, or a fake.
struct HypervisorContract {
    let hypervisor: any HypervisorPort
    /// A domain that is shut off.
    let domain: DomainRecord

    var key: DomainKey { .uuid(domain.uuid) }
    var name: DomainKey { .name(domain.name) }

    func check() async throws {
        let news = hypervisor.news()
        #expect(try await first(of: news) == .resync(.connected))
        try await power(news)
        try await waiting()
        try await definition()
    }

    private func first(of news: AsyncStream<HypervisorNews>) async throws -> HypervisorNews {
        try await next(of: news, "any news") { _ in true }
    }

    private func heard(_ kind: DomainEvent.Kind, _ news: AsyncStream<HypervisorNews>) async throws {
        let uuid = domain.uuid
        let item = try await next(of: news, "\(kind) of \(domain.name)") {
            if case .event(let event) = $0 { event.kind == kind && event.uuid == uuid } else { false }
        }
        guard case .event(let event) = item else { return }
        #expect(event.name == domain.name)
        #expect(event.at.rawValue > 1_700_000_000_000)
    }

    private func power(_ news: AsyncStream<HypervisorNews>) async throws {
        try await hypervisor.start(key)
        try await heard(.started, news)
        #expect(try await hypervisor.wait(for: key, toBe: [.running], within: .seconds(60)) == .running)
        let running = try await hypervisor.domain(name)
        #expect(running.uuid == domain.uuid)
        #expect(running.runID != nil)
        await #expect(throws: LibvirtError.self) { try await hypervisor.start(key) }

        try await hypervisor.suspend(name)
        try await heard(.suspended, news)
        #expect(try await hypervisor.domain(key).state == .paused)
        try await hypervisor.resume(key)
        try await heard(.resumed, news)
        #expect(try await hypervisor.domain(key).state == .running)

        try await hypervisor.destroy(key)
        try await heard(.stopped, news)
        #expect(try await hypervisor.domain(key).state == .shutOff)
        #expect(try await hypervisor.domain(key).runID == nil)
        let again = await #expect(throws: LibvirtError.self) { try await hypervisor.destroy(key) }
        #expect(again?.isOperationInvalid == true)
    }

    private func waiting() async throws {
        let late = await #expect(throws: LibvirtError.self) {
            try await hypervisor.wait(for: key, toBe: [.running], within: .milliseconds(10))
        }
        #expect(late?.isTimedOut == true)
        // Asked for before it happens: the event ends the wait.
        async let state = hypervisor.wait(for: name, toBe: [.running], within: .seconds(60))
        try await hypervisor.start(name)
        #expect(try await state == .running)
        try await hypervisor.destroy(name)
        #expect(try await hypervisor.wait(for: key, toBe: [.shutOff], within: .seconds(60)) == .shutOff)
    }

    private func definition() async throws {
        let xml = try await hypervisor.xml(of: key)
        try await hypervisor.undefine(key)
        let gone = await #expect(throws: LibvirtError.self) { try await hypervisor.domain(key) }
        #expect(gone?.isNoDomain == true)
        #expect(try await !hypervisor.domains().contains { $0.uuid == domain.uuid })
        let again = try await hypervisor.define(xml: xml)
        #expect(again.uuid == domain.uuid)
        #expect(again.state == .shutOff)
        #expect(try await hypervisor.domains().contains { $0.uuid == domain.uuid })
    }
}

@Suite struct HypervisorContractTests {
    @Test func `libvirt's test driver keeps the contract`() async throws {
        try await withTestNode([TestNode.domain("a", running: false), TestNode.domain("b")]) { hypervisor in
            let domain = try await hypervisor.domain(.name("a"))
            try await HypervisorContract(hypervisor: hypervisor, domain: domain).check()
        }
    }
}
