/// Why a text is not XML that Bay reads.
package struct XMLError: Error, Equatable, CustomStringConvertible {
    package var reason: String
    /// Byte at which reading stopped.
    package var offset: Int

    package var description: String { "bad XML at byte \(offset): \(reason)" }
}

extension XMLElement {
    /// Limits of what is read. libvirt's largest descriptions are far below them.
    package enum Limit {
        package static let bytes = 8 << 20
        package static let depth = 64
        package static let elements = 200_000
    }

    /// Reads one document: the part of XML 1.0 that libvirt writes. Document types, and with them entities of
    /// somebody's own making, are refused.
    package init(parsing text: String) throws(XMLError) {
        var reader = XMLReader(bytes: Array(text.utf8))
        self = try reader.document()
    }
}

private struct XMLReader {
    let bytes: [UInt8]
    var position = 0
    var elements = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    func fail(_ reason: String) -> XMLError { XMLError(reason: reason, offset: position) }

    mutating func document() throws(XMLError) -> XMLElement {
        guard bytes.count <= XMLElement.Limit.bytes else { throw fail("larger than \(XMLElement.Limit.bytes) bytes") }
        try skipMisc()
        guard starts(with: "<") else { throw fail("no element") }
        let root = try element()
        try skipMisc()
        guard position == bytes.count else { throw fail("text after the end") }
        return root
    }

    /// Reads the element that starts here, and all inside it, without recursion: depth is the input's choice.
    private mutating func element() throws(XMLError) -> XMLElement {
        var open: [XMLElement] = []
        var texts: [[UInt8]] = []
        while true {
            if starts(with: "<!--") || starts(with: "<?") {
                try skipMisc()
            } else if starts(with: "<![CDATA[") {
                guard !open.isEmpty else { throw fail("text outside of the element") }
                position += 9
                let start = position
                try skip(past: "]]>")
                texts[texts.count - 1] += bytes[start..<position - 3]
            } else if starts(with: "</") {
                position += 2
                let name = try name()
                skipSpace()
                guard take(">"), var done = open.popLast(), done.name == name else { throw fail("unexpected end tag") }
                done.text = Self.trimmed(texts.removeLast())
                if open.isEmpty { return done }
                open[open.count - 1].children.append(done)
            } else if starts(with: "<") {
                let (started, isEmpty) = try startTag()
                elements += 1
                guard elements <= XMLElement.Limit.elements else { throw fail("too many elements") }
                if !isEmpty {
                    guard open.count < XMLElement.Limit.depth else { throw fail("nested too deeply") }
                    open.append(started)
                    texts.append([])
                } else if open.isEmpty {
                    return started
                } else {
                    open[open.count - 1].children.append(started)
                }
            } else {
                guard !open.isEmpty else { throw fail("no element") }
                guard position < bytes.count else { throw fail("unexpected end") }
                try characters(until: UInt8(ascii: "<"), into: &texts[texts.count - 1])
            }
        }
    }

    private mutating func startTag() throws(XMLError) -> (XMLElement, isEmpty: Bool) {
        guard take("<") else { throw fail("no element") }
        var element = XMLElement(try name())
        while true {
            let before = position
            skipSpace()
            if take("/>") { return (element, true) }
            if take(">") { return (element, false) }
            guard position > before else { throw fail("bad start tag") }
            let name = try name()
            skipSpace()
            guard take("=") else { throw fail("attribute without a value") }
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "'") || bytes[position] == UInt8(ascii: "\"")
            else { throw fail("attribute without quotes") }
            let quote = bytes[position]
            position += 1
            var value: [UInt8] = []
            try characters(until: quote, into: &value)
            guard position < bytes.count else { throw fail("unexpected end") }
            position += 1
            guard element[attribute: name] == nil else { throw fail("attribute given twice") }
            element.attributes.append(.init(name: name, value: String(decoding: value, as: UTF8.self)))
        }
    }

    private mutating func characters(until end: UInt8, into out: inout [UInt8]) throws(XMLError) {
        while position < bytes.count, bytes[position] != end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "<") { throw fail("< inside of a value") }
            if byte == UInt8(ascii: "&") {
                try reference(into: &out)
            } else {
                out.append(byte)
                position += 1
            }
        }
    }

    private mutating func reference(into out: inout [UInt8]) throws(XMLError) {
        for (name, byte) in Self.references where take(name) {
            out.append(UInt8(ascii: byte))
            return
        }
        guard take("&#") else { throw fail("unknown entity") }
        let radix = take("x") ? 16 : 10
        var value = 0
        let start = position
        while position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue,
            digit < radix
        {
            value = value * radix + digit
            position += 1
            guard value <= 0x10FFFF else { throw fail("bad character reference") }
        }
        guard position > start, take(";"), value > 0, let scalar = Unicode.Scalar(UInt32(value)) else {
            throw fail("bad character reference")
        }
        out += Array(String(scalar).utf8)
    }

    private static let references: [(String, Unicode.Scalar)] = [
        ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\""), ("&apos;", "'"),
    ]

    private mutating func name() throws(XMLError) -> String {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw fail("a name is missing") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"),
            UInt8(ascii: "."), 0x80...:
            true
        default: false
        }
    }

    /// Skips white space, comments and processing instructions.
    private mutating func skipMisc() throws(XMLError) {
        while true {
            skipSpace()
            if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<!D") {
                throw fail("document types are refused")
            } else {
                return
            }
        }
    }

    private mutating func skip(past end: String) throws(XMLError) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw fail("unexpected end")
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...10).contains(byte) || byte == 13 }

    private static func trimmed(_ text: [UInt8]) -> String {
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: text[first...last], as: UTF8.self)
    }

    private func starts(with prefix: String) -> Bool {
        let end = position + prefix.utf8.count
        return end <= bytes.count && bytes[position..<end].elementsEqual(prefix.utf8)
    }

    private mutating func take(_ prefix: String) -> Bool {
        guard starts(with: prefix) else { return false }
        position += prefix.utf8.count
        return true
    }
}
