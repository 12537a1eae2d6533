import Core
import JSON
import Server
import Synchronization
import Testing

@Suite struct SocketRoomTests {
    @Test(arguments: [
        ("vm:1", SocketRoom(.machine, "1")), ("department:a:b", SocketRoom(.department, "a:b")),
        ("user:7", SocketRoom(.user, "7")), ("vm:", nil), ("vm", nil), ("", nil), ("admin:1", nil), ("VM:1", nil),
        ("vm:\0", nil),
    ]) func `a room has a kind and an id`(name: String, room: SocketRoom?) {
        #expect(SocketRoom(name: name) == room)
        if let room { #expect(room.name == name) }
    }

    @Test func `a name that is too long is no room`() {
        #expect(SocketRoom(name: "vm:" + String(repeating: "1", count: 129)) == nil)
    }

    /// Tells in the room `vm:1` and to nobody by name.
    @Sendable private static func inRoom(_ event: EventRecord, _ users: Set<String>) -> Announcement {
        var announcement = Announcement(event)
        announcement.notices = [
            .init(
                "vms:update", event.data, to: [],
                rooms: [SocketRoom(.machine, "1"), SocketRoom(.department, "1")], roomReaders: ["ada"])
        ]
        return announcement
    }

    @Test(arguments: [
        (#""join","vm:1""#, #"{"ok":true,"error":null,"room":"vm:1"}"#),
        (#""subscribe",{"room":"vm:1"}"#, #"{"ok":true,"error":null,"room":"vm:1"}"#),
        (#""health:subscribe",{"vmId":"1"}"#, #"{"ok":true,"error":null,"room":"vm:1"}"#),
        (#""join",{"departmentId":"1"}"#, #"{"ok":true,"error":null,"room":"department:1"}"#),
        (#""join","vm:2""#, #"{"ok":false,"error":"there is no such room"}"#),
        (#""join","user:eve""#, #"{"ok":false,"error":"there is no such room"}"#),
        (#""join","nowhere""#, #"{"ok":false,"error":"a room is vm:ID, department:ID or user:ID"}"#),
        (#""join""#, #"{"ok":false,"error":"a room is vm:ID, department:ID or user:ID"}"#),
        (#""dance","vm:1""#, #"{"ok":false,"error":"this server knows the events join and leave"}"#),
    ]) func `joining is acknowledged`(event: String, reply: String) async throws {
        try await SocketWorld.with { world in
            try await world.tab { client in
                try await client.send(message: "427[\(event)]")
                #expect(try await client.text() == "437[\(reply)]")
            }
        }
    }

    @Test func `a room tells those who are in it, once each, until they leave`() async throws {
        try await SocketWorld.with(announce: Self.inRoom) { world in
            try await world.tab { client in
                world.backend.happen(1)
                for (number, room) in ["vm:1", "department:1"].enumerated() {
                    try await client.send(message: #"42\#(number)["join","\#(room)"]"#)
                    #expect(try await client.text()?.hasPrefix("43\(number)[") == true)
                }
                world.backend.happen(2)
                #expect(try await client.text() == #"42["vms:update",{"number":2}]"#)
                try await client.send(message: #"422["leave","department:1"]"#)
                #expect(try await client.text()?.hasPrefix("432[") == true)
                world.backend.happen(3)
                #expect(try await client.text() == #"42["vms:update",{"number":3}]"#)
                try await client.send(message: #"423["leave","vm:1"]"#)
                #expect(try await client.text()?.hasPrefix("433[") == true)
                world.backend.happen(4)
                try await client.send(message: #"424["join","vm:1"]"#)
                #expect(try await client.text()?.hasPrefix("434[") == true)
            }
        }
    }

    @Test func `who may not stay in a room is put out before anything is told there`() async throws {
        try await SocketWorld.with(announce: { event, users in
            var announcement = Self.inRoom(event, users)
            if event.id == 1 {
                announcement.evictions = [.init(SocketRoom(.machine, "1"), staying: [])]
            }
            return announcement
        }) { world in
            try await world.tab { client in
                try await client.send(message: #"420["join","vm:1"]"#)
                #expect(try await client.text()?.hasPrefix("430[") == true)
                world.backend.happen(1)
                #expect(
                    try await client.text() == #"42["left",{"room":"vm:1","reason":"not allowed any more"}]"#)
                world.backend.happen(2)
                try await client.send(message: #"421["join","vm:2"]"#)
                #expect(try await client.text()?.hasPrefix("431[") == true)
            }
        }
    }

    @Test func `there is a limit to the rooms of one connection`() async throws {
        var limits = SocketWorld.patient
        limits.rooms = 2
        try await SocketWorld.with(limits: limits) { world in
            try await world.tab { client in
                try await client.send(message: #"420["join","vm:1"]"#)
                #expect(try await client.text()?.contains(#""ok":true"#) == true)
                try await client.send(message: #"421["join","department:1"]"#)
                #expect(try await client.text()?.contains("at most 2 rooms") == true)
            }
        }
    }

    @Test func `every tab of a user is told once, in order, and the others go on when one closes`() async throws {
        try await SocketWorld.with { world in
            try await world.tab { first in
                try await world.tab { second in
                    try await world.tab { _ in #expect(world.registry.statistics.connections == 3) }
                    try await world.eventually("the third tab is gone") {
                        world.registry.statistics.connections == 2
                    }
                    // Facts that cannot be had are asked for again, and nothing is left out or told twice.
                    world.backend.failures.withLock { $0 = 2 }
                    for number in 1...200 { world.backend.happen(Int64(number)) }
                    for number in 1...200 {
                        for tab in [first, second] {
                            #expect(try await tab.text()?.contains(#""number":\#(number)}"#) == true)
                        }
                    }
                }
                #expect(world.registry.statistics.users == ["ada"])
            }
        }
    }
}
