import Testing

@testable import TUI

@Suite struct GraphTests {
    private func draw(_ graph: Graph, _ columns: Int, _ rows: Int, label: Bool = false) -> Canvas {
        var canvas = Canvas(Size(columns: columns, rows: rows))
        graph.draw(into: &canvas, rect: canvas.bounds, label: label ? { Format.compact($0) } : nil)
        return canvas
    }

    @Test func `an area with a gap, newest at the right`() {
        let graph = Graph([8, 6, 4, 2, 0, nil, nil, 8, 8, 8], maximum: 8)
        let canvas = draw(graph, 6, 2)
        #expect(canvas.text == " ⣧  ⢸⣿\n ⣿⣧⡀⢸⣿")
        #expect(canvas.translated(to: .ascii).text.unicodeScalars.allSatisfy { $0.value < 0x7F })
    }

    @Test func `two series, one above and one below the middle`() {
        let graph = Graph(
            [1, 2, 3, 4, 4, 4, 4, 4], second: [4, 4, 4, 4, 1, 1, 1, 1], arrangement: .mirrored, maximum: 4)
        let canvas = draw(graph, 4, 2)
        #expect(canvas.text == "⣠⣾⣿⣿\n⣿⣿⠉⠉")
        #expect(canvas[0, 1].role == .graphSecond)
    }

    @Test func `a line follows the values`() {
        #expect(draw(Graph([1, 1, 4, 4, 2, 2], style: .line, maximum: 4), 3, 1).text == "⣀⠏⠦")
    }

    @Test func `scales are round and can be written`() {
        #expect(Graph.rounded(0.7) == 1)
        #expect(Graph.rounded(13) == 20)
        #expect(Graph.rounded(100) == 100)
        #expect(Graph([3, nil, 170]).scale(columns: 10) == 200)
        #expect(draw(Graph([nil]), 12, 2, label: true).text == "1\n")
    }

    @Test func `sparklines show nothing as nothing and zero as the lowest block`() {
        var canvas = Canvas(Size(columns: 10, rows: 1))
        Sparkline.draw([nil, 0, 1, 2, 3, 4, 5, 6, 7, .nan], maximum: 7, into: &canvas, x: 0, y: 0, columns: 10)
        #expect(canvas.text == " ▁▂▃▄▅▆▇█")
        #expect(canvas.translated(to: .ascii).text == " _.-:=+*#")
    }
}
