import CMemory
import Glibc
import Server
import ServiceLifecycle

/// Gives back what a busy time has left in memory: what the heaps keep of what was freed, and the pages of the programs that
/// can be read again. Never while there is something to do, since some of it comes back at once.
struct MemoryKeeper: Service {
    private static let span = Duration.seconds(2)

    func run() async throws {
        // Most of what is in memory after the start was needed for that only.
        await cancelWhenGracefulShutdown {
            do {
                try await Task.sleep(for: Self.span)
                giveBack()
                var watch = QuietWatch(spent: spent)
                while true {
                    try await Task.sleep(for: Self.span)
                    if watch.hasQuietened(after: Self.span, spent: spent) { giveBack() }
                }
            } catch {}  // The server stops.
        }
    }

    private func giveBack() {
        malloc_trim(0)
        bay_release_file_pages()
    }

    /// The time of all processors that the process has taken. Source: clock(3), by which a second has a million clocks.
    private var spent: Duration { .microseconds(clock()) }
}
