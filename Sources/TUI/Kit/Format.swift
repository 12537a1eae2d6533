/// Numbers as short text of a stable width, so that a list does not jitter when they change. Missing is not zero: it shows `–`.
package enum Format {
    package static let missing = "–"

    /// At most four columns: `0`, `999`, `1.2K`, `34M`, `1.0G`. Powers of 1024.
    package static func compact(_ value: Double?) -> String {
        guard let value, value.isFinite else { return missing }
        let units = ["", "K", "M", "G", "T", "P", "E"]
        var amount = max(0, value)
        var unit = 0
        while unit < units.count - 1, amount >= 999.5 {
            amount /= 1024
            unit += 1
        }
        if unit == 0 { return String(Int(amount.rounded())) }
        return (amount < 9.95 ? decimal(amount, places: 1) : String(Int(min(amount, 9999).rounded()))) + units[unit]
    }

    /// How many: `0`, `999`, `1.2k`, `34k`, `5.0M`; at most four columns. Powers of 1000.
    package static func count(_ value: Int64?) -> String {
        guard let value else { return missing }
        let units = ["", "k", "M", "G", "T", "P", "E"]
        var amount = Double(max(0, value))
        var unit = 0
        while unit < units.count - 1, amount >= 999.5 {
            amount /= 1000
            unit += 1
        }
        if unit == 0 { return String(Int(amount)) }
        return (amount < 9.95 ? decimal(amount, places: 1) : String(Int(amount.rounded()))) + units[unit]
    }

    /// Bytes: `12B`, `1.2K`, `34M`; at most four columns, from 100 bytes up.
    package static func bytes(_ value: Double?) -> String {
        guard let value, value.isFinite else { return missing }
        return value < 999.5 ? compact(value) + "B" : compact(value)
    }

    /// Bytes a second: `1.2M/s`, at most six columns; nothing at all moving shows `0`.
    package static func rate(_ bytesPerSecond: Double?) -> String {
        guard let bytesPerSecond, bytesPerSecond.isFinite else { return missing }
        return bytesPerSecond < 0.5 ? "0" : bytes(bytesPerSecond) + "/s"
    }

    /// Memory counted in MiB: `512M`, `2.0G`.
    package static func mebibytes(_ value: Double?) -> String {
        compact(value.map { $0 * 1_048_576 })
    }

    /// `0%`, `3.4%` below ten, `57%`, `100%`, `800%`: at most four columns below 1000 %.
    package static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return missing }
        let amount = max(0, value)
        if amount >= 0.05, amount < 9.95 { return decimal(amount, places: 1) + "%" }
        return String(Int(min(amount, 99_999).rounded())) + "%"
    }

    /// How long ago, in the largest whole unit: `3s`, `5m`, `2h`, `4d`, `3w`, `2y`; at most three columns for nearly all.
    package static func age(seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return missing }
        let whole = Int(min(max(0, seconds), 1e12))
        return switch whole {
        case ..<60: "\(whole)s"
        case ..<3600: "\(whole / 60)m"
        case ..<86_400: "\(whole / 3600)h"
        case ..<(14 * 86_400): "\(whole / 86_400)d"
        case ..<(365 * 86_400): "\(whole / (7 * 86_400))w"
        default: "\(whole / (365 * 86_400))y"
        }
    }

    /// A length of time in two units: `42s`, `3m 05s`, `2h 07m`, `3d 4h`.
    package static func duration(seconds: Double) -> String {
        let whole = Int(min(max(0, seconds), 1e12))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return switch whole {
        case ..<60: "\(whole)s"
        case ..<3600: "\(whole / 60)m \(two(whole % 60))s"
        case ..<86_400: "\(whole / 3600)h \(two(whole / 60 % 60))m"
        default: "\(whole / 86_400)d \(whole / 3600 % 24)h"
        }
    }

    /// A number with a fixed number of places, rounded.
    package static func decimal(_ value: Double, places: Int) -> String {
        var scale = 1
        for _ in 0..<max(0, places) { scale *= 10 }
        let scaled = Int((min(max(value, -1e12), 1e12) * Double(scale)).rounded())
        if places <= 0 { return String(scaled) }
        let fraction = String(scaled.magnitude % UInt(scale))
        return (scaled < 0 ? "-" : "") + String(scaled.magnitude / UInt(scale)) + "."
            + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
