import Core
import FoundationEssentials
import Glibc

/// What the process itself costs, under the names that all programs give it.
enum ProcessFigures {
    static func write(to page: inout PrometheusText, startedAt: Timestamp) {
        page.metric("process_start_time_seconds", .gauge, "When bayd started, in seconds since 1970.")
        page.sample("process_start_time_seconds", [:], Double(startedAt.rawValue) / 1000)
        page.metric("process_cpu_seconds_total", .counter, "User and system time of bayd.")
        page.sample("process_cpu_seconds_total", [:], cpuSeconds)
        if let memory = residentBytes {
            page.metric("process_resident_memory_bytes", .gauge, "Memory of bayd that is in use.")
            page.sample("process_resident_memory_bytes", [:], memory)
        }
    }

    /// Lets the process have as many files open as it may allow itself: shells give few, and each connection needs one.
    static func raiseOpenFileLimit() {
        var limit = rlimit()
        // glibc reads and fills what the pointer shows, which lives as long as the calls.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        // Where it is refused the old limit stands, and the doors have room for fewer.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// How many files the process may have open; each connection is one.
    static var openFileLimit: Int {
        var limit = rlimit()
        // glibc fills in what the pointer shows, which lives as long as the call.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(min(limit.rlim_cur, 1 << 20))
    }

    /// Not by way of `getrusage`: whether the compiler finds the parts of its `timeval` depends on which module it loaded first.
    private static var cpuSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// Source: proc(5), `/proc/pid/statm`, which counts in pages.
    private static var residentBytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
