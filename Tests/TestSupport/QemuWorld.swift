package import Core
import Foundation
import Glibc
package import Libvirt

/// The real QEMU that the tests run guests on. Whoever uses it needs root and Debian's packages; where they are
/// missing the tests fail and say so, since a host on which Bay was never tried with QEMU is not a tested host.
package struct QemuWorld {
    package static let uri = "qemu:///system"
    package static let directory = "/var/tmp/bay-test"

    /// Starts libvirtd if none runs, makes the guest image, removes what an earlier run left: once for the process.
    package static func prepare() async throws { try await prepared.value }

    private static let prepared = Task {
        try await script("libvirtd-for-tests.sh", ["start"])
        try await script("guest-image.sh", [directory])
        try await script("guest-cleanup.sh", [directory])
    }

    @discardableResult
    package static func script(_ name: String, _ arguments: [String]) async throws -> String {
        let support = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Support")
        return try await run(support.appending(path: name).path, arguments)
    }

    /// What a program of the host prints; throws where it fails.
    package static func run(_ program: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        // Into files: libvirtd inherits the descriptors, so the end of a pipe would never come.
        let output = FileManager.default.temporaryDirectory.appending(path: "bay-script-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try handle.close()
        let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
        guard process.terminationStatus == 0 else { throw ScriptFailure(text: text) }
        return text
    }

    /// Others who need libvirtd to stay hold the lock shared; a test that takes it away holds it alone.
    package static func withLibvirtd(alone: Bool = false, _ body: () async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = open("\(directory)/libvirtd.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ScriptFailure(text: "\(directory)/libvirtd.lock cannot be opened") }
        defer { close(file) }
        try await eventually("nobody else needs libvirtd", within: .seconds(900)) {
            flock(file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0
        }
        try await prepare()
        try await body()
    }
}

package struct ScriptFailure: Error, CustomStringConvertible {
    var text: String
    package var description: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}

/// What a test waited for did not come about.
package struct TooLate: Error, CustomStringConvertible {
    package var what: String
    package init(what: String) { self.what = what }
    package var description: String { "not in time: \(what)" }
}

/// Waits until something that no event tells of is so.
package func eventually(
    _ what: String, within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw TooLate(what: what) }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// A guest that exists for one test.
package struct Guest {
    package let name: String
    package let record: DomainRecord
    package var key: DomainKey { .uuid(record.uuid) }

    package var pid: Int32? {
        (try? String(contentsOfFile: "/run/libvirt/qemu/\(name).pid", encoding: .utf8))
            .flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Waits until the guest obeys its power button.
    package func waitUntilReady() async throws {
        try await eventually("\(name) has booted", within: .seconds(240)) {
            (try? String(contentsOfFile: "\(QemuWorld.directory)/\(name).log", encoding: .utf8))?
                .contains("bay-guest ready") == true
        }
    }

    package func signal(_ signal: Int32) throws {
        guard let pid, kill(pid, signal) == 0 else { throw ScriptFailure(text: "\(name) has no process to signal") }
    }
}

extension Hypervisor {
    /// Defines a guest, hands it over, and removes it with all that it left.
    package func withGuest(
        _ name: String, _ options: [String] = [], body: (Guest) async throws -> Void
    ) async throws {
        let name = "bay-test-\(name)-\(UInt32.random(in: 0...0xFFFFFF))"
        let xml = try await QemuWorld.script("guest-xml.sh", [QemuWorld.directory, name] + options)
        let guest = Guest(name: name, record: try await define(xml: xml))
        let outcome: Result<Void, any Error>
        do {
            try await body(guest)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // A guest that was stopped by a signal would take libvirt ten seconds to end.
        if let pid = guest.pid { kill(pid, SIGCONT) }
        try? await destroy(guest.key)
        try? await undefine(guest.key)
        for suffix in ["qcow2", "raw", "log", "probe"] {
            try? FileManager.default.removeItem(atPath: "\(QemuWorld.directory)/\(name).\(suffix)")
        }
        try outcome.get()
    }
}
