package import Core
import FoundationEssentials
package import Logging

/// Writes log messages to standard error and, where that is wanted, to a file a day.
package struct BayLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let sink: LogSink

    init(label: String, settings: LogSettings, sink: LogSink) {
        self.label = label
        self.sink = sink
        let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        logLevel = settings.isDebugged(label: label) ? min(level, .debug) : level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        sink.write(event, label: label, metadata: all)
    }
}

/// Where lines go.
struct LogSink: Sendable {
    var output: LogOutput
    /// Whether the output is the journal.
    var isJournal: Bool
    var files: DailyLogFiles?
    var clock: any WallClock

    func write(_ event: LogEvent, label: String, metadata: Logger.Metadata) {
        guard !isJournal || files != nil else {
            return output.write(LogLine.journal(event, label: label, metadata: metadata))
        }
        let now = clock.now
        let line = LogLine.dated(event, label: label, metadata: metadata, at: now)
        output.write(isJournal ? LogLine.journal(event, label: label, metadata: metadata) : line)
        files?.write(line, at: now)
    }
}

/// Sets the logging of the whole program up.
package enum BayLogging {
    /// Has to be called once, before the first logger is made. Throws when the log directory cannot be written.
    package static func start(_ settings: LogSettings, environment: [String: String]) throws {
        let clock = SystemClock()
        let sink = LogSink(
            output: .standardError, isJournal: isJournal(environment["JOURNAL_STREAM"]),
            files: try settings.directory.map { try DailyLogFiles(directory: $0, now: clock.now) }, clock: clock)
        LoggingSystem.bootstrap { label in BayLogHandler(label: label, settings: settings, sink: sink) }
    }

    /// Whether standard error is the stream that systemd made. A program that was started by a service may have inherited
    /// the variable and write elsewhere, so the inode has to be the same. Source: systemd.exec(5), `$JOURNAL_STREAM`.
    private static func isJournal(_ stream: String?) -> Bool {
        guard let inode = stream?.split(separator: ":").last,
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")
        else { return false }
        return target == "socket:[\(inode)]"
    }
}
