/// What is wrong with a number that people give, in words.
package enum NumberRule {
    /// Why `value` is not one of `range`; nil when it is.
    package static func problem(_ value: Int, in range: ClosedRange<Int>, of what: String) -> String? {
        range.contains(value) ? nil : "\(what) must be \(range.lowerBound) to \(range.upperBound), not \(value)"
    }
}
