import Core
import Glibc

extension Zone {
    /// That of the environment's `TZ`, else of the host.
    package static let system: Zone = {
        // localtime_r need not look at TZ by itself: tzset(3).
        tzset()
        return Zone { time in
            var seconds = time_t(time.rawValue / 1000)
            var parts = unsafe tm()
            // The name is of static storage, and copied at once.
            guard unsafe localtime_r(&seconds, &parts) != nil, let name = unsafe parts.tm_zone else {
                return (0, "UTC")
            }
            return (Int64(unsafe parts.tm_gmtoff), unsafe String(cString: name))
        }
    }()
}
