import Core
import JSON
import Server
import Testing

@Suite struct SocketIODoorTests {
    // MARK: Handshake

    @Test func `polling begins with times and limits`() async throws {
        try await SocketWorld.with(limits: SocketIOLimits()) { world in
            try await world.client { client in
                let answer = try await client.ask("GET", HTTPClient.engine + "polling")
                #expect(answer.status == 200 && answer["Cache-Control"] == "no-store")
                let open = try JSONValue(parsing: String(answer.body.dropFirst()))
                #expect(open["sid"]?.string?.count == 32 && open["upgrades"] == ["websocket"])
                #expect(open["pingInterval"] == 25_000 && open["pingTimeout"] == 20_000)
                #expect(open["maxPayload"] == 1_000_000)
            }
        }
    }

    @Test(arguments: [
        ("GET", "?EIO=3&transport=polling", 5), ("GET", "?transport=polling", 5), ("GET", "?EIO=4", 0),
        ("GET", "?EIO=4&transport=flash", 0), ("GET", "?EIO=4&transport=websocket", 3), ("GET", "", 0),
        ("GET", "?EIO=4&transport=polling&sid=nobody", 1), ("POST", "?EIO=4&transport=polling", 2),
        ("POST", "?EIO=4&transport=polling&sid=nobody", 1), ("GET", "?EIO=4&transport=polling&j=0", 3),
    ]) func `a request that is none is answered as the protocol says`(
        method: String, query: String, code: Int
    ) async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                let answer = try await client.ask(
                    method, "/socket.io/" + query, body: method == "POST" ? "40" : nil)
                #expect(answer.status == 400)
                #expect(try JSONValue(parsing: answer.body)["code"] == .int(code))
            }
        }
    }

    @Test func `pages of other origins are refused`() async throws {
        try await SocketWorld.with(origins: "https://a.example") { world in
            try await world.client { client in
                let polling = HTTPClient.engine + "polling"
                let friend = try await client.ask("GET", polling, headers: ["Origin: https://a.example"])
                #expect(friend.status == 200 && friend["Access-Control-Allow-Origin"] == "https://a.example")
                #expect(try await client.ask("GET", polling, headers: ["Origin: https://b.example"]).status == 403)
                let socket = try await client.ask(
                    "GET", HTTPClient.engine + "websocket",
                    headers: HTTPClient.upgradeHeaders + ["Origin: https://b.example"])
                #expect(socket.status == 403)
            }
        }
    }

    // MARK: Tokens

    @Test(arguments: [
        ("40", "Unauthorized"), (#"40{"token":"bad"}"#, "Unauthorized"), (#"40{"token":""}"#, "Unauthorized"),
        (#"40{"token":7}"#, "Unauthorized"), (#"40{"token":null}"#, "Unauthorized"),
        (#"40{"token":"down"}"#, "accounts cannot be looked up now: try again later"),
    ]) func `nobody comes in without a good token`(connect: String, message: String) async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                try await client.openEngine()
                try await client.send(message: connect)
                #expect(try await client.text() == #"44{"message":"\#(message)"}"#)
                world.backend.happen(1)
                // Another try is heard, and nothing was told before it.
                try await client.send(message: #"40{"token":"bad"}"#)
                #expect(try await client.text() == #"44{"message":"Unauthorized"}"#)
            }
        }
    }

    @Test(arguments: ["good", "Bearer good"]) func `who shows a good token is welcomed`(token: String) async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                try await client.openEngine()
                try await client.send(message: #"40{"token":"\#(token)"}"#)
                #expect(try await client.text()?.hasPrefix(#"40{"sid":""#) == true)
                let event = try #require(try await client.text())
                #expect(event.hasPrefix(#"42["connected","#))
                let welcome = try JSONValue(parsing: String(event.dropFirst(2))).array?[1]
                #expect(welcome?["namespace"] == "user_ada")
                #expect(
                    welcome?["user"] == [
                        "id": "ada", "email": "ada@example.org", "firstName": "Ada", "lastName": "L", "role": "USER",
                    ])
                #expect(welcome?["timestamp"]?.string?.hasSuffix("Z") == true && welcome?["message"] != nil)
            }
        }
    }

    @Test func `the token may come with the request`() async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                let answer = try await client.ask(
                    "GET", HTTPClient.engine + "polling", headers: ["Authorization: Bearer good"])
                let id = try #require(try JSONValue(parsing: String(answer.body.dropFirst()))["sid"]?.string)
                #expect(try await client.post(id, "40").body == "ok")
                #expect(try await client.poll(id).body.hasPrefix(#"40{"sid":""#))
            }
        }
    }

    @Test func `a token that is revoked ends the connection`() async throws {
        try await SocketWorld.with { world in
            try await world.tab("once") { client in
                world.backend.happen(1, resource: "user", of: "somebody")
                let event = try await client.text()
                #expect(event?.contains("vms:update") == true)
                world.backend.happen(2, resource: "user", of: "ada")
                #expect(try await client.text() == "41")
                #expect(try await client.closeCode() == 4403)
            }
            try await world.eventually("nobody is left") { world.registry.statistics.connections == 0 }
        }
    }

    // MARK: Transports

    @Test func `everything goes over polling`() async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                let id = try await client.openPolling()
                #expect(try await client.post(id, #"40{"token":"good"}"#).status == 200)
                try await client.pollUntilConnected(id)
                try await world.client { other in
                    // The poll waits until something happens.
                    try await other.send("GET", HTTPClient.engine + "polling&sid=\(id)")
                    #expect(try await client.post(id, "3").body == "ok")
                    world.backend.happen(1)
                    let event = try #require(try await other.next()?.body)
                    #expect(event.hasPrefix(#"42["user_ada:vms:update",{"status":"success","error":null,"data":{"#))
                    #expect(event.contains(#""timestamp":"2023-11-14T22:13:20.000Z","id":"1"}]"#))
                }
            }
        }
    }

    @Test func `a client goes on from polling to a WebSocket and loses nothing`() async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                let id = try await client.openPolling()
                #expect(try await client.post(id, #"40{"token":"good"}"#).status == 200)
                try await client.pollUntilConnected(id)
                try await client.send("GET", HTTPClient.engine + "polling&sid=\(id)")
                try await world.client { socket in
                    let answer = try await socket.ask(
                        "GET", HTTPClient.engine + "websocket&sid=\(id)", headers: HTTPClient.upgradeHeaders)
                    #expect(answer.status == 101)
                    try await socket.send(message: "2probe")
                    #expect(try await socket.text() == "3probe")
                    // The poll that waited is ended, so that the client can leave.
                    #expect(try await client.next()?.body == "6")
                    world.backend.happen(1)
                    try await socket.send(message: "5")
                    #expect(try await socket.text()?.contains(#""number":1"#) == true)
                    world.backend.happen(2)
                    #expect(try await socket.text()?.contains(#""number":2"#) == true)
                    #expect(try await client.poll(id).status == 400)
                    // A second WebSocket is not let in.
                    try await world.client { third in
                        _ = try await third.ask(
                            "GET", HTTPClient.engine + "websocket&sid=\(id)", headers: HTTPClient.upgradeHeaders)
                        #expect(try await third.closeCode() == 1002)
                    }
                }
            }
        }
    }

    @Test func `a WebSocket that is only tried leaves polling as it was`() async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                let id = try await client.openPolling()
                try await world.client { socket in
                    _ = try await socket.ask(
                        "GET", HTTPClient.engine + "websocket&sid=\(id)", headers: HTTPClient.upgradeHeaders)
                    try await socket.send(message: "2probe")
                    #expect(try await socket.text() == "3probe")
                    try await socket.send(message: #"40{"token":"good"}"#)
                    #expect(try await socket.closeCode() == 1002)
                }
                #expect(try await client.post(id, #"40{"token":"good"}"#).status == 200)
                #expect(try await client.poll(id).body.hasPrefix("40"))
            }
        }
    }

    // MARK: Times and limits

    @Test func `the server asks whether a client is there, and ends with one that is not`() async throws {
        var limits = SocketWorld.patient
        limits.pingInterval = .milliseconds(20)
        limits.pingTimeout = .seconds(20)
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                try await client.openEngine()
                for _ in 1...3 {
                    #expect(try await client.text() == "2")
                    try await client.send(message: "3")
                }
            }
        }
        limits.pingTimeout = .milliseconds(20)
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                try await client.openEngine()
                #expect(try await client.closeCode() == 4408)
            }
        }
    }

    @Test func `who shows no token in time is shown out`() async throws {
        var limits = SocketWorld.patient
        limits.connectTime = .milliseconds(20)
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                try await client.openEngine()
                #expect(try await client.closeCode() == 4408)
                let id = try await HTTPClient.with(world.port) { try await $0.openPolling() }
                try await world.eventually("the session is gone") { world.registry.statistics.sessions == 0 }
                try await world.client { client in
                    let status = try await client.poll(id).status
                    #expect(status == 400)
                }
            }
        }
    }

    @Test func `who does not read is cut off`() async throws {
        var limits = SocketWorld.patient
        limits.queuedPackets = 8
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                let id = try await client.openPolling()
                #expect(try await client.post(id, #"40{"token":"good"}"#).status == 200)
                try await client.pollUntilConnected(id)
                for number in 1...9 { world.backend.happen(Int64(number)) }
                try await world.eventually("the session is ended") { world.registry.statistics.sessions == 0 }
                #expect(try await client.poll(id).status == 400)
            }
        }
    }

    @Test func `there are only so many sessions`() async throws {
        var limits = SocketWorld.patient
        limits.sessionsPerAddress = 2
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                let first = try await client.openPolling()
                _ = try await client.openPolling()
                #expect(try await client.ask("GET", HTTPClient.engine + "polling").status == 503)
                #expect(try await client.post(first, "1").status == 200)
                try await world.eventually("one is gone") { world.registry.statistics.sessions == 1 }
                _ = try await client.openPolling()
            }
        }
        limits = SocketWorld.patient
        limits.sessionsPerUser = 1
        try await SocketWorld.with(limits: limits) { world in
            try await world.tab { _ in
                try await world.tab { client in
                    let code = try await client.closeCode()
                    #expect(code == 4503)
                }
            }
        }
    }

    @Test func `a body that is too long or rubbish is refused`() async throws {
        var limits = SocketWorld.patient
        limits.payload = 1000
        try await SocketWorld.with(limits: limits) { world in
            try await world.client { client in
                let id = try await client.openPolling()
                #expect(try await client.post(id, "4" + String(repeating: " ", count: 1000)).status == 413)
                #expect(try await client.post(id, "rubbish").status == 400)
                #expect(try await client.poll(id).status == 400)
            }
            try await world.tab { client in
                try await client.send(message: String(repeating: " ", count: 1001))
                #expect(try await client.closeCode() == 1002)
            }
        }
    }

    @Test(arguments: [
        #"42["join","vm:1"]"#, "40x", "2", "5", #"451-["a",{"_placeholder":true,"num":0}]"#, "49", "rubbish", "",
    ]) func `who breaks the protocol is shown out`(message: String) async throws {
        try await SocketWorld.with { world in
            try await world.client { client in
                try await client.openEngine()
                try await client.send(message: message)
                #expect(try await client.closeCode() == 4400)
            }
        }
    }

    @Test func `binary attachments end a connection that says so`() async throws {
        try await SocketWorld.with { world in
            try await world.tab { client in
                try await client.send(message: #"451-["a",{"_placeholder":true,"num":0}]"#)
                #expect(try await client.text() == "41")
                #expect(try await client.closeCode() == 4400)
            }
            try await world.tab { client in
                try await client.send(frame: [1, 2, 3], opcode: 2)
                #expect(try await client.text() == "41")
            }
        }
    }

    @Test func `there is one namespace`() async throws {
        try await SocketWorld.with { world in
            try await world.tab { client in
                try await client.send(message: #"40/admin,{"token":"good"}"#)
                #expect(try await client.text() == #"44/admin,{"message":"Invalid namespace"}"#)
            }
        }
    }

    @Test func `clients hear that the server stops`() async throws {
        try await SocketWorld.with { world in
            try await world.tab { client in
                world.backend.hub.close()
                let code = try await client.closeCode()
                #expect(code == 1001)
            }
        }
    }
}
