import CNcurses
import Glibc

extension Terminal {
    /// What can be done with a descriptor.
    package struct Readiness: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let readable = Readiness(rawValue: 1)
        package static let writable = Readiness(rawValue: 2)
        /// The other side is gone, or there is an error: reading tells which.
        package static let closed = Readiness(rawValue: 4)
    }

    struct Source {
        var interest: Readiness
        var handler: (Readiness) -> Void
    }

    /// Waits for a descriptor in the same loop: the connection to the server. Replaces what was known about it.
    package func addSource(_ descriptor: Int32, interest: Readiness, handler: @escaping (Readiness) -> Void) {
        sources[descriptor] = Source(interest: interest, handler: handler)
    }

    package func setInterest(_ interest: Readiness, of descriptor: Int32) { sources[descriptor]?.interest = interest }
    package func removeSource(_ descriptor: Int32) { sources[descriptor] = nil }

    /// Ends `run` after the present event.
    package func stop() { isStopping = isStopping ?? .stopped }

    /// Lets `render` be asked again although no event came: after work in a source's handler.
    package func setNeedsFrame() { needsFrame = true }

    /// An escape that nothing follows for so long is the key.
    static var escapeDelay: Double { 0.025 }
    /// The shortest time between two changes of size.
    static var resizeInterval: Double { 0.05 }
    /// How long to wait for a slow link before a frame is tried again.
    static var retryDelay: Double { 0.03 }

    /// Runs the app until it stops, the terminal goes away or a signal asks for the end; then puts the terminal back.
    /// While nothing happens and the app wants no wake-up, it sleeps without a limit.
    package func run(_ app: some TerminalApp) -> TerminalEnd {
        defer { close() }
        needsFrame = true
        while isStopping == nil {
            frame(app)
            wait(app)
        }
        return isStopping ?? .stopped
    }

    // MARK: Frames

    private func frame(_ app: some TerminalApp) {
        if needsFrame {
            needsFrame = false
            if let canvas = app.render(size) ?? pictureToRepeat { pendingCanvas = canvas }
        }
        guard let canvas = pendingCanvas else { return }
        if isBacklogged {
            // A newer picture will take the place of this one: frames are left out, never queued.
            if retryDeadline == nil { skippedFrames += 1 }
            retryDeadline = Terminal.now + Terminal.retryDelay
            return
        }
        retryDeadline = nil
        pendingCanvas = nil
        paint(canvas)
    }

    // MARK: Waiting

    private func wait(_ app: some TerminalApp) {
        let wake = app.nextWake
        var polls = [
            pollfd(fd: options.input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signalDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: unsent.isEmpty ? -1 : writer, events: Int16(POLLOUT), revents: 0),
        ]
        let descriptors = Array(sources.keys)
        for descriptor in descriptors {
            let interest = sources[descriptor]?.interest ?? []
            let events = (interest.contains(.readable) ? POLLIN : 0) | (interest.contains(.writable) ? POLLOUT : 0)
            polls.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
        }
        let deadline = [wake, escapeDeadline, resizeDeadline, retryDeadline].compactMap { $0 }.min()
        let ready = unsafe poll(&polls, nfds_t(polls.count), Terminal.milliseconds(until: deadline))
        let now = Terminal.now
        if ready > 0 {
            if polls[2].revents != 0 { readSignals(app) }
            if polls[0].revents != 0 { readInput(app, hungUp: polls[0].revents & Int16(POLLIN) == 0) }
            if polls[3].revents != 0 { push() }
            if polls[1].revents != 0, mailbox.take() { deliver(.posted, app) }
            // The answer to a key is drawn before more news is read, which may be much. News waits for one frame at most.
            sourcesWait = polls[0].revents != 0 && !sourcesWait
            if !sourcesWait { serve(descriptors, polls[4...]) }
        }
        if let escapeDeadline, now >= escapeDeadline {
            self.escapeDeadline = nil
            take(decoder.flush(), app)
        }
        if let resizeDeadline, now >= resizeDeadline { resized(app) }
        if let wake, now >= wake { deliver(.wake, app) }
    }

    private func serve(_ descriptors: [Int32], _ polls: ArraySlice<pollfd>) {
        for (descriptor, poll) in zip(descriptors, polls) where poll.revents != 0 {
            // An earlier handler may have removed it.
            sources[descriptor]?.handler(Terminal.readiness(poll.revents))
            needsFrame = true
        }
    }

    private static func milliseconds(until deadline: Double?) -> Int32 {
        guard let deadline else { return -1 }
        let left = max(0, deadline - now)
        // Rounded up: waking early would only mean waiting again.
        return Int32(min((left * 1000).rounded(.up), 3_600_000))
    }

    private static func readiness(_ events: Int16) -> Readiness {
        var result: Readiness = []
        if events & Int16(POLLIN) != 0 { result.insert(.readable) }
        if events & Int16(POLLOUT) != 0 { result.insert(.writable) }
        if events & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { result.insert(.closed) }
        return result
    }

    // MARK: Events

    private func deliver(_ event: TerminalEvent, _ app: some TerminalApp) {
        needsFrame = true
        app.handle(event, terminal: self)
    }

    private func readInput(_ app: some TerminalApp, hungUp: Bool) {
        var buffer: [UInt8] = Array(repeating: 0, count: 4096)
        let count = hungUp ? 0 : unsafe read(options.input, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else {
            isStopping = isStopping ?? .hangup
            return
        }
        let tokens = decoder.feed(buffer.prefix(count))
        escapeDeadline = decoder.isWaiting ? Terminal.now + Terminal.escapeDelay : nil
        take(tokens, app)
    }

    private func take(_ tokens: [KeyDecoder.Token], _ app: some TerminalApp) {
        for token in tokens where isStopping == nil {
            switch token {
            case .input(let input): deliver(.input(input), app)
            case .modeReport(let mode, let state):
                // 1: set, 2: reset, so it can be set. 0 and 4: not to be had.
                if mode == 2026 { drawsSynchronized = state == 1 || state == 2 }
                if let queryTime { roundTrip = Terminal.now - queryTime }
                queryTime = nil
            }
        }
    }

    private func readSignals(_ app: some TerminalApp) {
        var buffer: [UInt8] = Array(repeating: 0, count: 64)
        let count = unsafe read(signalDescriptor, &buffer, buffer.count)
        guard count > 0 else { return }
        for number in Set(buffer.prefix(count)).map(Int32.init).sorted() {
            switch number {
            case SIGWINCH:
                let now = Terminal.now
                if now - lastResize >= Terminal.resizeInterval {
                    resized(app)
                } else if resizeDeadline == nil {
                    resizeDeadline = lastResize + Terminal.resizeInterval
                }
            case SIGTSTP:
                suspend()
                deliver(.resumed, app)
            case SIGCONT:
                // The one that ends our own stop has been answered already.
                guard Terminal.now - lastResume > 0.2 else { continue }
                // After SIGSTOP the shell may have changed the modes.
                resume()
                deliver(.resumed, app)
            case SIGHUP: isStopping = .hangup
            default: isStopping = .signal(number)
            }
        }
    }

    private func resized(_ app: some TerminalApp) {
        resizeDeadline = nil
        lastResize = Terminal.now
        if applySize() { deliver(.input(.resize(size)), app) }
    }
}
