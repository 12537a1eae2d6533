import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func askAgent(
        _ command: String, of key: DomainKey, within limit: Duration
    ) async throws(LibvirtError) -> String {
        let seconds = Int32(clamping: max(1, limit.components.seconds))
        // libvirt gives up first, so that no thread is kept by an agent that is silent.
        return try await act("virDomainQemuAgentCommand", within: limit + .seconds(10)) {
            connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            return try unsafe check(
                virDomainQemuAgentCommand(domain.pointer, command, seconds, 0), "virDomainQemuAgentCommand")
        }
    }
}
