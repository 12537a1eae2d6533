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
        if let reason = refusal(needing: resource.readers) {
            lists[resource]?.problem = reason
            return
        }
        // What is on its way may have been read before the change that is the reason to ask.
        guard !isAsked(resource) else {
            askedAgain.insert(resource)
            return
        }
        pages[resource] = []
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
        guard let page = keep(resource, reply) else { return }
        purposes[token] = nil
        let all = (pages[resource] ?? []) + page
        pages[resource] = all
        if page.count == Resource.pageSize {
            start(resource.operation(skip: all.count), .resource(resource))
        } else {
            lists[resource]?.take(all)
            pages[resource] = nil
            if askedAgain.remove(resource) != nil { ask(resource) }
        }
    }

    /// Keeps what has come as it is and gives its rows; nil for an answer that is none.
    private mutating func keep(_ resource: Resource, _ reply: Reply) -> [ResourceList.Row]? {
        switch reply {
        case .networks(let networks):
            self.networks = networks
            return networks.map(\.row)
        default: return nil
        }
    }

    mutating func failed(_ resource: Resource, _ reason: String) {
        pages[resource] = nil
        lists[resource]?.problem = reason
        say("\(resource.rawValue) cannot be listed: \(reason)", .statusDanger)
        if askedAgain.remove(resource) != nil { ask(resource) }
    }

    /// Asks for a change whose end is told in the status line.
    mutating func change(_ operation: Operation, _ words: String) { start(operation, .change(nil, words: words)) }

    /// Why who speaks through this console may not do what is for another role.
    func refusal(needing role: UserRole) -> String? {
        guard let own = info?.role, own < role else { return nil }
        return "needs the role \(role.rawValue), yours is \(own.rawValue)"
    }

    // MARK: Input

    mutating func click(_ mouse: Mouse, _ resource: Resource, _ body: Rect) {
        let rect = ResourceList.tableRect(in: body)
        guard rect.contains(x: mouse.x, y: mouse.y), let list = lists[resource] else { return }
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

    func drawResource(_ resource: Resource, into canvas: inout Canvas, _ body: Rect) {
        lists[resource]?.draw(into: &canvas, rect: body, title: resource.title, empty: resource.nothing)
    }
}
