import Core
import Server
import Testing

@Suite struct FigureBoardTests {
    private func sample(_ id: String, _ cpu: Double, at time: Int64) -> FiguresSample {
        var figures = Figures()
        figures.cpuPercent = cpu
        return FiguresSample(machine: .init(id), at: Timestamp(milliseconds: time), figures: figures)
    }

    @Test func `a reader gets watched machines at each pass and the others at full ones`() async {
        let board = FigureBoard()
        let reader = board.reader(watching: [.init("a")])
        board.record([sample("a", 1, at: 1), sample("b", 1, at: 1)], isFull: true)
        #expect(await reader.next()?.count == 2)
        board.record([sample("a", 2, at: 2)], isFull: false)
        #expect(await reader.next()?.map(\.machine.rawValue) == ["a"])
        board.record([sample("b", 3, at: 3), sample("a", 3, at: 3)], isFull: true)
        #expect(Set(await reader.next()?.map(\.machine.rawValue) ?? []) == ["a", "b"])
    }

    @Test func `a slow reader gets the newest and nothing twice`() async {
        let board = FigureBoard()
        let reader = board.reader(watching: [.init("a")])
        for time in 1...50 { board.record([sample("a", Double(time), at: Int64(time))], isFull: false) }
        #expect(await reader.next()?.map(\.figures.cpuPercent) == [50])
        board.record([sample("a", 51, at: 51)], isFull: false)
        #expect(await reader.next()?.map(\.figures.cpuPercent) == [51])
    }

    @Test func `a reader that is gone watches no more`() {
        let board = FigureBoard()
        var reader: FigureBoard.Reader? = board.reader(watching: [.init("a")])
        #expect(board.watched == [.init("a")] && board.hasReaders)
        _ = reader
        reader = nil
        #expect(board.watched.isEmpty && !board.hasReaders)
    }

    @Test func `the past is as fine as it is known`() {
        let board = FigureBoard()
        board.record([sample("a", 0, at: 1000)], isFull: true)
        let reader = board.reader(watching: [.init("a")])
        for second in 2...9 { board.record([sample("a", 1, at: Int64(second * 1000))], isFull: second % 5 == 0) }
        let times = board.history(of: .init("a"), since: Timestamp(milliseconds: 0)).map { $0.at.rawValue / 1000 }
        #expect(times == Array(1...9))
        _ = reader
    }

    @Test func `machines that are gone are forgotten`() {
        let board = FigureBoard()
        board.record([sample("a", 0, at: 1), sample("b", 0, at: 1)], isFull: true)
        board.keep([.init("b")])
        #expect(board.sample(of: .init("a")) == nil)
        #expect(board.sample(of: .init("b")) != nil)
    }

    @Test func `closing ends the wait`() async {
        let board = FigureBoard()
        let reader = board.reader(watching: [])
        let waiting = Task { await reader.next() }
        board.close()
        #expect(await waiting.value == nil)
    }
}
