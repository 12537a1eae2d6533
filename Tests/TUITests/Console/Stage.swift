import Core
import JSON

@testable import TUI

/// A console with a server that says what a test wants: no socket, no clock, the same screens every time.
struct Stage {
    static let start = Timestamp(milliseconds: 1_789_000_000_000)

    var console: Console
    var now = Stage.start
    /// Everything that was asked of the server and not yet answered, by its number.
    private(set) var asked: [(token: Int, operation: Operation)] = []
    private(set) var effects: [Effect] = []

    /// A console that has not been answered yet.
    init(unansweredAt columns: Int, _ rows: Int) {
        console = Console(size: Size(columns: columns, rows: rows), now: now)
    }

    /// A console that has listed everything.
    init(
        columns: Int = 80, rows: Int = 24, machines: [Machine] = Stage.machines,
        departments: [Department] = Stage.departments, role: UserRole = .superAdmin
    ) {
        self.init(unansweredAt: columns, rows)
        connect(machines: machines, departments: departments, role: role)
    }

    // MARK: What happens

    mutating func send(_ event: ConsoleEvent) {
        let effects = console.update(event, at: now)
        self.effects += effects
        for effect in effects {
            switch effect {
            case .start(let token, let operation): asked.append((token, operation))
            case .cancel(let token): asked.removeAll { $0.token == token }
            default: break
            }
        }
    }

    mutating func press(_ keys: Key...) { for key in keys { send(.input(.key(key))) } }

    /// Presses the keys of a text one after another.
    mutating func type(_ text: String) { for character in text { press(.character(character)) } }

    mutating func wait(seconds: Double) {
        now = now.adding(milliseconds: Int64(seconds * 1000))
        send(.tick)
    }

    /// Takes out what was asked, so that the next question is whether it is asked again.
    mutating func take(_ matches: (Operation) -> Bool) -> [Operation] {
        defer { asked.removeAll { matches($0.operation) } }
        return asked.filter { matches($0.operation) }.map(\.operation)
    }

    var changes: [Operation] { asked.map(\.operation).filter(\.isMutation) }

    /// Answers the oldest question that matches.
    mutating func answer(_ reply: Reply, ends: Bool = true, _ matches: (Operation) -> Bool) {
        guard let index = asked.firstIndex(where: { matches($0.operation) }) else { return }
        let token = asked[index].token
        if ends { asked.remove(at: index) }
        send(.reply(token, reply))
        if ends { send(.completed(token)) }
    }

    mutating func refuse(_ message: String, _ matches: (Operation) -> Bool) {
        guard let index = asked.firstIndex(where: { matches($0.operation) }) else { return }
        let token = asked.remove(at: index).token
        send(.failed(token, [OperationFailure(message: message)]))
    }

    mutating func connect(
        machines: [Machine] = Stage.machines, departments: [Department] = Stage.departments,
        role: UserRole = .superAdmin, lastEvent: EventRecord.ID = 100
    ) {
        asked = []
        send(.connected)
        answer(.serverInfo(Stage.info(role, lastEvent))) { $0 == .serverInfo }
        answer(.departments(departments.map { DepartmentRow(department: $0) })) { $0 == .departments }
        answer(.links(Stage.links), ends: false) { $0 == .watchLinks }
        answerPages(machines)
        answer(.events(Stage.events.reversed())) { if case .recentEvents = $0 { true } else { false } }
        wait(seconds: 0.5)
    }

    /// Answers a listing page by page, as the server would.
    mutating func answerPages(_ machines: [Machine]) {
        let sorted = machines.sorted { $0.id < $1.id }
        while let page = asked.first(where: { if case .machines = $0.operation { true } else { false } }) {
            guard case .machines(let after, let take) = page.operation else { return }
            let rows = Array(sorted.filter { $0.id.rawValue > after }.prefix(take))
            answer(.machines(rows, rows.compactMap { Stage.sample($0, at: now) })) { $0 == page.operation }
        }
    }

    mutating func disconnect(_ reason: String = "connection closed", isMissing: Bool = false) {
        asked = []
        send(.disconnected(reason: reason, isMissing: isMissing))
    }

    mutating func happen(_ event: EventRecord) {
        answer(.events([event]), ends: false) { if case .watchEvents = $0 { true } else { false } }
    }

    mutating func measure(_ samples: [FiguresSample]) {
        answer(.figures(samples), ends: false) { if case .watchFigures = $0 { true } else { false } }
    }

    // MARK: What is seen

    var screen: String { console.render().text }
    var lines: [String] { screen.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    var selected: String? { console.list.table.selection.map { console.fleet.entries[$0].machine.name } }
    var names: [String] { console.list.table.rows.map { console.fleet.entries[$0].machine.name } }
    var marked: [String] { console.list.table.marks.map { console.fleet.entries[$0].machine.name }.sorted() }
    var dialog: Dialog? { if case .dialog(let dialog, _) = console.overlay { dialog } else { nil } }
    var note: String? { console.toast?.text }

    /// Puts the cursor on a machine.
    mutating func select(_ name: String) {
        press(.home)
        for _ in console.list.table.rows where selected != name { press(.down) }
    }

    mutating func open(_ name: String) {
        select(name)
        press(.enter)
    }
}
