import Core
import Testing

@testable import TUI

/// Power actions by key: on one machine, and on many.
@Suite struct PowerTests {
    private static let web = Stage.machines[0]

    @Test func `a start is asked for at once`() {
        var stage = Stage()
        stage.select("web-3")
        stage.press(.character("s"))
        #expect(stage.changes == [.power(.start, Stage.machines[2].id)])
        #expect(stage.screen.contains("◌ starting"))
        stage.answerPower(Outcome(success: true, message: "started web-3"))
        #expect(stage.note == "started web-3")
        #expect(!stage.screen.contains("◌ starting"))
    }

    @Test func `a shutdown asks, and enter says no`() {
        var stage = Stage()
        stage.select("web-1")
        stage.press(.character("d"))
        #expect(stage.dialog?.isDangerous == false)
        stage.press(.enter)
        #expect(stage.dialog == nil && stage.changes.isEmpty)
        stage.press(.character("d"), .character("y"))
        #expect(stage.changes == [.power(.shutdown, Self.web.id)])
    }

    @Test func `forcing off asks as for a danger`() {
        var stage = Stage()
        stage.select("web-1")
        stage.press(.character("K"))
        #expect(stage.dialog?.isDangerous == true)
        stage.press(.escape)
        #expect(stage.changes.isEmpty)
        stage.press(.character("K"), .character("y"))
        #expect(stage.changes == [.power(.stop, Self.web.id)])
    }

    @Test func `what is not possible says why and asks nothing`() {
        for (name, key, reason) in [
            ("web-1", "s", "already running"), ("web-3", "d", "already off"), ("web-3", "u", "not running"),
            ("legacy-erp", "d", "adopt it first"), ("lost", "s", "missing in libvirt"),
            ("db-2", "d", "resume it first"),
        ] {
            var stage = Stage()
            stage.select(name)
            stage.press(.character(Character(key)))
            #expect(stage.note?.contains(reason) == true, "\(name) \(key): \(stage.note ?? "")")
            #expect(stage.changes.isEmpty && stage.dialog == nil)
        }
    }

    @Test func `a failure is told with the server's reason`() {
        var stage = Stage()
        stage.select("web-3")
        stage.press(.character("s"))
        stage.answerPower(Outcome(success: false, message: "no memory left"))
        #expect(stage.note == "start web-3: no memory left")
        stage.press(.character("s"))
        stage.refuse("forbidden") { $0.isMutation }
        #expect(stage.note == "start web-3: forbidden")
        #expect(!stage.screen.contains("starting"))
    }

    @Test func `many are previewed, asked four at a time, and told one by one`() {
        var stage = Stage(machines: Stage.crowd(9))
        stage.press(.character("a"), .character("d"))
        #expect(stage.changes.isEmpty)
        #expect(stage.dialog?.title == "Shut down 9 machines?")
        stage.press(.character("y"))
        #expect(stage.changes.count == 4)
        stage.answerPower(Outcome(success: true, message: "done"))
        #expect(stage.changes.count == 4)
        stage.answerPower(Outcome(success: false, message: "guest does not answer"))
        for _ in 0..<7 { stage.answerPower(Outcome(success: true, message: "done")) }
        #expect(stage.changes.isEmpty)
        #expect(stage.screen.contains("8 of 9 shut down, 1 failed"))
        #expect(stage.screen.contains("guest does not answer"))
        // Only what failed is asked for again.
        stage.press(.character("r"))
        #expect(stage.changes.count == 1)
        stage.answerPower(Outcome(success: true, message: "done"))
        #expect(stage.screen.contains("9 of 9 shut down."))
        stage.press(.escape)
        #expect(stage.dialog == nil && stage.console.bulk == nil)
    }

    @Test func `machines that cannot are left out with the reason`() {
        var stage = Stage(columns: 200, rows: 50)
        stage.press(.character("a"), .character("K"))
        #expect(stage.dialog?.title == "Force off 5 machines?")
        for reason in ["already off", "adopt it first", "missing in libvirt"] {
            #expect(stage.screen.contains(reason))
        }
        stage.press(.character("y"))
        for _ in 0..<9 { stage.answerPower(Outcome(success: true, message: "forced off")) }
        #expect(stage.screen.contains("5 of 5 forced off."))
    }

    @Test func `a preview that is left asks nothing and leaves nothing behind`() {
        var stage = Stage()
        stage.press(.character("a"), .character("d"))
        #expect(!stage.screen.contains("stopping"))
        stage.press(.escape)
        stage.wait(seconds: 10)
        #expect(stage.changes.isEmpty && stage.console.bulk == nil)
        #expect(!stage.screen.contains("stopping"))
    }

    @Test(arguments: [("d", true), ("K", true), ("X", true), ("u", true), ("R", true), ("s", false)])
    func `more than ten need the typed number where it harms`(key: String, isTyped: Bool) {
        let fleet = Stage.crowd(11).map { machine in
            var machine = machine
            if key == "s" { machine.status = .off }
            return machine
        }
        var stage = Stage(machines: fleet)
        stage.press(.character("a"), .character(Character(key)))
        #expect(stage.dialog?.isReady == !isTyped)
        stage.press(.character("y"))
        guard isTyped else {
            #expect(stage.changes.count == 4)
            return
        }
        stage.press(.enter)
        #expect(stage.changes.isEmpty)
        stage.press(.backspace)
        stage.type("11")
        stage.press(.enter)
        #expect(stage.changes.count == 4)
    }

    @Test func `a run goes on when its window is closed, and no second one is begun`() {
        var stage = Stage(machines: Stage.crowd(9))
        stage.press(.character("a"), .character("d"), .character("y"), .escape)
        #expect(stage.dialog == nil)
        #expect(stage.screen.contains("stopping 0/9"))
        stage.press(.character("K"))
        #expect(stage.dialog == nil && stage.note?.contains("wait for its end") == true)
        for _ in 0..<9 { stage.answerPower(Outcome(success: true, message: "done")) }
        #expect(stage.note == "all 9 machines were shut down")
        #expect(stage.console.bulk == nil)
    }

    @Test func `a lost connection ends a run and says what is not known`() {
        var stage = Stage(machines: Stage.crowd(9))
        stage.press(.character("a"), .character("d"), .character("y"))
        stage.answerPower(Outcome(success: true, message: "done"))
        stage.disconnect()
        #expect(stage.screen.contains("1 of 9 shut down, 8 failed"))
        #expect(stage.console.bulk?.isDone == true)
        stage.press(.character("r"))
        #expect(stage.changes.isEmpty)
        stage.connect(machines: Stage.crowd(9))
        stage.press(.character("r"))
        #expect(stage.changes.count == 4)
    }

    @Test func `a machine that goes while its question is open is not acted on`() {
        var stage = Stage()
        stage.select("web-1")
        stage.press(.character("K"))
        stage.happen(Stage.event(101, "delete", Self.web))
        stage.press(.character("y"))
        #expect(stage.changes.isEmpty)
        #expect(stage.note == "the machine is gone")
    }
}
