import Core
import JSON

/// What the form about a machine's hardware was opened with.
package struct HardwareDialog: Equatable, Sendable {
    var machine: Machine
    /// The cards that can be chosen, in the order of the choice; nil until the host has told.
    var cards: [HostGPU]?
    /// Why the host did not tell.
    var problem: String?
}

/// What machines are made of: the form, and how the change ends.
extension Console {
    func refusalOfHardware(_ targets: [Machine]) -> String? {
        if targets.count > 1 { return "one machine at a time: unmark the others with U" }
        guard let machine = targets.first else { return "there is no machine here" }
        if machine.status.isOwnedByOperation { return "not now: the machine is \(machine.status.words)" }
        return HardwareRules.refusal(on: machine)
    }

    mutating func openHardware(_ machine: Machine) {
        open(hardwareForm(HardwareDialog(machine: machine), cores: nil, memory: nil))
        // What the host has is asked anew: a number that it cannot give is then wrong while it is typed.
        if !purposes.values.contains(.host) { start(.host, .host) }
        start(.hardware(.freeCards), .cards)
    }

    private mutating func open(_ opened: (Dialog, HardwareDialog)) { open(opened.0, .hardware(opened.1)) }

    private func hardwareForm(_ dialog: HardwareDialog, cores: String?, memory: String?) -> (Dialog, HardwareDialog) {
        let machine = dialog.machine
        func text(_ value: Int) -> String { value > 0 ? String(value) : "" }
        let (options, chosen) = Self.options(dialog)
        let note =
            dialog.problem.map { "cards cannot be listed: \($0)" }
            ?? (dialog.cards == nil
                ? "asking the host for its cards …" : options.count > 1 ? "← → choose" : "the host has no free card")
        let form = Form([
            Self.field(
                "cores", "vCPUs", cores ?? text(machine.cpuCores), limit: 6, help: Self.range(HardwareRules.cores)),
            Self.field(
                "memory", "Memory GB", memory ?? text(machine.ramGB), limit: 6,
                help: Self.range(HardwareRules.memoryGB)),
            FormField("card", "Graphics card", .choice(options, chosen), help: note),
        ])
        let disk = machine.diskSizeGB > 0 ? " Its disk of \(machine.diskSizeGB) GB stays as it is." : ""
        let off =
            machine.status == .running || machine.status == .suspended
            ? "It is shut down first, after \(HardwareRules.graceSeconds) s forced off, and stays off."
            : "It has the new hardware at its next start."
        return (.form("Hardware of \(machine.name)", form, text: off + disk, yes: "Change"), dialog)
    }

    private static func range(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }

    /// What can be chosen: no card, the one that the machine has, and those that are free.
    private static func options(_ dialog: HardwareDialog) -> (names: [String], chosen: Int) {
        let own = dialog.machine.gpuAddress.map { ["\($0) (the one that it has)"] } ?? []
        let free = (dialog.cards ?? []).map { card in
            "\(card.address) \(card.vendor) \(card.model)".trimmingSpaces
        }
        return (["none"] + own + free, own.count)
    }

    /// What the choice of the form stands for; nil for what the machine has already.
    private func gpu(_ form: Form, _ dialog: HardwareDialog) -> (change: HardwareChange.GPU, card: HostGPU?)? {
        guard let chosen = form.choice("card") else { return nil }
        let own = dialog.machine.gpuAddress == nil ? 0 : 1
        if chosen == 0 { return own == 1 ? (.none, nil) : nil }
        guard chosen > own, let cards = dialog.cards, cards.indices.contains(chosen - own - 1) else { return nil }
        let card = cards[chosen - own - 1]
        return (.card(card.address.description), card)
    }

    /// The cards have come, or why they have not: into the form that waits for them.
    mutating func takeCards(_ cards: [HostGPU]?, problem: String? = nil) {
        guard case .dialog(var dialog, .hardware(var hardware)) = overlay, var form = dialog.form else { return }
        hardware.cards = cards ?? []
        hardware.problem = problem
        // What was typed meanwhile stays, and so does the cursor.
        let fresh = hardwareForm(hardware, cores: nil, memory: nil).0.form
        guard let field = fresh?.fields.last, let place = form.fields.firstIndex(where: { $0.id == field.id }) else {
            return
        }
        let kept = form.choice("card") ?? 0
        form.fields[place] = field
        if case .choice(let options, _) = field.content, options.indices.contains(kept) {
            form.fields[place].content = .choice(options, kept)
        }
        dialog.form = form
        overlay = .dialog(dialog, .hardware(hardware))
    }

    // MARK: Checking while one types

    func problems(_ form: Form, _ dialog: HardwareDialog) -> [String: String] {
        let host = host.info ?? HostInfo()
        let machine = dialog.machine
        var problems: [String: String] = [:]
        // What it has already is never wrong, whatever the host has.
        if form["cores"].trimmingSpaces != String(machine.cpuCores) {
            problems["cores"] = Self.problem(form["cores"]) {
                HardwareRules.problem(HardwareChange(cores: $0), on: host)
            }
        }
        if form["memory"].trimmingSpaces != String(machine.ramGB) {
            problems["memory"] = Self.problem(form["memory"]) {
                HardwareRules.problem(HardwareChange(memoryGB: $0), on: host)
            }
        }
        if let card = gpu(form, dialog)?.card { problems["card"] = HardwareRules.problem(card, takenBy: nil) }
        return problems
    }

    // MARK: Pressing

    mutating func pressed(_ form: Form, _ dialog: HardwareDialog) {
        let wanted = HardwareChange(
            cores: Int(form["cores"].trimmingSpaces), memoryGB: Int(form["memory"].trimmingSpaces),
            gpu: gpu(form, dialog)?.change)
        // The machine may have been changed by somebody else while the form was open.
        let machine = fleet.entry(dialog.machine.id)?.machine ?? dialog.machine
        let change = wanted.reduced(for: machine)
        if change.isEmpty { return say("nothing was changed") }
        fleet.setPending(machine.id, "hw update")
        changingHardware.insert(machine.id)
        start(.hardware(.change(machine.id, change)), .change(machine.id, words: "hardware of \(machine.name)"))
    }

    /// Tells how a change that was asked for here has ended: the server's answer came before that.
    mutating func tellHardware(_ event: EventRecord) {
        let id = Machine.ID(event.resourceID)
        guard changingHardware.contains(id) else { return }
        let isDone = event.action == "hardware_update"
        guard isDone || event.data["status"]?.string == MachineStatus.errorHardwareUpdate.rawValue else { return }
        changingHardware.remove(id)
        say(event.message, isDone ? .statusGood : .statusDanger, seconds: 12)
    }
}
