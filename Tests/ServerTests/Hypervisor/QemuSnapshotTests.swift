import Core
import TestSupport
import Testing

@testable import Libvirt

extension QemuTests {
    @Suite(.serialized) struct Snapshots {
        @Test func `snapshots of a running guest keep its memory`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("memory") { guest in
                    #expect(try await hypervisor.snapshots(of: guest.key) == [])
                    #expect(try await hypervisor.currentSnapshot(of: guest.key) == nil)
                    try await hypervisor.start(guest.key)

                    let odd = "before <update> & \"reboot\""
                    let first = try await hypervisor.createSnapshot(of: guest.key, name: "one 1", description: odd)
                    #expect(first.name == "one 1")
                    #expect(first.description == odd)
                    #expect(first.state == "running")
                    #expect(first.parent == nil)
                    #expect(first.isCurrent)
                    #expect(first.createdAt.rawValue > 1_700_000_000_000)
                    let second = try await hypervisor.createSnapshot(of: guest.key, name: "two", description: nil)
                    #expect(second.parent == "one 1")
                    #expect(second.description == nil)

                    let list = try await hypervisor.snapshots(of: guest.key)
                    #expect(Set(list.map(\.name)) == ["one 1", "two"])
                    #expect(list.filter(\.isCurrent).map(\.name) == ["two"])
                    #expect(try await hypervisor.currentSnapshot(of: guest.key)?.name == "two")

                    let twice = await #expect(throws: LibvirtError.self) {
                        try await hypervisor.createSnapshot(of: guest.key, name: "two", description: nil)
                    }
                    #expect(twice?.isRefused == true)

                    try await hypervisor.destroy(guest.key)
                    #expect(try await hypervisor.restoreSnapshot("one 1", of: guest.key, force: false) == .running)
                    #expect(try await hypervisor.currentSnapshot(of: guest.key)?.name == "one 1")

                    try await hypervisor.deleteSnapshot("two", of: guest.key)
                    #expect(try await hypervisor.snapshots(of: guest.key).map(\.name) == ["one 1"])
                    let gone = await #expect(throws: LibvirtError.self) {
                        try await hypervisor.restoreSnapshot("two", of: guest.key, force: true)
                    }
                    #expect(gone?.isNoSnapshot == true)
                    // The failed attempt has left the guest alone.
                    #expect(try await hypervisor.domain(guest.key).state == .running)
                }
            }
        }

        @Test func `a snapshot of a guest that is off keeps its disks`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("off") { guest in
                    let snapshot = try await hypervisor.createSnapshot(of: guest.key, name: "off", description: "d")
                    #expect(snapshot.state == "shutoff")
                    try await hypervisor.start(guest.key)
                    #expect(try await hypervisor.restoreSnapshot("off", of: guest.key, force: false) == .shutOff)
                    try await hypervisor.deleteSnapshot("off", of: guest.key)
                    #expect(try await hypervisor.snapshots(of: guest.key) == [])
                }
            }
        }

        @Test func `a raw disk is refused with the reason`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("raw", ["--disk", "raw"]) { guest in
                    let error = await #expect(throws: LibvirtError.self) {
                        try await hypervisor.createSnapshot(of: guest.key, name: "one", description: nil)
                    }
                    #expect(error?.message == "disk vda is raw: snapshots need qcow2 disks")
                    #expect(error?.isRefused == true)
                }
            }
        }

        @Test func `libvirt's reason is passed on for a running guest without disks`() async throws {
            try await withQemu { hypervisor in
                try await hypervisor.withGuest("diskless", ["--disk", "none"]) { guest in
                    try await hypervisor.start(guest.key)
                    let error = await #expect(throws: LibvirtError.self) {
                        try await hypervisor.createSnapshot(of: guest.key, name: "one", description: nil)
                    }
                    #expect(error?.message.isEmpty == false)
                    #expect(try await hypervisor.snapshots(of: guest.key) == [])
                }
            }
        }
    }
}
