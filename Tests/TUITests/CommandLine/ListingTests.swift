import Core
import JSON
import Testing

@testable import TUI

@Suite struct ListingTests {
    private var listing: Listing {
        var listing = Listing([.init("NAME"), .init("CPU", .right)])
        listing.rows = [
            .init(["web", "7%"], ["name": "web", "cpu": 7]),
            .init(["a\u{1B}[31m\nb", "100%"], ["name": "a\u{1B}[31m\u{9B}1m, \"b\"", "cpu": nil]),
        ]
        return listing
    }

    @Test func `text is aligned and obeys nobody`() {
        let text = String(decoding: listing.printed(as: .text), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix(" CPU") && lines[1].hasPrefix("web ") && lines[1].hasSuffix("  7%"))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F })
    }

    @Test func `a terminal cuts lines to its width`() {
        let text = String(decoding: listing.printed(as: .text, width: 6), as: UTF8.self)
        #expect(text.split(separator: "\n").allSatisfy { Text.width($0) <= 6 })
    }

    @Test func `CSV quotes what has to be quoted`() {
        let text = String(decoding: listing.printed(as: .csv), as: UTF8.self)
        #expect(text.hasPrefix("name,cpu\nweb,7\n"))
        #expect(text.contains("\"\"b\"\"\","))
    }

    @Test func `JSON is escaped for terminals and means the same`() throws {
        let bytes = listing.printed(as: .json)
        #expect(!bytes.contains(0x1B) && !bytes.contains(0xC2))
        let value = try JSONValue(parsing: Array(bytes.dropLast()))
        #expect(value[1]?["name"] == "a\u{1B}[31m\u{9B}1m, \"b\"")
    }
}
