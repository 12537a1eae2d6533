import Core
import FoundationEssentials
import Synchronization

/// A log file for each day, by UTC: `bayd-2025-11-21.log`. Old ones are removed.
final class DailyLogFiles: Sendable {
    /// Days that are kept, with today.
    static let kept = 14

    private struct State {
        var day: Int64?
        var output: LogOutput?
    }

    private let directory: String
    private let state = Mutex(State())

    /// Makes the directory. Throws where files cannot be written there.
    init(directory: String, now: Timestamp) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        guard state.withLock({ open(&$0, at: now) }) else {
            throw ServerError("no log file can be written in \(directory)")
        }
    }

    func write(_ line: String, at time: Timestamp) {
        let output = state.withLock { state in
            if time.day != state.day { _ = open(&state, at: time) }
            return state.output
        }
        output?.write(line)
    }

    private func open(_ state: inout State, at time: Timestamp) -> Bool {
        state.day = time.day
        state.output = LogOutput(appendingTo: "\(directory)/bayd-\(time.iso8601.prefix(10)).log")
        removeOld(at: time)
        return state.output != nil
    }

    private func removeOld(at time: Timestamp) {
        let oldest = time.adding(milliseconds: -Int64(Self.kept - 1) * 86_400_000).iso8601.prefix(10)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix("bayd-") && name.hasSuffix(".log") && name.utf8.count == 19 {
            // Dates in this form are in order as text. A file that cannot be removed now is tried again tomorrow.
            if name.dropFirst(5).prefix(10) < oldest {
                try? FileManager.default.removeItem(atPath: "\(directory)/\(name)")
            }
        }
    }
}

extension Timestamp {
    fileprivate var day: Int64 { rawValue / 86_400_000 }
}
