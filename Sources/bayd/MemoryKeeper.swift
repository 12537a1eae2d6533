import CMemory
import Glibc
import Server
import ServiceLifecycle

/// Gives back what the start or a busy time has left in memory, when it is over: what the heaps keep of what was freed, and the
/// pages of the programs that can be read again. Some of it comes back with the next request.
struct MemoryKeeper: Service {
    private static let span = Duration.seconds(1)
    /// A server that is busy now and then would read the same pages again each time.
    private static let rest = Duration.seconds(10)

    private let start = AsyncStream<Void>.makeStream()

    /// The doors are open.
    func serverIsReady() { start.continuation.finish() }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in start.stream {}
            var watch = QuietWatch(rest: Self.rest, spent: spent)
            // Until the server stops.
            while (try? await Task.sleep(for: Self.span)) != nil {
                guard watch.hasQuietened(after: Self.span, spent: spent) else { continue }
                malloc_trim(0)
                bay_release_file_pages()
            }
        }
    }

    /// The time of all processors that the process has taken. Source: clock(3), by which a second has a million clocks.
    private var spent: Duration { .microseconds(clock()) }
}
