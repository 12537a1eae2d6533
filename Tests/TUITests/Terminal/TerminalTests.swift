import Core
import Glibc
import Synchronization
import Testing

@testable import TUI

/// What happened to the app, for the test's thread.
private final class Record: Sendable {
    struct Content {
        var events: [TerminalEvent] = []
        var end: TerminalEnd?
        var error: TerminalError?
        var painted = 0
        var skipped = 0
        var isLent = false
        var synchronized = false
        var mailbox: Mailbox?
        var size: Size?
    }
    let content = Mutex(Content())

    func wait(until condition: (Content) -> Bool) -> Bool {
        let deadline = Terminal.now + 20
        while Terminal.now < deadline {
            if content.withLock({ condition($0) }) { return true }
            usleep(1000)
        }
        return false
    }

    var inputs: [Input] {
        content.withLock { $0.events.compactMap { if case .input(let input) = $0 { input } else { nil } } }
    }
}

/// Shows what was typed last, in the middle of a picture that a test can recognise.
private final class Echo: TerminalApp {
    let record: Record
    let picture: @Sendable (Size, Int) -> Canvas
    var count = 0
    var nextWake: Double?
    var isQuiet = false

    init(_ record: Record, picture: @escaping @Sendable (Size, Int) -> Canvas) {
        self.record = record
        self.picture = picture
    }

    func handle(_ event: TerminalEvent, terminal: Terminal) {
        count += 1
        record.content.withLock {
            $0.events.append(event)
            $0.synchronized = terminal.drawsSynchronized
            $0.size = terminal.size
            $0.skipped = terminal.skippedFrames
            $0.mailbox = terminal.mailbox
            $0.painted = terminal.paintedFrames
        }
        switch event {
        case .input(.key(.character("q"))): terminal.stop()
        case .input(.key(.character("w"))): nextWake = Terminal.now
        case .wake: nextWake = nil
        case .input(.key(.character("c"))): terminal.copy("hello")
        case .input(.key(.character("L"))): terminal.setTheme(.light)
        case .input(.key(.character("l"))): terminal.lend { record.content.withLock { $0.isLent = true } }
        case .input(.key(.character("r"))):
            terminal.redraw()
            isQuiet = true
        default: break
        }
    }

    func render(_ size: Size) -> Canvas? { isQuiet ? nil : picture(size, count) }
}

private func standardPicture(_ size: Size, _ count: Int) -> Canvas {
    var canvas = Canvas(size)
    let inner = canvas.box(canvas.bounds, title: "Bay", focus: true)
    canvas.write("東京 running ▶ 😀 é", x: inner.x, y: inner.y, role: .good)
    canvas.write("event \(count)", x: inner.x, y: inner.y + 1, role: .selected)
    return canvas
}

private func start(
    _ pty: Pty, term: String = "xterm-256color", environment: [String: String] = [:], glyphs: GlyphSet? = .unicode,
    signals: Bool = false,
    picture: @escaping @Sendable (Size, Int) -> Canvas = standardPicture
) -> Record {
    let record = Record()
    Thread.start {
        var options = TerminalOptions(environment: environment.merging(["TERM": term]) { old, _ in old })
        options.input = pty.slave
        options.output = pty.slave
        options.glyphs = glyphs
        options.handlesSignals = signals
        do throws(TerminalError) {
            let terminal = try Terminal(options)
            let end = terminal.run(Echo(record, picture: picture))
            record.content.withLock { $0.end = end }
        } catch {
            record.content.withLock { $0.error = error }
        }
    }
    return record
}

private func screen(_ pty: Pty, columns: Int, rows: Int) -> Screen {
    var screen = Screen(columns: columns, rows: rows)
    screen.feed(pty.output)
    return screen
}

private func finish(_ pty: Pty, _ record: Record) {
    pty.type("q")
    #expect(record.wait { $0.end == .stopped })
}

// ncurses keeps its state in globals: one terminal at a time.
@Suite(.serialized) struct TerminalTests {
    @Test func `the terminal shows the canvas and gets back what it had`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty)
        #expect(pty.wait(for: "event 0"))
        #expect(!pty.isCooked)
        #expect(
            pty.wait { _ in
                screen(pty, columns: 40, rows: 6).text == standardPicture(Size(columns: 40, rows: 6), 0).text
            })
        pty.type("x")
        #expect(record.wait { $0.events.count == 1 })
        #expect(
            pty.wait { _ in
                screen(pty, columns: 40, rows: 6).text == standardPicture(Size(columns: 40, rows: 6), 1).text
            })
        #expect(screen(pty, columns: 40, rows: 6).unknown == [])
        finish(pty, record)
        #expect(pty.isCooked)
        #expect(pty.wait(for: "\u{1B}[?1049l"))
        for mode in ["?1049", "?2004", "?1004", "?1000", "?1002", "?1006"] {
            let on = pty.text.ranges(of: "\u{1B}[\(mode)h").count
            #expect(on == 1 && pty.text.ranges(of: "\u{1B}[\(mode)l").count == 1, "\(mode)")
        }
        #expect(pty.text.contains("\u{1B}[?25l"))
    }

    @Test func `keys, pastes, mouse and an escape alone arrive as inputs`() {
        let pty = Pty(columns: 30, rows: 5)
        let record = start(pty)
        #expect(pty.wait(for: "event 0"))
        pty.type("a\u{1B}[A\u{1B}[<0;3;2M\u{1B}[200~two\rlines\u{1B}[201~")
        #expect(record.wait { $0.events.count == 4 })
        pty.type("\u{1B}")
        #expect(record.wait { $0.events.count == 5 })
        let expected: [Input] = [
            .key(.character("a")), .key(.up), .mouse(Mouse(.press(0), x: 2, y: 1)), .paste("two\nlines"), .key(.escape),
        ]
        #expect(record.inputs == expected)
        finish(pty, record)
    }

    @Test func `timers and posts wake the loop`() {
        let pty = Pty(columns: 30, rows: 5)
        let record = start(pty)
        pty.type("w")
        #expect(record.wait { $0.events.contains(.wake) })
        record.content.withLock { $0.mailbox }?.post()
        #expect(record.wait { $0.events.contains(.posted) })
        finish(pty, record)
    }

    @Test func `a picture that does not change costs no byte`() {
        let pty = Pty(columns: 60, rows: 20)
        let record = start(pty) { size, _ in standardPicture(size, 0) }
        // The question after the first frame is the last thing sent.
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        let before = pty.output.count
        pty.type("abd")
        #expect(record.wait { $0.events.count == 3 })
        pty.type("d")
        #expect(record.wait { $0.events.count == 4 })
        #expect(pty.output.count == before)
        finish(pty, record)
    }

    @Test func `a cursor move is small and so is a refresh`() {
        let pty = Pty(columns: 200, rows: 50)
        let record = start(pty) { size, count in
            var canvas = Canvas(size)
            var table = Table<Int>(columns: [
                TableColumn("name", "NAME", ideal: 20, maximum: 40), TableColumn("state", "STATE", ideal: 10),
                TableColumn("cpu", "CPU", ideal: 6), TableColumn("ip", "ADDRESS", ideal: 16),
            ])
            table.height = 49
            table.setRows(Array(0..<1000))
            table.select(index: min(count, 3))
            table.draw(into: &canvas, rect: canvas.bounds) { id, column in
                switch column.id {
                case "name": .text("vm-\(id)")
                case "state": .text("● running", .good)
                case "cpu": .text("\(count > 3 && id % 2 == 0 && id < 40 ? count * 7 + id : 10)%")
                default: .text("10.0.0.\(id)")
                }
            }
            return canvas
        }
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        var before = pty.output.count
        pty.type("j")
        #expect(pty.wait { $0.count > before + 20 })
        #expect(record.wait { $0.events.count == 1 })
        pty.type("j")
        #expect(record.wait { $0.events.count == 2 })
        pty.type("j")
        #expect(record.wait { $0.events.count == 3 })
        #expect(pty.wait(for: "vm-3"))
        #expect(pty.output.count - before <= 3 * 400)
        before = pty.output.count
        pty.type("k")
        #expect(pty.wait { $0.count > before + 20 })
        #expect(record.wait { $0.events.count == 4 })
        #expect(pty.output.count - before <= 800)
        finish(pty, record)
    }

    @Test(arguments: [(1, 1), (2, 2), (7, 3), (80, 24), (500, 200)])
    func `any size can be drawn`(columns: Int, rows: Int) {
        let pty = Pty(columns: columns, rows: rows)
        let record = start(pty)
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        let picture = standardPicture(Size(columns: columns, rows: rows), 0)
        #expect(screen(pty, columns: columns, rows: rows).text == picture.text)
        finish(pty, record)
    }

    @Test func `answers about frames in one piece are used`() {
        let pty = Pty(columns: 40, rows: 10)
        let record = start(pty) { size, count in
            var canvas = Canvas(size)
            canvas.fill(canvas.bounds, with: count % 2 == 0 ? "a" : "b")
            return canvas
        }
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        pty.type("\u{1B}[?2026;2$yx")
        #expect(record.wait { $0.synchronized })
        #expect(pty.wait(for: "\u{1B}[?2026h"))
        #expect(pty.wait(for: "\u{1B}[?2026l"))
        finish(pty, record)
    }

    @Test func `a terminal that does not read gets fewer frames, not later ones`() {
        let pty = Pty(columns: 200, rows: 60)
        let record = start(pty) { size, count in
            var canvas = Canvas(size)
            for y in 0..<size.rows {
                for x in 0..<size.columns { canvas.write("\((x * 7 + y + count) % 10)", x: x, y: y) }
            }
            return canvas
        }
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        pty.pause()
        for count in 1...40 {
            pty.type("x")
            #expect(record.wait { $0.events.count == count })
        }
        #expect(record.content.withLock { $0.painted } < 30)
        pty.goOn()
        // The last picture gets there.
        let expected = (0..<200).map { "\(($0 * 7 + 40) % 10)" }.joined()
        #expect(pty.wait { _ in screen(pty, columns: 200, rows: 60).text.hasPrefix(expected) })
        finish(pty, record)
    }

    @Test func `ASCII for a terminal that cannot do better`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty, term: "linux", glyphs: nil)
        #expect(pty.wait(for: "event 0"))
        #expect(pty.output.allSatisfy { $0 < 0x80 })
        #expect(!pty.text.contains("[?2004h"))
        pty.type("q")
        #expect(record.wait { $0.end != nil })
    }

    @Test(arguments: [
        ("xterm-256color", [:], "38;5;"), ("xterm-256color", ["NO_COLOR": "1"], ""), ("vt100", [:], ""),
        ("xterm", [:], "32"),
    ])
    func `as many colours as there are`(term: String, environment: [String: String], sign: String) {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty, term: term, environment: environment)
        #expect(pty.wait(for: "event 0"))
        if sign.isEmpty {
            #expect(!pty.text.contains("38;5;") && !pty.text.contains("[32"))
        } else {
            #expect(pty.text.contains(sign))
        }
        pty.type("q")
        #expect(record.wait { $0.end != nil })
        #expect(!pty.text.contains("\u{1B}]4;"))
    }

    @Test(arguments: [("dumb", TerminalError.tooSimple("dumb")), ("no-such-terminal", .unknown("no-such-terminal"))])
    func `a terminal that cannot be drawn on is refused with a reason`(term: String, expected: TerminalError) {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty, term: term)
        #expect(record.wait { $0.error == expected })
        #expect(pty.isCooked)
        #expect(pty.output.isEmpty)
    }

    @Test func `a new size is drawn without clearing the screen`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty, signals: true)
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        let before = pty.output.count
        pty.resize(columns: 50, rows: 8)
        kill(getpid(), SIGWINCH)
        #expect(record.wait { $0.events == [.input(.resize(Size(columns: 50, rows: 8)))] })
        let picture = standardPicture(Size(columns: 50, rows: 8), 1).text
        let shown = pty.wait { bytes in
            var screen = Screen(columns: 50, rows: 8)
            screen.feed(bytes)
            return screen.text == picture
        }
        #expect(shown)
        #expect(!String(decoding: pty.output[before...], as: UTF8.self).contains("\u{1B}[2J"))
        finish(pty, record)
    }

    @Test(arguments: [(SIGTERM, TerminalEnd.signal(SIGTERM)), (SIGINT, .signal(SIGINT)), (SIGHUP, .hangup)])
    func `a signal ends the loop and the terminal is put back`(signal: Int32, end: TerminalEnd) {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty, signals: true)
        #expect(pty.wait(for: "event 0"))
        kill(getpid(), signal)
        #expect(record.wait { $0.end == end })
        #expect(pty.isCooked)
        #expect(pty.wait(for: "\u{1B}[?1049l"))
    }

    @Test func `text goes to the clipboard`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty)
        #expect(pty.wait(for: "event 0"))
        pty.type("c")
        #expect(pty.wait(for: "\u{1B}]52;c;aGVsbG8=\u{07}"))
        finish(pty, record)
    }

    @Test func `the screen is written again even when the app has nothing new`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty)
        #expect(pty.wait(for: "\u{1B}[?2026$p"))
        pty.type("r")
        #expect(pty.wait { String(decoding: $0, as: UTF8.self).ranges(of: "event 0").count == 2 })
        finish(pty, record)
    }

    @Test func `blanks have the colour of the theme, also on a terminal that was lent`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty)
        let size = Size(columns: 40, rows: 6)
        func isEven(_ count: Int) -> Bool {
            let screen = screen(pty, columns: 40, rows: 6)
            let ground = screen.cells[0][0].ground
            return screen.text == standardPicture(size, count).text && ground != "49"
                && screen.cells[3].allSatisfy { $0.ground == ground }
        }
        #expect(pty.wait { _ in isEven(0) })
        pty.type("l")
        #expect(pty.wait { _ in isEven(1) })
        #expect(record.content.withLock { $0.isLent })
        finish(pty, record)
    }

    @Test func `another theme is drawn at once`() {
        let pty = Pty(columns: 40, rows: 6)
        let record = start(pty)
        #expect(pty.wait(for: "event 0"))
        pty.type("L")
        #expect(pty.wait(for: "48;5;231"))
        finish(pty, record)
    }
}
