package import Core

extension DemoHypervisor {
    package func gpus() async throws(LibvirtError) -> [HostGPU] { try await base.gpus() }
    package func fileSystem(holding path: String) async throws(LibvirtError) -> StoragePool? {
        try await base.fileSystem(holding: path)
    }
}
