/// Tells when a server that was busy is so no longer: the moment to tidy up, once. Its start is a busy time.
package struct QuietWatch {
    /// Of one processor's time; less than that is no busy time.
    private static let leastShare = 0.02
    /// A busy time is over when the server takes this part of what it took then. What it takes to look at its machines depends
    /// on how many it has.
    private static let quietPart = 0.25

    /// The most that it took since the last busy time was over.
    private var most = 1.0
    private var spent: Duration

    /// - Parameter spent: the processor's time that the process has taken so far.
    package init(spent: Duration) { self.spent = spent }

    /// Whether a busy time has ended with the span that is over.
    /// - Parameter spent: as above, at the end of the span.
    package mutating func hasQuietened(after span: Duration, spent: Duration) -> Bool {
        let share = (spent - self.spent) / span
        self.spent = spent
        if most > Self.leastShare, share < most * Self.quietPart {
            most = share
            return true
        }
        most = max(most, share)
        return false
    }
}
