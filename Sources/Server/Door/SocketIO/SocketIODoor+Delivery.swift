import Core
import JSON
import Logging
import NIOCore
import Synchronization

// Carrying events to those who are connected.
extension SocketIODoor {
    /// Pause before something that failed is tried again.
    private static let retryPause = Duration.milliseconds(250)

    /// The longest pause between two batches.
    private static let longestRest = Duration.milliseconds(20)
    /// Shorter ones are not worth a timer.
    private static let shortestRest = Duration.milliseconds(1)

    /// Follows the events from where the door began, in their order. What fails is tried again: nobody is told a later event before an
    /// earlier one, and none is left out.
    func follow() async {
        var last = course.now
        while !Task.isCancelled {
            do {
                guard let events = try await backend.events(after: last, limit: limits.batch) else { return close() }
                let spent = try await carry(events)
                last = events.last?.id ?? last
                // Telling takes half of a loop's time at most, since requests are answered there too. What happens in the
                // other half is told with one call of the system for each client, however many events there are.
                if spent >= Self.shortestRest { try? await Task.sleep(for: min(spent, Self.longestRest)) }
            } catch {
                log.debug("events cannot be carried on", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: Self.retryPause)
            }
        }
    }

    /// Returns how long that kept a loop busy.
    private func carry(_ events: [EventRecord]) async throws -> Duration {
        guard let last = events.last?.id else { return .zero }
        var users: Set<String> = []
        course.advance(to: last) { users = registry.users }
        guard !users.isEmpty else { return .zero }
        let touched = users.intersection(events.filter { $0.resource == "user" }.map(\.resourceID))
        if !touched.isEmpty {
            // Nobody hears of something after the token that let them hear is worthless.
            suspects.withLock { $0.formUnion(touched) }
            await checkSuspects()
        }
        var delivery = Delivery(registry: registry, bursts: bursts, isSingle: events.count == 1)
        for announcement in try await backend.announcements(of: events, to: users) {
            deliver(announcement, &delivery)
        }
        return await delivery.perform()
    }

    private func deliver(_ announcement: Announcement, _ delivery: inout Delivery) {
        for eviction in announcement.evictions {
            for connection in registry.members(of: eviction.room) {
                guard let speaker = connection.speaker, !eviction.staying.contains(speaker.user) else { continue }
                registry.leave(eviction.room, connection)
                delivery.send(Self.left(eviction.room, "not allowed any more"), to: connection)
            }
        }
        // A connection in several of the rooms of one event hears it once.
        var heard: [String: Set<ObjectIdentifier>] = [:]
        for notice in announcement.notices {
            var writer = JSONWriter()
            writer.value(notice.data)
            let data = writer.bytes
            tell(
                notice, of: announcement.event,
                SocketEnvelope.success(data: data, at: announcement.at, event: announcement.event), &delivery)
            var packet: OutgoingPacket?
            for room in notice.rooms {
                for connection in registry.members(of: room) {
                    guard let speaker = connection.speaker, speaker.hears(announcement.event),
                        notice.roomReaders.contains(speaker.user),
                        heard[notice.name, default: []].insert(ObjectIdentifier(connection)).inserted
                    else { continue }
                    let encoded = packet ?? OutgoingPacket(event: notice.name, encoded: data)
                    packet = encoded
                    delivery.send(encoded, to: connection)
                }
            }
        }
        for room in announcement.closings {
            for connection in registry.members(of: room) {
                registry.leave(room, connection)
                delivery.send(Self.left(room, "deleted"), to: connection)
            }
        }
    }

    /// Tells users by their own names: one packet for all connections of one of them.
    private func tell(
        _ notice: Announcement.Notice, of event: EventRecord.ID, _ envelope: [UInt8], _ delivery: inout Delivery
    ) {
        for user in notice.users {
            var packet: OutgoingPacket?
            delivery.each(of: user) { delivery, connection, speaker in
                guard speaker.hears(event) else { return }
                let encoded =
                    packet ?? OutgoingPacket(event: "\(speaker.namespace):\(notice.name)", encoded: envelope)
                packet = encoded
                delivery.send(encoded, to: connection)
            }
        }
    }

    private static func left(_ room: SocketRoom, _ reason: String) -> OutgoingPacket {
        OutgoingPacket(event: "left", ["room": .string(room.name), "reason": .string(reason)])
    }
}

/// One batch on its way: whom it is for, and the WebSockets that have something to write, by their loops.
private struct Delivery {
    typealias Member = (connection: SocketConnection, speaker: SocketConnection.Speaker)

    /// The WebSockets of one loop.
    private struct Lane {
        let loop: any EventLoop
        let bursts: BurstShelf
        var waiting: [EngineWire] = []
        /// How many are written to next.
        var portion = firstPortion
        /// How long it took to write to those that were waiting before.
        var written: [EventLoopFuture<TimeAmount>] = []

        /// Has everything written that waits. The loop is woken once, whatever the number.
        mutating func start() {
            let wires = waiting
            waiting = []
            portion *= 2
            written.append(
                loop.submit { [bursts] in
                    let begun = NIODeadline.now()
                    EngineWire.drain(wires, bursts)
                    return NIODeadline.now() - begun
                })
        }
    }

    /// WebSockets that are looked up before the first of them are written to, where there is one event.
    private static let firstPortion = 64

    let registry: SocketRegistry
    let bursts: BurstShelf
    /// One event goes out to the first while others are looked up. Of several, each client is told with one call.
    let isSingle: Bool
    /// Who comes in meanwhile hears none of the batch, so one look is enough.
    private var members: [String: [Member]] = [:]
    private var lanes: [Lane] = []

    init(registry: SocketRegistry, bursts: BurstShelf, isSingle: Bool) {
        self.registry = registry
        self.bursts = bursts
        self.isSingle = isSingle
    }

    /// Calls `body` with each connection of a user.
    mutating func each(
        of user: String, _ body: (inout Delivery, SocketConnection, SocketConnection.Speaker) -> Void
    ) {
        if isSingle {
            // The last of them are looked at while the first are being told.
            for connection in registry.connections(of: user) {
                if let speaker = connection.speaker { body(&self, connection, speaker) }
            }
        } else {
            for (connection, speaker) in connections(of: user) { body(&self, connection, speaker) }
        }
    }

    private mutating func connections(of user: String) -> [Member] {
        if let known = members[user] { return known }
        let found = registry.connections(of: user).compactMap { connection in
            connection.speaker.map { (connection, $0) }
        }
        members[user] = found
        return found
    }

    mutating func send(_ packet: OutgoingPacket, to connection: SocketConnection) {
        guard let wire = connection.engine.enqueue(packet) else { return }
        let loop = wire.loop
        guard let index = lanes.firstIndex(where: { $0.loop === loop }) else {
            lanes.append(Lane(loop: loop, bursts: bursts, waiting: [wire]))
            return
        }
        lanes[index].waiting.append(wire)
        if isSingle, lanes[index].waiting.count == lanes[index].portion { lanes[index].start() }
    }

    /// Has the rest written. Returns when all is, and for how long the loop was busy that was busy for longest.
    mutating func perform() async -> Duration {
        for index in lanes.indices where !lanes[index].waiting.isEmpty { lanes[index].start() }
        var longest = TimeAmount.zero
        for lane in lanes {
            var time = TimeAmount.zero
            for part in lane.written { time = time + ((try? await part.get()) ?? .zero) }
            longest = max(longest, time)
        }
        return Duration(longest)
    }
}
