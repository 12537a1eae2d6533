/// What the server asks of libvirt to show a machine's screen, to change it, to speak with its guest, and to be rid of it.
package protocol MachinePort: Sendable {
    /// The screens of the active ones among these domains, without passwords.
    func screens(of uuids: [String]) async throws(LibvirtError) -> [String: [Screen]]
    /// The screens of a domain as it runs now, with their passwords.
    func screens(of key: DomainKey) async throws(LibvirtError) -> [Screen]
    /// What the domain is defined as, with its secrets: made to be changed and defined again, and for nothing else.
    func definition(of key: DomainKey) async throws(LibvirtError) -> String

    /// Paths of the volumes of all storage pools whose names begin like this.
    func volumes(named prefix: String) async throws(LibvirtError) -> [String]
    func deleteVolume(_ path: String) async throws(LibvirtError)
    /// Forgets a packet filter. One that is not there is forgotten already.
    func deleteFilter(_ name: String) async throws(LibvirtError)

    /// Has the guest agent do something, and returns what it says. Source: QEMU Guest Agent Protocol Reference.
    func askAgent(
        _ command: String, of key: DomainKey, within limit: Duration
    ) async throws(LibvirtError) -> String
}
