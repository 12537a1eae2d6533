import Foundation
import TestSupport
import Testing

@Suite struct MemoryTests {
    /// Pages of a process that are in memory. Source: proc(5), `/proc/pid/statm`.
    private func resident(_ program: Program) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(program.processID)/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    }

    @Test func `what the start and a busy time needed is given back when they are over`() async throws {
        let bayd = try BaydProcess(["serve", "--demo=100"])
        try await bayd.run { program in
            let client = try await LocalConnection.open(bayd.socket)
            var low = 0
            for time in ["the start", "a busy time"] {
                var most = 0
                try await eventually("\(time) is under way") {
                    for _ in 0..<50 { _ = try await client.ask("{ machines { id name department { name } } }") }
                    most = try resident(program)
                    return most > low + 1024
                }
                try await eventually("\(time) is forgotten") {
                    low = try resident(program)
                    return low < most - 1024
                }
            }
        }
    }
}
