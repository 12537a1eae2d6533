import JSON

/// A command line that a guest's agent runs, in the agent's own words.
///
/// Source: `guest-exec` and `guest-exec-status` in the QEMU Guest Agent Protocol Reference.
package enum GuestCommand {
    package static let maximumLength = 8192
    /// How much of its output is handed on.
    package static let maximumOutput = 64 << 10

    package static func problem(_ command: String) -> String? {
        if command.allSatisfy(\.isWhitespace) { return "the command is empty" }
        if command.utf8.count > maximumLength { return "the command is longer than \(maximumLength) bytes" }
        return command.utf8.contains(0) ? "the command holds a zero byte" : nil
    }

    /// Asks for the guest's system, which decides who reads the command line.
    package static let system = #"{"execute":"guest-get-osinfo"}"#

    package static func isWindows(_ reply: String) -> Bool {
        value(reply)?["id"]?.string == "mswindows"
    }

    package static func start(_ command: String, onWindows: Bool) -> String {
        let (shell, option) = onWindows ? ("cmd.exe", "/c") : ("/bin/sh", "-c")
        let request: JSONValue = [
            "execute": "guest-exec",
            "arguments": [
                "path": .string(shell), "arg": [.string(option), .string(command)], "capture-output": true,
            ],
        ]
        return request.text
    }

    /// The number by which the agent knows what it started.
    package static func process(_ reply: String) -> Int? { value(reply)?["pid"]?.int }

    package static func ask(_ process: Int) -> String {
        let request: JSONValue = ["execute": "guest-exec-status", "arguments": ["pid": .int(process)]]
        return request.text
    }

    package struct Outcome: Equatable, Sendable {
        /// Nil for one that a signal ended.
        package var exitCode: Int?
        package var output: String
        package var errors: String

        package init(exitCode: Int?, output: String, errors: String) {
            self.exitCode = exitCode
            self.output = output
            self.errors = errors
        }

        package var isSuccess: Bool { exitCode == 0 }
        package var message: String {
            exitCode.map { $0 == 0 ? "the command was run" : "the command ended with code \($0)" }
                ?? "the command was ended by a signal"
        }
        package var text: String {
            errors.isEmpty || output.isEmpty || output.hasSuffix("\n") ? output + errors : output + "\n" + errors
        }
    }

    /// What came of it; nil while it runs.
    package static func outcome(_ reply: String) -> Outcome? {
        guard let value = value(reply), value["exited"]?.bool == true else { return nil }
        return Outcome(
            exitCode: value["exitcode"]?.int, output: text(value["out-data"]), errors: text(value["err-data"]))
    }

    private static func value(_ reply: String) -> JSONValue? {
        do { return try JSONValue(parsing: Array(reply.utf8))["return"] } catch { return nil }
    }

    private static func text(_ base64: JSONValue?) -> String {
        let letters = (base64?.string ?? "").utf8.compactMap { letter -> UInt8? in
            switch letter {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: letter
            }
        }
        let bytes = Base64URL.decode(letters) ?? []
        let shown = String(decoding: bytes.prefix(maximumOutput), as: UTF8.self)
        return bytes.count > maximumOutput ? shown + "\n… and \(bytes.count - maximumOutput) bytes more\n" : shown
    }
}
