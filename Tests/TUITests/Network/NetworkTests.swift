import Core
import JSON
import Testing

@testable import TUI

/// The list of networks, its forms and what they ask of the server.
@Suite struct NetworkTests {
    private func stage(_ role: UserRole = .admin) -> Stage {
        var stage = Stage(role: role)
        stage.openList("6")
        return stage
    }

    @Test func `networks are asked for when their list is opened, and again with each event of one`() {
        var stage = stage()
        #expect(stage.rowNames == ["default", "lab", "quiet", "uplink"])
        stage.happen(event("user"))
        #expect(stage.take { $0 == .network(.list) }.isEmpty)
        stage.happen(event("network", 102))
        #expect(stage.take { $0 == .network(.list) }.count == 1)
        stage.press(.escape)
        stage.happen(event("network", 103))
        #expect(stage.take { $0 == .network(.list) }.isEmpty)
    }

    private func event(_ resource: String, _ id: EventRecord.ID = 101) -> EventRecord {
        EventRecord(
            id: id, at: Stage.start, resource: resource, action: "update", resourceID: "x", resourceName: "lab",
            actor: "anna", message: "changed lab")
    }

    @Test func `a change while the list is on its way is asked for behind it`() {
        var stage = Stage(role: .admin)
        stage.press(.character("6"))
        stage.happen(event("network"))
        stage.happen(event("network", 102))
        #expect(stage.asked.filter { $0.operation == .network(.list) }.count == 1)
        stage.answerResources()
        #expect(stage.asked.filter { $0.operation == .network(.list) }.count == 1)
        stage.answerResources()
        #expect(stage.take { $0 == .network(.list) }.isEmpty)
    }

    @Test func `a network is made of what the form holds`() {
        var stage = stage()
        stage.press(.character("+"))
        for (field, text) in [
            ("name", "office"), ("bridge", "virbr20"), ("address", "10.20.0.1"), ("netmask", "255.255.0.0"),
            ("start", "10.20.1.0"), ("end", "10.20.9.255"),
        ] { stage.fill(field, text) }
        stage.press(.enter)
        let draft = NetworkDraft(
            name: "office", bridge: "virbr20",
            address: .init(
                address: "10.20.0.1", netmask: "255.255.0.0", range: .init(start: "10.20.1.0", end: "10.20.9.255")),
            connectsMachines: true)
        #expect(stage.changes == [.network(.create(draft))])
        stage.answer(.done) { $0.isMutation }
        #expect(stage.note == "new network office: done")
        #expect(stage.take { $0 == .network(.list) }.count == 1)
    }

    @Test(arguments: [
        ("name", "la b", "letters, digits"), ("name", "lab", "exists already"), ("bridge", "virbr7", "belongs to"),
        ("bridge", "a-bridge-name-x", nil), ("address", "192.168.7.9", "overlaps with the network lab"),
        ("address", "10.0.0", "no IPv4 address"), ("address", "10.0.0.255", "which no host may have"),
        ("netmask", "255.0.255.0", "its bits have gaps"),
    ])
    func `a field says what is wrong with it while it is typed`(field: String, text: String, problem: String?) {
        var stage = stage()
        stage.press(.character("+"))
        if field == "netmask" { stage.fill("address", "10.0.0.1") }
        stage.fill(field, text)
        let found = stage.problem(field)
        #expect(problem.map { found?.contains($0) == true } ?? (found == nil), "\(found ?? "nothing")")
        #expect(stage.dialog?.form?.focusedID == field)
        stage.press(.enter)
        #expect(stage.changes.isEmpty && stage.dialog != nil, "the other fields are empty yet")
    }

    @Test func `a range has to lie in the subnet and needs an address`() {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill("name", "office")
        stage.fill("bridge", "virbr20")
        stage.fill("start", "10.0.0.10")
        stage.fill("end", "10.0.0.20")
        stage.press(.enter)
        #expect(stage.problem("address")?.contains("no IPv4 address") == true)
        stage.fill("address", "10.0.1.1")
        #expect(stage.problem("start")?.contains("no address for a machine") == true)
        stage.fill("address", "10.0.0.1")
        #expect(stage.problem("start") == nil)
        stage.fill("end", "10.0.0.5")
        #expect(stage.problem("end")?.contains("ends before it starts") == true)
        #expect(stage.changes.isEmpty)
    }

    @Test func `address, range and bridge are changed one by one`() {
        var stage = stage()
        stage.choose("lab")
        stage.press(.character("i"))
        stage.fill("address", "192.168.8.1")
        stage.press(.tab, .tab, .character(" "), .enter)
        let address = NetworkOperation.setAddress("192.168.8.1", netmask: "255.255.255.0", of: "lab", restarts: true)
        #expect(stage.take(\.isMutation) == [.network(address)])
        stage.press(.character("r"))
        stage.fill("end", "192.168.7.200")
        stage.press(.enter)
        #expect(
            stage.take(\.isMutation)
                == [.network(.setRange(start: "192.168.7.100", end: "192.168.7.200", of: "lab"))])
        stage.press(.character("b"))
        stage.fill("bridge", "virbr0")
        #expect(stage.problem("bridge")?.contains("belongs to the network default") == true)
        stage.fill("bridge", "virbr8")
        stage.press(.enter)
        #expect(stage.take(\.isMutation) == [.network(.setBridge("virbr8", of: "lab", restarts: false))])
    }

    @Test func `a deletion asks first and tells the server's reason`() {
        var stage = stage()
        stage.choose("default")
        stage.press(.character("D"))
        #expect(stage.dialog?.isDangerous == true)
        stage.press(.enter)
        #expect(stage.dialog == nil && stage.changes.isEmpty)
        stage.press(.character("D"), .character("y"))
        #expect(stage.changes == [.network(.delete("default"))])
        stage.refuse("the network default is used by web-1") { $0.isMutation }
        #expect(stage.note == "delete network default: the network default is used by web-1")
    }

    @Test func `who is no administrator looks, and is told why there is no more`() {
        var stage = stage(.user)
        #expect(stage.rowNames.count == 4)
        for key in "+irbD" {
            stage.press(.character(key))
            #expect(stage.note?.contains("needs the role ADMIN, yours is USER") == true, "\(key)")
            #expect(stage.dialog == nil && stage.changes.isEmpty)
        }
    }

    @Test func `what a network cannot have is not offered`() {
        var stage = stage()
        stage.choose("uplink")
        for (key, reason) in [("i", "no bridge of its own"), ("r", "no IPv4 address"), ("b", "no bridge of its own")] {
            stage.press(.character(Character(key)))
            #expect(stage.note?.contains(reason) == true && stage.dialog == nil, "\(stage.note ?? "")")
        }
    }

    @Test func `the list filters and sorts`() {
        var stage = stage()
        stage.press(.character("/"))
        stage.type("virbr")
        #expect(stage.rowNames == ["default", "lab", "quiet"])
        stage.press(.enter, .character("<"))
        #expect(stage.rowNames == ["quiet", "lab", "default"])
        stage.press(.escape)
        #expect(stage.rowNames.count == 4)
        #expect(stage.console.screen == .resource(.networks))
    }

    @Test func `what the server answers is read`() throws {
        let payload = """
            {"data": {"networks": [
              {"uuid": "u1", "name": "default", "description": null, "forwardMode": "nat", "active": true,
               "autostart": true, "needsRestart": false, "bridge": {"name": "virbr0", "stp": "on", "delay": "0"},
               "ip": {"address": "192.168.122.1", "netmask": "255.255.255.0",
                      "dhcp": {"range": {"start": "192.168.122.2", "end": "192.168.122.254"}}}},
              {"uuid": "u2", "name": "uplink", "description": "x", "forwardMode": null, "active": false,
               "autostart": false, "needsRestart": false, "bridge": {"name": "", "stp": "", "delay": ""},
               "ip": {"address": "", "netmask": "", "dhcp": null}}]}}
            """
        guard case .success(.networks(let networks)) = Operation.network(.list).decode(Array(payload.utf8)) else {
            Issue.record("not read")
            return
        }
        #expect(networks.map(\.addressText) == ["192.168.122.1/24", nil])
        #expect(networks.first?.range?.description == "192.168.122.2 to 192.168.122.254")
        #expect(networks.map(\.bridge?.name) == ["virbr0", nil])
        let changed = Operation.network(.delete("x")).decode(Array(#"{"data": {"deleteNetwork": true}}"#.utf8))
        #expect(changed == .success(.done))
    }
}
