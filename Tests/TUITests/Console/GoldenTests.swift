import Core
import Foundation
import Testing

@testable import TUI

/// Every screen as text at four sizes. `BAY_WRITE_GOLDEN=1 swift test --filter GoldenTests` writes them anew; look at the
/// difference before it is committed.
@Suite struct GoldenTests {
    static let sizes = [
        Size(columns: 200, rows: 50), Size(columns: 80, rows: 24), Size(columns: 60, rows: 15),
        Size(columns: 30, rows: 6),
    ]

    struct Scene: Sendable, CustomTestStringConvertible {
        var name: String
        var play: @Sendable (inout Stage) -> Void
        var fleet = Stage.machines
        var isConnected = true
        var testDescription: String { name }

        init(
            _ name: String, fleet: [Machine] = Stage.machines, isConnected: Bool = true,
            _ play: @escaping @Sendable (inout Stage) -> Void
        ) {
            self.name = name
            self.play = play
            self.fleet = fleet
            self.isConnected = isConnected
        }
    }

    static let scenes: [Scene] = [
        Scene("connecting", isConnected: false) { _ in },
        Scene("machines") { $0.select("web-1") },
        Scene("filter-typed") {
            $0.press(.character("/"))
            $0.type("web state:run")
        },
        Scene("filter-matches-nothing") {
            $0.press(.character("/"))
            $0.type("nowhere")
            $0.press(.enter)
        },
        Scene("marks") {
            $0.select("db-1")
            $0.press(.character(" "), .character(" "), .character(" "))
        },
        Scene("bulk-preview") {
            $0.press(.character("a"), .character("K"))
        },
        Scene("bulk-many", fleet: Stage.crowd(40)) {
            $0.press(.character("a"), .character("d"))
            $0.type("4")
        },
        Scene("bulk-result") {
            $0.press(.character("a"), .character("d"), .character("y"))
            $0.answerPower(.init(success: true, message: "asked to shut down"))
            $0.answerPower(.init(success: false, message: "asked the guest to shut down, but it was still running"))
            $0.answerPower(.init(success: true, message: "asked to shut down"))
            $0.answerPower(.init(success: true, message: "asked to shut down"))
        },
        Scene("machine-running") {
            $0.open("web-1")
            $0.answerDetail(Stage.machines[0])
            $0.press(.down)
        },
        Scene("machine-off") {
            $0.open("web-3")
            $0.answer(.history(FigureSeries())) { if case .history = $0 { true } else { false } }
            $0.answer(.snapshots([], Outcome(success: true, message: ""))) {
                if case .snapshots = $0 { true } else { false }
            }
        },
        Scene("host") {
            for second in 0..<30 {
                var host = Stage.host
                host.cpuPercent = Double(second * 3)
                $0.console.host.take(host, at: $0.now)
            }
            $0.press(.character("2"))
        },
        Scene("events") { $0.press(.character("3")) },
        Scene("users") {
            $0.openList("4", account: Stage.users[0])
            $0.choose("anna@example.org")
        },
        Scene("user-form") {
            $0.openList("4", account: Stage.users[0])
            $0.press(.character("+"))
            $0.fill("email", "dora@example.org")
            $0.fill("first", "Dora")
            $0.fill("password", "correct horse")
            $0.fill("again", "correct house")
        },
        Scene("user-delete") {
            $0.openList("4", account: Stage.users[0])
            $0.choose("ben@example.org")
            $0.press(.character("D"))
        },
        Scene("templates") {
            $0.openList("5")
            $0.choose("small")
        },
        Scene("categories") {
            $0.openList("5")
            $0.press(.tab)
        },
        Scene("template-form") {
            $0.openList("5")
            $0.press(.character("+"))
            $0.fill("cores", "65")
            $0.press(.enter)
        },
        Scene("hardware-form") {
            $0.select("web-1")
            $0.press(.character("H"))
            $0.answer(.host(Stage.host)) { $0 == .host }
            $0.answer(.cards([])) { $0 == .hardware(.freeCards) }
            $0.fill("memory", "999")
        },
        Scene("owner-choice") {
            $0.select("web-1")
            $0.press(.character("o"))
            $0.answerResources()
            $0.type("n")
        },
        Scene("networks") {
            $0.openList("6")
            $0.choose("lab")
        },
        Scene("network-form") {
            $0.openList("6")
            $0.press(.character("+"))
            $0.fill("name", "office")
            $0.fill("bridge", "virbr7")
            $0.fill("address", "192.168.122.9")
        },
        Scene("jobs") {
            $0.openJobs()
            $0.choose("hardware change of db-1")
        },
        Scene("job-cancel") {
            $0.openJobs()
            $0.choose("hardware change of db-1")
            $0.press(.character("X"))
        },
        Scene("schedules") {
            $0.openJobs()
            $0.press(.tab)
            $0.choose("metrics-watchdog")
        },
        Scene("errors") {
            $0.alert()
            $0.press(.character("8"))
            $0.answerJobs()
        },
        Scene("applications") { $0.openList("9") },
        Scene("alert") { $0.alert() },
        Scene("help") { $0.press(.character("?")) },
        Scene("help-scrolled") { $0.press(.character("?"), .pageDown) },
        Scene("palette") {
            $0.press(.character(":"))
            $0.type("sna")
        },
        Scene("form-with-problem") {
            $0.open("web-1")
            $0.answerDetail(Stage.machines[0])
            $0.press(.character("c"), .control("u"))
            $0.type("fresh")
        },
        Scene("question") {
            $0.select("web-1")
            $0.press(.character("K"))
        },
        Scene("refused") {
            $0.select("web-1")
            $0.press(.character("s"))
        },
        Scene("disconnected") {
            $0.wait(seconds: 1)
            $0.disconnect()
            $0.wait(seconds: 75)
        },
        Scene("disconnected-missing") {
            $0.disconnect("no such file", isMissing: true)
            $0.wait(seconds: 3)
        },
        Scene("never-connected", isConnected: false) {
            $0.disconnect("no such file", isMissing: true)
            $0.wait(seconds: 3)
        },
        Scene("link-down") {
            var links = Stage.links
            links[0].state = .down
            links[0].reason = "connection refused"
            links[1].state = .connecting
            $0.answer(.links(links), ends: false) { $0 == .watchLinks }
            $0.press(.character("2"))
            $0.answer(.host(nil)) { $0 == .host }
        },
        Scene("empty-fleet", fleet: []) { _ in },
        Scene("unmanaged") {
            $0.press(.tab, .end)
        },
        Scene("department-tree") {
            $0.press(.tab, .down, .down)
        },
    ]

    @Test(arguments: scenes + firewallScenes)
    func `screens look as they did`(scene: Scene) throws {
        for size in Self.sizes {
            var stage =
                scene.isConnected
                ? Stage(columns: size.columns, rows: size.rows, machines: scene.fleet)
                : Stage(unansweredAt: size.columns, size.rows)
            scene.play(&stage)
            // Too small looks the same whatever is behind it.
            let name = size.rows < 8 ? "too-small" : "\(scene.name)-\(size.columns)x\(size.rows)"
            try compare(stage.screen + "\n", name)
        }
    }

    private func compare(_ screen: String, _ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["BAY_WRITE_GOLDEN"] == "1" {
            try Data(screen.utf8).write(to: file)
            return
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(screen == golden, "\(name) is not what \(file.lastPathComponent) holds:\n\(screen)")
    }
}

extension Stage {
    mutating func answerPower(_ outcome: Outcome) {
        answer(.outcome(outcome)) { if case .power = $0 { true } else { false } }
    }

    mutating func answerDetail(_ machine: Machine) {
        answer(.history(Stage.history(200))) { if case .history = $0 { true } else { false } }
        answer(.snapshots(Stage.snapshots(of: machine), Outcome(success: true, message: ""))) {
            if case .snapshots = $0 { true } else { false }
        }
    }
}
