import TestSupport
import Testing

@testable import Libvirt

/// Everything that runs guests: one test at a time, since each guest is emulated and takes a CPU.
@Suite(.serialized) struct QemuTests {}

func withQemu(alone: Bool = false, _ body: (Hypervisor) async throws -> Void) async throws {
    try await QemuWorld.withLibvirtd(alone: alone) { try await withHypervisor(QemuWorld.uri, body) }
}
