import Core
import JSON
package import Logging

/// A log whose errors are recorded for administrators as well: whoever logs an error has said all that there is to say.
package struct ErrorTap: LogHandler {
    private var base: any LogHandler
    private let label: String
    private let errors: ErrorRecorder

    init(_ base: any LogHandler, label: String, errors: ErrorRecorder) {
        self.base = base
        self.label = label
        self.errors = errors
    }

    package var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }
    package var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }
    package var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    package func log(event: LogEvent) {
        base.log(event: event)
        guard event.level >= .error, label != ErrorRecorder.label else { return }
        var known = base.metadata
        if let own = event.metadata { known.merge(own) { _, new in new } }
        errors.add(ErrorReport(event, known, label: label))
    }

    /// The same for another part of the program.
    func with(label: String) -> Logger {
        let errors = errors
        // A log that says nothing says nothing elsewhere either.
        let base = base is SwiftLogNoOpLogHandler ? base : Logger(label: label).handler
        return Logger(label: label) { ErrorTap(base, label: $0, errors: errors) }
    }
}

extension Logger {
    /// The same log, whose errors are recorded.
    package func recording(to errors: ErrorRecorder) -> Logger {
        let base = handler
        return Logger(label: label) { ErrorTap(base, label: $0, errors: errors) }
    }
}

extension ErrorReport {
    /// `reason` says what went wrong and `machine` with which one; the rest is context.
    fileprivate init(_ event: LogEvent, _ known: Logger.Metadata, label: String) {
        var context = JSONObject()
        context["area"] = .string(label)
        for (name, value) in known.sorted(by: { $0.key < $1.key }) where !["reason", "code", "machine"].contains(name) {
            context[name] = .string(String(Redaction.text("\(value)").prefix(Self.longestMessage)))
        }
        let reason = known["reason"].map { ": \($0)" } ?? ""
        self.init(
            "\(event.message)\(reason)", code: known["code"].map { "\($0)" } ?? "INTERNAL_ERROR",
            severity: event.level == .critical ? .critical : .high, context: context,
            machineID: known["machine"].map { Machine.ID("\($0)") })
    }
}
