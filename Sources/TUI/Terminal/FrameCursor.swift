/// In which row of the terminal the bytes of a frame write, as far as it is certain.
///
/// Characters are counted as wide as they could be: one that may have reached the end of the row makes the row uncertain,
/// because terminals differ in where the cursor is then.
struct FrameCursor {
    private var row: Int?
    private var column = 0
    private var columns = 0

    init() {}

    /// At the start of a frame: nothing is certain.
    init(columns: Int) { self.columns = columns }

    mutating func lose() { row = nil }

    /// A byte that is not part of a sequence.
    mutating func pass(_ byte: UInt8) {
        switch byte {
        case 0x0D: column = 1
        case 0x08: column = max(1, column - 1)
        case 0x20...0x7E: write(1)
        // The first byte of a character: the others are part of it.
        case 0xC0...: write(2)
        case 0x80...0xBF: break
        default: lose()
        }
    }

    /// A sequence that begins with `ESC [`.
    mutating func pass(_ sequence: ArraySlice<UInt8>) {
        let numbers = FrameCursor.numbers(sequence)
        switch (sequence.last, numbers) {
        case (0x48, .some(let place)) where place.count == 2:
            row = place[0]
            column = place[1]
        case (0x64, .some(let place)) where place.count == 1: row = place[0]
        case (0x47, .some(let place)) where place.count == 1: column = place[0]
        case (0x43, .some(let steps)) where steps.count <= 1: write(steps.first ?? 1)
        case (0x44, .some(let steps)) where steps.count <= 1: column = max(1, column - (steps.first ?? 1))
        // Erasing and colours leave the cursor where it is.
        case (0x4A, .some), (0x4B, .some), (0x58, .some), (0x6D, _): break
        default: lose()
        }
    }

    /// The column to which a sequence jumps, if it names the row that the cursor is in already.
    func column(ofJump sequence: ArraySlice<UInt8>) -> Int? {
        guard sequence.last == 0x48, let row, let place = FrameCursor.numbers(sequence), place.count == 2,
            place[0] == row
        else { return nil }
        return place[1]
    }

    private mutating func write(_ count: Int) {
        column += count
        if column > columns { lose() }
    }

    /// Behind a command for the terminal itself: `ESC ] ... BEL`, and `ESC ] R` on the console of Linux.
    static func end(ofCommand bytes: [UInt8], from start: Int) -> Int {
        if bytes[start + 2] == UInt8(ascii: "R") { return start + 3 }
        return (bytes[start...].firstIndex(of: 0x07) ?? start + 1) + 1
    }

    /// The numbers of a sequence; nil where it has something else.
    private static func numbers(_ sequence: ArraySlice<UInt8>) -> [Int]? {
        let body = sequence.dropFirst(2).dropLast()
        if body.isEmpty { return [] }
        var numbers = [0]
        for byte in body {
            switch byte {
            case 0x30...0x39 where numbers[numbers.count - 1] < 100_000:
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - 0x30)
            case 0x3B: numbers.append(0)
            default: return nil
            }
        }
        return numbers
    }
}
