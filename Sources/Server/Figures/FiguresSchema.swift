import Core
import GraphQL
import Postgres

extension FiguresSample: GraphQLObject {}

/// A machine's figures over time, a list for each kind.
struct FigureHistory: GraphQLObject {
    var points: [(at: Timestamp, figures: Figures)]
}

/// What changes on the board, for one reader: of the machines that are the reader's to see.
struct FigureUpdates: AsyncSequence, Sendable {
    typealias Element = [FiguresSample]
    let reader: FigureBoard.Reader
    let store: MachineStore
    let scope: MachineStore.Scope

    struct Iterator: AsyncIteratorProtocol {
        let updates: FigureUpdates

        func next() async throws -> [FiguresSample]? {
            while let samples = await updates.reader.next() {
                if case .all = updates.scope { return samples }
                // Machines change hands, so that it is asked each time.
                let visible = try await updates.store.visible(Set(samples.map(\.machine)), in: updates.scope)
                let own = samples.filter { visible.contains($0.machine) }
                if !own.isEmpty { return own }
            }
            return nil
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(updates: self) }
}

/// How many machines one reader may watch: more than any screen shows.
private let maximumWatched = 1000
/// Longer pasts are read from the table of minutes.
private let memorySeconds = 300

let figuresSchema = SchemaPart<RequestContext> {
    Object(FiguresSample.self, name: "MachineFigures") {
        Field("machineId", \.machine)
        Field("at", \.at).describe("When CPU and network were measured.")
        Field("slowAt", \.slowAt).describe("When memory and disks were measured, which is less often.")
        Field("cpuPercent", \.figures.cpuPercent).describe("Share of all of its vCPUs.")
        Field("vcpuWaitPercent", \.figures.vcpuWaitPercent)
            .describe("Share of the time in which a vCPU was ready to run and the host had no CPU for it.")
        Field("memoryUsedMiB", \.figures.memoryUsedMiB)
        Field("memoryTotalMiB", \.figures.memoryTotalMiB)
        Field("balloonMiB", \.figures.balloonMiB).describe("What the balloon leaves to the guest.")
        Field("diskReadBytes", \.figures.diskRead).describe("A second.")
        Field("diskWriteBytes", \.figures.diskWrite).describe("A second.")
        Field("networkReceivedBytes", \.figures.networkReceived).describe("A second.")
        Field("networkSentBytes", \.figures.networkSent).describe("A second.")
    }
    Object(FigureHistory.self) {
        Field("at") { $0.points.map(\.at) }
        Field("cpuPercent") { $0.points.map(\.figures.cpuPercent) }
        Field("vcpuWaitPercent") { $0.points.map(\.figures.vcpuWaitPercent) }
        Field("memoryUsedMiB") { $0.points.map(\.figures.memoryUsedMiB) }
        Field("balloonMiB") { $0.points.map(\.figures.balloonMiB) }
        Field("diskReadBytes") { $0.points.map(\.figures.diskRead) }
        Field("diskWriteBytes") { $0.points.map(\.figures.diskWrite) }
        Field("networkReceivedBytes") { $0.points.map(\.figures.networkReceived) }
        Field("networkSentBytes") { $0.points.map(\.figures.networkSent) }
    }
    Extend(Machine.self) {
        Field("figures") { machine, context in context.services.figures.sample(of: machine.id) }
    }
    Query(requires: .user) {
        Field("figureHistory", Argument<Machine.ID>("machineId"), Argument<Int?>("seconds", default: 300)) {
            context, machine, seconds in
            // Whoever may not see the machine does not see its figures.
            _ = try await context.services.machines.find(machine, for: try context.signedIn)
            return try await context.history(of: machine, seconds: max(0, seconds ?? memorySeconds))
        }
    }
    Subscription(requires: .user) {
        Field(
            "figures",
            Argument<[Machine.ID]?>("watch").describe(
                "Machines that are wanted each second; all others come more seldom.")
        ) { context, watch in
            guard (watch?.count ?? 0) <= maximumWatched else {
                throw FieldError("at most \(maximumWatched) machines can be watched", code: .badInput)
            }
            let (store, scope) = (context.services.machines.store, try context.signedIn.machineScope)
            // Else anybody could have others' machines measured each second.
            let watched = try await store.visible(Set(watch ?? []), in: scope)
            return FigureUpdates(
                reader: context.services.figures.reader(watching: watched), store: store, scope: scope)
        }
    }
}

extension RequestContext {
    fileprivate func history(of machine: Machine.ID, seconds: Int) async throws -> FigureHistory {
        let start = services.clock.now.adding(milliseconds: -Int64(seconds) * 1000)
        let recent = services.figures.history(of: machine, since: start)
        guard seconds > memorySeconds else { return FigureHistory(points: recent) }
        let first = recent.first?.at.rawValue ?? .max
        let minutes = try await services.metrics.rows(of: machine.rawValue, since: start.rawValue)
        let older = minutes.filter { $0.at < first }.map { ($0.time, Figures($0)) }
        return FigureHistory(points: older + recent)
    }
}

extension MetricRow {
    fileprivate var time: Timestamp { Timestamp(milliseconds: at) }
}

extension Figures {
    fileprivate init(_ row: MetricRow) {
        self.init()
        cpuPercent = row.cpuPercent
        vcpuWaitPercent = row.vcpuWaitPercent
        memoryUsedMiB = row.memoryUsedMiB
        memoryTotalMiB = row.memoryTotalMiB
        balloonMiB = row.balloonMiB
        diskRead = row.diskReadBytes
        diskWrite = row.diskWriteBytes
        networkReceived = row.networkReceivedBytes
        networkSent = row.networkSentBytes
    }
}
