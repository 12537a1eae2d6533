import CMemory
import Glibc
import Server
import ServiceLifecycle

/// Gives back what the start or a busy time has left in memory, when it is over: what the heaps keep of what was freed, and the
/// pages of the programs that can be read again. Some of it comes back with the next request.
struct MemoryKeeper: Service {
    private static let span = Duration.seconds(1)
    /// How long it is left alone after that: a server that is busy now and then would read the same pages again each time.
    private static let rest = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = QuietWatch(spent: spent)
            var pause = Self.span
            // Until the server stops.
            while (try? await Task.sleep(for: pause)) != nil {
                let hasQuietened = watch.hasQuietened(after: pause, spent: spent)
                pause = hasQuietened ? Self.rest : Self.span
                guard hasQuietened else { continue }
                malloc_trim(0)
                bay_release_file_pages()
            }
        }
    }

    /// The time of all processors that the process has taken. Source: clock(3), by which a second has a million clocks.
    private var spent: Duration { .microseconds(clock()) }
}
