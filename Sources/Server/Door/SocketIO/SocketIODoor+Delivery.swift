import Core
import JSON
import Logging
import NIOCore
import Synchronization

// Carrying events to those who are connected.
extension SocketIODoor {
    /// Pause before something that failed is tried again.
    private static let retryPause = Duration.milliseconds(250)

    /// Follows the events from where the door began, in their order. What fails is tried again: nobody is told a later event before an
    /// earlier one, and none is left out.
    func follow() async {
        var last = course.now
        while !Task.isCancelled {
            do {
                guard let events = try await backend.events(after: last, limit: limits.batch) else { return close() }
                try await carry(events)
                last = events.last?.id ?? last
            } catch {
                log.debug("events cannot be carried on", metadata: ["reason": "\(error)"])
                try? await Task.sleep(for: Self.retryPause)
            }
        }
    }

    private func carry(_ events: [EventRecord]) async throws {
        guard let last = events.last?.id else { return }
        var users: Set<String> = []
        course.advance(to: last) { users = registry.users }
        guard !users.isEmpty else { return }
        let touched = users.intersection(events.filter { $0.resource == "user" }.map(\.resourceID))
        if !touched.isEmpty {
            // Nobody hears of something after the token that let them hear is worthless.
            suspects.withLock { $0.formUnion(touched) }
            await checkSuspects()
        }
        var kicks = Kicks()
        for announcement in try await backend.announcements(of: events, to: users) {
            deliver(announcement, &kicks)
        }
        kicks.perform()
    }

    private func deliver(_ announcement: Announcement, _ kicks: inout Kicks) {
        for eviction in announcement.evictions {
            for connection in registry.members(of: eviction.room) {
                guard let speaker = connection.speaker, !eviction.staying.contains(speaker.user) else { continue }
                registry.leave(eviction.room, connection)
                kicks.send(Self.left(eviction.room, "not allowed any more"), to: connection)
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
                SocketEnvelope.success(data: data, at: announcement.at, event: announcement.event), &kicks)
            var packet: OutgoingPacket?
            for room in notice.rooms {
                for connection in registry.members(of: room) {
                    guard let speaker = connection.speaker, announcement.event > speaker.start,
                        notice.roomReaders.contains(speaker.user),
                        heard[notice.name, default: []].insert(ObjectIdentifier(connection)).inserted
                    else { continue }
                    let encoded = packet ?? OutgoingPacket(event: notice.name, encoded: data)
                    packet = encoded
                    kicks.send(encoded, to: connection)
                }
            }
        }
        for room in announcement.closings {
            for connection in registry.members(of: room) {
                registry.leave(room, connection)
                kicks.send(Self.left(room, "deleted"), to: connection)
            }
        }
    }

    /// Tells users by their own names: one packet for all connections of one of them.
    private func tell(
        _ notice: Announcement.Notice, of event: EventRecord.ID, _ envelope: [UInt8], _ kicks: inout Kicks
    ) {
        for user in notice.users {
            var packet: OutgoingPacket?
            for connection in registry.connections(of: user) {
                guard let speaker = connection.speaker, event > speaker.start else { continue }
                let encoded =
                    packet ?? OutgoingPacket(event: "\(speaker.namespace):\(notice.name)", encoded: envelope)
                packet = encoded
                kicks.send(encoded, to: connection)
            }
        }
    }

    private static func left(_ room: SocketRoom, _ reason: String) -> OutgoingPacket {
        OutgoingPacket(event: "left", ["room": .string(room.name), "reason": .string(reason)])
    }
}

/// WebSockets that have something to write, by their loops: each loop is woken once, whatever the number.
private struct Kicks {
    private var wires: [ObjectIdentifier: [EngineWire]] = [:]

    mutating func send(_ packet: OutgoingPacket, to connection: SocketConnection) {
        guard let wire = connection.engine.enqueue(packet) else { return }
        wires[ObjectIdentifier(wire.loop), default: []].append(wire)
    }

    func perform() {
        for wires in wires.values {
            wires[0].loop.execute { for wire in wires { wire.drain() } }
        }
    }
}
