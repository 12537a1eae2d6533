/// The newest samples of one machine in a fixed number of places. Values are kept as `Float`: a graph shows no more.
package struct FigureRing: Sendable {
    /// What a sample holds, in the order of its places. Missing values are `nan`.
    package static let fields = 9

    private var times: [Int64]
    private var values: [Float]
    private var head = 0
    package private(set) var count = 0
    package let capacity: Int

    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        // All the room at once: what grows by doubling leaves holes of each size that it had, for each machine.
        times = []
        times.reserveCapacity(capacity)
        values = []
        values.reserveCapacity(capacity * Self.fields)
    }

    package mutating func append(_ figures: Figures, at time: Timestamp) {
        let row = figures.packed
        if times.count < capacity {
            times.append(time.rawValue)
            values.append(contentsOf: row)
            count = times.count
            head = count % capacity
            return
        }
        times[head] = time.rawValue
        values.replaceSubrange(head * Self.fields..<(head + 1) * Self.fields, with: row)
        head = (head + 1) % capacity
    }

    package var newest: Timestamp? {
        guard count > 0 else { return nil }
        return Timestamp(milliseconds: times[(head + count - 1) % count])
    }

    /// The samples from oldest to newest that are younger than `start`.
    package func samples(since start: Timestamp) -> [(at: Timestamp, figures: Figures)] {
        (0..<count).compactMap { index in
            let place = count < capacity ? index : (head + index) % capacity
            guard times[place] >= start.rawValue else { return nil }
            let row = values[place * Self.fields..<(place + 1) * Self.fields]
            return (Timestamp(milliseconds: times[place]), Figures(packed: row))
        }
    }
}

extension Figures {
    fileprivate var packed: [Float] {
        [
            cpuPercent, vcpuWaitPercent, memoryUsedMiB, memoryTotalMiB, balloonMiB, diskRead, diskWrite,
            networkReceived, networkSent,
        ].map { $0.map(Float.init) ?? .nan }
    }

    fileprivate init(packed row: ArraySlice<Float>) {
        self.init()
        func value(_ index: Int) -> Double? {
            let value = row[row.startIndex + index]
            return value.isNaN ? nil : Double(value)
        }
        cpuPercent = value(0)
        vcpuWaitPercent = value(1)
        memoryUsedMiB = value(2)
        memoryTotalMiB = value(3)
        balloonMiB = value(4)
        diskRead = value(5)
        diskWrite = value(6)
        networkReceived = value(7)
        networkSent = value(8)
    }
}
