import Core
import JSON

/// What the server says.
extension Console {
    static let pageSize = 500
    /// How long a server that could not answer is left alone.
    static let patience: Int64 = 2000

    mutating func connected() {
        if case .down(let since, _, _) = connection, isListed {
            let gap = Format.duration(seconds: Double(now.milliseconds(since: since)) / 1000)
            say("connected again after \(gap): what happened meanwhile follows", .statusGood)
        }
        connection = .up(since: now)
        purposes = [:]
        figuresToken = nil
        askAgainAt = nil
        // Departments and machines follow the answer: what is read behind it holds every event up to the one it names.
        start(.serverInfo, .info)
        start(.watchLinks, .watchLinks)
        if case .machine(let id) = screen { askDetail(id) }
        (askedAgain, pages) = ([], [:])
        askResources()
        alertsAskedAgain = false
        if showsJobs { jobsAt = now.adding(milliseconds: Self.jobPeriod) }
        askHost()
        askFirewall()
    }

    private mutating func askForList() {
        listed = []
        mustList = false
        start(.departments, .departments)
        start(.machines(after: "", take: Self.pageSize), .page)
    }

    /// Asks for what failed or ended, and only for that.
    mutating func askAgain() {
        askAgainAt = nil
        guard isConnected else { return }
        let asked = purposes.values
        if !asked.contains(.watchLinks) { start(.watchLinks, .watchLinks) }
        if !asked.contains(.info), !asked.contains(.watchEvents) || info == nil {
            start(.serverInfo, .info)
        } else if mustList {
            askForList()
        }
        if !asked.contains(.watchFigures) { watchVisible() }
    }

    private mutating func askAgainSoon() {
        if askAgainAt == nil { askAgainAt = now.adding(milliseconds: Self.patience) }
    }

    mutating func disconnected(_ reason: String, _ isMissing: Bool) {
        let since: Timestamp =
            switch connection {
            case .down(let since, _, _): since
            case .up, .connecting: now
            }
        connection = .down(since: since, reason: reason, isMissing: isMissing)
        for (_, purpose) in purposes {
            switch purpose {
            case .change(_, let words), .firewall(.change(let words)):
                say("\(words): the connection was lost; what became of it is not known", .statusDanger)
            default: break
            }
        }
        purposes = [:]
        changingHardware = []
        figuresToken = nil
        watched = []
        hostAt = nil
        jobsAt = nil
        firewallAt = nil
        hitsAt = nil
        blockedAt = nil
        askAgainAt = nil
        fleet.clearPending()
        loseBulk()
        // Not asked of anybody now, so nobody knows.
        links = []
    }

    mutating func failed(_ token: Int, _ failures: [OperationFailure]) {
        guard let purpose = purposes.removeValue(forKey: token) else { return }
        let reason = failures.first?.message ?? "the server gave no reason"
        switch purpose {
        case .bulk(let id): bulkEnded(id, .failed, reason)
        case .change(let id, let words):
            if let id {
                fleet.setPending(id, nil)
                changingHardware.remove(id)
            }
            say("\(words): \(reason)", .statusDanger, seconds: 12)
        case .watchFigures:
            figuresToken = nil
            // A server that is short of something is asked again with the next change of what is in view.
            guard failures.first?.isForbidden != true else { return }
            say("no figures: \(reason)", .statusWarning)
            askAgainSoon()
        case .watchEvents:
            events.problem = reason
            if failures.first?.isForbidden != true { askAgainSoon() }
        case .info, .departments, .page:
            say("machines cannot be listed: \(reason)", .statusDanger)
            mustList = true
            if failures.first?.isForbidden != true { askAgainSoon() }
        case .watchLinks: if failures.first?.isForbidden != true { askAgainSoon() }
        case .cards: takeCards(nil, problem: reason)
        case .history, .snapshots, .machine: detail?.failed(purpose, reason)
        case .resource(let resource): failed(resource, reason)
        case .firewall(let purpose): failed(purpose, reason)
        case .ownAccount: lists[.users]?.problem = reason
        default: say(reason, .statusWarning)
        }
    }

    mutating func completed(_ token: Int) {
        guard let purpose = purposes.removeValue(forKey: token) else { return }
        switch purpose {
        case .watchFigures:
            figuresToken = nil
            askAgainSoon()
        case .watchEvents, .watchLinks: askAgainSoon()
        case .change(let id?, _): fleet.setPending(id, nil)
        default: break
        }
    }

    mutating func take(_ reply: Reply, _ token: Int) {
        guard let purpose = purposes[token] else { return }
        switch (purpose, reply) {
        case (.info, .serverInfo(let info)):
            let isNewRole = self.info?.role != info.role
            self.info = info
            // What may be read depends on who we are.
            if isNewRole { askResources() }
            askAlerts()
            askTrials()
            // What is read after this holds everything up to that event.
            if events.isEmpty { start(.recentEvents(limit: 200, before: nil), .recentEvents) }
            let resume = lastEvent.map { min($0, info.lastEvent) } ?? info.lastEvent
            lastEvent = resume
            events.problem = nil
            start(.watchEvents(after: resume), .watchEvents)
            askForList()
        case (.departments, .departments(let rows)):
            fleet.put(rows.map(\.department))
            if case .department(let id) = list.scope, fleet.departments[id] == nil { list.setScope(.all, &fleet) }
            moved()
        case (.page, .machines(let machines, let samples)): page(machines, samples)
        case (.machine, .machine(let machine?, let sample)):
            // It may lie before the page of the listing that is under way.
            listed.insert(machine.id)
            fleet.put(machine)
            if let sample { fleet.put([sample]) }
            moved()
        case (.machine(let id), .machine(nil, _)):
            fleet.remove(id)
            moved()
        case (.links, .links(let links)), (.watchLinks, .links(let links)): self.links = links
        case (.host, .host(let host)): self.host.take(host, at: now)
        case (.recentEvents, .events(let events)): self.events.prepend(events.reversed())
        case (.watchEvents, .events(let new)): for event in new { take(event) }
        case (.watchFigures, .figures(let samples)): figures(samples)
        case (.history(let id), .history(let series)):
            if detail?.id == id { detail?.history = series }
        case (.snapshots(let id), .snapshots(let snapshots, let outcome)):
            if detail?.id == id { detail?.take(snapshots, outcome) }
        case (.ownAccount, .ownAccount(let user)): takeOwn(user)
        case (.alerts, .errors(let entries)): takeAlerts(entries)
        case (.cards, .cards(let cards)): takeCards(cards)
        case (.resource(let resource), _): take(resource, reply, token)
        case (.firewall(let purpose), .firewall(let reply)): take(purpose, reply, token)
        case (.change(let id, let words), _): ended(id, words, reply)
        case (.bulk(let id), _): bulkAnswered(id, reply)
        default: break
        }
    }

    private mutating func page(_ machines: [Machine], _ samples: [FiguresSample]) {
        fleet.put(machines)
        fleet.put(samples)
        listed.formUnion(machines.map(\.id))
        if machines.count == Self.pageSize, let last = machines.last {
            start(.machines(after: last.id.rawValue, take: Self.pageSize), .page)
        } else {
            fleet.keep(only: listed)
            isListed = true
            watchVisible()
        }
        // The first page is shown at once; the rest of a long list need not be sorted page by page.
        if list.table.rows.isEmpty || isListed { resort() } else { resortSoon() }
    }

    private mutating func figures(_ samples: [FiguresSample]) {
        guard !isFrozen else { return }
        fleet.put(samples)
        detail?.take(samples)
        if list.isLive { resortSoon(1000) }
    }

    // MARK: Events

    private mutating func take(_ event: EventRecord) {
        if let lastEvent, event.id <= lastEvent { return }
        lastEvent = event.id
        events.append(event)
        switch event.resource {
        case "machine":
            machineChanged(event)
            firewallMoved(event)
        case "firewall": firewallChanged(event)
        case "department": departmentChanged(event)
        // libvirt can be asked now, and could not when the machines were listed.
        case "host" where event.action == "connected": askForList()
        case "snapshot":
            let id = Machine.ID(event.resourceID)
            if detail?.id == id { start(.snapshots(id), .snapshots(id)) }
        case "error":
            askAlerts()
            resourceChanged(event.resource)
        default: resourceChanged(event.resource)
        }
    }

    private mutating func machineChanged(_ event: EventRecord) {
        let id = Machine.ID(event.resourceID)
        if event.action == "delete" || (event.data["managed"] == false && event.data["hasDomain"] == false) {
            fleet.remove(id)
            return moved()
        }
        // An adopted domain is shown as a machine from now on, under another id.
        if event.action == "create" {
            start(.machine(id), .machine(id))
            for entry in fleet.entries
            where entry.isPresent && !entry.machine.isManaged && entry.machine.internalName == event.resourceName {
                fleet.remove(entry.machine.id)
            }
            return moved()
        }
        guard fleet.place(of: id) != nil else {
            start(.machine(id), .machine(id))
            return
        }
        let before = fleet.revision
        fleet.change(id) { machine in
            if let status = event.data["status"]?.string.flatMap(MachineStatus.init(stored:)) {
                machine.status = status
            }
            if let name = event.data["name"]?.string { machine.name = name }
            if let department = event.data["departmentId"] {
                machine.departmentID = department.string.map { Department.ID($0) }
            }
            if let hasDomain = event.data["hasDomain"] { machine.hasDomain = hasDomain.bool }
            if let user = event.data["userId"] { machine.userID = user.string }
            if let cores = event.data["cpuCores"]?.int { machine.cpuCores = cores }
            if let memory = event.data["ramGB"]?.int { machine.ramGB = memory }
            if let gpu = event.data["gpuPciAddress"] { machine.gpuAddress = gpu.string }
        }
        tellHardware(event)
        if fleet.revision != before { moved() }
    }

    private mutating func departmentChanged(_ event: EventRecord) {
        let id = Department.ID(event.resourceID)
        if event.action == "delete" {
            fleet.remove(id)
            if list.scope == .department(id) { list.setScope(.all, &fleet) }
        } else if let name = event.data["name"]?.string {
            var department = fleet.departments[id] ?? Department(id: id, name: name)
            department.name = name
            fleet.put(department)
        }
        moved()
    }

    // MARK: Ends of what was asked

    private mutating func ended(_ id: Machine.ID?, _ words: String, _ reply: Reply) {
        if let id { fleet.setPending(id, nil) }
        switch reply {
        case .outcome(let outcome):
            say(
                outcome.success ? outcome.message : "\(words): \(outcome.message)",
                outcome.success ? .statusGood : .statusDanger, seconds: outcome.success ? 6 : 12)
        case .changedMachine(let machine):
            // A change that took no time is over before it is answered: the event told what the machine is now.
            if machine.status.isOwnedByOperation, !changingHardware.contains(machine.id) { break }
            fleet.put(machine)
            moved()
            if changingHardware.contains(machine.id), machine.status.isOwnedByOperation {
                say("\(words): being changed, the machine is shut down for it", .statusGood)
            } else {
                say("\(words): done", .statusGood)
            }
        case .changedDepartment(let department):
            say("\(words): done", .statusGood)
            if !adoptAfterCreation.isEmpty {
                start(.adopt(adoptAfterCreation, department.id), .change(nil, words: "adopt into \(department.name)"))
                adoptAfterCreation = []
            }
        case .adopted(let outcomes):
            let failures = outcomes.filter { !$0.outcome.success }
            if let first = failures.first {
                say(
                    "\(words): \(failures.count) of \(outcomes.count) failed, the first: \(first.outcome.message)",
                    .statusDanger)
            } else {
                say("\(outcomes.count) adopted", .statusGood)
            }
            adopted(outcomes)
        case .done:
            say("\(words): done", .statusGood)
            // The event of it says so, too; but who may not follow events sees it this way.
            askResources()
            if !alerts.isEmpty { askAlerts() }
        default: break
        }
        if let id, detail?.id == id { start(.snapshots(id), .snapshots(id)) }
    }

    /// What was found has become a machine, under an id of its own.
    mutating func adopted(_ outcomes: [AdoptOutcome]) {
        for outcome in outcomes where outcome.outcome.success {
            fleet.remove(outcome.id)
            guard let machine = outcome.machine else { continue }
            listed.insert(machine.id)
            fleet.put(machine)
        }
        moved()
    }
}
