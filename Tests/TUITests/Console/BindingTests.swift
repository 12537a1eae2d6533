import Core
import Testing

@testable import TUI

/// The table of keys: what the key line, the help and the palette are made from.
@Suite struct BindingTests {
    private static let destructive: Set<Command> = [
        .shutdown, .stop, .restart, .reset, .restoreSnapshot, .deleteSnapshot, .deleteDepartment,
        .deleteNetwork, .deleteUser, .deleteTemplate, .deleteCategory, .deleteRule,
    ]

    @Test(arguments: KeyContext.allCases)
    func `no two bindings of one context share a key`(context: KeyContext) {
        var seen: [Key: Command] = [:]
        for binding in Binding.all where binding.contexts.contains(context) {
            for key in binding.keys {
                #expect(seen[key] == nil, "\(key.name): \(String(describing: seen[key])) and \(binding.command)")
                seen[key] = binding.command
            }
        }
    }

    @Test func `no binding takes a key that moves the cursor`() {
        for binding in Binding.all {
            for key in binding.keys {
                var scroller = Scroller()
                scroller.setCount(10)
                let moves = scroller.handle(key)
                #expect(!moves, "\(key.name) moves and is \(binding.command)")
            }
        }
        let tree: [Key] = [.character("h"), .character("l"), .left, .right]
        #expect(!Binding.all.contains { !Set($0.keys).isDisjoint(with: tree) })
    }

    @Test func `what cannot be taken back stands on a capital or asks first`() {
        for binding in Binding.all where binding.command.isUnforgiving {
            for case .character(let letter) in binding.keys {
                #expect(letter.isUppercase, "\(letter) is \(binding.command)")
            }
        }
    }

    @Test func `what destroys asks first, in every context it has`() {
        for binding in Binding.all where Self.destructive.contains(binding.command) {
            for context in binding.contexts {
                var stage = Stage()
                stage.select("web-1")
                stage.goTo(context)
                if context == .tree { stage.press(.down) }
                if context == .machine { stage.answerDetail(Stage.machines[0]) }
                stage.press(binding.keys[0])
                let isRefused = binding.command == .restoreSnapshot && stage.note != nil
                #expect(stage.dialog != nil || isRefused, "\(binding.command) in \(context): \(stage.note ?? "")")
                #expect(stage.changes.isEmpty)
            }
        }
    }

    @Test(arguments: KeyContext.allCases)
    func `each binding is in the help of its context`(context: KeyContext) {
        var stage = Stage(columns: 120, rows: 100)
        stage.goTo(context)
        stage.press(.character("?"))
        let screen = stage.screen
        for binding in Binding.all where binding.contexts.contains(context) {
            #expect(screen.contains(binding.command.title), "\(binding.command) is not in the help of \(context)")
            for key in binding.keys { #expect(screen.contains(" \(key.name) "), "\(key.name)") }
        }
    }

    @Test func `each command is in the palette`() {
        var stage = Stage()
        stage.press(.character(":"))
        guard case .palette(let palette) = stage.console.overlay else {
            Issue.record("no palette")
            return
        }
        let ids = Set(palette.items.map(\.id))
        for binding in Binding.all where binding.command != .palette {
            #expect(ids.contains(binding.command.rawValue), "\(binding.command)")
        }
    }

    @Test func `the key line dims a key that would be refused and keeps its place`() {
        var stage = Stage(columns: 200, rows: 50)
        let before = stage.lines.last ?? ""
        stage.disconnect()
        #expect(stage.lines.last == before)
        let canvas = stage.console.render()
        let keys = (0..<200).filter { canvas[$0, 49].role == .key }
        let words = Set(keys.compactMap { UnicodeScalar(canvas[$0, 49].scalar).map(Character.init) })
        for key in "dKA" { #expect(!words.contains(key), "\(key)") }
        #expect(words.contains("q"))
    }
}

extension Command {
    var isUnforgiving: Bool {
        [
            .stop, .reset, .restoreSnapshot, .deleteSnapshot, .deleteDepartment, .deleteNetwork, .deleteTemplate,
            .deleteCategory, .deleteRule,
        ].contains(self)
    }
}

extension Stage {
    mutating func goTo(_ context: KeyContext) {
        switch context {
        case .machines: break
        case .tree: press(.tab)
        case .machine: open("web-1")
        case .host: press(.character("2"))
        case .events: press(.character("3"))
        case .users: openList("4")
        case .templates: openList("5")
        case .categories:
            openList("5")
            press(.tab)
            choose("Empty")
        case .networks: openList("6")
        case .jobs: openJobs()
        case .schedules:
            openJobs()
            press(.tab)
        case .errors:
            press(.character("8"))
            answerJobs()
        case .applications: openList("9")
        case .firewall: openRules()
        }
    }
}
