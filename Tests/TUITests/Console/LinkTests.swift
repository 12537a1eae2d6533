import Core
import Testing

@testable import TUI

/// The connection, what comes over it, and what is shown while there is none.
@Suite struct LinkTests {
    private static let web = Stage.machines[0]

    @Test func `without a server the data stay, with their age, and keys say why not`() {
        var stage = Stage()
        stage.disconnect()
        stage.wait(seconds: 42)
        #expect(stage.names.count == Stage.machines.count)
        #expect(stage.screen.contains("bayd cannot be reached for 42s"))
        #expect(stage.screen.contains("✗ bayd 42s"))
        #expect(stage.screen.contains("old"))
        for key in "sdKXcnm" {
            stage.select("web-1")
            stage.press(.character(key))
            #expect(stage.note?.contains("bayd cannot be reached") == true, "\(key)")
            #expect(stage.dialog == nil && stage.changes.isEmpty)
        }
    }

    @Test func `an action under way when the connection goes is told as not known`() {
        var stage = Stage()
        stage.select("web-3")
        stage.press(.character("s"))
        stage.disconnect()
        #expect(stage.note?.contains("what became of it is not known") == true)
        #expect(!stage.screen.contains("starting  "))
    }

    @Test func `a new connection goes on behind the last event`() {
        var stage = Stage()
        stage.happen(Stage.event(101, "update", Self.web))
        stage.happen(Stage.event(102, "update", Self.web))
        stage.disconnect()
        stage.connect(lastEvent: 150)
        #expect(stage.asked.contains { $0.operation == .watchEvents(after: 102) })
    }

    @Test func `no event is applied twice`() {
        var stage = Stage()
        let event = Stage.event(101, "update", Self.web)
        stage.happen(event)
        let count = stage.console.events.events.count
        stage.happen(event)
        stage.disconnect()
        stage.connect(lastEvent: 101)
        stage.happen(event)
        stage.happen(Stage.event(100, "update", Self.web))
        #expect(stage.console.events.events.count == count)
    }

    @Test func `the first listing is asked for behind the event that it starts from`() {
        var stage = Stage(unansweredAt: 80, 24)
        stage.send(.connected)
        #expect(!stage.asked.contains { if case .machines = $0.operation { true } else { false } })
        stage.answer(.serverInfo(Stage.info(.admin, 7))) { $0 == .serverInfo }
        #expect(stage.asked.contains { if case .machines = $0.operation { true } else { false } })
        #expect(stage.asked.contains { $0.operation == .watchEvents(after: 7) })
    }

    @Test func `a new listing takes away what is gone`() {
        var stage = Stage()
        stage.disconnect()
        stage.connect(machines: Array(Stage.machines.dropFirst(2)))
        #expect(stage.names.count == Stage.machines.count - 2)
        #expect(!stage.names.contains("web-1"))
        #expect(stage.console.fleet.total.total == Stage.machines.count - 2)
    }

    @Test func `a listing of many pages is asked page by page and counted once`() {
        let stage = Stage(machines: Stage.crowd(1234))
        #expect(stage.names.count == 1234)
        #expect(Set(stage.names).count == 1234)
    }

    @Test func `a machine made while the listing is under way stays`() {
        var stage = Stage(unansweredAt: 80, 24)
        stage.send(.connected)
        stage.answer(.serverInfo(Stage.info(.admin, 100))) { $0 == .serverInfo }
        let new = Stage.machine(900, "newcomer", .off)
        stage.happen(Stage.event(101, "create", new))
        stage.answer(.machine(new, nil)) { $0 == .machine(new.id) }
        stage.answerPages(Stage.machines)
        #expect(stage.names.contains("newcomer"))
    }

    @Test func `a server that cannot tell is asked again`() {
        var stage = Stage(unansweredAt: 80, 24)
        stage.send(.connected)
        stage.refuse("the database cannot be reached") { $0 == .serverInfo }
        #expect(stage.note?.contains("the database cannot be reached") == true)
        #expect(!stage.asked.contains { $0.operation == .serverInfo })
        stage.wait(seconds: 3)
        stage.answer(.serverInfo(Stage.info(.admin, 100))) { $0 == .serverInfo }
        stage.refuse("not yet") { if case .machines = $0 { true } else { false } }
        stage.wait(seconds: 3)
        stage.answerPages(Stage.machines)
        #expect(stage.names.count == Stage.machines.count)
    }

    @Test func `a stream of events that ends is taken up again behind the last one`() throws {
        var stage = Stage()
        stage.happen(Stage.event(105, "update", Self.web))
        let stream = try #require(stage.asked.first { if case .watchEvents = $0.operation { true } else { false } })
        _ = stage.take { if case .watchEvents = $0 { true } else { false } }
        stage.send(.completed(stream.token))
        stage.wait(seconds: 3)
        stage.answer(.serverInfo(Stage.info(.admin, 110))) { $0 == .serverInfo }
        #expect(stage.asked.contains { $0.operation == .watchEvents(after: 105) })
    }

    @Test func `an adopted domain takes the place of what was found`() {
        var stage = Stage()
        var adopted = Stage.machine(50, "scratch", .off)
        adopted.internalName = "scratch"
        stage.happen(Stage.event(101, "create", adopted))
        stage.answer(.machine(adopted, nil)) { $0 == .machine(adopted.id) }
        stage.wait(seconds: 1)
        #expect(stage.names.filter { $0 == "scratch" }.count == 1)
        #expect(stage.console.fleet.entry(adopted.id) != nil)
        #expect(stage.console.fleet.unmanaged.total == 1)
    }

    @Test func `an event changes the row at once`() {
        var stage = Stage()
        var off = Self.web
        off.status = .off
        stage.happen(Stage.event(101, "power_off", off, actor: "libvirt"))
        #expect(stage.lines.first { $0.contains("web-1") }?.contains("○ off") == true)
        #expect(stage.console.fleet.total.running == 4)
    }

    @Test func `watched figures older than two periods carry their age`() {
        var stage = Stage()
        stage.wait(seconds: 2)
        #expect(!stage.screen.contains("old"))
        stage.wait(seconds: 4)
        #expect(stage.screen.contains("s old"))
        let running = Stage.machines.compactMap { Stage.sample($0, at: stage.now) }
        stage.measure(running)
        #expect(!stage.screen.contains("old"))
    }

    @Test func `frozen figures do not move and say so`() {
        var stage = Stage()
        stage.press(.character("z"))
        let before = stage.lines.first { $0.contains("web-1") }
        stage.wait(seconds: 30)
        stage.measure(Stage.machines.compactMap { Stage.sample($0, at: stage.now) })
        #expect(stage.lines.first { $0.contains("web-1") } == before)
        #expect(stage.screen.contains("FROZEN"))
        stage.press(.character("z"))
        stage.measure(Stage.machines.compactMap { Stage.sample($0, at: stage.now) })
        #expect(stage.lines.first { $0.contains("web-1") } != before)
    }

    @Test func `only what is on the screen is watched`() {
        var stage = Stage(columns: 80, rows: 24, machines: Stage.crowd(500))
        let watches = stage.take { if case .watchFigures = $0 { true } else { false } }
        guard case .watchFigures(let ids)? = watches.last else {
            Issue.record("nothing is watched")
            return
        }
        #expect(ids.count == stage.console.list.table.height)
        stage.open("vm-00003")
        stage.wait(seconds: 1)
        #expect(stage.asked.contains { $0.operation == .watchFigures([stage.console.detail!.id]) })
    }
}
