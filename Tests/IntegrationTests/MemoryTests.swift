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
            let atStart = try resident(program)
            try await eventually("the start is forgotten") { try resident(program) < atStart * 3 / 4 }
            let low = try resident(program)
            let client = try await LocalConnection.open(bayd.socket)
            var busy = low
            try await eventually("it is busy") {
                for _ in 0..<50 { _ = try await client.ask("{ machines { id name department { name } } }") }
                busy = try resident(program)
                return busy > low + 1024
            }
            try await eventually("the busy time is forgotten") { try resident(program) < (low + busy) / 2 }
        }
    }
}
