import Glibc
import ServiceLifecycle
import UnixSignals

/// Ends the services at the first signal that asks for it, and the program at the second, or when the end takes too long.
struct StopSignals: Service, CustomStringConvertible {
    var description: String { "signals" }

    /// How long a stop may take. The server's own limits are shorter: this one is for what nobody thought of.
    static let limit = Duration.seconds(40)

    /// Signals that come together are one wish: timeout(1) for one sends two.
    static let together = Duration.seconds(1)

    private let signals: UnixSignalsSequence
    private let asked: AsyncStream<Void>
    private let ask: AsyncStream<Void>.Continuation

    init() async {
        // Whoever reads from bayd may go away; that is an error of a write and no reason to die.
        _ = signal(SIGPIPE, SIG_IGN)
        // A terminal that closes says SIGHUP. Under nohup it is ignored, and is to be left so.
        signals = await UnixSignalsSequence(
            trapping: Self.ignoresHangup ? [.sigterm, .sigint] : [.sigterm, .sigint, .sighup])
        (asked, ask) = AsyncStream.makeStream()
    }

    /// Returns when the server is to stop: as the other services, by the end of this one.
    func run() async throws {
        for await _ in asked {}
    }

    /// Follows the signals until the task is cancelled. Calls `giveUp` with the reason when there is no time left.
    func watch(_ giveUp: @escaping @Sendable (String) -> Void) async {
        var start: ContinuousClock.Instant?
        await withDiscardingTaskGroup { group in
            for await _ in signals {
                if let start {
                    if start.duration(to: .now) > Self.together { return giveUp("it was asked for twice") }
                    continue
                }
                start = .now
                ask.finish()
                group.addTask {
                    guard (try? await Task.sleep(for: Self.limit)) != nil else { return }
                    giveUp("the stop took longer than \(Self.limit.components.seconds) s")
                }
            }
            group.cancelAll()
        }
    }

    private static var ignoresHangup: Bool {
        var action = sigaction()
        guard unsafe sigaction(SIGHUP, nil, &action) == 0 else { return false }
        // SIG_IGN is the number 1 in the place of a function.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
