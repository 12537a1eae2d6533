package import Core

/// Runs a console on a terminal: carries keys, answers and the time to the value, and what it wants done to the outside.
package final class ConsoleRuntime: TerminalApp {
    private var console: Console
    private let client: SocketClient
    private weak var terminal: Terminal?
    /// The console's numbers of what was asked, by the connection's.
    private var tokens: [Int: Int] = [:]
    private var watchedDescriptor: Int32?
    private var needsRender = true
    /// News from the server wait so long behind a key: its answer is on the screen at once and its bytes are all that a
    /// slow link carries then. A picture that a key asks for shows the news too, so nothing waits longer.
    private static let politeness = 0.05
    /// Until when pictures that nobody typed for wait.
    private var quietUntil = 0.0
    private var isAsked = true
    /// How long the first frame waits for the list, so that it is drawn once and not twice.
    private static let patience = 0.06
    /// Until when the first frame waits; nil once it is drawn.
    private var firstFrameAt: Double?

    package init(client: SocketClient, size: Size, theme: Theme, settings: ConsoleSettings) {
        self.client = client
        console = Console(size: size, now: Timestamp(milliseconds: SystemClock.wall), theme: theme)
        console.take(settings)
        console.zone = .system
    }

    /// Takes up the connection; called once, before the terminal's loop.
    package func begin(on terminal: Terminal) {
        self.terminal = terminal
        firstFrameAt = Terminal.now + Self.patience
        service()
    }

    package func handle(_ event: TerminalEvent, terminal: Terminal) {
        switch event {
        case .input(let input):
            isAsked = true
            send(.input(input))
        case .wake:
            service()
            if let due = console.nextTick, due <= now { send(.tick) }
        case .resumed:
            isAsked = true
            needsRender = true
        case .posted: break
        }
    }

    package func render(_ size: Size) -> Canvas? {
        if size != console.size {
            isAsked = true
            send(.input(.resize(size)))
        }
        guard needsRender else { return nil }
        let time = Terminal.now
        if let firstFrameAt, console.isWaitingForList, time < firstFrameAt { return nil }
        if !isAsked, time < quietUntil { return nil }
        if isAsked, firstFrameAt == nil { quietUntil = time + Self.politeness }
        firstFrameAt = nil
        isAsked = false
        needsRender = false
        return console.render()
    }

    package var nextWake: Double? {
        let steady = Terminal.now
        let client = client.timeout().map { steady + Double($0) / 1000 }
        let tick = console.nextTick.map { steady + max(0, Double($0.milliseconds(since: now)) / 1000) }
        let held = needsRender && steady < quietUntil ? quietUntil : nil
        return [client, tick, firstFrameAt, held].compactMap { $0 }.min()
    }

    private var now: Timestamp { Timestamp(milliseconds: SystemClock.wall) }

    private func send(_ event: ConsoleEvent) {
        needsRender = true
        for effect in console.update(event, at: now) { perform(effect) }
        client.flushQuietly()
        watchSocket()
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .start(let token, let operation): tokens[client.start(operation)] = token
        case .cancel(let token):
            for (id, known) in tokens where known == token {
                client.cancel(id)
                tokens[id] = nil
            }
        case .setTheme(let theme): terminal?.setTheme(theme)
        case .copy(let text): terminal?.copy(text)
        case .save(let path, let text):
            var problem: String?
            if case .failure(let failure) = System.create(path, Array(text.utf8)) { problem = failure.message }
            send(.saved(path: path, problem: problem))
        case .redraw: terminal?.redraw()
        case .background:
            terminal?.suspend()
            isAsked = true
        case .quit: terminal?.stop()
        }
    }

    // MARK: The connection

    private func service() {
        for event in client.service() {
            switch event {
            case .connected:
                tokens = [:]
                send(.connected)
            case .disconnected(let reason, let isMissing, _):
                tokens = [:]
                send(.disconnected(reason: reason, isMissing: isMissing))
            case .reply(let id, let reply): if let token = tokens[id] { send(.reply(token, reply)) }
            case .failed(let id, let failures):
                if let token = tokens.removeValue(forKey: id) { send(.failed(token, failures)) }
            case .completed(let id): if let token = tokens.removeValue(forKey: id) { send(.completed(token)) }
            }
        }
        watchSocket()
    }

    /// Keeps the loop's idea of the socket true: it may be another one by now, or want to write.
    private func watchSocket() {
        guard let terminal else { return }
        if watchedDescriptor != client.descriptor, let old = watchedDescriptor {
            terminal.removeSource(old)
            watchedDescriptor = nil
        }
        guard let descriptor = client.descriptor else { return }
        let interest: Terminal.Readiness = client.wantsWrite ? [.readable, .writable] : [.readable]
        if watchedDescriptor == nil {
            watchedDescriptor = descriptor
            terminal.addSource(descriptor, interest: interest) { [weak self] _ in self?.service() }
        } else {
            terminal.setInterest(interest, of: descriptor)
        }
    }
}
