import Foundation
import JSON
import TestSupport
import Testing

/// bayd and its private database on a small disk of their own. Only root may mount one.
@Suite(.enabled(if: getuid() == 0, "needs root, to mount a small disk")) struct DiskFullTests {
    @Test func `a full disk refuses what must be written, keeps what was acknowledged, and is over once there is room`()
        async throws
    {
        let bayd = try BaydProcess(environment: ["LIBVIRT_URI": "test:///default"])
        let disk = bayd.directory.path + "/state"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        try await Program.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=0755", "tmpfs", disk])
        do {
            try await bayd.run { _ in try await fillUp(disk, bayd) }
        } catch {
            _ = try? await Program.run(["umount", "--lazy", disk])
            throw error
        }
        try await Program.run(["umount", "--lazy", disk])
    }

    private func fillUp(_ disk: String, _ bayd: BaydProcess) async throws {
        let client = try await LocalConnection.open(bayd.socket)
        let ballast = disk + "/ballast"
        // Ends with an error, which is the point: all that is left is taken.
        _ = try? await Program.run(["dd", "if=/dev/zero", "of=\(ballast)", "bs=4k", "status=none"])

        // What is stored already has room in its last page: it takes some rows until the file has to grow.
        var names: Set<String> = []
        var refusal: JSONValue?
        while refusal == nil, names.count < 5_000 {
            let name = "Department \(names.count)"
            let answer = try await client.answer(
                "mutation { createDepartment(name: \"\(name)\") { id } }")
            refusal = answer["errors"]?.array?.first
            if refusal == nil { names.insert(name) }
        }
        #expect(refusal?["message"] == "database is not available: no space left on the disk that holds it")
        #expect(refusal?["extensions"]?["code"] == "UNAVAILABLE")
        #expect(try await stored(client) == names)

        try FileManager.default.removeItem(atPath: ballast)
        try await eventually("there is room again") {
            try await client.answer("mutation { createDepartment(name: \"Afterwards\") { id } }")["errors"] == nil
        }
        #expect(try await stored(client) == names.union(["Afterwards"]))
    }

    private func stored(_ client: LocalConnection) async throws -> Set<String> {
        let answer = try await client.ask("{ departments { name } }")
        return Set(answer["departments"]?.array?.compactMap { $0["name"]?.string } ?? [])
    }
}
