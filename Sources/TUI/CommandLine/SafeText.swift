package import JSON

/// What may be written to a terminal: nothing in it moves the cursor, colours the screen or reorders a line.
package enum SafeText {
    /// Text for people, whose own line breaks stay.
    package static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Text.sanitised($0) }
            .joined(separator: "\n")
    }
}

/// JSON that may be shown on a terminal: what a terminal could obey is written as an escape, and means the same.
package enum SafeJSON {
    package static func escaped(_ value: JSONValue) -> [UInt8] { Array(escaped(value.text).utf8) }
    package static func escaped(_ json: [UInt8]) -> [UInt8] {
        Array(escaped(String(decoding: json, as: UTF8.self)).utf8)
    }

    /// JSON in which characters that a terminal would obey, and that JSON allows as they are, are escaped too.
    /// It means the same.
    package static func escaped(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: isDangerous) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            guard isDangerous(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            // UTF-16, as JSON counts: the tags of plane 14 take two units.
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }

    /// Controls (C0 but for the white space of JSON, DEL, C1) and format characters that reorder or hide text.
    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case 0...0x1F, 0x7F...0x9F, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
