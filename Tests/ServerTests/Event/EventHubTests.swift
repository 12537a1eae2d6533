import Core
import Server
import Testing

@Suite struct EventHubTests {
    private func event(_ id: Int64) -> EventRecord {
        EventRecord(
            id: id, at: Timestamp(milliseconds: id), resource: "machine", action: "update", resourceID: "m",
            resourceName: "m", actor: "test", message: "")
    }

    @Test func `a follower sees every event once and in order`() async {
        let hub = EventHub()
        hub.start(after: 10)
        let follower = Task {
            var seen: [Int64] = []
            var last: Int64 = 10
            while seen.count < 200, case .events(let events) = await hub.next(after: last, limit: 7) {
                seen += events.map(\.id)
                last = events.last!.id
            }
            return seen
        }
        for id in stride(from: Int64(11), to: 411, by: 2) { hub.publish([event(id), event(id)]) }
        let seen = await follower.value
        #expect(seen == Array(stride(from: Int64(11), to: 411, by: 2)))
    }

    @Test func `a follower from before the ring is sent to the table`() async {
        let hub = EventHub()
        hub.start(after: 100)
        #expect(await hub.next(after: 50) == .behind)
        hub.publish((101...Int64(101 + EventHub.capacity * 3)).map(event))
        #expect(await hub.next(after: 100) == .behind)
        guard case .events(let events) = await hub.next(after: hub.last - 5) else {
            Issue.record("the newest events are not at hand")
            return
        }
        #expect(events.count == 5)
    }

    @Test func `what is its own is told at once where nothing is missing before it`() async {
        let hub = EventHub()
        hub.start(after: 10)
        hub.publishOwn([event(11), event(12)])
        #expect(hub.last == 12)
        // Another server's 13 is still on its way.
        hub.publishOwn([event(14)])
        #expect(hub.last == 12)
        hub.publish([event(13), event(14)])
        // The notification of what was told already brings it once more.
        hub.publishOwn([event(15)])
        hub.publish([event(14), event(15), event(16)])
        hub.publishOwn([event(16)])
        hub.publishOwn([])
        #expect(await hub.next(after: 10) == .events((11...16).map { event($0) }))
    }

    @Test func `closing and cancelling end the wait`() async {
        let hub = EventHub()
        let cancelled = Task { await hub.next(after: 0) }
        cancelled.cancel()
        #expect(await cancelled.value == .closed)
        let waiting = Task { await hub.next(after: 0) }
        hub.close()
        #expect(await waiting.value == .closed)
    }
}
