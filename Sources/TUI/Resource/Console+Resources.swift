import Core

/// Lists of what the server keeps few of: asked for when they are opened, and again when something in them changed.
extension Console {
    /// The list that is in view, if one is.
    var shownResource: Resource? { if case .resource(let resource) = screen { resource } else { nil } }

    /// Asks for what is in view.
    mutating func askResources() {
        guard isConnected, let resource = shownResource else { return }
        for resource in resource.together { ask(resource) }
    }

    mutating func ask(_ resource: Resource) {
        // What may be done to an account depends on whether it is one's own.
        if resource == .users, !purposes.values.contains(.ownAccount) { start(.user(.own), .ownAccount) }
        if let reason = refusal(needing: resource.readers) {
            lists[resource]?.problem = reason
            return
        }
        // What is on its way may have been read before the change that is the reason to ask.
        guard !isAsked(resource) else {
            askedAgain.insert(resource)
            return
        }
        start(resource.operation(skip: 0), .resource(resource))
    }

    private func isAsked(_ resource: Resource) -> Bool { purposes.values.contains(.resource(resource)) }

    /// Something that a list holds was changed by somebody.
    mutating func resourceChanged(_ kind: String) {
        guard let shown = shownResource, shown.together.contains(where: { $0.kind == kind }) else { return }
        askResources()
    }

    /// A page of a list has come.
    mutating func take(_ resource: Resource, _ reply: Reply, _ token: Int) {
        purposes[token] = nil
        let skipped = pages[resource] ?? 0
        let count = keep(reply, behind: skipped)
        if resource.isPaged, count == Resource.pageSize {
            pages[resource] = skipped + count
            start(resource.operation(skip: skipped + count), .resource(resource))
        } else {
            pages[resource] = nil
            showRows(of: resource)
            if askedAgain.remove(resource) != nil { ask(resource) }
        }
    }

    /// Keeps what has come and says how many rows it has.
    private mutating func keep(_ reply: Reply, behind skipped: Int) -> Int {
        switch reply {
        case .users(let users):
            self.users = self.users.prefix(skipped) + users
            return users.count
        case .templates(let templates):
            self.templates = self.templates.prefix(skipped) + templates
            return templates.count
        case .categories(let categories): self.categories = categories
        case .networks(let networks): self.networks = networks
        case .jobs(let jobs): self.jobs = jobs
        case .schedules(let schedules): self.schedules = schedules
        case .errors(let errors): self.errors = errors
        case .applications(let applications): self.applications = applications
        default: break
        }
        return 0
    }

    private mutating func showRows(of resource: Resource) {
        switch resource {
        case .users:
            lists[.users]?.take(users.map { $0.row(zone) })
            showOwners()
        case .categories:
            lists[.categories]?.take(categories.map { $0.row(zone) })
            // Templates show the names of their categories.
            if lists[.templates]?.isKnown == true { showRows(of: .templates) }
        case .templates:
            let names = Dictionary(categories.map { ($0.category.id, $0.category.name) }) { $1 }
            lists[.templates]?.take(templates.map { $0.row(names, zone) })
        case .networks: lists[.networks]?.take(networks.map(\.row))
        case .jobs: lists[.jobs]?.take(jobs.map { $0.row(zone) })
        case .schedules: lists[.schedules]?.take(schedules.map { $0.row(zone) })
        case .errors:
            lists[.errors]?.take(
                errors.map { error in
                    error.row(zone, error.machineID.flatMap { fleet.entry($0)?.machine.name })
                })
        case .applications: lists[.applications]?.take(applications.map { $0.row(zone) })
        }
    }

    /// Whose account this console speaks for is known. Who may not list the others sees that one.
    mutating func takeOwn(_ user: User?) {
        account = user
        guard let reason = refusal(needing: Resource.users.readers) else { return }
        users = user.map { [$0] } ?? []
        showRows(of: .users)
        if user == nil { lists[.users]?.problem = reason }
    }

    mutating func failed(_ resource: Resource, _ reason: String) {
        pages[resource] = nil
        if resource == .users { owning = nil }
        lists[resource]?.problem = reason
        say("\(resource.rawValue) cannot be listed: \(reason)", .statusDanger)
        if askedAgain.remove(resource) != nil { ask(resource) }
    }

    /// Asks for a change whose end is told in the status line.
    mutating func change(_ operation: Operation, _ words: String) { start(operation, .change(nil, words: words)) }

    /// Why who speaks through this console may not do what is for another role.
    func refusal(needing role: UserRole) -> String? {
        info?.role.refusal(needing: role)
    }

    // MARK: Input

    mutating func click(_ mouse: Mouse, _ shown: Resource, _ body: Rect) {
        let places = Self.places(of: shown, in: body)
        guard let (resource, place) = places.first(where: { $0.1.contains(x: mouse.x, y: mouse.y) }) else { return }
        if resource != shown { screen = .resource(resource) }
        guard let list = lists[resource] else { return }
        let rect = list.tableRect(in: place)
        guard rect.contains(x: mouse.x, y: mouse.y) else { return }
        let line = mouse.y - rect.y
        if line == 0 {
            if let column = list.table.column(atX: mouse.x - rect.x, columns: rect.columns) {
                lists[resource]?.sort(by: column.id)
            }
        } else if let row = list.table.row(atLine: line, height: rect.rows) {
            lists[resource]?.select(index: row)
        }
    }

    /// What the status line says of the list in view: the chosen row's name.
    func status(of resource: Resource) -> String {
        resource.title + (lists[resource]?.selection.map { " › \($0.name)" } ?? "")
    }

    /// Where the list is, and the one beside it where there is room for both.
    private static func places(of shown: Resource, in body: Rect) -> [(Resource, Rect)] {
        guard shown.neighbour != nil, body.columns >= 120 else { return [(shown, body)] }
        // What is looked at more has more room, and stands at the right.
        let (left, right) = body.splitLeft(
            shown.together[0] == .jobs ? body.columns * 2 / 5 : body.columns / 3)
        return [(shown.together[1], left), (shown.together[0], right)]
    }

    func drawResource(_ shown: Resource, into canvas: inout Canvas, _ body: Rect) {
        for (resource, place) in Self.places(of: shown, in: body) {
            lists[resource]?.draw(
                into: &canvas, rect: place, title: resource.title, empty: resource.nothing,
                unknown: isConnected ? "Asking …" : "Not known while bayd cannot be reached.", focus: resource == shown)
        }
    }
}
