import Core
import Glibc

extension LocalTime {
    /// The host's own zone, as `TZ` or `/etc/localtime` names it.
    static let system: LocalTime = {
        // localtime_r is free not to look the zone up by itself. Source: localtime_r(3).
        tzset()
        return LocalTime { instant in
            var seconds = time_t(instant.rawValue / 1000)
            var parts = unsafe tm()
            // glibc fills `parts` during the call and keeps neither pointer.
            return unsafe localtime_r(&seconds, &parts) == nil ? 0 : unsafe parts.tm_gmtoff
        }
    }()
}
