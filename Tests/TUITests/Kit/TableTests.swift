import Testing

@testable import TUI

private let columns = [
    TableColumn("name", "NAME", minimum: 6, ideal: 10, maximum: 20),
    TableColumn("state", "STATE", importance: 1, ideal: 8),
    TableColumn("cpu", "CPU", alignment: .right, importance: 2, ideal: 5),
    TableColumn("trend", "TREND", importance: 3, ideal: 6, sortable: false),
]

private func cell(_ id: Int, _ column: TableColumn) -> TableCell {
    switch column.id {
    case "name": .text("vm-\(id)")
    case "state": .text(id % 2 == 0 ? "running" : "off", id % 2 == 0 ? .good : .muted)
    case "cpu": .text(Format.percent(Double(id)))
    default: .sparkline([nil, 0, 2, 4, 8], maximum: 8)
    }
}

private func draw(_ table: Table<Int>, _ width: Int, _ height: Int, focus: Bool = true) -> String {
    var canvas = Canvas(Size(columns: width, rows: height))
    table.draw(into: &canvas, rect: canvas.bounds, focus: focus, cell: cell)
    return canvas.text
}

private func table(_ count: Int, height: Int = 4) -> Table<Int> {
    var table = Table<Int>(columns: columns, sort: TableSort("cpu", descending: true))
    table.height = height
    table.setRows(Array(0..<count))
    return table
}

@Suite struct TableTests {
    @Test func `a table with cursor, mark, sort and scrollbar`() {
        var table = table(9)
        _ = table.handle(.key(.character(" ")))
        #expect(
            draw(table, 48, 5) == """
                  NAME                 STATE     CPU▼  TREND
                 ✓vm-0                 running     0%    ▁▃▅█  █
                ▶ vm-1                 off       1.0%    ▁▃▅█
                  vm-2                 running   2.0%    ▁▃▅█
                  vm-3                 off       3.0%    ▁▃▅█
                """)
    }

    @Test func `a narrow screen drops the least important columns`() {
        let table = table(1)
        #expect(draw(table, 28, 2) == "  NAME       STATE     CPU▼\n▶ vm-0       running     0%")
        #expect(draw(table, 20, 2) == "  NAME     STATE\n▶ vm-0     running")
        #expect(draw(table, 12, 2) == "  NAME\n▶ vm-0")
        #expect(draw(table, 6, 2) == "  NA…\n▶ vm…")
        #expect(draw(table, 1, 1) == "")
    }

    @Test(arguments: 0...120)
    func `columns never overlap nor leave the table`(width: Int) {
        var x = 2
        for place in table(1).layout(columns: width) {
            #expect(place.x >= x)
            x = place.x + place.width
            #expect(width < 10 || x <= width - 1)
        }
    }

    @Test func `the cursor stays with its row when the order changes`() {
        var table = table(10)
        table.select(7)
        table.setRows([9, 7, 5, 3])
        #expect(table.selection == 7)
        table.setRows([9, 5, 3])
        #expect(table.selection == 5)
        table.setRows([])
        #expect(table.selection == nil)
        let used = table.handle(.key(.character(" ")))
        #expect(!used)
        table.setRows([1])
        #expect(table.selection == 1)
    }

    @Test func `moves scroll as little as they must`() {
        var table = table(100, height: 10)
        func state() -> [Int] { [table.selectedIndex ?? -1, table.scroller.top] }
        _ = table.handle(.key(.pageDown))
        #expect(state() == [9, 0])
        _ = table.handle(.key(.down))
        #expect(state() == [10, 1])
        _ = table.handle(.key(.up))
        #expect(state() == [9, 1])
        _ = table.handle(.key(.end))
        #expect(state() == [99, 90])
        _ = table.handle(.key(.character("k")))
        #expect(state() == [98, 90])
        _ = table.handle(.key(.home))
        #expect(state() == [0, 0])
        _ = table.handle(.mouse(Mouse(.wheelDown, x: 0, y: 0)))
        #expect(state() == [3, 0])
    }

    @Test func `marks survive a filter and decide what an action means`() {
        var table = table(6)
        #expect(table.targets == [0])
        table.toggleMark(4)
        table.toggleMark(1)
        table.setRows([5, 4, 3])
        #expect(table.targets == [4, 1])
        table.setRows([5, 4, 3], dropMarks: true)
        #expect(table.targets == [4])
        table.invertMarks()
        #expect(table.targets == [5, 3])
        table.clearMarks()
        table.toggleMark(5)
        table.select(3)
        table.markRange()
        #expect(table.targets == [5, 4, 3])
    }

    @Test func `only visible rows are asked for`() {
        var table = table(10_000, height: 20)
        table.select(index: 5_000)
        var asked: Set<Int> = []
        var canvas = Canvas(Size(columns: 80, rows: 21))
        table.draw(into: &canvas, rect: canvas.bounds) { id, column in
            asked.insert(id)
            return cell(id, column)
        }
        #expect(asked.count == 20)
        #expect(table.row(atLine: 20, height: 21) == 5_000)
        #expect(table.row(atLine: 0, height: 21) == nil)
    }

    @Test func `sorting again turns the order round`() {
        var table = table(1)
        table.toggleSort("name")
        #expect(table.sort == TableSort("name"))
        table.toggleSort("name")
        #expect(table.sort == TableSort("name", descending: true))
        table.toggleSort("trend")
        #expect(table.sort == TableSort("name", descending: true))
        #expect(table.column(atX: 2, columns: 48)?.id == "name")
    }
}
