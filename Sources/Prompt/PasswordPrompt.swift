import Glibc

/// Why there is no password.
package enum PromptError: Error, Equatable, Sendable {
    /// The person changed their mind: Ctrl-C or Ctrl-D.
    case interrupted
    case empty
    case tooLong
    case notText
    case different
    case failed(String)

    package var message: String {
        switch self {
        case .interrupted: "interrupted"
        case .empty: "no password was given"
        case .tooLong: "the password is longer than \(PasswordPrompt.maximumLength) bytes"
        case .notText: "the password is not UTF-8"
        case .different: "the two passwords are not the same"
        case .failed(let reason): "the password cannot be read: \(reason)"
        }
    }
}

/// Asks for a password: at a terminal unseen, else on the first line of standard input, so that it never is an argument
/// that every user of the host can read.
///
/// glibc's calls take pointers to bytes and settings that live as long as the call: hence each `unsafe` here.
package enum PasswordPrompt {
    package static let maximumLength = 1024

    /// - Parameter isNew: asks twice at a terminal, because nobody sees what they type.
    package static func read(_ words: String, isNew: Bool = false) throws(PromptError) -> String {
        guard isatty(0) == 1 else { return try text(firstLine()) }
        let password = try ask("\(words): ")
        if isNew, try ask("\(words) again: ") != password { throw .different }
        return password
    }

    /// A line that may be seen, such as an address. Nil when standard input is no terminal.
    package static func readVisible(_ words: String) throws(PromptError) -> String? {
        guard isatty(0) == 1 else { return nil }
        say("\(words): ")
        return try text(firstLine())
    }

    // MARK: A terminal

    private static func ask(_ words: String) throws(PromptError) -> String {
        var before = termios()
        guard unsafe tcgetattr(0, &before) == 0 else { throw .failed(reason) }
        var unseen = before
        // Keys come one by one and make no signal: a program that a signal ends would leave a terminal that shows nothing.
        unseen.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        guard unsafe tcsetattr(0, TCSAFLUSH, &unseen) == 0 else { throw .failed(reason) }
        say(words)
        var typed = TypedLine()
        var end = TypedLine.End.more
        while end == .more {
            guard let byte = try nextByte() else { end = .interrupted; break }
            end = typed.take(byte)
        }
        unsafe _ = tcsetattr(0, TCSAFLUSH, &before)
        say("\n")
        switch end {
        case .interrupted: throw .interrupted
        case .tooLong: throw .tooLong
        case .more, .line: return try text(typed.bytes)
        }
    }

    private static func say(_ words: String) {
        let bytes = Array(words.utf8)
        // Standard output may be a pipe, for what the command has to tell.
        unsafe _ = bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }

    // MARK: Bytes

    /// Reads byte by byte: what stands behind the line belongs to somebody else.
    private static func firstLine() throws(PromptError) -> [UInt8] {
        var line: [UInt8] = []
        while let byte = try nextByte(), byte != UInt8(ascii: "\n") {
            line.append(byte)
            if line.count > maximumLength { throw .tooLong }
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// Nil at the end.
    private static func nextByte() throws(PromptError) -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = unsafe Glibc.read(0, &byte, 1)
            if count > 0 { return byte }
            if count == 0 { return nil }
            if errno != EINTR { throw .failed(reason) }
        }
    }

    private static func text(_ bytes: [UInt8]) throws(PromptError) -> String {
        if bytes.isEmpty { throw .empty }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
        return text
    }

    private static var reason: String { unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "" }
}

/// A line as it is typed, key by key.
package struct TypedLine: Equatable, Sendable {
    package enum End: Equatable, Sendable { case more, line, interrupted, tooLong }

    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func take(_ byte: UInt8) -> End {
        switch byte {
        case 0x0A, 0x0D: return .line
        case 0x03: return .interrupted
        // Ctrl-D: the end of a line that has begun, as everywhere.
        case 0x04: return bytes.isEmpty ? .interrupted : .line
        case 0x7F, 0x08: eraseCharacter()
        case 0x15: bytes = []
        case 0..<0x20: break
        default:
            bytes.append(byte)
            if bytes.count > PasswordPrompt.maximumLength { return .tooLong }
        }
        return .more
    }

    /// A character of UTF-8 is one byte and those behind it that begin with the bits 10.
    private mutating func eraseCharacter() {
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    }
}
