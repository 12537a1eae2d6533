import Core
import Glibc
import Synchronization

@testable import TUI

/// A pty of the test's own, with somebody at the other end who reads everything at once.
final class Pty: Sendable {
    let master: Int32
    let slave: Int32
    private let received = Mutex<[UInt8]>([])
    private let reading = Mutex(true)
    private let thread = Mutex<pthread_t?>(nil)

    // Glibc's module hides posix_openpt and the macros of termios; the numbers are those of Linux.
    private static let unlock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430
    private static let setSize: UInt = 0x5414

    init(columns: Int, rows: Int) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var zero: Int32 = 0
        _ = ioctl(master, Pty.unlock, &zero)
        var index: Int32 = 0
        _ = ioctl(master, Pty.number, &index)
        self.master = master
        slave = open("/dev/pts/\(index)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        resize(columns: columns, rows: rows)
        startReading()
    }

    deinit {
        close(slave)
        close(master)
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, Pty.setSize, &size)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    var output: [UInt8] { received.withLock { $0 } }
    var text: String { String(decoding: output, as: UTF8.self) }

    /// Whether the modes are those of a line-wise terminal.
    var isCooked: Bool {
        var modes = termios()
        tcgetattr(slave, &modes)
        return modes.c_lflag & tcflag_t(ICANON) != 0 && modes.c_lflag & tcflag_t(ECHO) != 0
    }

    /// Waits until something is true of the output; false when that takes too long.
    func wait(until condition: ([UInt8]) -> Bool) -> Bool {
        let deadline = Terminal.now + 20
        while Terminal.now < deadline {
            if condition(output) { return true }
            usleep(1000)
        }
        return false
    }

    func wait(for text: String) -> Bool {
        let wanted = Array(text.utf8)
        return wait { bytes in
            guard bytes.count >= wanted.count else { return false }
            return (0...bytes.count - wanted.count).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
        }
    }

    /// Stops reading, so that the terminal fills up.
    func pause() { reading.withLock { $0 = false } }
    func goOn() { reading.withLock { $0 = true } }

    private func startReading() {
        let descriptor = master
        let copy = dup(descriptor)
        Thread.start { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                var polls = pollfd(fd: copy, events: Int16(POLLIN), revents: 0)
                poll(&polls, 1, 50)
                guard let self else { break }
                guard self.reading.withLock({ $0 }) else {
                    usleep(1000)
                    continue
                }
                guard polls.revents & Int16(POLLIN) != 0 else { continue }
                let count = read(copy, &buffer, buffer.count)
                guard count > 0 else { break }
                self.received.withLock { $0 += buffer.prefix(count) }
            }
            close(copy)
        }
    }
}

/// A thread of the test's own: the terminal's loop must not hold a thread of Swift's pool.
enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var id = pthread_t()
        let context = Unmanaged.passRetained(Box(body)).toOpaque()
        pthread_create(
            &id, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context)
        pthread_detach(id)
    }
}

/// What a terminal would show: enough of one to check what ncurses sends.
struct Screen {
    struct Cell: Equatable {
        var scalar: UnicodeScalar
        /// What the background was set by, as `48;5;234`; `49` for the terminal's own.
        var ground: String
    }

    private(set) var cells: [[Cell]]
    private var ground = "49"
    private var x = 0
    private var y = 0
    private var top = 0
    private var bottom: Int
    private let columns: Int
    private var last: UnicodeScalar = " "
    private(set) var unknown: [String] = []

    init(columns: Int, rows: Int) {
        self.columns = columns
        cells = Array(repeating: Array(repeating: Cell(scalar: " ", ground: "49"), count: columns), count: rows)
        bottom = rows - 1
    }

    var text: String {
        cells.map { row in
            var line = ""
            for cell in row where cell.scalar != "\u{0}" { line.unicodeScalars.append(cell.scalar) }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// What erasing leaves behind: terminals fill with the colour that is set.
    private var blank: Cell { Cell(scalar: " ", ground: ground) }

    mutating func feed(_ bytes: [UInt8]) {
        let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\u{1B}":
                guard index < scalars.count else { return }
                if scalars[index] == "[" {
                    guard let end = scalars[(index + 1)...].firstIndex(where: { 0x40...0x7E ~= $0.value }) else {
                        return
                    }
                    control(String(String.UnicodeScalarView(scalars[(index + 1)..<end])), scalars[end])
                    index = end + 1
                } else {
                    index += scalars[index] == "(" ? 2 : 1
                }
            case "\r": x = 0
            case "\n": if y == bottom { scroll(1) } else { y = min(y + 1, cells.count - 1) }
            case "\u{8}": x = max(0, x - 1)
            default: put(scalar)
            }
        }
    }

    private mutating func put(_ scalar: UnicodeScalar) {
        last = scalar
        let width = Text.width(of: scalar.value)
        if x + width > columns {
            x = 0
            y = min(y + 1, cells.count - 1)
        }
        cells[y][x] = Cell(scalar: scalar, ground: ground)
        if width == 2 { cells[y][x + 1] = Cell(scalar: "\u{0}", ground: ground) }
        x += width
    }

    private mutating func scroll(_ count: Int) {
        let empty = Array(repeating: blank, count: columns)
        for _ in 0..<abs(count) {
            if count > 0 {
                cells.remove(at: top)
                cells.insert(empty, at: bottom)
            } else {
                cells.remove(at: bottom)
                cells.insert(empty, at: top)
            }
        }
    }

    private mutating func control(_ parameters: String, _ final: UnicodeScalar) {
        if parameters.hasPrefix("?") || parameters.hasPrefix(">") || parameters.hasSuffix("$") { return }
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let first = max(1, numbers.first ?? 1)
        let second = max(1, numbers.count > 1 ? numbers[1] : 1)
        let row = min(max(0, y), cells.count - 1)
        x = min(x, columns - 1)
        switch final {
        case "H": (y, x) = (min(first, cells.count) - 1, min(second, columns) - 1)
        case "A": y = max(0, y - first)
        case "B": y = min(cells.count - 1, y + first)
        case "C": x = min(columns - 1, x + first)
        case "D": x = max(0, x - first)
        case "G": x = min(first, columns) - 1
        case "d": y = min(first, cells.count) - 1
        case "X": for column in x..<min(columns, x + first) { cells[row][column] = blank }
        case "K":
            let range = numbers.first == 1 ? 0..<x + 1 : numbers.first == 2 ? 0..<columns : x..<columns
            for column in range { cells[row][column] = blank }
        case "J":
            let from = numbers.first == 2 ? 0 : y
            if numbers.first != 2 { for column in x..<columns { cells[row][column] = blank } }
            for line in (numbers.first == 2 ? from : y + 1)..<max(from + 1, cells.count) where line < cells.count {
                cells[line] = Array(repeating: blank, count: columns)
            }
        case "P":
            cells[row].removeSubrange(x..<min(columns, x + first))
            cells[row] += Array(repeating: blank, count: columns - cells[row].count)
        case "@":
            cells[row].insert(contentsOf: Array(repeating: blank, count: first), at: x)
            cells[row].removeLast(cells[row].count - columns)
        case "L", "M":
            let saved = top
            top = y
            scroll(final == "L" ? -first : first)
            top = saved
        case "S": scroll(first)
        case "T": scroll(-first)
        case "b": for _ in 0..<first { put(last) }
        case "r":
            top = parameters.isEmpty ? 0 : first - 1
            bottom = parameters.isEmpty ? cells.count - 1 : min(second, cells.count) - 1
            (x, y) = (0, 0)
        case "m": colour(numbers)
        case "h", "l", "t", "n", "c": break
        default: unknown.append("CSI \(parameters) \(final)")
        }
    }
    private mutating func colour(_ numbers: [Int]) {
        if numbers.isEmpty { ground = "49" }
        var index = 0
        while index < numbers.count {
            switch numbers[index] {
            case 0, 49: ground = "49"
            case 38, 48:
                let length = index + 1 < numbers.count && numbers[index + 1] == 5 ? 3 : 5
                let words = numbers[index..<min(index + length, numbers.count)]
                if numbers[index] == 48 { ground = words.map(String.init).joined(separator: ";") }
                index += length - 1
            case 40...47, 100...107: ground = String(numbers[index])
            default: break
            }
            index += 1
        }
    }
}
