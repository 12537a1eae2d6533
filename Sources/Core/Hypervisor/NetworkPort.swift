/// What the server asks of the host's virtual networks.
package protocol NetworkPort: Sendable {
    /// All networks as they are defined, by name.
    func networks() async throws(LibvirtError) -> [HostNetwork]
    /// The definition of a network.
    func networkXML(_ uuid: String) async throws(LibvirtError) -> String
    /// Which domains have interfaces on networks or bridges, active or not.
    func networkUsers() async throws(LibvirtError) -> [NetworkUser]

    /// Defines a network, starts it, and lets it start with the host. One that cannot be started is forgotten again.
    func createNetwork(xml: String) async throws(LibvirtError)
    /// Changes the definition of a network. What runs stays as it is until the next start, which comes now if `restarts`
    /// says so. When it fails the network has, and runs with, what it had before.
    func redefineNetwork(_ uuid: String, xml: String, restarts: Bool) async throws(LibvirtError)
    /// Hands out another range, now if the network is active, and after its next start.
    func setNetworkRange(
        _ range: IPv4Range, replacing old: IPv4Range?, ofAddress index: Int, in uuid: String
    ) async throws(LibvirtError)
    /// Stops a network and forgets it.
    func deleteNetwork(_ uuid: String) async throws(LibvirtError)
}
