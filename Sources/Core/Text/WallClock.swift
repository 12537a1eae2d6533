/// Where the time of day comes from: tests pass one that they set by hand.
package protocol WallClock: Sendable {
    var now: Timestamp { get }
}
