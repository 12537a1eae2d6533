import Core
import Synchronization

/// The present time in HTTP's form, made once a second however many responses carry it.
final class HTTPDate: Sendable {
    private let clock: any WallClock
    private let last = Mutex<(second: Int64, text: String)>((-1, ""))

    init(clock: any WallClock) { self.clock = clock }

    var now: String {
        let time = clock.now
        let second = time.rawValue / 1000
        return last.withLock { last in
            if last.second != second { last = (second, time.httpDate) }
            return last.text
        }
    }
}

extension Timestamp {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, 5.6.7.
    package var httpDate: String {
        let c = components
        // 1970-01-01 was a Thursday.
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = Int((rawValue / 86_400_000) % 7)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(days[max(0, day)]), \(two(c.day)) \(months[c.month - 1]) \(c.year) "
            + "\(two(c.hour)):\(two(c.minute)):\(two(c.second)) GMT"
    }
}
