import CNcurses
package import Core
import Glibc

/// The terminal: the only place that knows ncurses. One thread owns it and runs its loop; only a `Mailbox` may be used from others.
///
/// It is put back as it was on every way out: at the end of `run`, when the object goes, on the signals that end or stop a
/// process, and when the program crashes.
@safe package final class Terminal {
    package private(set) var size: Size
    package let glyphs: GlyphSet
    package let depth: ColourDepth
    /// Whether the terminal said it draws frames in one piece (DEC mode 2026).
    package internal(set) var drawsSynchronized = false
    /// How long the terminal's answer took: the link's round trip. Nil until there is one.
    package internal(set) var roundTrip: Double?
    /// Frames that were left out because the link had not taken the one before.
    package internal(set) var skippedFrames = 0
    package internal(set) var paintedFrames = 0

    let options: TerminalOptions
    private var screen: OpaquePointer?
    private var painter: Painter
    private var isActive = false
    /// ncurses writes here; `flush` sends what is left of it.
    private let frameFile: Int32
    /// The terminal, opened for writing without blocking; `options.output` when it cannot be opened again.
    let writer: Int32
    private var filter = OutputFilter()
    /// Bytes that the terminal did not take yet.
    var unsent: [UInt8] = []
    var decoder = KeyDecoder()
    var queryTime: Double?

    // The loop's state; see TerminalLoop.swift.
    var sources: [Int32: Source] = [:]
    var isStopping: TerminalEnd?
    var signalDescriptor: Int32 = -1
    var needsFrame = true
    var pendingCanvas: Canvas?
    private var lastCanvas: Canvas?
    private var mustRepaint = false
    var escapeDeadline: Double?
    var resizeDeadline: Double?
    /// Whether the last turn left news unread for a key.
    var sourcesWait = false
    var retryDeadline: Double?
    var lastResize = -1.0
    var lastResume = -1.0
    package let mailbox = Mailbox()

    nonisolated(unsafe) private static var isOpen = false

    /// Takes over the terminal and switches to its alternate screen with the first frame.
    package init(_ options: TerminalOptions) throws(TerminalError) {
        let term = options.environment["TERM"] ?? ""
        guard isatty(options.input) == 1, isatty(options.output) == 1 else { throw .notATerminal }
        guard term != "dumb", !term.isEmpty else { throw .tooSimple(term.isEmpty ? "" : term) }
        guard unsafe !Terminal.isOpen else { throw .inUse }
        self.options = options

        let isUTF8 = bay_locale() == 1
        let simple = term == "linux" || term.hasPrefix("vt")
        glyphs = options.glyphs ?? (!isUTF8 || simple ? .ascii : options.prefersBraille ? .unicode : .blocks)
        // Before newterm, so that ncurses leaves these signals alone.
        if options.handlesSignals { signalDescriptor = bay_signals_install() }

        frameFile = bay_memory()
        let reopened = bay_reopen(options.output)
        writer = reopened >= 0 ? reopened : options.output
        var screen: OpaquePointer?
        let direct = options.depth == nil && !options.theme.isExactIn256Colours
        let entries = direct ? ColourDepth.directEntries(environment: options.environment) : []
        for entry in entries + [term] where unsafe screen == nil {
            unsafe screen = bay_newterm(entry, frameFile, options.input)
        }
        guard unsafe screen != nil, unsafe bay_capability("cup") != nil else {
            bay_signals_remove()
            Glibc.close(frameFile)
            if reopened >= 0 { Glibc.close(reopened) }
            throw .unknown(term)
        }
        unsafe self.screen = screen
        var colours: Int32 = 0
        if has_colors(), start_color() == OK {
            use_default_colors()
            colours = bay_colors()
        }
        depth = options.depth ?? ColourDepth.detect(colours: Int(colours), environment: options.environment)
        filter.knowsColumns = unsafe bay_capability("hpa").map { unsafe String(cString: $0) } == "\u{1B}[%i%p1%dG"
        painter = Painter(glyphs: glyphs, depth: depth, theme: options.theme)
        size = Terminal.measure(options.output)
        unsafe Terminal.isOpen = true
        enter(first: true)
    }

    deinit { close() }

    /// Puts the terminal back. Called by `run` at its end; calling it twice does no harm.
    package func close() {
        guard let screen = unsafe screen else { return }
        leave()
        unsafe bay_delscreen(screen)
        unsafe self.screen = nil
        Glibc.close(frameFile)
        if writer != options.output { Glibc.close(writer) }
        if options.handlesSignals { bay_signals_remove() }
        unsafe Terminal.isOpen = false
    }

    package func setTheme(_ theme: Theme) {
        painter.setTheme(theme)
        // ncurses does not see that the colours changed which it takes for the terminal's own.
        redraw()
    }

    /// Writes the whole screen again: for Ctrl+L, when something else has written on the terminal.
    package func redraw() {
        bay_rewrite(Int32(size.rows))
        forgetPicture()
    }

    /// Seconds on a clock that only goes forward.
    package static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Puts text on the clipboard of the person at the terminal, also across SSH (OSC 52). Text above 74 KB is refused.
    @discardableResult
    package func copy(_ text: String) -> Bool {
        guard text.utf8.count <= 74_000, options.isModern else { return false }
        send("\u{1B}]52;c;" + Base64.encode(text.utf8) + "\u{07}")
        return true
    }

    // MARK: Entering and leaving

    private var modes: (on: String, off: String) {
        guard options.isModern else { return ("", "") }
        let mouse = options.mouse
        return (
            "\u{1B}[?2004h\u{1B}[?1004h" + (mouse ? "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h" : ""),
            (mouse ? "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l" : "") + "\u{1B}[?1004l\u{1B}[?2004l"
        )
    }

    private func enter(first: Bool) {
        guard !isActive else { return }
        isActive = true
        // What a crash writes: end of a frame, modes off, plain text, visible cursor, the screen from before.
        var restore = modes.off
        if options.isModern { restore = "\u{1B}[?2026l" + restore }
        for name in ["sgr0", "op", "cnorm", "rmcup"] {
            if let text = unsafe bay_capability(name) { unsafe restore += String(cString: text) }
        }
        // The first time the modes are the user's own; later they may be anybody's.
        let bytes = Array(restore.utf8CString)
        unsafe _ = bay_guard(options.input, options.output, bytes, bytes.count - 1, first ? 1 : 0)
        bay_raw(options.input)
        if first {
            // How ncurses entered and left by itself: the first picture enters again.
            _ = takeFrame()
            nonl()
            // Input is read by our own decoder; ncurses must not look at it, nor break off a frame because of it.
            typeahead(-1)
            unsafe leaveok(bay_stdscr(), true)
            resizeterm(Int32(size.rows), Int32(size.columns))
        }
        curs_set(0)
        bay_enter()
        send(modes.on)
        forgetPicture()
    }

    private func leave() {
        guard isActive else { return }
        isActive = false
        send(modes.off)
        endwin()
        flush()
        drain()
        filter.reset()
        bay_unguard(0)
    }

    /// Gives the terminal back, stops the process as Ctrl+Z does, and takes the terminal again when it goes on.
    package func suspend() {
        leave()
        bay_stop_self()
        resume()
        lastResume = Terminal.now
    }

    /// Runs something that needs the terminal for itself: an editor, a serial console.
    package func lend<Result>(_ body: () -> Result) -> Result {
        leave()
        defer { resume() }
        return body()
    }

    func resume() {
        isActive = false
        applySize()
        enter(first: false)
    }

    // MARK: Size

    private static func measure(_ descriptor: Int32) -> Size {
        var columns: Int32 = 80
        var rows: Int32 = 24
        unsafe _ = bay_window_size(descriptor, &columns, &rows)
        return Size(columns: min(max(1, Int(columns)), 1000), rows: min(max(1, Int(rows)), 500))
    }

    /// Takes the terminal's size. True when it changed.
    @discardableResult
    func applySize() -> Bool {
        let new = Terminal.measure(options.output)
        let changed = new != size
        size = new
        resizeterm(Int32(size.rows), Int32(size.columns))
        // What a terminal shows after a change of size is its own business: everything is written again, without clearing.
        bay_rewrite(Int32(size.rows))
        forgetPicture()
        return changed
    }

    // MARK: Painting

    /// The screen no longer shows what was painted: the next frame is written whole, even if the app has nothing new.
    private func forgetPicture() {
        painter.forget()
        mustRepaint = true
        needsFrame = true
    }

    /// The picture to paint when the app has no new one; nil while the screen still shows the last.
    var pictureToRepeat: Canvas? { mustRepaint ? lastCanvas : nil }

    /// Bytes that the other side of the terminal may leave unread before frames are left out.
    static let backlogLimit: Int32 = 4096
    /// Frames with at least so many changed rows are drawn in one piece where the terminal can.
    private static let synchronizedRows = 4

    /// Whether the terminal still works on earlier frames.
    var isBacklogged: Bool { !unsent.isEmpty || bay_output_pending(options.output) > Terminal.backlogLimit }

    /// Writes what differs from the last frame. Returns false, and writes nothing, when nothing does.
    @discardableResult
    package func paint(_ canvas: Canvas) -> Bool {
        guard isActive else { return false }
        lastCanvas = canvas
        mustRepaint = false
        var canvas = canvas
        if canvas.size != size {
            var fitted = Canvas(size)
            fitted.draw(canvas, at: 0, 0)
            canvas = fitted
        }
        let synchronized = drawsSynchronized && painter.changedRows(canvas) >= Terminal.synchronizedRows
        guard painter.paint(canvas) else { return false }
        unsafe wnoutrefresh(bay_stdscr())
        doupdate()
        flush(synchronized: synchronized)
        paintedFrames += 1
        if paintedFrames == 1 { askForAbilities() }
        return true
    }

    /// Asks after the first frame, so that nobody waits for the answer.
    private func askForAbilities() {
        guard options.isModern, options.environment["TERM_PROGRAM"] != "Apple_Terminal" else { return }
        queryTime = Terminal.now
        send("\u{1B}[?2026$p")
    }

    /// What ncurses has written since the last time. The file keeps its size: its pages serve the next frame.
    private func takeFrame() -> [UInt8] {
        let count = Int(lseek(frameFile, 0, SEEK_CUR))
        guard count > 0 else { return [] }
        lseek(frameFile, 0, SEEK_SET)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = unsafe max(0, pread(frameFile, buffer.baseAddress, count, 0))
        }
    }

    /// Sends what ncurses has written since the last time.
    private func flush(synchronized: Bool = false) {
        let bytes = takeFrame()
        let frame = filter.filter(bytes, size: size)
        guard !frame.isEmpty else { return }
        if synchronized { unsent += Array("\u{1B}[?2026h".utf8) }
        unsent += frame
        if synchronized { unsent += Array("\u{1B}[?2026l".utf8) }
        push()
    }

    /// Writes past ncurses: only what shows nothing by itself.
    func send(_ text: String) {
        unsent += Array(text.utf8)
        push()
    }

    /// Gives the terminal as much as it takes now.
    func push() {
        var sent = 0
        while sent < unsent.count {
            let written = unsafe unsent.withUnsafeBytes { bytes in
                unsafe write(writer, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if written > 0 {
                sent += written
            } else if written < 0, errno == EINTR {
                continue
            } else {
                // A terminal that is gone takes nothing more; the loop will learn it from its input.
                if written < 0, errno != EAGAIN { sent = unsent.count }
                break
            }
        }
        unsent.removeFirst(sent)
    }

    /// Waits until everything is sent, but not for ever: the other side may never read again.
    private func drain() {
        let deadline = Terminal.now + 1
        while !unsent.isEmpty, Terminal.now < deadline {
            var polls = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
            if unsafe poll(&polls, 1, 100) > 0 { push() }
        }
        unsent = []
    }
}

private enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        var group: UInt32 = 0
        var count = 0
        func flush() {
            guard count > 0 else { return }
            let padded = group << UInt32(8 * (3 - count))
            for place in 0..<4 {
                let index = Int(padded >> UInt32(18 - 6 * place) & 63)
                result.append(place <= count ? letters[index] : UInt8(ascii: "="))
            }
            group = 0
            count = 0
        }
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            count += 1
            if count == 3 { flush() }
        }
        flush()
        return String(decoding: result, as: UTF8.self)
    }
}
