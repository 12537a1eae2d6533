/// An instant in milliseconds since 1970-01-01 UTC: what the tables and the API carry.
package struct Timestamp: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(milliseconds: Int64) { rawValue = milliseconds }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Milliseconds from `other` to this instant.
    package func milliseconds(since other: Timestamp) -> Int64 { rawValue - other.rawValue }
    package func adding(milliseconds: Int64) -> Timestamp { Timestamp(rawValue: rawValue + milliseconds) }
}

extension Timestamp {
    /// Year to millisecond in the proleptic Gregorian calendar, UTC.
    package struct Components: Equatable, Sendable {
        package var year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int
    }

    package var components: Components {
        let days = rawValue.floorDivided(by: 86_400_000)
        let time = Int(rawValue - days * 86_400_000)
        // Days to a date by counting eras of 400 years from 0000-03-01: Hinnant, "chrono-compatible date algorithms".
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = Int(shifted - era * 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
        return Components(
            year: year, month: month, day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1,
            hour: time / 3_600_000, minute: time / 60_000 % 60, second: time / 1000 % 60, millisecond: time % 1000)
    }

    /// `2025-11-21T10:15:30.000Z`, the form that `DateTimeISO` has in the API.
    package var iso8601: String {
        if let text = iso8601Text { return String(decoding: (1..<25).map { text[$0] }, as: UTF8.self) }
        let c = components
        let date = "\(padded(c.year, 4))-\(padded(c.month, 2))-\(padded(c.day, 2))"
        let time = "\(padded(c.hour, 2)):\(padded(c.minute, 2)):\(padded(c.second, 2)).\(padded(c.millisecond, 3))"
        return "\(date)T\(time)Z"
    }

    /// The same in quotes, as it is in JSON, for years of four digits. Lists are full of times: making texts of them would
    /// take longer than all the rest.
    package var iso8601Text: InlineArray<26, UInt8>? {
        let c = components
        guard (0...9999).contains(c.year) else { return nil }
        var text = Self.form
        text.set(c.year / 100, at: 1)
        text.set(c.year % 100, at: 3)
        text.set(c.month, at: 6)
        text.set(c.day, at: 9)
        text.set(c.hour, at: 12)
        text.set(c.minute, at: 15)
        text.set(c.second, at: 18)
        text[21] = UInt8(truncatingIfNeeded: 48 + c.millisecond / 100)
        text.set(c.millisecond % 100, at: 22)
        return text
    }

    /// `"0000-00-00T00:00:00.000Z"`
    private static let form: InlineArray<26, UInt8> = [
        34, 48, 48, 48, 48, 45, 48, 48, 45, 48, 48, 84, 48, 48, 58, 48, 48, 58, 48, 48, 46, 48, 48, 48, 90, 34,
    ]

    /// Reads `2025-11-21T10:15:30.000Z`, and PostgreSQL's `2025-11-21 10:15:30.123`. A time without offset is UTC.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[from..<from + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        guard bytes.count >= 19, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84 || bytes[10] == 32,
            bytes[13] == 58, bytes[16] == 58,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var position = 19
        var millisecond = 0
        if position < bytes.count, bytes[position] == 46 {
            position += 1
            var scale = 100
            while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
                millisecond += Int(bytes[position] - 48) * scale
                scale /= 10
                position += 1
            }
        }
        var offset = 0
        if position < bytes.count {
            switch bytes[position] {
            case 90, 122: guard position + 1 == bytes.count else { return nil }
            case 43, 45:
                guard let hours = number(position + 1, 2) else { return nil }
                let colon = position + 3 < bytes.count && bytes[position + 3] == 58 ? 1 : 0
                let minutes = number(position + 3 + colon, 2) ?? 0
                offset = (hours * 60 + minutes) * (bytes[position] == 45 ? -1 : 1)
            default: return nil
            }
        }
        let fromMarch = month > 2 ? month - 3 : month + 9
        let shiftedYear = Int64(month > 2 ? year : year - 1)
        let era = shiftedYear.floorDivided(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * fromMarch + 2) / 5 + day - 1)
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        let seconds = days * 86_400 + Int64(hour * 3600 + (minute - offset) * 60 + second)
        rawValue = seconds * 1000 + Int64(millisecond)
    }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension InlineArray<26, UInt8> {
    /// Two digits. By a constant: dividing by what is only known at run time takes ten times as long.
    fileprivate mutating func set(_ value: Int, at place: Int) {
        self[place] = UInt8(truncatingIfNeeded: 48 + value / 10)
        self[place + 1] = UInt8(truncatingIfNeeded: 48 + value % 10)
    }
}
