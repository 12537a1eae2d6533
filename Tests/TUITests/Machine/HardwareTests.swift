import Core
import JSON
import Testing

@testable import TUI

/// The form about what a machine is made of, and how the change ends.
@Suite struct HardwareTests {
    private static let cards = [
        HostGPU(address: PCIAddress("01:00.0")!, vendor: "NVIDIA", model: "A40", iommuGroup: 7),  // a literal
        HostGPU(address: PCIAddress("00:02.0")!, vendor: "Intel", model: "UHD", iommuGroup: 1, isConsole: true),
    ]

    private func stage(_ name: String = "web-3", role: UserRole = .admin, answered: Bool = true) -> Stage {
        var stage = Stage(role: role)
        stage.select(name)
        stage.press(.character("H"))
        guard answered else { return stage }
        stage.answer(.host(Stage.host)) { $0 == .host }
        stage.answer(.cards(Self.cards)) { $0 == .hardware(.freeCards) }
        return stage
    }

    private var id: Machine.ID { Stage.machines[2].id }

    @Test func `the form holds what the machine has, and sends only what is another`() {
        var stage = stage()
        #expect(stage.dialog?.form?["cores"] == "2" && stage.dialog?.form?["memory"] == "4")
        #expect(stage.screen.contains("at its next start"))
        stage.press(.enter)
        #expect(stage.note == "nothing was changed" && stage.changes.isEmpty)
        stage.press(.character("H"))
        stage.fill("cores", "4")
        stage.press(.enter)
        #expect(stage.changes == [.hardware(.change(id, HardwareChange(cores: 4)))])
    }

    @Test(arguments: [
        ("cores", "0", "must be 1 to 64"), ("cores", "two", "no whole number"), ("cores", "", "a number is missing"),
        ("cores", "60", "the host has 32 CPUs"), ("memory", "0", "must be 1 to"),
        ("memory", "500", "GB of memory, not 500"),
    ])
    func `a number says what is wrong with it while it is typed`(field: String, text: String, problem: String) {
        var stage = stage()
        stage.fill(field, text)
        #expect(stage.problem(field)?.contains(problem) == true, "\(stage.problem(field) ?? "nothing")")
        stage.press(.enter)
        #expect(stage.changes.isEmpty && stage.dialog != nil)
    }

    @Test func `cards that come later can be chosen, and keep what was typed`() {
        var stage = stage(answered: false)
        stage.fill("cores", "4")
        stage.answer(.cards(Self.cards)) { $0 == .hardware(.freeCards) }
        #expect(stage.dialog?.form?["cores"] == "4")
        stage.press(.tab, .tab, .right, .right)
        #expect(stage.problem("card")?.contains("the host's own console") == true)
        stage.press(.left)
        #expect(stage.screen.contains("0000:01:00.0 NVIDIA A40"))
        stage.press(.enter)
        let change = HardwareChange(cores: 4, gpu: .card("0000:01:00.0"))
        #expect(stage.changes == [.hardware(.change(id, change))])
    }

    @Test func `a card is taken away`() {
        var machines = Stage.machines
        machines[2].gpuAddress = "0000:01:00.0"
        var stage = Stage(machines: machines)
        stage.select("web-3")
        stage.press(.character("H"))
        stage.answer(.cards([])) { $0 == .hardware(.freeCards) }
        stage.press(.tab, .tab, .left, .enter)
        #expect(stage.changes == [.hardware(.change(id, HardwareChange(gpu: HardwareChange.GPU.none)))])
    }

    @Test func `a host that does not tell its cards says why, and numbers can be changed all the same`() {
        var stage = stage(answered: false)
        stage.refuse("libvirt cannot be reached") { $0 == .hardware(.freeCards) }
        stage.press(.tab, .tab)
        #expect(stage.screen.contains("cards cannot be listed"))
        stage.fill("memory", "8")
        stage.press(.enter)
        #expect(stage.changes == [.hardware(.change(id, HardwareChange(memoryGB: 8)))])
    }

    @Test func `what becomes of the change is told when it is known`() {
        var stage = stage("web-1")
        #expect(stage.screen.contains("forced off"))
        stage.fill("memory", "8")
        stage.press(.enter)
        var machine = Stage.machines[0]
        machine.status = .updatingHardware
        stage.answer(.changedMachine(machine)) { $0.isMutation }
        #expect(stage.note?.contains("being changed") == true && stage.screen.contains("hw update"))
        machine.status = .off
        machine.ramGB = 8
        var event = Stage.event(101, "hardware_update", machine, message: "the hardware of web-1 was changed")
        event.data = ["status": "off", "ramGB": 8, "cpuCores": 2]
        stage.happen(event)
        #expect(stage.note == "the hardware of web-1 was changed")
        #expect(stage.console.fleet.entry(machine.id)?.machine.ramGB == 8)
    }

    @Test func `an answer that comes behind the end of the change makes nothing old again`() {
        var stage = stage()
        stage.fill("memory", "8")
        stage.press(.enter)
        var event = Stage.event(101, "hardware_update", Stage.machines[2], message: "changed")
        event.data = ["status": "off", "ramGB": 8]
        stage.happen(event)
        var machine = Stage.machines[2]
        machine.status = .updatingHardware
        stage.answer(.changedMachine(machine)) { $0.isMutation }
        #expect(stage.console.fleet.entry(id)?.machine.status == .off)
        #expect(stage.console.fleet.entry(id)?.machine.ramGB == 8)
    }

    @Test(arguments: [
        ("payroll", "not now: the machine is"), ("lost", "its domain is missing in libvirt"),
        ("scratch", "not adopted yet"),
    ])
    func `a machine that cannot be changed says why`(name: String, reason: String) {
        let stage = stage(name, answered: false)
        #expect(stage.note?.contains(reason) == true && stage.dialog == nil, "\(stage.note ?? "nothing")")
    }

    @Test func `who is no administrator is told what it takes`() {
        var stage = stage(role: .user, answered: false)
        #expect(stage.note == "change hardware: needs the role ADMIN, yours is USER" && stage.dialog == nil)
        stage.press(.character("o"))
        #expect(stage.note == "give to a user: needs the role ADMIN, yours is USER")
    }

    @Test func `the host's cards are read`() {
        let row = #"{"pciBus": "0000:01:00.0", "vendor": "N", "model": "A", "iommuGroup": null, "isConsole": true}"#
        let reply = Operation.hardware(.freeCards).decode(Array("{\"data\": {\"getGraphics\": [\(row)]}}".utf8))
        guard case .success(.cards(let cards)) = reply else {
            Issue.record("not read")
            return
        }
        #expect(cards.map(\.address.description) == ["0000:01:00.0"] && cards[0].isConsole)
        #expect(cards[0].iommuGroup == nil)
    }

    @Test func `only what is changed is in the request`() {
        let request = Operation.hardware(.change(id, HardwareChange(gpu: HardwareChange.GPU.none))).request
        #expect(request.variables["input"] == ["id": .string(id.rawValue), "gpuPciAddress": .null])
        let other = Operation.hardware(.change(id, HardwareChange(cores: 3))).request
        #expect(other.variables["input"] == ["id": .string(id.rawValue), "cpuCores": 3])
    }
}

/// Whose a machine is.
@Suite struct OwnerTests {
    private func stage() -> Stage {
        var stage = Stage(role: .admin)
        stage.select("web-1")
        stage.press(.character("o"))
        return stage
    }

    @Test func `a user is chosen by a few letters, as soon as the accounts are known`() {
        var stage = stage()
        #expect(stage.console.overlay == nil)
        stage.answerResources()
        #expect(stage.screen.contains("Give web-1 to") && !stage.screen.contains("cleo@"))
        stage.type("ben")
        stage.press(.enter)
        #expect(stage.changes == [.assignMachine(Stage.machines[0].id, Stage.users[2].id)])
        var machine = Stage.machines[0]
        machine.userID = Stage.users[2].id.rawValue
        stage.answer(.changedMachine(machine)) { $0.isMutation }
        #expect(stage.note == "web-1 to ben@example.org: done")
        stage.open("web-1")
        #expect(stage.screen.contains("ben@example.org"))
        stage.press(.character("o"), .enter)
        #expect(stage.changes == [.assignMachine(machine.id, nil)])
    }

    @Test func `the choice opens once, and not again with the next list of accounts`() {
        var stage = stage()
        stage.answerResources()
        stage.press(.escape)
        stage.openList("4")
        #expect(stage.console.overlay == nil)
    }

    @Test func `who has the machine is not given it again`() {
        var stage = stage()
        stage.answerResources()
        stage.press(.enter)
        #expect(stage.changes.isEmpty && stage.note?.contains("belongs to nobody") == true)
    }

    @Test func `an event tells whose it is now`() {
        var stage = Stage(role: .admin)
        var event = Stage.event(101, "update", Stage.machines[0], message: "web-1 now belongs to ben@example.org")
        event.data = ["userId": .string(Stage.users[2].id.rawValue)]
        stage.happen(event)
        stage.open("web-1")
        stage.answerResources()
        #expect(stage.screen.contains("ben@example.org"))
    }

    @Test func `a machine that is not adopted belongs to nobody`() {
        var stage = Stage(role: .admin)
        stage.select("scratch")
        stage.press(.character("o"))
        #expect(stage.note?.contains("adopt it first") == true)
    }
}
