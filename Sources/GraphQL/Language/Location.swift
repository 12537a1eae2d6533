/// Where a node was written: its first byte in the document.
///
/// A place is not part of what a node means, so any two places are equal and two documents that say the same compare
/// equal however they are laid out.
public struct Location: Sendable, Equatable, Hashable {
    public var offset: Int

    public init(offset: Int = 0) { self.offset = offset }

    public static func == (a: Self, b: Self) -> Bool { true }
    public func hash(into hasher: inout Hasher) {}
}

/// A line and column as errors show them: both count from 1, columns in Unicode scalars.
/// Source: <https://spec.graphql.org/October2021/#sec-Errors.Error-result-format>
public struct SourcePosition: Sendable, Equatable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public init(_ location: Location, in source: [UInt8]) {
        var line = 1
        var column = 1
        var index = 0
        let end = min(location.offset, source.count)
        while index < end {
            let byte = source[index]
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, index + 1 < end, source[index + 1] == 0x0A { index += 1 }
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            index += 1
        }
        self.init(line: line, column: column)
    }
}
