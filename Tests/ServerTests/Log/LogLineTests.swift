import Core
import Foundation
import Logging
import Testing

@testable import Server

private func event(_ message: String, level: Logger.Level = .info) -> LogEvent {
    LogEvent(
        level: level, message: "\(message)", metadata: nil, source: "test", file: "f", function: "f", line: 1)
}

@Suite struct LogLineTests {
    let noon = Timestamp(iso8601: "2025-11-21T12:00:00.000Z")!

    @Test func `a line has time, level, part, message and values in order`() {
        let line = LogLine.dated(
            event("link is up"), label: "bay.hypervisor", metadata: ["uri": "qemu:///system", "age": "3"], at: noon)
        #expect(line == "2025-11-21T12:00:00.000Z info bay.hypervisor: link is up age=3 uri=qemu:///system")
    }

    @Test func `the journal gets the level as a prefix and no time`() {
        #expect(LogLine.journal(event("x", level: .error), label: "bay", metadata: [:]) == "<3>bay: x")
        #expect(LogLine.journal(event("x", level: .debug), label: "bay", metadata: [:]) == "<7>bay: x")
    }

    @Test func `nothing from outside makes a second line or moves the cursor`() {
        let line = LogLine.journal(
            event("a\nb\u{1B}[2J"), label: "bay", metadata: ["name": "x\r\n<0>forged \u{202E}\u{9B}"])
        #expect(line == #"<6>bay: a\nb\u{1b}[2J name="x\u{d}\n<0>forged \u{202e}\u{9b}""#)
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test func `values with spaces and quotes stand in quotes`() {
        #expect(
            LogLine.journal(event("m"), label: "l", metadata: ["a": "b c", "d": "say \"x\"", "e": ""])
                == #"<6>l: m a="b c" d="say \"x\"" e="""#)
    }

    @Test func `passwords do not reach a line`() {
        let line = LogLine.journal(
            event("cannot reach postgresql://bay:s3cret@db/bay"), label: "l",
            metadata: ["url": "host=db password='s3cret'"])
        #expect(!line.contains("s3cret"))
    }

    @Test func `long values are cut`() {
        let line = LogLine.journal(event(String(repeating: "x", count: 100_000)), label: "l", metadata: [:])
        #expect(line.utf8.count < 5000 && line.hasSuffix("..."))
    }
}

@Suite struct DailyLogFilesTests {
    @Test func `each day has a file, and old ones go`() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bay-log-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let start = Timestamp(iso8601: "2025-11-01T23:59:59.000Z")!
        let files = try DailyLogFiles(directory: directory.path, now: start)
        try Data().write(to: directory.appending(path: "bayd-notes.txt"))
        for day in 0..<20 { files.write("day \(day)", at: start.adding(milliseconds: Int64(day) * 86_400_000)) }
        files.write("late", at: start.adding(milliseconds: 19 * 86_400_000 + 500))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(names.count == DailyLogFiles.kept + 1)
        #expect(names.first == "bayd-2025-11-07.log" || names.first == "bayd-2025-11-08.log")
        #expect(names.contains("bayd-notes.txt"))
        let last = try String(contentsOf: directory.appending(path: "bayd-2025-11-20.log"), encoding: .utf8)
        #expect(last == "day 19\nlate\n")
    }

    @Test func `a directory that cannot be written is refused`() {
        #expect(throws: (any Error).self) {
            try DailyLogFiles(directory: "/proc/bay-log", now: Timestamp(milliseconds: 0))
        }
    }
}

@Suite struct SystemdNotifyTests {
    @Test func `without a socket nobody is told`() {
        #expect(!SystemdNotify(environment: [:]).send(.ready))
        #expect(!SystemdNotify(environment: ["NOTIFY_SOCKET": "relative"]).send(.ready))
        #expect(!SystemdNotify(environment: ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]).send(.ready))
    }
}
