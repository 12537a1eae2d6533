package import Core
import Synchronization

/// The newest figures of every machine and their recent past, in memory.
///
/// Readers pull: each keeps the number of the pass that it has seen and asks for what changed since. A reader that is slow
/// skips passes and costs nothing here.
package final class FigureBoard: Sendable {
    /// Five minutes of the passes over everything, one each five seconds.
    package static let coarsePlaces = 60
    /// Five minutes of the passes over what somebody watches, one each second.
    package static let finePlaces = 300
    /// A fine ring that got no sample for this long is given back.
    package static let fineLifetimeMilliseconds: Int64 = 300_000

    fileprivate struct Entry {
        var sample: FiguresSample
        var pass: Int
        var coarse: FigureRing
        var fine: FigureRing?
    }

    fileprivate struct State {
        var entries: [Machine.ID: Entry] = [:]
        var pass = 0
        var fullPass = 0
        var watchers: [Int: Set<Machine.ID>] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())
    private let bell = Bell()

    package init() {}

    // MARK: Writing

    /// Takes in the samples of one pass. `isFull` says that it went over all machines, not only the watched ones.
    package func record(_ samples: [FiguresSample], isFull: Bool) {
        state.withLock { state in
            state.pass += 1
            if isFull { state.fullPass = state.pass }
            let watched = state.watched
            for sample in samples { state.take(sample, isFull: isFull, isWatched: watched.contains(sample.machine)) }
        }
        bell.ring()
    }

    /// Forgets machines that stopped or are gone, except those in `running`.
    package func keep(_ running: Set<Machine.ID>) {
        state.withLock { state in
            // Whoever goes through the entries holds them, and so they would be copied as soon as one goes.
            let gone = state.entries.keys.filter { !running.contains($0) }
            for id in gone { state.entries.removeValue(forKey: id) }
        }
    }

    package func close() { bell.close() }

    // MARK: Reading

    package func sample(of machine: Machine.ID) -> FiguresSample? {
        state.withLock { $0.entries[machine]?.sample }
    }

    package func samples(of machines: [Machine.ID]) -> [FiguresSample?] {
        state.withLock { state in machines.map { state.entries[$0]?.sample } }
    }

    /// The recent past of a machine, oldest first, as fine as it is known.
    package func history(of machine: Machine.ID, since start: Timestamp) -> [(at: Timestamp, figures: Figures)] {
        let rings = state.withLock { state in
            state.entries[machine].map { ($0.coarse, $0.fine) }
        }
        guard let (coarse, fine) = rings else { return [] }
        let close = fine?.samples(since: start) ?? []
        guard let first = close.first?.at else { return coarse.samples(since: start) }
        return coarse.samples(since: start).filter { $0.at < first } + close
    }

    /// Everything that some reader watches: the sampler goes over it each second.
    package var watched: Set<Machine.ID> { state.withLock { $0.watched } }

    package var hasReaders: Bool { state.withLock { !$0.watchers.isEmpty } }

    /// A reader of `figures(watch:)`. It counts as a watcher until it is deallocated.
    package final class Reader: Sendable {
        /// Samples handed out in one piece: whoever reads them has other things to do in between.
        static let portion = 500

        private struct Progress {
            var pass = 0
            var full = 0
            /// Samples of the last pass that were not handed out yet.
            var rest: ArraySlice<FiguresSample> = []

            mutating func nextPortion() -> [FiguresSample]? {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(Reader.portion) }
                return Array(rest.prefix(Reader.portion))
            }
        }

        private let board: FigureBoard
        private let number: Int
        private let watch: Set<Machine.ID>
        private let progress = Mutex(Progress())

        fileprivate init(_ board: FigureBoard, number: Int, watch: Set<Machine.ID>) {
            self.board = board
            self.number = number
            self.watch = watch
        }

        deinit { board.leave(number) }

        /// What changed since the last call; waits for the next pass that has something. Nil when the board is closed or
        /// the caller's task is cancelled.
        package func next() async -> [FiguresSample]? {
            while !Task.isCancelled, !board.bell.isClosed {
                if let portion = progress.withLock({ $0.nextPortion() }) { return portion }
                let rings = board.bell.rings
                let before = progress.withLock { ($0.pass, $0.full) }
                let news = board.news(after: before, watch: watch)
                progress.withLock { $0 = Progress(pass: news.pass, full: news.full, rest: news.samples[...]) }
                if !news.samples.isEmpty { continue }
                await board.bell.wait(beyond: rings)
            }
            return nil
        }
    }

    package func reader(watching watch: Set<Machine.ID>) -> Reader {
        let number = state.withLock { state in
            state.nextNumber += 1
            state.watchers[state.nextNumber] = watch
            return state.nextNumber
        }
        return Reader(self, number: number, watch: watch)
    }

    fileprivate func leave(_ number: Int) {
        _ = state.withLock { $0.watchers.removeValue(forKey: number) }
    }

    private func news(
        after seen: (pass: Int, full: Int), watch: Set<Machine.ID>
    ) -> (pass: Int, full: Int, samples: [FiguresSample]) {
        state.withLock { state in
            if state.fullPass > seen.full {
                let changed = state.entries.values.filter { $0.pass > seen.full }.map(\.sample)
                return (state.pass, state.pass, changed)
            }
            let changed = watch.compactMap { id in
                state.entries[id].flatMap { $0.pass > seen.pass ? $0.sample : nil }
            }
            return (state.pass, seen.full, changed)
        }
    }
}

extension FigureBoard.State {
    fileprivate var watched: Set<Machine.ID> {
        watchers.values.reduce(into: []) { $0.formUnion($1) }
    }

    fileprivate mutating func take(_ sample: FiguresSample, isFull: Bool, isWatched: Bool) {
        let id = sample.machine
        if entries[id] == nil {
            entries[id] = FigureBoard.Entry(
                sample: sample, pass: pass, coarse: FigureRing(capacity: FigureBoard.coarsePlaces))
        }
        entries[id]!.sample = sample
        entries[id]!.pass = pass
        if isFull { entries[id]!.coarse.append(sample.figures, at: sample.at) }
        if isWatched {
            if entries[id]!.fine == nil { entries[id]!.fine = FigureRing(capacity: FigureBoard.finePlaces) }
            entries[id]!.fine!.append(sample.figures, at: sample.at)
        } else if let newest = entries[id]!.fine?.newest,
            sample.at.milliseconds(since: newest) > FigureBoard.fineLifetimeMilliseconds
        {
            entries[id]!.fine = nil
        }
    }
}
