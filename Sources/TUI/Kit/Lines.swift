/// Box drawing characters as the directions in which their lines leave the middle of the cell.
enum Lines {
    static let up: UInt8 = 1
    static let right: UInt8 = 2
    static let down: UInt8 = 4
    static let left: UInt8 = 8

    /// Index: the directions or-ed together. 0 is no line.
    private static let light: [UInt32] = [
        0x20, 0x2575, 0x2576, 0x2514, 0x2577, 0x2502, 0x250C, 0x251C,
        0x2574, 0x2518, 0x2500, 0x2534, 0x2510, 0x2524, 0x252C, 0x253C,
    ]
    private static let heavy: [UInt32] = [
        0x20, 0x2579, 0x257A, 0x2517, 0x257B, 0x2503, 0x250F, 0x2523,
        0x2578, 0x251B, 0x2501, 0x253B, 0x2513, 0x252B, 0x2533, 0x254B,
    ]

    static func glyph(_ directions: UInt8, heavy isHeavy: Bool = false) -> UInt32 {
        (isHeavy ? heavy : light)[Int(directions & 15)]
    }

    /// The directions of a box drawing character; nil for any other.
    static func directions(of scalar: UInt32) -> (directions: UInt8, heavy: Bool)? {
        guard 0x2500...0x257F ~= scalar else { return nil }
        if let index = light.firstIndex(of: scalar) { return (UInt8(index), false) }
        if let index = heavy.firstIndex(of: scalar) { return (UInt8(index), true) }
        return nil
    }
}
