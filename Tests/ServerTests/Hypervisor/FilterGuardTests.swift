import Testing

@testable import Libvirt

@Suite struct FilterGuardTests {
    @Test func `what a bayd that is no more left is removed, and nothing else`() {
        let saved = """
            *filter
            :FORWARD ACCEPT [0:0]
            :libvirt-in - [0:0]
            -A FORWARD -m comment --comment bay-guard-77 -j libvirt-in-post
            -A FORWARD -m comment --comment bay-guard-78 -j libvirt-in-post
            -A FORWARD -m comment --comment "of somebody" -j libvirt-in
            -A FORWARD -j libvirt-in
            -A libvirt-out -m comment --comment "bay-guard-77" -j libvirt-in
            COMMIT
            """
        #expect(
            GuardRules.leftovers(in: saved) { $0 == 78 } == [
                "-D FORWARD -m comment --comment bay-guard-77 -j libvirt-in-post",
                "-D libvirt-out -m comment --comment \"bay-guard-77\" -j libvirt-in",
            ])
    }

    @Test func `what is added is removed again`() {
        let added = GuardRules.adding(for: 7).map { $0.replacing(" 1 -m", with: " -m").dropFirst(3) }
        let removed = GuardRules.removing(for: 7).map { $0.dropFirst(3) }
        #expect(added == removed)
        // What is met first there leads to all that libvirt made.
        #expect(GuardRules.adding(for: 7).last?.hasPrefix("-I INPUT 1 ") == true)
    }

    @Test(arguments: ["test:///default", "qemu+ssh://host/system", "qemu+tls://host/system"])
    func `where nothing of libvirt's can be reached nothing is tried`(uri: String) {
        let hypervisor = Hypervisor(uri: uri)
        #expect(!hypervisor.isLocal || uri.hasPrefix("test"))
        #expect(FilterGuard(uri: uri, isLocal: hypervisor.isLocal, log: hypervisor.log) == nil)
    }
}
