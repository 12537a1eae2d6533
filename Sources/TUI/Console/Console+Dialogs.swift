package import Core

/// What a window was opened for, and so what its buttons do.
package enum DialogPurpose: Equatable, Sendable {
    case power(MachineAction, Machine.ID)
    case bulkPreview, bulkResult
    case snapshot(Machine.ID)
    case restore(Machine.ID, String)
    case deleteSnapshot(Machine.ID, String)
    case rename(Machine.ID)
    case move([Machine.ID])
    case adopt([Machine.ID])
    case newDepartment
    case renameDepartment(Department.ID)
    case deleteDepartment(Department.ID)
    case user(UserDialog)
    case template(TemplateDialog)
    case network(NetworkDialog)
    case job(JobDialog)
    case error(ErrorDialog)
    case hardware(HardwareDialog)
    case firewall(FirewallDialog)
    case columns
}

/// Questions and forms.
extension Console {
    /// Above so many machines the number has to be typed.
    static let manyMachines = 10

    // MARK: Power

    /// Asks as much as the harm deserves: nothing for a start, a question for what stops a guest, a typed word for many.
    mutating func ask(_ action: MachineAction) {
        let targets = targets
        guard let machine = targets.first else { return }
        guard targets.count == 1 else { return preview(.power(action), targets) { $0.refusal(action) } }
        switch action {
        case .start, .resume, .suspend: power(action, machine)
        case .shutdown, .restart:
            open(
                .question(
                    "\(action.verb.capitalizedFirst) \(machine.name)?",
                    "The guest is asked to shut down\(action == .restart ? " and started again" : "").",
                    yes: action.verb.capitalizedFirst),
                .power(action, machine.id))
        case .stop, .reset:
            open(
                .question(
                    "\(action.verb.capitalizedFirst) \(machine.name)?",
                    "The guest is not asked: what it has not written is lost.", yes: action.verb.capitalizedFirst,
                    isDangerous: true),
                .power(action, machine.id))
        }
    }

    mutating func power(_ action: MachineAction, _ machine: Machine) {
        fleet.setPending(machine.id, action.gerund)
        start(.power(action, machine.id), .change(machine.id, words: "\(action.verb) \(machine.name)"))
    }

    var overlayPurpose: DialogPurpose? {
        if case .dialog(_, let purpose) = overlay { purpose } else { nil }
    }

    // MARK: Opening

    mutating func open(_ dialog: Dialog, _ purpose: DialogPurpose) { overlay = .dialog(dialog, purpose) }

    mutating func openDialog(_ command: Command) {
        let targets = targets
        switch command {
        case .snapshot:
            guard let machine = targets.first else { return }
            let form = Form([
                FormField("name", "Name", .text(TextField(suggestedName, limit: SnapshotRules.maximumNameLength))),
                FormField(
                    "description", "Description", .text(TextField(limit: SnapshotRules.maximumDescriptionLength))),
            ])
            open(.form("Take a snapshot of \(machine.name)", form, yes: "Take"), .snapshot(machine.id))
        case .restoreSnapshot:
            guard let machine = targets.first, let snapshot = selectedSnapshot else { return }
            open(
                .typeName(
                    "Take \(machine.name) back to \(snapshot.name)?",
                    "What changed since then is lost. Type the snapshot's name.", name: snapshot.name, yes: "Restore"),
                .restore(machine.id, snapshot.name))
        case .deleteSnapshot:
            guard let machine = targets.first, let snapshot = selectedSnapshot else { return }
            open(
                .question(
                    "Delete snapshot \(snapshot.name)?", "\(machine.name) cannot go back to it afterwards.",
                    yes: "Delete",
                    isDangerous: true), .deleteSnapshot(machine.id, snapshot.name))
        case .rename:
            guard let machine = targets.first else { return }
            let form = Form([FormField("name", "Name", .text(TextField(machine.name, limit: NameRule.maximumLength)))])
            open(.form("Rename \(machine.name)", form, yes: "Rename"), .rename(machine.id))
        case .hardware: if let machine = targets.first { openHardware(machine) }
        case .owner: if let machine = targets.first { openOwners(machine) }
        case .move: openDepartments("Move", targets.filter(\.isManaged)) { .move($0) }
        case .adopt: openDepartments("Adopt", targets.filter { !$0.isManaged }) { .adopt($0) }
        case .newDepartment:
            open(.form("New department", nameForm(""), yes: "Create"), .newDepartment)
        case .renameDepartment:
            guard case .department(let id) = list.scope else { return }
            open(.form("Rename department", nameForm(fleet.departmentName(id)), yes: "Rename"), .renameDepartment(id))
        case .deleteDepartment:
            guard case .department(let id) = list.scope else { return }
            open(
                .question(
                    "Delete department \(fleet.departmentName(id))?", emptyFirst(id),
                    yes: "Delete", isDangerous: true), .deleteDepartment(id))
        default: break
        }
    }

    private func nameForm(_ name: String) -> Form {
        Form([FormField("name", "Name", .text(TextField(name, limit: NameRule.maximumLength)))])
    }

    private func emptyFirst(_ id: Department.ID) -> String {
        let count = fleet.counts[id]?.total ?? 0
        let machines = count == 1 ? "1 machine" : "\(count) machines"
        return "Only an empty department can be deleted" + (count > 0 ? ", and it has \(machines)." : ".")
    }

    private var suggestedName: String {
        zone.snapshotName(now)
    }

    private mutating func openDepartments(
        _ verb: String, _ machines: [Machine], _ purpose: ([Machine.ID]) -> DialogPurpose
    ) {
        guard !machines.isEmpty else { return }
        let names = fleet.orderedDepartments.map(\.name)
        let what = machines.count == 1 ? machines[0].name : "\(machines.count) machines"
        // A host that has no department yet gets its first one here.
        let field =
            names.isEmpty
            ? FormField("name", "New department", .text(TextField("Default", limit: NameRule.maximumLength)))
            : FormField("department", "Department", .choice(names, 0), help: "← → choose")
        open(.form("\(verb) \(what)", Form([field]), yes: verb), purpose(machines.map(\.id)))
    }

    mutating func openColumns() {
        let shown = Set(list.table.columns.map(\.id))
        let fields = MachineColumns.all.dropFirst().map {
            FormField($0.id, $0.title, .toggle(shown.contains($0.id)))
        }
        open(.form("Columns", Form(Array(fields)), text: "Space shows or hides a column.", yes: "Use"), .columns)
    }

    // MARK: Checking while one types

    /// - Parameter isFinal: it is handed in, so that empty fields count, too.
    func checked(_ dialog: Dialog, _ purpose: DialogPurpose, isFinal: Bool = false) -> Dialog {
        if case .firewall(let firewall) = purpose { return checked(dialog, firewall, isFinal: isFinal) }
        guard var form = dialog.form else { return dialog }
        form.clearProblems()
        switch purpose {
        case .user(let user): form.setProblems(problems(form, user), isFinal: isFinal)
        case .template(let template): form.setProblems(problems(form, template), isFinal: isFinal)
        case .network(let network): form.setProblems(problems(form, network), isFinal: isFinal)
        case .hardware(let hardware): form.setProblems(problems(form, hardware), isFinal: isFinal)
        case .snapshot:
            form.setProblem("name", SnapshotRules.problem(withName: form["name"]))
            if let snapshot = detail?.snapshots.first(where: { $0.snapshot.name == form["name"] }) {
                form.setProblem("name", "\"\(snapshot.snapshot.name)\" exists already")
            }
            form.setProblem("description", SnapshotRules.problem(withDescription: form["description"]))
        case .rename: form.setProblem("name", nameProblem(form["name"], "machine"))
        case .newDepartment, .renameDepartment: form.setProblem("name", nameProblem(form["name"], "department"))
        default: return dialog
        }
        var dialog = dialog
        dialog.form = form
        return dialog
    }

    private func nameProblem(_ name: String, _ kind: String) -> String? {
        if case .failure(let problem) = NameRule.check(name, of: kind) { problem.message } else { nil }
    }

    // MARK: Pressing

    mutating func pressed(_ button: String, _ dialog: Dialog, _ purpose: DialogPurpose) {
        if case .firewall(let firewall) = purpose { return pressed(button, dialog, firewall) }
        if button == "retry" {
            guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
            bulk?.retryFailed()
            return runBulk()
        }
        guard button == "yes" else {
            overlay = nil
            if purpose == .bulkPreview || (purpose == .bulkResult && bulk?.isDone == true) { bulk = nil }
            return
        }
        let dialog = checked(dialog, purpose, isFinal: true)
        if let form = dialog.form, !form.isValid { return overlay = .dialog(dialog, purpose) }
        guard isConnected || purpose == .columns else {
            return say("bayd cannot be reached", .statusWarning)
        }
        if purpose != .bulkPreview { overlay = nil }
        let form = dialog.form ?? Form([])
        switch purpose {
        case .power(let action, let id):
            guard let machine = fleet.entry(id)?.machine else { return say("the machine is gone", .statusWarning) }
            power(action, machine)
        case .bulkPreview: runBulk()
        case .bulkResult: bulk = nil
        case .snapshot(let id):
            fleet.setPending(id, "snapshot")
            start(
                .createSnapshot(id, name: form["name"], description: form["description"]),
                .change(id, words: "snapshot \(form["name"])"))
        case .restore(let id, let name):
            fleet.setPending(id, "restoring")
            start(.restoreSnapshot(id, name: name, forced: true), .change(id, words: "restore \(name)"))
        case .deleteSnapshot(let id, let name):
            start(.deleteSnapshot(id, name: name), .change(id, words: "delete snapshot \(name)"))
        case .rename(let id): start(.renameMachine(id, form["name"]), .change(id, words: "rename to \(form["name"])"))
        case .move(let ids):
            guard let department = chosenDepartment(form) else { return say("that department is gone", .statusWarning) }
            if ids.count > 1 { return runAtOnce(.move(department.id, name: department.name), ids) }
            for id in ids {
                start(.moveMachine(id, department.id), .change(id, words: "move to \(department.name)"))
            }
        case .adopt(let ids): adopt(ids, form)
        case .newDepartment:
            start(.createDepartment(form["name"]), .change(nil, words: "new department \(form["name"])"))
        case .renameDepartment(let id):
            start(.renameDepartment(id, form["name"]), .change(nil, words: "rename to \(form["name"])"))
        case .deleteDepartment(let id):
            start(.destroyDepartment(id), .change(nil, words: "delete \(fleet.departmentName(id))"))
        case .user(let dialog): pressed(form, dialog)
        case .template(let dialog): pressed(form, dialog)
        case .network(let dialog): pressed(form, dialog)
        case .job(let dialog): pressed(dialog)
        case .error(let dialog): pressed(dialog)
        case .hardware(let dialog): pressed(form, dialog)
        case .firewall: break
        case .columns: useColumns(form)
        }
    }

    private func chosenDepartment(_ form: Form) -> Department? {
        // By its name: departments may have come and gone while the form was open.
        fleet.orderedDepartments.first { form.choice("department") != nil && $0.name == form["department"] }
    }

    private mutating func adopt(_ ids: [Machine.ID], _ form: Form) {
        if let department = chosenDepartment(form) {
            if ids.count > 1 { return runAtOnce(.adopt(department.id, name: department.name), ids) }
            start(.adopt(ids, department.id), .change(nil, words: "adopt into \(department.name)"))
        } else if form.choice("department") != nil {
            say("that department is gone", .statusWarning)
        } else {
            adoptAfterCreation = ids
            start(.createDepartment(form["name"]), .change(nil, words: "new department \(form["name"])"))
        }
    }

    private mutating func useColumns(_ form: Form) {
        list.table.columns = MachineColumns.all.filter { column in
            column.id == "name" || form[column.id] == "true"
        }
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Timestamp {
    /// A name for a snapshot that is taken now: `2026-11-24-1015`.
    package var snapshotName: String {
        let time = iso8601
        return time.prefix(10) + "-" + time.dropFirst(11).prefix(5).filter { $0 != ":" }
    }
}
