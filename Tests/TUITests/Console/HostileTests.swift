import Core
import JSON
import Testing

@testable import TUI

/// What comes from outside and means no good, and keys in any order.
@Suite struct HostileTests {
    static let names = [
        "\u{1B}[2J\u{1B}[31mred", "a\u{7}b\u{8}c\r\nd\te", "\u{9B}31m", "abc\u{202E}fed", "\u{2066}x\u{2069}",
        "東京のサーバー機械室", "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪", String(repeating: "x", count: 300), String(repeating: "語", count: 300),
        "e\u{301}\u{301}\u{301}\u{301}", "\u{0}\u{1}\u{7F}\u{85}\u{2028}\u{FEFF}\u{200B}", "",
    ]

    private func check(_ canvas: Canvas, _ size: Size, _ what: String) {
        #expect(canvas.size == size, "\(what)")
        for scalar in canvas.text.unicodeScalars where scalar != "\n" {
            let value = scalar.value
            let isControl = value < 0x20 || (0x7F..<0xA0).contains(value)
            let reorders = (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
            if isControl || reorders || value == 0x200E || value == 0x200F || value == 0x2028 {
                Issue.record("U+\(String(value, radix: 16)) on the screen: \(what)")
                return
            }
        }
        for y in 0..<size.rows {
            var width = 0
            for x in 0..<size.columns { width += canvas[x, y].scalar == 0 ? 0 : Text.width(of: canvas[x, y].scalar) }
            if width != size.columns {
                Issue.record("row \(y) is \(width) wide instead of \(size.columns): \(what)")
                return
            }
        }
    }

    @Test(arguments: names.indices)
    func `no name reaches the terminal as anything but text`(index: Int) {
        let name = Self.names[index]
        var machine = Stage.machines[0]
        machine.name = name
        machine.internalName = name
        machine.os = name
        machine.localIP = name
        let department = Department(id: Stage.departments[0].id, name: name)
        var info = Stage.info(.superAdmin, 100)
        info.actor = name
        info.hypervisorURI = name
        var host = Stage.host
        host.hostname = name
        host.cpuModel = name
        host.pools[0].name = name
        var snapshots = Stage.snapshots(of: machine)
        snapshots[0].name = name
        snapshots[0].description = name
        for size in [Size(columns: 200, rows: 50), Size(columns: 80, rows: 24), Size(columns: 60, rows: 15)] {
            var stage = Stage(
                columns: size.columns, rows: size.rows, machines: [machine] + Stage.machines.dropFirst(),
                departments: [department] + Stage.departments.dropFirst())
            stage.console.info = info
            stage.happen(Stage.event(101, "update", machine, actor: name, message: name))
            check(stage.console.render(), size, "machines")
            // The columns of the other rows do not move.
            let heads = stage.lines.filter { $0.contains("web-2") || $0.contains("db-1") }
            let places = heads.map { $0.prefix { $0 != "●" }.count }
            if size.columns == 60 { #expect(Set(places).count == 1) }
            stage.press(.home)
            for _ in 0..<11 where stage.console.list.table.selection != 0 { stage.press(.down) }
            stage.press(.character("K"))
            check(stage.console.render(), size, "question")
            stage.press(.escape, .enter)
            stage.answer(.history(Stage.history(50))) { if case .history = $0 { true } else { false } }
            stage.answer(.snapshots(snapshots, Outcome(success: false, message: name))) {
                if case .snapshots = $0 { true } else { false }
            }
            check(stage.console.render(), size, "machine")
            stage.press(.character("2"))
            stage.answer(.host(host)) { $0 == .host }
            check(stage.console.render(), size, "host")
            stage.press(.character("3"))
            check(stage.console.render(), size, "events")
            stage.press(.character(":"))
            check(stage.console.render(), size, "palette")
            stage.press(.escape, .character("1"))
            stage.send(.input(.paste(name)))
            stage.press(.character("/"))
            stage.send(.input(.paste(name)))
            check(stage.console.render(), size, "filter")
            stage.disconnect(name)
            check(stage.console.render(), size, "banner")
        }
    }

    @Test(arguments: UInt64(0)..<8)
    func `whatever is pressed and answered, nothing traps and every screen has its size`(seed: UInt64) {
        var random = Seeded(seed)
        var stage = Stage()
        for step in 0..<2500 {
            stage.happenAtRandom(&random)
            if step % 5 == 0 || seed == 0 {
                let canvas = stage.console.render()
                guard canvas.size == stage.console.size else {
                    Issue.record("\(canvas.size) instead of \(stage.console.size) at step \(step)")
                    return
                }
            }
            if step % 250 == 0 { check(stage.console.render(), stage.console.size, "step \(step)") }
        }
        // Whatever happened, it can be left.
        stage.press(.escape, .escape, .escape)
        stage.send(.input(.resize(Size(columns: 80, rows: 24))))
        check(stage.console.render(), Size(columns: 80, rows: 24), "the end")
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension Stage {
    private static let keys: [Key] =
        Binding.all.flatMap(\.keys).filter { $0 != .control("c") } + [
            .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .tab, .backTab, .backspace, .delete, .enter,
            .escape,
            .character("y"), .character("n"), .character("j"), .character("G"), .alt("x"), .function(5), .control("w"),
        ]

    mutating func happenAtRandom(_ random: inout Seeded) {
        let machine = Self.machines.randomElement(using: &random)!
        let id = console.lastEvent ?? 100
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<60: press(Self.keys.randomElement(using: &random)!)
        case 60..<64: send(.input(.paste(HostileTests.names.randomElement(using: &random)!)))
        case 64..<67:
            send(
                .input(
                    .resize(
                        Size(columns: .random(in: 1...220, using: &random), rows: .random(in: 1...60, using: &random))))
            )
        case 67..<72:
            let actions: [Mouse.Action] = [.press(1), .press(3), .release(1), .drag(1), .wheelUp, .wheelDown]
            send(
                .input(
                    .mouse(
                        Mouse(
                            actions.randomElement(using: &random)!, x: .random(in: -1...220, using: &random),
                            y: .random(in: -1...60, using: &random)))))
        case 72..<78: wait(seconds: .random(in: 0...20, using: &random))
        case 78..<83:
            var changed = machine
            changed.status = MachineStatus.allCases.randomElement(using: &random)!
            changed.departmentID = Self.departments.randomElement(using: &random)?.id
            let action = ["update", "create", "delete", "power_on"].randomElement(using: &random)!
            happen(Self.event(id + .random(in: -2...3, using: &random), action, changed))
        case 83..<85:
            let department = Self.departments.randomElement(using: &random)!
            happen(
                EventRecord(
                    id: id + 1, at: now, resource: "department",
                    action: ["delete", "create", "update"].randomElement(using: &random)!,
                    resourceID: department.id.rawValue, resourceName: department.name, actor: "x", message: "y",
                    data: ["name": .string(department.name)]))
        case 85..<88: measure(Self.machines.compactMap { Self.sample($0, at: now) })
        case 88..<90: answerDetail(machine)
        case 90..<94: answerPower(Outcome(success: .random(using: &random), message: "answer"))
        case 94..<96:
            if let question = asked.randomElement(using: &random) {
                send(.failed(question.token, [OperationFailure(message: "no")]))
            }
        case 96: answer(.host(Self.host)) { $0 == .host }
        case 97: disconnect()
        default:
            if Bool.random(using: &random) {
                send(.completed(.random(in: 0...console.lastToken, using: &random)))
            } else {
                connect(
                    machines: Array(Self.machines.shuffled(using: &random).prefix(.random(in: 0...11, using: &random))))
            }
        }
    }
}
