import Foundation
import Testing

@Suite struct ProgramTests {
    private func temporaryFile() -> URL {
        FileManager.default.temporaryDirectory.appendingPathComponent("bay-test-\(UUID().uuidString)")
    }

    @Test func `what a program writes is returned, and its failure tells what it said`() async throws {
        let text = try await Program.run(["sh", "-c", "echo $WORD"], environment: ["WORD": "hello"])
        #expect(text == "hello\n")
        let failure = await #expect(throws: Program.Failure.self) {
            try await Program.run(["sh", "-c", "echo trouble >&2; exit 3"])
        }
        #expect(failure?.description.contains("ended with 3: trouble") == true)
    }

    @Test func `a program has ended though a child of it lives on`() async throws {
        let text = try await Program.run(["sh", "-c", "sleep 600 & echo $!"])
        let child = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        #expect(Program.isAlive(child))
        kill(child, SIGKILL)
    }

    @Test func `a program that takes too long is killed and says what it wrote`() async throws {
        let failure = await #expect(throws: Program.Failure.self) {
            try await Program.run(["sh", "-c", "echo begun; exec sleep 600"], within: .milliseconds(200))
        }
        #expect(failure?.description.contains("not done within") == true)
    }

    @Test func `a line can be waited for, and a signal ends the program`() async throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try Program(["sh", "-c", "echo ready at once; exec sleep 600"], output: file)
        let line = try await program.waitForLine(startingWith: "ready")
        #expect(line == "ready at once")
        #expect(program.exitStatus == nil)
        program.send(SIGTERM)
        let status = try await program.waitForExit()
        #expect(status == 128 + SIGTERM)
    }

    @Test func `a program that cannot be started says so`() async throws {
        await #expect(throws: Program.Failure.self) { try await Program.run(["/nonexistent/program"]) }
    }
}
