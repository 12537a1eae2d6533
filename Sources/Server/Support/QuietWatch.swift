/// Tells when a server that was busy is so no longer: the moment to tidy up, once.
package struct QuietWatch {
    /// Of one processor's time; a server that only looks at its machines takes less.
    private static let quietShare = 0.02

    private var wasBusy = false
    private var spent: Duration

    /// - Parameter spent: the processor's time that the process has taken so far.
    package init(spent: Duration) { self.spent = spent }

    /// Whether a busy time has ended with the span that is over.
    /// - Parameter spent: as above, at the end of the span.
    package mutating func hasQuietened(after span: Duration, spent: Duration) -> Bool {
        let isBusy = spent - self.spent > span * Self.quietShare
        self.spent = spent
        defer { wasBusy = isBusy }
        return wasBusy && !isBusy
    }
}
