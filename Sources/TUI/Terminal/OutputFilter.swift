/// Takes out of ncurses' bytes what a terminal already knows. ncurses sends both colours whenever one changes and puts
/// everything back at the end of each frame; over SSH that is half of what it sends.
///
/// Colours and attributes are held back until something is written that shows them, then only the difference is sent. A
/// jump within a row, for which ncurses names the row once more, names only the column.
///
/// Two things never pass: that a character be repeated (REP), which xterm's description promises and much that calls itself
/// xterm does not know, is written out; and that the palette be put back (OSC 104), in which the person at the terminal may
/// have colours of their own. Everything else passes as it is.
///
/// Sequences never cross the border of two frames.
struct OutputFilter {
    /// Colours and attributes of a terminal. Colours are kept as the parameters that set them; empty is the default.
    private struct Look: Equatable {
        var foreground: [UInt8] = []
        var background: [UInt8] = []
        /// By parameter: bit n is SGR n.
        var attributes: UInt16 = 0
        /// Underlined, reversed, crossed out.
        static let seenOnBlanks: UInt16 = 1 << 4 | 1 << 7 | 1 << 9
        /// The characters in G0: `ESC ( x`.
        var charset: UInt8 = 0x42
        /// Whether G0 (SI) or G1 (SO) is written: old terminals switch between the two instead.
        var shift: UInt8 = 0x0F
        /// SGR 10 to 12: the console of Linux draws lines with another font.
        var font: UInt8 = 10

        /// Plain letters in the characters of another look.
        func plain() -> Look { Look(charset: charset, shift: shift, font: font) }
    }

    private var wanted = Look()
    private var shown = Look()
    private var cursor = FrameCursor()
    /// The character that was written last, for what repeats it.
    private var written: [UInt8] = []
    /// Whether the terminal can go to a column of the row that it is in (`hpa`), by the sequence that xterm has for it.
    var knowsColumns = false

    /// The terminal's state is unknown or plain again: after its modes were given back.
    mutating func reset() {
        wanted = Look()
        shown = Look()
    }

    /// A frame's bytes, shorter.
    /// - Parameter size: that of the terminal.
    mutating func filter(_ bytes: [UInt8], size: Size) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        cursor = FrameCursor(columns: size.columns)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x1B, index + 2 < bytes.count else {
                if bytes[index] == 0x0E || bytes[index] == 0x0F {
                    wanted.shift = bytes[index]
                    index += 1
                    continue
                }
                // Cursor moves by control characters show no colours; a line feed may scroll and fill with one.
                if bytes[index] > 0x20 {
                    settle(&output)
                } else if bytes[index] == 0x20 || bytes[index] == 0x0A {
                    settleBlank(&output)
                }
                write(bytes[index], &output)
                index += 1
                continue
            }
            if bytes[index + 1] == 0x28 {
                wanted.charset = bytes[index + 2]
                index += 3
                continue
            }
            if bytes[index + 1] == 0x5D {
                index = FrameCursor.end(ofCommand: bytes, from: index)
                continue
            }
            guard bytes[index + 1] == 0x5B, let end = bytes[(index + 2)...].firstIndex(where: { 0x40...0x7E ~= $0 })
            else {
                settle(&output)
                output.append(bytes[index])
                cursor.lose()
                index += 1
                continue
            }
            let sequence = bytes[index...end]
            if bytes[end] == 0x6D, apply(sequence.dropFirst(2).dropLast()) {
                index = end + 1
                continue
            }
            if bytes[end] == 0x62, let count = Int(String(decoding: sequence.dropFirst(2).dropLast(), as: UTF8.self)) {
                let character = written
                for _ in 0..<min(count, size.columns) { for byte in character { write(byte, &output) } }
                index = end + 1
                continue
            }
            switch bytes[end] {
            // H, d, G, A to F move the cursor and show nothing.
            case 0x41...0x48 where bytes[index + 2] != 0x3F, 0x64: break
            // J, K and X write blanks.
            case 0x4A, 0x4B, 0x58: settleBlank(&output)
            default: settle(&output)
            }
            index = end + 1
            let column = cursor.column(ofJump: sequence)
            cursor.pass(sequence)
            if knowsColumns, let column {
                output.append(contentsOf: [0x1B, 0x5B])
                output.append(contentsOf: String(column).utf8)
                output.append(0x47)
            } else {
                output.append(contentsOf: sequence)
            }
            if sequence.elementsEqual([0x1B, 0x5B, 0x32, 0x4A]) { clearRows(size.rows, &output) }
        }
        return output
    }

    private mutating func write(_ byte: UInt8, _ output: inout [UInt8]) {
        output.append(byte)
        cursor.pass(byte)
        guard byte >= 0x20 else { return }
        if 0x80...0xBF ~= byte { written.append(byte) } else { written = [byte] }
    }

    /// Clears each row of a screen that was cleared. Some terminals know of no cells but those that were written, and show
    /// the others in a colour of their own whatever was set.
    private mutating func clearRows(_ rows: Int, _ output: inout [UInt8]) {
        guard !shown.background.isEmpty else { return }
        let home: [UInt8] = [0x1B, 0x5B, 0x48]
        output += home
        for row in 0..<rows { output += row == 0 ? [0x1B, 0x5B, 0x4B] : [0x0A, 0x1B, 0x5B, 0x4B] }
        output += home
    }

    /// What has to be sent before a blank, of which only the background shows and lines through or under it.
    private mutating func settleBlank(_ output: inout [UInt8]) {
        guard wanted.background != shown.background || (wanted.attributes ^ shown.attributes) & Look.seenOnBlanks != 0
        else { return }
        if (wanted.attributes ^ shown.attributes) & Look.seenOnBlanks != 0 { return settle(&output) }
        output.append(contentsOf: [0x1B, 0x5B])
        output.append(contentsOf: wanted.background.isEmpty ? [0x34, 0x39] : wanted.background)
        output.append(0x6D)
        shown.background = wanted.background
    }

    /// What has to be sent before something that shows colours.
    private mutating func settle(_ output: inout [UInt8]) {
        guard wanted != shown else { return }
        if wanted.charset != shown.charset { output.append(contentsOf: [0x1B, 0x28, wanted.charset]) }
        if wanted.shift != shown.shift { output.append(wanted.shift) }
        var parameters: [ArraySlice<UInt8>] = []
        if shown.attributes & ~wanted.attributes != 0 {
            // Taking an attribute away: all of them, because bold and faint have one switch together.
            parameters.append([0x30])
            shown = shown.plain()
        }
        for attribute in UInt8(1)...9 where wanted.attributes & ~shown.attributes & (1 << UInt16(attribute)) != 0 {
            parameters.append([0x30 + attribute])
        }
        if wanted.font != shown.font { parameters.append([0x31, 0x30 + wanted.font % 10]) }
        if wanted.foreground != shown.foreground {
            parameters.append(wanted.foreground.isEmpty ? [0x33, 0x39] : wanted.foreground[...])
        }
        if wanted.background != shown.background {
            parameters.append(wanted.background.isEmpty ? [0x34, 0x39] : wanted.background[...])
        }
        if wanted == wanted.plain(), wanted.font == shown.font, !parameters.isEmpty { parameters = [[]] }
        if !parameters.isEmpty {
            output.append(contentsOf: [0x1B, 0x5B])
            output.append(contentsOf: parameters.joined(separator: [0x3B]))
            output.append(0x6D)
        }
        shown = wanted
    }

    /// Takes the parameters of an SGR sequence. False, and nothing taken, when one of them is not known.
    private mutating func apply(_ body: ArraySlice<UInt8>) -> Bool {
        var look = wanted
        let parts = body.split(separator: 0x3B, omittingEmptySubsequences: false)
        var index = 0
        while index < parts.count {
            let part = parts[index]
            index += 1
            if part.contains(0x3A) {
                if part.starts(with: [0x33, 0x38]) {
                    look.foreground = Array(part)
                } else if part.starts(with: [0x34, 0x38]) {
                    look.background = Array(part)
                } else {
                    return false
                }
                continue
            }
            guard let number = OutputFilter.number(part) else { return false }
            switch number {
            case 0: look = look.plain()
            case 1...9: look.attributes |= 1 << UInt16(number)
            case 10...12: look.font = UInt8(number)
            case 22: look.attributes &= ~0b110
            case 23: look.attributes &= ~(1 << 3)
            case 24: look.attributes &= ~(1 << 4)
            case 25: look.attributes &= ~(1 << 5)
            case 27: look.attributes &= ~(1 << 7)
            case 30...37, 90...97: look.foreground = Array(part)
            case 40...47, 100...107: look.background = Array(part)
            case 39: look.foreground = []
            case 49: look.background = []
            case 38, 48:
                let count = index < parts.count ? OutputFilter.number(parts[index]) == 5 ? 2 : 4 : 0
                guard count > 0, index + count <= parts.count else { return false }
                let colour = Array(([part] + parts[index..<index + count]).joined(separator: [0x3B]))
                if number == 38 { look.foreground = colour } else { look.background = colour }
                index += count
            default: return false
            }
        }
        wanted = look
        return true
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard 0x30...0x39 ~= digit, value < 1000 else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }
}
