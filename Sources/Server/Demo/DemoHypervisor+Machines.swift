package import Core

extension DemoHypervisor {
    package func screens(of uuids: [String]) async throws(LibvirtError) -> [String: [Screen]] {
        try await base.screens(of: uuids)
    }
    package func screens(of key: DomainKey) async throws(LibvirtError) -> [Screen] { try await base.screens(of: key) }
    package func definition(of key: DomainKey) async throws(LibvirtError) -> String {
        try await base.definition(of: key)
    }
    package func volumes(named prefix: String) async throws(LibvirtError) -> [String] {
        try await base.volumes(named: prefix)
    }
    package func deleteVolume(_ path: String) async throws(LibvirtError) { try await base.deleteVolume(path) }
    package func askAgent(
        _ command: String, of key: DomainKey, within limit: Duration
    ) async throws(LibvirtError) -> String { try await base.askAgent(command, of: key, within: limit) }
}
