package import Core

/// What the console is told: by the person, by the server, by the clock.
package enum ConsoleEvent: Sendable {
    case input(Input)
    /// The connection stands: everything may be asked.
    case connected
    case disconnected(reason: String, isMissing: Bool)
    case reply(Int, Reply)
    case failed(Int, [OperationFailure])
    case completed(Int)
    /// A file was written, or could not be.
    case saved(path: String, problem: String?)
    case tick
}

/// What the console wants done outside of itself.
package enum Effect: Equatable, Sendable {
    /// Ask the server; the answer comes with this number.
    case start(Int, Operation)
    case cancel(Int)
    case setTheme(Theme)
    /// Puts a text on the clipboard of the person's own terminal.
    case copy(String)
    /// Writes a new file, which a person has named.
    case save(path: String, text: String)
    case redraw
    /// Stops the program until the shell lets it go on.
    case background
    case quit
}

/// The whole console as a value: what it knows, what it shows, and how both change. It reads no clock and touches no
/// terminal, so that every screen can be tested as text.
package struct Console: Sendable {
    package enum Screen: Equatable, Sendable {
        case machines
        case machine(Machine.ID)
        case host
        case events
        case resource(Resource)
        case firewall(FirewallOwner)
    }

    /// Whether the server can be asked.
    package enum Connection: Equatable, Sendable {
        case connecting(since: Timestamp)
        case up(since: Timestamp)
        case down(since: Timestamp, reason: String, isMissing: Bool)
    }

    /// What lies over the screen and gets the keys.
    package enum Overlay: Equatable, Sendable {
        case help(Scroller)
        case palette(Palette)
        case dialog(Dialog, DialogPurpose)
        case paste(FirewallPaste)
    }

    /// Why something was asked, and so what its answer means.
    enum Purpose: Equatable, Sendable {
        case info, departments, page, links, host
        case watchEvents, watchFigures, watchLinks
        case history(Machine.ID), snapshots(Machine.ID), recentEvents
        case machine(Machine.ID)
        case resource(Resource), ownAccount, alerts, cards
        case firewall(FirewallPurpose)
        /// A change that somebody asked for: its end is told.
        case change(Machine.ID?, words: String)
        /// One of many: its end is a line of the bulk window.
        case bulk(Machine.ID)
    }

    package var size: Size
    package var now: Timestamp
    package var fleet = Fleet()
    package var connection: Connection
    package var info: ServerInfo?
    package var links: [LinkState] = []
    package var screen = Screen.machines
    /// The screen before this one.
    var lastScreen: Screen?
    /// What was typed into the palette, newest first.
    var typedCommands: [String] = []
    package var overlay: Overlay?
    package var list: MachineList
    package var detail: MachineDetail?
    package var host = HostView()
    package var events = EventList()
    package var lists = Dictionary(
        uniqueKeysWithValues: Resource.allCases.map { ($0, ResourceList($0.columns, sort: $0.order)) })
    package var users: [User] = []
    /// Whose account this console speaks for; nil for who has come without one, too.
    var account: User?
    package var templates: [TemplateRow] = []
    package var categories: [CategoryRow] = []
    package var networks: [HostNetwork] = []
    package var jobs: [JobRow] = []
    package var schedules: [ScheduleRow] = []
    package var errors: [ErrorEntry] = []
    package var applications: [Application] = []
    /// The rules that were looked at last, and those before them.
    package var firewall: FirewallView?
    var firewallKept: FirewallView?
    /// The screens through which one came to the rules in view.
    var firewallTrail: [Screen] = []
    var firewallAskedAgain = false
    /// When rules are asked for again.
    var firewallAt: Timestamp?
    /// When hits of rules are asked for again.
    var hitsAt: Timestamp?
    /// The same of what rules keep out, while that is in view.
    var blockedAt: Timestamp?
    /// Changes of rules that go back unless they are confirmed, the one whose time is over first in front.
    var trials: [FirewallWait] = []
    var trialsAskedAgain = false
    /// When they are asked for again, after the time of one is over.
    var trialsOverAt: Timestamp?
    /// What comes back when a change is not made after all.
    var formBehind: (Dialog, DialogPurpose)?
    var pasteBehind: FirewallPaste?
    /// Bad errors that are open, those that came last first.
    package var alerts: [ErrorEntry] = []
    var alertsAskedAgain = false
    /// When jobs are asked for again, while they are in view.
    var jobsAt: Timestamp?
    /// Rows of a list that have come, while the rest of it is on its way.
    var pages: [Resource: Int] = [:]
    /// Lists that are asked for again as soon as they have come.
    var askedAgain: Set<Resource> = []
    package var theme: Theme
    /// Whose times are shown.
    package var zone = Zone.utc
    package var isFrozen = false

    /// A line about the last thing that happened, until it has been there for a while.
    struct Toast: Equatable, Sendable {
        var text: String
        var role: Role
        var until: Timestamp
    }
    var toast: Toast?
    var bulk: BulkRun?
    /// What is adopted into the department that is being made for it.
    var adoptAfterCreation: [Machine.ID] = []
    /// The machine that is given away as soon as the accounts are known.
    var owning: Machine.ID?
    /// Machines whose hardware is changed because somebody asked for it here: the end is told.
    var changingHardware: Set<Machine.ID> = []

    var purposes: [Int: Purpose] = [:]
    var lastToken = 0
    /// Ids that the listing under way has named so far.
    var listed: Set<Machine.ID> = []
    package var isListed = false
    /// The last event that this copy holds; the next connection goes on behind it.
    var lastEvent: EventRecord.ID?
    var figuresToken: Int?
    var watched: Set<Machine.ID> = []
    /// Since when the server measures the watched ones each second.
    var watchedSince: Timestamp?
    /// When rows were last brought into order.
    var sortedAt = Timestamp(milliseconds: 0)
    var sortsAtOnce = 0
    /// When the host is asked again, while it is in view.
    var hostAt: Timestamp?
    /// When the order of rows has to be looked at again.
    var resortAt: Timestamp?
    var watchAt: Timestamp?
    /// When everything is asked for again that the server could not tell.
    var askAgainAt: Timestamp?
    /// Whether the listing has to be asked for again, too.
    var mustList = false

    /// What has to be asked once the present event is dealt with.
    var effects: [Effect] = []

    package init(size: Size, now: Timestamp, theme: Theme = .dark) {
        self.size = size
        self.now = now
        self.theme = theme
        connection = .connecting(since: now)
        list = MachineList()
        layOut()
    }

    /// Starts the list as the settings say.
    package mutating func take(_ settings: ConsoleSettings) {
        if !settings.columns.isEmpty { list.table.columns = MachineColumns.named(Set(settings.columns)) }
        let isDescending = settings.sort.hasPrefix("-")
        list.table.sort = TableSort(
            isDescending ? String(settings.sort.dropFirst()) : settings.sort, descending: isDescending)
        if !settings.filter.isEmpty { list.setFilter(settings.filter, &fleet) }
    }

    /// Takes an event in and says what has to be done outside.
    package mutating func update(_ event: ConsoleEvent, at now: Timestamp) -> [Effect] {
        self.now = now
        effects = []
        switch event {
        case .input(.resize(let size)):
            self.size = size
            watchVisible()
        case .input(let input): take(input)
        case .connected: connected()
        case .disconnected(let reason, let isMissing): disconnected(reason, isMissing)
        case .reply(let token, let reply): take(reply, token)
        case .failed(let token, let failures): failed(token, failures)
        case .completed(let token): completed(token)
        case .saved(let path, let problem): saved(path, problem)
        case .tick: tick()
        }
        // A banner or a field that came or went leaves lists another height.
        layOut()
        return effects
    }

    // MARK: Time

    /// When `tick` has something to do, at the latest.
    package var nextTick: Timestamp? {
        var times: [Timestamp] = []
        if let toast { times.append(toast.until) }
        if let resortAt { times.append(resortAt) }
        if let watchAt { times.append(watchAt) }
        if let hostAt { times.append(hostAt) }
        if let jobsAt { times.append(jobsAt) }
        if let askAgainAt { times.append(askAgainAt) }
        if let firewallAt { times.append(firewallAt) }
        if let hitsAt { times.append(hitsAt) }
        if let blockedAt { times.append(blockedAt) }
        if let nextCountdown { times.append(nextCountdown) }
        // Ages that are in view grow each second, but only where something is old.
        if showsAges { times.append(now.adding(milliseconds: 1000)) }
        if let staleAt = nextStale { times.append(max(staleAt, now.adding(milliseconds: 1))) }
        return times.min()
    }

    private var showsAges: Bool {
        if case .up = connection, links.allSatisfy({ $0.state == .up }) { return false }
        return true
    }

    private mutating func tick() {
        if let toast, now >= toast.until { self.toast = nil }
        if let resortAt, now >= resortAt { resort() }
        if let watchAt, now >= watchAt { sendWatch() }
        if let askAgainAt, now >= askAgainAt { askAgain() }
        if let hostAt, now >= hostAt { askHost() }
        if let jobsAt, now >= jobsAt { askJobsAgain() }
        if let firewallAt, now >= firewallAt { askFirewall() }
        if let hitsAt, now >= hitsAt { askHits() }
        if let blockedAt, now >= blockedAt { askBlocked() }
        countTrialsDown()
    }

    /// Asks for the host now and then while somebody looks at it.
    mutating func askHost() {
        hostAt = nil
        guard screen == .host, isConnected else { return }
        hostAt = now.adding(milliseconds: 2000)
        if !purposes.values.contains(.host) { start(.host, .host) }
    }

    // MARK: Asking the server

    @discardableResult
    mutating func start(_ operation: Operation, _ purpose: Purpose) -> Int {
        lastToken += 1
        purposes[lastToken] = purpose
        effects.append(.start(lastToken, operation))
        return lastToken
    }

    /// Whether the list is on its way, so that a picture drawn now would be drawn again at once.
    package var isWaitingForList: Bool {
        if case .down = connection { return false }
        return !isListed || purposes.values.contains(.departments)
    }

    var isConnected: Bool { if case .up = connection { true } else { false } }

    mutating func say(_ text: String, _ role: Role = .statusBar, seconds: Int64 = 6) {
        toast = Toast(text: text, role: role, until: now.adding(milliseconds: seconds * 1000))
    }

    private mutating func saved(_ path: String, _ problem: String?) {
        say(problem.map { "\(path): \($0)" } ?? "saved \(path)", problem == nil ? .statusGood : .statusDanger)
    }

    // MARK: Order of rows

    /// Sorts and filters again, now.
    mutating func resort() {
        resortAt = nil
        sortedAt = now
        list.refreshTree(fleet)
        list.refresh(&fleet)
        watchVisible()
    }

    /// Rows may have moved. The first change shows at once, those that follow it closely share a pass.
    mutating func moved() {
        // The last of them was adopted: nobody wants to look at an empty list.
        if list.scope == .unmanaged, fleet.unmanaged.total == 0 { list.setScope(.all, &fleet) }
        let calm = sortedAt.adding(milliseconds: 150)
        if now >= calm { sortsAtOnce = 0 }
        // A few changes show at once; a storm of them shares its passes.
        guard sortsAtOnce < 8, fleet.presentCount <= 2000 || now >= calm else {
            if resortAt == nil { resortAt = calm }
            return
        }
        sortsAtOnce += 1
        resort()
    }

    /// Sorts and filters again soon: a burst of changes costs one pass, not one each.
    mutating func resortSoon(_ milliseconds: Int64 = 150) {
        let due = now.adding(milliseconds: milliseconds)
        if resortAt.map({ $0 > due }) ?? true { resortAt = due }
    }

    // MARK: What is looked at

    /// Tells the server, in a moment, which machines are on the screen: those are measured each second.
    mutating func watchVisible() {
        if watchAt == nil { watchAt = now.adding(milliseconds: 200) }
    }

    private mutating func sendWatch() {
        watchAt = nil
        guard isConnected, isListed else { return }
        let wanted: [Machine.ID]
        switch screen {
        case .machine(let id): wanted = [id]
        case .machines: wanted = list.visible.map { fleet.entries[$0].machine.id }
        case .host, .events, .resource, .firewall: wanted = []
        }
        let wantedSet = Set(wanted)
        guard figuresToken == nil || wantedSet != watched else { return }
        if let figuresToken {
            purposes[figuresToken] = nil
            effects.append(.cancel(figuresToken))
        }
        watched = wantedSet
        watchedSince = now
        figuresToken = start(.watchFigures(wanted), .watchFigures)
    }
}
