package import Core

// The test driver has networks like any other; they only lead nowhere.
extension DemoHypervisor {
    package func networks() async throws(LibvirtError) -> [HostNetwork] { try await base.networks() }
    package func networkXML(_ uuid: String) async throws(LibvirtError) -> String { try await base.networkXML(uuid) }
    package func networkUsers() async throws(LibvirtError) -> [NetworkUser] { try await base.networkUsers() }
    package func createNetwork(xml: String) async throws(LibvirtError) { try await base.createNetwork(xml: xml) }
    package func redefineNetwork(_ uuid: String, xml: String, restarts: Bool) async throws(LibvirtError) {
        try await base.redefineNetwork(uuid, xml: xml, restarts: restarts)
    }
    package func setNetworkRange(
        _ range: IPv4Range, replacing old: IPv4Range?, ofAddress index: Int, in uuid: String
    ) async throws(LibvirtError) {
        try await base.setNetworkRange(range, replacing: old, ofAddress: index, in: uuid)
    }
    package func deleteNetwork(_ uuid: String) async throws(LibvirtError) { try await base.deleteNetwork(uuid) }
}
