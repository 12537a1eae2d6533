/// Tells when a server that was busy is so no longer: the moment to tidy up. Its start is a busy time.
package struct QuietWatch {
    /// Of one processor's time; less than that is no busy time.
    private static let leastShare = 0.02
    /// A busy time is over when the server takes this part of what it took then. What it takes to look at its machines depends
    /// on how many it has.
    private static let quietPart = 0.25

    private let rest: Duration
    /// The most that it took since it was told of last, and how long ago that is.
    private var most = 1.0
    private var ago: Duration
    private var spent: Duration

    /// - Parameters:
    ///   - rest: the least time between the ends of two busy times that it tells of.
    ///   - spent: the processor's time that the process has taken so far.
    package init(rest: Duration, spent: Duration) {
        self.rest = rest
        self.spent = spent
        ago = rest
    }

    /// Whether a busy time is over at the end of this span.
    /// - Parameter spent: as above, at the end of the span.
    package mutating func hasQuietened(after span: Duration, spent: Duration) -> Bool {
        let share = (spent - self.spent) / span
        self.spent = spent
        ago += span
        if most > Self.leastShare, share < most * Self.quietPart, ago >= rest {
            (most, ago) = (share, .zero)
            return true
        }
        most = max(most, share)
        return false
    }
}
