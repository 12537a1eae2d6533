/// Turns the bytes of a terminal into inputs. A value without a terminal: sequences may arrive in any pieces.
///
/// Understood: UTF-8, control keys, Alt (escape before a key), arrows and function keys of xterm, linux, rxvt and vt220 in
/// both keypad modes, SGR mouse, focus, bracketed paste, and answers to the questions that `Terminal` asks.
package struct KeyDecoder: Sendable {
    /// What the terminal sent.
    package enum Token: Equatable, Sendable {
        case input(Input)
        /// The answer to DECRQM: a mode and its state (0 = not known).
        case modeReport(mode: Int, state: Int)
    }

    /// A paste longer than this is cut: nobody pastes a megabyte into a console on purpose.
    package static let pasteLimit = 64 * 1024
    /// A sequence longer than this is not one.
    private static let sequenceLimit = 64

    private var pending: [UInt8] = []
    private var paste: [UInt8]?
    private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)
    private var pasteEndMatched = 0

    package init() {}

    /// Whether an escape waits for what may follow it: after 25 ms of silence, call `flush`.
    package var isWaiting: Bool { !pending.isEmpty && paste == nil }

    /// Takes bytes and returns what is complete.
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [Token] {
        var tokens: [Token] = []
        for byte in bytes {
            if paste != nil {
                feedPaste(byte, &tokens)
            } else {
                pending.append(byte)
                drain(&tokens)
            }
        }
        return tokens
    }

    /// The time for the rest of a sequence is over: what is here is keys.
    package mutating func flush() -> [Token] {
        guard isWaiting else { return [] }
        var tokens: [Token] = []
        let bytes = pending
        pending = []
        if bytes == [0x1B] { return [.input(.key(.escape))] }
        if bytes == [0x1B, 0x1B] { return [.input(.key(.escape)), .input(.key(.escape))] }
        // Alt with a bracket or an O, or a broken sequence, which is dropped rather than read as commands.
        if bytes.count == 2, bytes[0] == 0x1B { tokens.append(.input(.key(.alt(Character(UnicodeScalar(bytes[1])))))) }
        return tokens
    }

    private mutating func feedPaste(_ byte: UInt8, _ tokens: inout [Token]) {
        let end = KeyDecoder.pasteEnd
        if byte == end[pasteEndMatched] {
            pasteEndMatched += 1
            if pasteEndMatched == end.count {
                let text = String(decoding: paste ?? [], as: UTF8.self)
                paste = nil
                pasteEndMatched = 0
                // Terminals send line breaks as CR.
                let lines = text.replacingCarriageReturns()
                tokens.append(.input(.paste(lines)))
            }
            return
        }
        if pasteEndMatched > 0 {
            appendToPaste(end[..<pasteEndMatched])
            pasteEndMatched = 0
            if byte == end[0] {
                pasteEndMatched = 1
                return
            }
        }
        appendToPaste(CollectionOfOne(byte))
    }

    private mutating func appendToPaste(_ bytes: some Collection<UInt8>) {
        if let count = paste?.count, count + bytes.count <= KeyDecoder.pasteLimit { paste?.append(contentsOf: bytes) }
    }

    private enum Step { case incomplete, token(Token, Int), skip(Int), paste(Int) }

    private mutating func drain(_ tokens: inout [Token]) {
        while !pending.isEmpty {
            switch KeyDecoder.step(pending) {
            case .incomplete:
                if pending.count > KeyDecoder.sequenceLimit { pending = [] }
                return
            case .token(let token, let count):
                tokens.append(token)
                pending.removeFirst(count)
            case .skip(let count): pending.removeFirst(count)
            case .paste(let count):
                pending.removeFirst(count)
                paste = []
                pasteEndMatched = 0
                let rest = pending
                pending = []
                for byte in rest { feedPaste(byte, &tokens) }
                return
            }
        }
    }

    private static func step(_ bytes: [UInt8]) -> Step {
        if bytes[0] == 0x1B { return escape(bytes) }
        guard let (key, count) = plain(bytes[...]) else {
            return count(ofUTF8: bytes[0]) > bytes.count ? .incomplete : .skip(1)
        }
        return .token(.input(.key(key)), count)
    }

    /// A key that is no escape sequence. Nil when it is incomplete or no UTF-8.
    private static func plain(_ bytes: ArraySlice<UInt8>) -> (Key, Int)? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x00: return (.control(" "), 1)
        case 0x09: return (.tab, 1)
        case 0x0A, 0x0D: return (.enter, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0x01...0x1A: return (.control(Character(UnicodeScalar(first + 0x60))), 1)
        case 0x1C...0x1F: return (.control(Character(UnicodeScalar(first + 0x40))), 1)
        case 0x20..<0x7F: return (.character(Character(UnicodeScalar(first))), 1)
        default:
            let count = count(ofUTF8: first)
            guard count > 1, bytes.count >= count else { return nil }
            guard let text = String(validating: bytes.prefix(count), as: UTF8.self), let character = text.first else {
                return nil
            }
            // C1 controls are no characters that anybody types.
            if let scalar = text.unicodeScalars.first, scalar.value < 0xA0 { return nil }
            return (.character(character), count)
        }
    }

    private static func count(ofUTF8 first: UInt8) -> Int {
        switch first {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    private static func escape(_ bytes: [UInt8]) -> Step {
        guard bytes.count > 1 else { return .incomplete }
        switch bytes[1] {
        case 0x5B: return csi(bytes)
        case 0x4F: return ss3(bytes)
        // OSC, DCS, APC and the like: answers nobody asked for, up to BEL or ST.
        case 0x5D, 0x50, 0x5F, 0x5E, 0x58: return string(bytes)
        case 0x1B:
            // Escape, then a sequence or another escape: the first one stands alone.
            if bytes.count == 2 { return .incomplete }
            return .token(.input(.key(.escape)), 1)
        default:
            guard let (key, count) = plain(bytes[1...]) else {
                return count(ofUTF8: bytes[1]) > bytes.count - 1 ? .incomplete : .skip(2)
            }
            if case .character(let character) = key { return .token(.input(.key(.alt(character))), count + 1) }
            if key == .backspace { return .token(.input(.key(.control("w"))), 2) }
            if key == .enter { return .token(.input(.key(.alt("\n"))), 2) }
            return .token(.input(.key(.escape)), 1)
        }
    }

    private static func ss3(_ bytes: [UInt8]) -> Step {
        guard bytes.count > 2 else { return .incomplete }
        let keys: [UInt8: Key] = [
            0x41: .up, 0x42: .down, 0x43: .right, 0x44: .left, 0x48: .home, 0x46: .end, 0x4D: .enter,
            0x50: .function(1), 0x51: .function(2), 0x52: .function(3), 0x53: .function(4),
        ]
        guard let key = keys[bytes[2]] else { return .skip(3) }
        return .token(.input(.key(key)), 3)
    }

    private static func string(_ bytes: [UInt8]) -> Step {
        if bytes.count == 2 { return .incomplete }
        for index in 2..<bytes.count {
            if bytes[index] == 0x07 { return .skip(index + 1) }
            if bytes[index] == 0x5C, bytes[index - 1] == 0x1B { return .skip(index + 1) }
        }
        return .incomplete
    }

    private static func csi(_ bytes: [UInt8]) -> Step {
        guard bytes.count > 2 else { return .incomplete }
        // The linux console's F1 to F5: ESC [ [ A.
        if bytes[2] == 0x5B {
            guard bytes.count > 3 else { return .incomplete }
            let letter = bytes[3]
            return 0x41...0x45 ~= letter ? .token(.input(.key(.function(Int(letter) - 0x40))), 4) : .skip(4)
        }
        guard let end = bytes[2...].firstIndex(where: { 0x40...0x7E ~= $0 }) else {
            // A byte that no sequence contains ends it.
            if let bad = bytes[2...].firstIndex(where: { $0 < 0x20 || $0 > 0x7E }) { return .skip(bad) }
            return .incomplete
        }
        let body = bytes[2..<end]
        if let bad = body.firstIndex(where: { $0 < 0x20 }) { return .skip(bad) }
        let length = end + 1
        let final = bytes[end]
        if body.first == 0x3C {
            guard let mouse = mouse(body.dropFirst(), final) else { return .skip(length) }
            return .token(.input(.mouse(mouse)), length)
        }
        if body.first == 0x3F {
            guard final == 0x79, body.last == 0x24 else { return .skip(length) }
            let numbers = numbers(body.dropFirst().dropLast())
            guard numbers.count == 2 else { return .skip(length) }
            return .token(.modeReport(mode: numbers[0], state: numbers[1]), length)
        }
        // The old mouse protocol, which we never ask for: three bytes follow.
        if final == 0x4D, body.isEmpty { return bytes.count < length + 3 ? .incomplete : .skip(length + 3) }
        if body.elementsEqual("200".utf8), final == 0x7E { return .paste(length) }
        guard let input = key(numbers(body), final) else { return .skip(length) }
        return .token(.input(input), length)
    }

    private static func key(_ numbers: [Int], _ final: UInt8) -> Input? {
        let modifier = (numbers.count > 1 ? numbers[1] : 1) - 1
        let key: Key
        switch final {
        case 0x41: key = .up
        case 0x42: key = .down
        case 0x43: key = .right
        case 0x44: key = .left
        case 0x46: key = .end
        case 0x48: key = .home
        case 0x5A: key = .backTab
        case 0x50...0x53: key = .function(Int(final) - 0x4F)
        case 0x49: return .focus(true)
        case 0x4F: return .focus(false)
        case 0x7E:
            guard let named = tilde[numbers.first ?? 0] else { return nil }
            key = named
        default: return nil
        }
        // Shift+tab is a key of its own; Alt+arrow moves by words, as Alt+b and Alt+f do.
        if modifier & 2 != 0 || modifier & 4 != 0 {
            if key == .left { return .key(.alt("b")) }
            if key == .right { return .key(.alt("f")) }
        }
        return .key(key)
    }

    /// `ESC [ number ~`. Sources: xterm's control sequences, rxvt's and vt220's key tables.
    private static let tilde: [Int: Key] = [
        1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
        11: .function(1), 12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6),
        18: .function(7), 19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11), 24: .function(12),
    ]

    private static func numbers(_ bytes: some Sequence<UInt8>) -> [Int] {
        var numbers = [0]
        for byte in bytes {
            if 0x30...0x39 ~= byte {
                numbers[numbers.count - 1] = min(numbers[numbers.count - 1] * 10 + Int(byte - 0x30), 1_000_000)
            } else if byte == 0x3B {
                numbers.append(0)
            }
        }
        return numbers
    }

    /// SGR mouse: button;column;row, then M for pressed and m for released. Source: xterm's control sequences.
    private static func mouse(_ body: some Sequence<UInt8>, _ final: UInt8) -> Mouse? {
        let numbers = numbers(body)
        guard numbers.count == 3, final == 0x4D || final == 0x6D else { return nil }
        let code = numbers[0]
        let button = code & 3
        let action: Mouse.Action
        if code & 64 != 0 {
            guard button < 2 else { return nil }
            action = button == 0 ? .wheelUp : .wheelDown
        } else if final == 0x6D {
            action = .release(button)
        } else if code & 32 != 0 {
            guard button < 3 else { return nil }
            action = .drag(button)
        } else {
            action = .press(button)
        }
        return Mouse(action, x: max(0, numbers[1] - 1), y: max(0, numbers[2] - 1))
    }
}

extension String {
    fileprivate func replacingCarriageReturns() -> String {
        var result = ""
        // A grapheme cluster: CR LF is one character.
        for character in self { result.append(character == "\r" || character == "\r\n" ? "\n" : character) }
        return result
    }
}
