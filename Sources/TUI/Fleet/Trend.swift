package import Core

/// CPU shares of the last minute, one for each two seconds, in 32 bytes: ten thousand machines have one each.
package struct Trend: Equatable, Sendable {
    package static let capacity = 32
    /// Milliseconds that one value stands for.
    package static let step: Int64 = 2000
    private static let none: UInt8 = 255

    private var values = SIMD32<UInt8>(repeating: Trend.none)
    /// The step that the newest value belongs to; 0 before the first one.
    private var newest: Int64 = 0

    package init() {}

    package var isEmpty: Bool { newest == 0 }

    /// Takes a share of 0 to 100. Steps that nothing was heard of keep the value before them where the gap is short: a figure
    /// that did not change is not sent again.
    package mutating func append(_ percent: Double?, at time: Timestamp) {
        let value = percent.map { UInt8(max(0, min(250, ($0 * 2.5).rounded()))) } ?? Self.none
        let step = time.rawValue / Self.step
        guard step >= newest else { return }
        let steps = newest == 0 ? 1 : min(Int64(Self.capacity), step - newest)
        let filler = step - newest > 5 ? Self.none : values[Self.capacity - 1]
        if steps > 0 {
            let count = Int(steps)
            for index in 0..<Self.capacity {
                values[index] = index + count < Self.capacity ? values[index + count] : filler
            }
        }
        values[Self.capacity - 1] = value
        newest = step
    }

    /// The newest values, oldest first; nil where nothing was measured.
    package func percents(_ count: Int) -> [Double?] {
        let count = min(max(0, count), Self.capacity)
        return (Self.capacity - count..<Self.capacity).map {
            values[$0] == Self.none ? nil : Double(values[$0]) / 2.5
        }
    }
}
