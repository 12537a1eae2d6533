package import Core

/// Everything that a key, a click or a typed word can ask the console for.
package enum Command: String, CaseIterable, Sendable {
    case open, back
    case start, shutdown, stop, restart, reset, suspend, resume
    case snapshot, restoreSnapshot, deleteSnapshot
    case rename, move, adopt, hardware, owner
    case newDepartment, renameDepartment, deleteDepartment
    case newUser, changeUser, userPassword, deleteUser, restoreUser
    case newTemplate, changeTemplate, deleteTemplate
    case newCategory, changeCategory, deleteCategory
    case newNetwork, networkAddress, networkRange, networkBridge, deleteNetwork
    case firewall, newRule, changeRule, deleteRule, rulePresets, rulePolicy, effectiveRules, traceRules,
        blockedConnections, suggestedRule
    case pasteRules, exportRules, flushRules, syncRules, cleanUpRules, keepRules, revertRules
    case cancelJob, runSchedule
    case resolveError, resolveErrors
    case mark, markAll, markNone, markInvert, markRange
    case filter, clearFilter, sort, sortNext, sortReverse, columns
    case switchPane, machines, host, events, users, templates, categories, networks, jobs, schedules, errors,
        applications,
        previous
    case palette, help, theme, freeze, follow, copy, redraw, background, quit

    /// The power action that it stands for.
    package var action: MachineAction? { MachineAction(rawValue: rawValue) }

    /// A few words: in the key line, the help and the palette.
    package var title: String {
        switch self {
        case .open: "open"
        case .back: "back"
        case .start: "start"
        case .shutdown: "shut down"
        case .stop: "force off"
        case .restart: "restart"
        case .reset: "reset"
        case .suspend: "suspend"
        case .resume: "resume"
        case .snapshot: "take snapshot"
        case .restoreSnapshot: "restore snapshot"
        case .deleteSnapshot: "delete snapshot"
        case .rename: "rename machine"
        case .move: "move to department"
        case .adopt: "adopt"
        case .hardware: "change hardware"
        case .owner: "give to a user"
        case .newDepartment: "new department"
        case .renameDepartment: "rename department"
        case .deleteDepartment: "delete department"
        case .newUser: "new user"
        case .changeUser: "change user"
        case .userPassword: "change password"
        case .deleteUser: "delete user"
        case .restoreUser: "restore user"
        case .newTemplate: "new template"
        case .changeTemplate: "change template"
        case .deleteTemplate: "delete template"
        case .newCategory: "new category"
        case .changeCategory: "change category"
        case .deleteCategory: "delete category"
        case .newNetwork: "new network"
        case .networkAddress: "change network's address"
        case .networkRange: "change DHCP range"
        case .networkBridge: "change bridge"
        case .deleteNetwork: "delete network"
        case .firewall: "firewall"
        case .newRule: "new rule"
        case .changeRule: "change rule"
        case .deleteRule: "delete rule"
        case .rulePresets: "rules from the catalogue"
        case .rulePolicy: "change the default"
        case .effectiveRules: "what decides, or its own rules"
        case .traceRules: "ask about a packet"
        case .blockedConnections: "what was kept out, or the rules"
        case .suggestedRule: "let it in"
        case .pasteRules: "paste rules"
        case .exportRules: "export rules"
        case .flushRules: "bring rules to libvirt"
        case .syncRules: "bring all rules to libvirt"
        case .cleanUpRules: "remove filters left over"
        case .keepRules: "keep changed rules"
        case .revertRules: "take changed rules back"
        case .cancelJob: "call off job"
        case .runSchedule: "run schedule now"
        case .resolveError: "close error"
        case .resolveErrors: "close all errors"
        case .mark: "mark"
        case .markAll: "mark all"
        case .markNone: "unmark all"
        case .markInvert: "invert marks"
        case .markRange: "mark range"
        case .filter: "filter"
        case .clearFilter: "clear filter"
        case .sort: "sort by a column"
        case .sortNext: "sort by next column"
        case .sortReverse: "reverse order"
        case .columns: "choose columns"
        case .switchPane: "other pane"
        case .machines: "machines"
        case .host: "host"
        case .events: "events"
        case .users: "users"
        case .templates: "templates"
        case .categories: "categories"
        case .networks: "networks"
        case .jobs: "jobs"
        case .schedules: "schedules"
        case .errors: "errors"
        case .applications: "applications"
        case .previous: "last view"
        case .palette: "command"
        case .help: "help"
        case .theme: "next theme"
        case .freeze: "freeze figures"
        case .follow: "follow newest"
        case .copy: "copy id"
        case .redraw: "redraw"
        case .background: "leave to the shell"
        case .quit: "quit"
        }
    }
}

/// Where keys mean what they mean.
package enum KeyContext: String, CaseIterable, Sendable {
    case machines, tree, machine, host, events, users, templates, categories, networks, jobs, schedules, errors,
        applications, firewall
}

/// Keys with what they do. The key line, the help and the palette are made from these, so they cannot disagree.
package struct Binding: Sendable {
    package var keys: [Key]
    package var command: Command
    package var contexts: Set<KeyContext>
    /// 0 stays longest in the key line; nil keeps it out of the line.
    package var importance: Int?
    /// A shorter word for the key line.
    package var hint: String?

    init(
        _ keys: [Key], _ command: Command, _ contexts: Set<KeyContext> = Set(KeyContext.allCases),
        importance: Int? = nil, hint: String? = nil
    ) {
        self.keys = keys
        self.command = command
        self.contexts = contexts
        self.importance = importance
        self.hint = hint
    }

    private static let lists: Set<KeyContext> = [.machines]
    private static let resources: Set<KeyContext> = [
        .users, .templates, .categories, .networks, .jobs, .schedules, .errors, .applications,
    ]
    private static let oneOrMany: Set<KeyContext> = [.machines, .machine]

    /// What harms stands on a capital, away from the keys that are pressed often.
    package static let all: [Binding] = [
        Binding([.enter], .open, [.machines, .tree, .events, .categories, .jobs, .errors, .firewall], importance: 1),
        Binding([.escape], .back, [.machines], importance: 4),
        Binding([.escape], .back, Set(KeyContext.allCases).subtracting([.machines]), importance: 2),
        Binding([.character("s")], .start, oneOrMany, importance: 1),
        Binding([.character("d")], .shutdown, oneOrMany, importance: 1),
        Binding([.character("u")], .suspend, oneOrMany, importance: 5),
        Binding([.character("r")], .resume, oneOrMany, importance: 5),
        Binding([.character("R")], .restart, oneOrMany, importance: 5),
        Binding([.character("K")], .stop, oneOrMany, importance: 3),
        Binding([.character("X")], .reset, oneOrMany, importance: 6),
        Binding([.character("c")], .snapshot, oneOrMany, importance: 2, hint: "snapshot"),
        Binding([.character("Z")], .restoreSnapshot, [.machine], importance: 3, hint: "restore"),
        Binding([.character("D")], .deleteSnapshot, [.machine], importance: 4, hint: "delete snap."),
        Binding([.character("n")], .rename, oneOrMany, importance: 7, hint: "rename"),
        Binding([.character("m")], .move, oneOrMany, importance: 7, hint: "move"),
        Binding([.character("A")], .adopt, oneOrMany, importance: 3),
        Binding([.character("H")], .hardware, oneOrMany, importance: 3, hint: "hardware"),
        Binding([.character("o")], .owner, oneOrMany, importance: 4, hint: "user"),
        Binding([.character("F")], .firewall, oneOrMany, importance: 3),
        Binding([.character("F")], .firewall, [.tree], importance: 5),
        Binding([.character("+")], .newDepartment, [.machines, .tree], importance: 7, hint: "department"),
        Binding([.character("n")], .renameDepartment, [.tree], importance: 3, hint: "rename"),
        Binding([.character("D")], .deleteDepartment, [.tree], importance: 4, hint: "delete"),
        Binding([.character(" ")], .mark, lists, importance: 3),
        Binding([.character("V")], .markRange, lists),
        Binding([.character("a")], .markAll, lists),
        Binding([.character("I")], .markInvert, lists),
        Binding([.character("U")], .markNone, lists),
        Binding([.character("+")], .newUser, [.users], importance: 1, hint: "new"),
        Binding([.character("e")], .changeUser, [.users], importance: 1, hint: "change"),
        Binding([.character("p")], .userPassword, [.users], importance: 2, hint: "password"),
        Binding([.character("D")], .deleteUser, [.users], importance: 2, hint: "delete"),
        Binding([.character("R")], .restoreUser, [.users], importance: 3, hint: "restore"),
        Binding([.character("+")], .newTemplate, [.templates], importance: 1, hint: "new"),
        Binding([.character("e")], .changeTemplate, [.templates], importance: 1, hint: "change"),
        Binding([.character("D")], .deleteTemplate, [.templates], importance: 2, hint: "delete"),
        Binding([.character("+")], .newCategory, [.categories], importance: 1, hint: "new"),
        Binding([.character("e")], .changeCategory, [.categories], importance: 1, hint: "change"),
        Binding([.character("D")], .deleteCategory, [.categories], importance: 2, hint: "delete"),
        Binding([.character("+")], .newNetwork, [.networks], importance: 1, hint: "new"),
        Binding([.character("i")], .networkAddress, [.networks], importance: 2, hint: "address"),
        Binding([.character("r")], .networkRange, [.networks], importance: 2, hint: "DHCP range"),
        Binding([.character("b")], .networkBridge, [.networks], importance: 3, hint: "bridge"),
        Binding([.character("D")], .deleteNetwork, [.networks], importance: 2, hint: "delete"),
        Binding([.character("+")], .newRule, [.firewall], importance: 1, hint: "new"),
        Binding([.character("e")], .changeRule, [.firewall], importance: 2, hint: "change"),
        Binding([.character("D")], .deleteRule, [.firewall], importance: 2, hint: "delete"),
        Binding([.character("v")], .effectiveRules, [.firewall], importance: 1, hint: "what decides"),
        Binding([.character("t")], .traceRules, [.firewall], importance: 1, hint: "trace"),
        Binding([.character("b")], .blockedConnections, [.firewall], importance: 2, hint: "kept out"),
        Binding([.character("a")], .suggestedRule, [.firewall], importance: 1, hint: "allow"),
        Binding([.character("P")], .rulePresets, [.firewall], importance: 3, hint: "catalogue"),
        Binding([.character("p")], .rulePolicy, [.firewall], importance: 3, hint: "default"),
        Binding([.character("i")], .pasteRules, [.firewall], importance: 4, hint: "paste"),
        Binding([.character("x")], .exportRules, [.firewall], importance: 5, hint: "export"),
        Binding([.character("w")], .flushRules, [.firewall], importance: 4, hint: "to libvirt"),
        Binding([.character("W")], .syncRules, [.firewall]),
        Binding([.character("Y")], .keepRules),
        Binding([.character("N")], .revertRules),
        Binding([.character("X")], .cancelJob, [.jobs], importance: 1, hint: "call off"),
        Binding([.character("r")], .runSchedule, [.schedules], importance: 1, hint: "run now"),
        Binding([.character("a")], .resolveError, [.errors], importance: 1, hint: "close"),
        Binding([.character("A")], .resolveErrors, [.errors], importance: 2, hint: "close all"),
        Binding([.character("/")], .filter, resources.union([.machines, .tree, .events, .firewall]), importance: 1),
        Binding([.control("x")], .clearFilter, resources.union([.machines, .tree, .events, .firewall])),
        Binding([.character("S")], .sort, lists),
        Binding([.character(">")], .sortNext, lists.union(resources).union([.firewall]), importance: 5, hint: "sort"),
        Binding([.character("<")], .sortReverse, lists.union(resources).union([.firewall])),
        Binding([.character("C")], .columns, lists),
        Binding(
            [.tab], .switchPane, [.machines, .tree, .templates, .categories, .jobs, .schedules], importance: 5,
            hint: "pane"),
        Binding([.character("1")], .machines, importance: 6),
        Binding([.character("2")], .host, importance: 6),
        Binding([.character("3")], .events, importance: 6),
        Binding([.character("4")], .users, importance: 8),
        Binding([.character("5")], .templates, importance: 8),
        Binding([.character("6")], .networks, importance: 8),
        Binding([.character("7")], .jobs, importance: 8),
        Binding([.character("8"), .character("!")], .errors, importance: 8),
        Binding([.character("9")], .applications, importance: 8),
        Binding([.character("-")], .previous),
        Binding([.character("f")], .follow, [.events], importance: 2, hint: "follow"),
        Binding([.character(":")], .palette, importance: 2),
        Binding([.character("y")], .copy, resources.union([.machines, .machine, .events, .firewall])),
        Binding([.character("z")], .freeze),
        Binding([.character("T")], .theme),
        Binding([.control("l")], .redraw),
        Binding([.control("z")], .background),
        Binding([.character("?")], .help, importance: 0),
        Binding([.character("q"), .control("c")], .quit, importance: 1),
    ]

    package static func command(for key: Key, in context: KeyContext) -> Command? {
        all.first { $0.keys.contains(key) && $0.contexts.contains(context) }?.command
    }

    /// - Parameter isShown: whether there is any use in showing a key, dimmed or not.
    package static func hints(
        in context: KeyContext, isShown: (Command) -> Bool = { _ in true },
        isPossible: (Command) -> Bool = { _ in true }
    ) -> [KeyHint] {
        all.filter { $0.contexts.contains(context) && isShown($0.command) }.compactMap { binding in
            binding.importance.map {
                KeyHint(
                    binding.keys[0].name, binding.hint ?? binding.command.title, importance: $0,
                    isEnabled: isPossible(binding.command))
            }
        }
    }
}

extension Key {
    /// As it is shown to people.
    package var name: String {
        switch self {
        case .character(" "): "Space"
        case .character(let character): String(character)
        case .control(let character): "^" + String(character).uppercased()
        case .alt(let character): "M-" + String(character)
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "S-Tab"
        case .backspace: "BS"
        case .delete: "Del"
        case .insert: "Ins"
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .function(let number): "F\(number)"
        }
    }
}
