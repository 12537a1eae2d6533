import Testing

@testable import TUI

@Suite struct ScaleTests {
    @Test func `ten thousand rows are filtered, drawn and followed`() {
        let names = (0..<10_000).map { "vm-\($0)-\($0 % 7 == 0 ? "Web" : "db")" }
        let match = Match("WEB")
        let found = names.indices.filter { match.matches(names[$0]) }
        #expect(found.count == 1429)
        var table = Table<Int>(columns: [TableColumn("name", "NAME", ideal: 30)])
        table.height = 50
        table.setRows(found)
        _ = table.handle(.key(.end))
        table.setRows(Array(names.indices))
        #expect(table.selection == 9996)
        #expect(table.scroller.visible(in: 50).contains(9996))
        var fuzzy = Match("v9w", mode: .fuzzy)
        #expect(names.contains { fuzzy.matches($0) })
        fuzzy = Match("zzz", mode: .fuzzy)
        #expect(!names.contains { fuzzy.matches($0) })
    }
}
