import Core

/// Whose a machine is: its user is chosen among all of them by a few letters.
extension Console {
    func refusalOfOwner(_ targets: [Machine]) -> String? {
        if targets.count > 1 { return "one machine at a time: unmark the others with U" }
        guard let machine = targets.first else { return "there is no machine here" }
        return machine.isManaged ? nil : "not adopted yet: adopt it first"
    }

    /// Whose a machine is, in words; the id where the account is not known.
    func ownerName(of machine: Machine) -> String? {
        guard let id = machine.userID else { return nil }
        return (users + [account].compactMap { $0 }).first { $0.id.rawValue == id }?.email ?? id
    }

    /// Names of accounts are shown with a machine: they are asked for where that is allowed and not yet done.
    mutating func askOwners() {
        if lists[.users]?.isKnown != true { ask(.users) }
    }

    /// Lets somebody be chosen, now or as soon as it is known who there is.
    mutating func openOwners(_ machine: Machine) {
        // Accounts come and go: the list of before is shown until the new one is there.
        owning = machine.id
        ask(.users)
        if lists[.users]?.isKnown == true { showOwners() } else { say("asking for the accounts …") }
    }

    /// The accounts have come: into the choice that is open, or that waits for them.
    mutating func showOwners() {
        var open: Palette?
        if case .palette(let palette) = overlay { open = palette }
        let shown = open?.items.first.flatMap { Self.machine(ofItem: $0.id) }
        guard let id = shown ?? owning, let machine = fleet.entry(id)?.machine else { return }
        var items = [
            PaletteItem(
                Self.ownerItem(id, ""), "nobody",
                disabledReason: machine.userID == nil ? "it belongs to nobody" : nil)
        ]
        for user in users.filter({ !$0.isDeleted }).sorted(by: { $0.email < $1.email }) {
            items.append(
                PaletteItem(
                    Self.ownerItem(id, user.id.rawValue), user.email, detail: user.fullName,
                    disabledReason: machine.userID == user.id.rawValue ? "has it" : nil))
        }
        if shown != nil {
            if open?.items != items { open?.items = items }
            overlay = open.map { .palette($0) }
        } else if overlay == nil {
            owning = nil
            toast = nil
            let prompt = users.isEmpty ? "there are no accounts: 4 leads to where they are made" : "an account"
            overlay = .palette(Palette(title: "Give \(machine.name) to", items: items, prompt: prompt))
        }
    }

    private static func machine(ofItem id: String) -> Machine.ID? {
        let parts = id.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "owner" ? Machine.ID(String(parts[1])) : nil
    }

    private static func ownerItem(_ machine: Machine.ID, _ user: String) -> String { "owner:\(machine):\(user)" }

    /// - Parameter value: ids of a machine and of an account, as an item of the choice has them.
    mutating func choseOwner(_ value: String) {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let machine = fleet.entry(Machine.ID(parts[0]))?.machine else { return }
        guard isConnected else { return say("bayd cannot be reached", .statusWarning) }
        let user = users.first { $0.id.rawValue == parts[1] }
        start(
            .assignMachine(machine.id, user?.id),
            .change(machine.id, words: "\(machine.name) to \(user?.email ?? "nobody")"))
    }
}
