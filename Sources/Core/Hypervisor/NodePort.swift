/// What the server asks of the host's own devices.
package protocol NodePort: Sendable {
    /// The host's display controllers, in the order of their addresses.
    func gpus() async throws(LibvirtError) -> [HostGPU]
    /// The file system that a path of the host is on, or will be; nil where the host is another one.
    func fileSystem(holding path: String) async throws(LibvirtError) -> StoragePool?
}
