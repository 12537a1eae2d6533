/// Which characters a terminal can show. Screens are always drawn with Unicode; the terminal translates at the end.
package enum GlyphSet: Equatable, Sendable {
    case unicode
    /// As Unicode, with graphs of blocks where braille would be finer: many fonts have no braille, and show boxes for it.
    case blocks
    /// For `TERM=linux`, `LANG=C` and whoever asks for it: everything else than ASCII becomes something alike, or `?`.
    case ascii

    /// What this set shows for a scalar that is on a canvas.
    package func translate(_ scalar: UInt32) -> UInt32 {
        if self == .unicode || scalar < 0x7F { return scalar }
        if self == .blocks { return 0x2801...0x28FF ~= scalar ? GlyphSet.block(UInt8(scalar & 0xFF)) : scalar }
        return GlyphSet.asciiFor(scalar)
    }

    /// The block that comes closest to the dots of a braille cell: standing on its ground, or hanging from its top.
    private static func block(_ dots: UInt8) -> UInt32 {
        let count = max((dots & 0x47).nonzeroBitCount, (dots & 0xB8).nonzeroBitCount)
        let hangs = dots & 0xC0 == 0 && dots & 0x09 != 0
        return hangs ? [0x2594, 0x2580, 0x2580, 0x2588][count - 1] : [0x2582, 0x2584, 0x2586, 0x2588][count - 1]
    }

    private static func asciiFor(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x2500...0x257F:
            guard let (directions, heavy) = Lines.directions(of: scalar) else { return 0x2B }
            switch directions {
            case Lines.left | Lines.right, Lines.left, Lines.right: return heavy ? 0x3D : 0x2D  // = -
            case Lines.up | Lines.down, Lines.up, Lines.down: return heavy ? 0x23 : 0x7C  // # |
            default: return heavy ? 0x23 : 0x2B  // # +
            }
        case 0x2594: return 0x22
        case 0x2580...0x2588: return asciiBlocks[Int(scalar - 0x2580)]
        case 0x2589...0x258F, 0x2590: return 0x23  // #
        case 0x2591: return 0x2E  // .
        case 0x2592: return 0x3A  // :
        case 0x2593: return 0x23  // #
        case 0x2800...0x28FF: return dots[(scalar - 0x2800).nonzeroBitCount]
        case 0xC0...0x17F: return letter(scalar)
        default: return others[scalar] ?? 0x3F  // ?
        }
    }

    /// From the upper half block to the full block.
    private static let asciiBlocks: [UInt32] = Array("\"_.-:=+*#".unicodeScalars.map(\.value))
    /// By the number of dots in a braille cell.
    private static let dots: [UInt32] = Array(" ..::||##".unicodeScalars.map(\.value))

    private static let others: [UInt32: UInt32] = [
        0xB7: 0x2E, 0x2022: 0x2A, 0x25CF: 0x2A, 0x25CB: 0x6F, 0x25C6: 0x2A, 0x25C7: 0x6F, 0x25A0: 0x23, 0x25A1: 0x6F,
        0x25B2: 0x5E, 0x25B4: 0x5E, 0x25BC: 0x76, 0x25BE: 0x76, 0x25B6: 0x3E, 0x25B8: 0x3E, 0x25C0: 0x3C, 0x25C2: 0x3C,
        0x2190: 0x3C, 0x2191: 0x5E, 0x2192: 0x3E, 0x2193: 0x76, 0x2713: 0x2B, 0x2714: 0x2B, 0x2717: 0x78, 0x2718: 0x78,
        0x26A0: 0x21, 0x2026: 0x7E, 0x2013: 0x2D, 0x2014: 0x2D, 0x2018: 0x27, 0x2019: 0x27, 0x201C: 0x22, 0x201D: 0x22,
        0x21B5: 0x2F, 0x23CE: 0x2F, 0x2588: 0x23, 0x00D7: 0x78, 0x2016: 0x7C, 0x23F8: 0x3D, 0x25CC: 0x6F, 0x25D0: 0x6F,
        0x203A: 0x3E, 0x2039: 0x3C, 0x00BB: 0x3E, 0x00AB: 0x3C, 0x2212: 0x2D, 0x2265: 0x3E, 0x2264: 0x3C, 0x21BB: 0x40,
    ]

    /// The letter without its mark.
    private static func letter(_ scalar: UInt32) -> UInt32 {
        if scalar == 0xD7 { return 0x78 }
        if scalar == 0xF7 { return 0x2F }
        let table = CompositionTable.triples
        var index = 0
        while index + 2 < table.count {
            if UInt32(table[index + 2]) == scalar, table[index] < 0x7F { return UInt32(table[index]) }
            index += 3
        }
        return switch scalar {
        case 0xDF: 0x73
        case 0xD8, 0xD2...0xD6: 0x4F
        case 0xF8: 0x6F
        case 0xC6: 0x41
        case 0xE6: 0x61
        case 0xD0, 0x110: 0x44
        case 0xF0, 0x111: 0x64
        case 0x141: 0x4C
        case 0x142: 0x6C
        case 0x131: 0x69
        default: 0x3F
        }
    }
}

extension Canvas {
    /// The canvas as this set of glyphs shows it. A wide character becomes two columns: its stand-in and a space.
    package func translated(to glyphs: GlyphSet) -> Canvas {
        guard glyphs != .unicode else { return self }
        var result = self
        if glyphs == .blocks {
            for index in 0..<size.columns * size.rows {
                let (x, y) = (index % size.columns, index / size.columns)
                result[x, y].scalar = glyphs.translate(self[x, y].scalar)
            }
            return result
        }
        for y in 0..<size.rows {
            for x in 0..<size.columns {
                let scalar = self[x, y].scalar
                result[x, y].scalar = scalar == 0 ? 0x20 : glyphs.translate(scalar)
            }
        }
        return result
    }
}
