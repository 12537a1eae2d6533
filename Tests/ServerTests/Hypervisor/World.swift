import Core
import Foundation
import TestSupport
import Testing

@testable import Libvirt

/// A hypervisor that is connected for as long as the test lasts.
func withHypervisor(
    _ uri: String, backlog: Int? = nil, _ body: (Hypervisor) async throws -> Void
) async throws {
    let hypervisor = Hypervisor(uri: uri, backlog: backlog)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await hypervisor.run() }
        defer { group.cancelAll() }
        try await hypervisor.waitForLink(.up)
        try await body(hypervisor)
    }
}

extension Hypervisor {
    /// The link as soon as it is in that state.
    @discardableResult
    func waitForLink(_ state: LinkState.State, within limit: Duration = .seconds(60)) async throws -> LinkState {
        try await within(limit, "link is \(state)") {
            for await link in self.links() where link.state == state { return link }
            throw CancellationError()
        }
    }
}

/// Runs `body`, but not for longer than `limit`.
func within<Value: Sendable>(
    _ limit: Duration = .seconds(60), _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TooLate(what: what)
        }
        defer { group.cancelAll() }
        return try await group.next()!
    }
}

/// The next news that is one of those looked for.
func next(
    of news: AsyncStream<HypervisorNews>, _ what: String, where matches: @escaping @Sendable (HypervisorNews) -> Bool
) async throws -> HypervisorNews {
    try await within(what) {
        for await item in news where matches(item) { return item }
        throw TooLate(what: what)
    }
}

func within<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value { try await within(.seconds(60), what, body) }

/// A world of libvirt's test driver that only this test sees.
struct TestNode {
    let directory: URL
    var uri: String { "test://\(directory.path)/node.xml" }

    init(domains: [String], storagePool: Bool = true) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "bay-node-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let pool =
            storagePool
            ? "<pool type='dir'><name>default</name><target><path>/var/lib/libvirt/images</path></target></pool>" : ""
        let node = """
            <node>\(domains.joined())
            <network><name>default</name><bridge name='virbr9'/></network>\(pool)
            <cpu><mhz>2000</mhz><model>i686</model><active>4</active><nodes>1</nodes><sockets>1</sockets>\
            <cores>4</cores><threads>1</threads></cpu><memory>134217728</memory></node>
            """
        try node.write(to: directory.appending(path: "node.xml"), atomically: true, encoding: .utf8)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    static func domain(_ name: String, uuid: UUID = UUID(), running: Bool = true) -> String {
        """
        <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>\
        <test:runstate>\(running ? 1 : 5)</test:runstate><name>\(name)</name><uuid>\(uuid.uuidString)</uuid>\
        <title>Desktop \(name)</title><memory unit='MiB'>2048</memory><vcpu current='2'>4</vcpu>\
        <os><type arch='x86_64'>hvm</type></os><devices>\
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/x/\(name).qcow2'/>\
        <target dev='vda' bus='virtio'/></disk></devices></domain>
        """
    }
}

func withTestNode(
    _ domains: [String], backlog: Int? = nil, _ body: (Hypervisor) async throws -> Void
) async throws {
    let node = try TestNode(domains: domains)
    defer { node.remove() }
    try await withHypervisor(node.uri, backlog: backlog, body)
}
