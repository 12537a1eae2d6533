import Core

/// Why a command does nothing now, and what it would be about.
extension Console {
    /// Why a command does nothing now, or nil. The palette and the key line grey out what this refuses.
    /// - Parameter targets: the machines that it is about, where many commands are asked for at once.
    func refusal(_ command: Command, about targets: [Machine]? = nil) -> String? {
        switch command {
        case .start, .shutdown, .stop, .restart, .reset, .suspend, .resume, .snapshot, .restoreSnapshot,
            .deleteSnapshot,
            .rename, .move, .adopt, .hardware, .owner, .newDepartment, .renameDepartment, .deleteDepartment:
            guard isConnected else { return "bayd cannot be reached" }
            return refusalOfChange(command, targets ?? self.targets)
        case .newUser, .changeUser, .userPassword, .deleteUser, .restoreUser:
            return isConnected ? refusalOfUser(command) : "bayd cannot be reached"
        case .newTemplate, .changeTemplate, .deleteTemplate, .newCategory, .changeCategory, .deleteCategory:
            return isConnected ? refusalOfTemplate(command) : "bayd cannot be reached"
        case .newNetwork, .networkAddress, .networkRange, .networkBridge, .deleteNetwork:
            return isConnected ? refusalOfNetwork(command) : "bayd cannot be reached"
        case .cancelJob, .runSchedule:
            return isConnected ? refusalOfJob(command) : "bayd cannot be reached"
        case .resolveError, .resolveErrors:
            return isConnected ? refusalOfError(command) : "bayd cannot be reached"
        case _ where command.isOfFirewall: return refusalOfFirewall(command)
        case .open where context == .firewall: return refusalToOpenRule
        case .templates, .categories, .schedules, .errors: return refusal(needing: .admin)
        case .open where context == .jobs && selectedJob == nil: return "there is no job here"
        case .open where context == .errors && selectedError?.machineID == nil: return "it is about no machine"
        case .open where context == .machines && list.table.selection == nil: return "there is no machine here"
        case .open where context == .events && events.selection == nil: return "there is no event here"
        case .open where context == .categories && lists[.categories]?.selection == nil:
            return "there is no category here"
        case .open where [.machine, .host, .users, .templates, .networks, .schedules, .applications].contains(context):
            return "nothing to open here"
        case .previous: return lastScreen == nil ? "there is no view before this one" : nil
        case .copy: return copied == nil ? "there is nothing to copy here" : nil
        case .sortNext, .sortReverse:
            return screen == .machines || shownResource != nil || shownFirewall != nil ? nil : "only in a list"
        case .mark, .markAll, .markInvert, .markRange, .sort, .columns:
            return screen == .machines ? nil : "only in the list of machines"
        case .switchPane:
            return screen == .machines || shownResource?.neighbour != nil ? nil : "there is no other pane here"
        case .follow: return screen == .events ? nil : "only in the list of events"
        default: return nil
        }
    }

    private func refusalOfChange(_ command: Command, _ targets: [Machine]) -> String? {
        switch command {
        case .rename, .move, .adopt, .hardware, .owner, .newDepartment, .renameDepartment, .deleteDepartment:
            if let reason = refusal(needing: .admin) { return reason }
        default: break
        }
        switch command {
        case .newDepartment: return nil
        case .move where fleet.departments.isEmpty: return "there is no department yet: + makes one"
        case .renameDepartment, .deleteDepartment:
            guard case .department = list.scope else { return "choose a department at the left first" }
            return nil
        default: break
        }
        guard let first = targets.first else { return "there is no machine here" }
        if command == .adopt {
            return targets.contains { !$0.isManaged } ? nil : "adopted already"
        }
        if let action = command.action {
            // Of many, those that cannot are left out and told; of one, the reason is the answer.
            if targets.count == 1 { return first.refusal(action) }
            return targets.contains { $0.refusal(action) == nil }
                ? nil : "none of the \(targets.count) marked machines can"
        }
        switch command {
        case .snapshot:
            if targets.count > 1 { return "one machine at a time: unmark the others with U" }
            return SnapshotRules.refusalToCreate(on: first)
        case .restoreSnapshot:
            guard selectedSnapshot != nil else { return noSnapshot }
            return SnapshotRules.refusalToRestore(on: first, forced: true)
        case .deleteSnapshot:
            guard selectedSnapshot != nil else { return noSnapshot }
            return SnapshotRules.refusalToDelete(on: first)
        case .hardware: return refusalOfHardware(targets)
        case .owner: return refusalOfOwner(targets)
        case .rename where targets.count > 1: return "one machine at a time: unmark the others with U"
        case .rename, .move: return first.isManaged ? nil : "not adopted yet: adopt it first"
        default: return nil
        }
    }

    private var noSnapshot: String {
        if case .machine = screen { "it has no snapshot" } else { "open the machine and choose a snapshot" }
    }

    /// The snapshot under the cursor, on the screen of its machine only: anywhere else nobody sees which one it is.
    var selectedSnapshot: Snapshot? {
        if case .machine(let id) = screen, detail?.id == id { detail?.selected } else { nil }
    }

    /// Whether escape leads anywhere.
    var canGoBack: Bool {
        screen != .machines || list.pane == .tree || !list.filter.isEmpty || !list.table.marks.isEmpty
            || list.scope != .all
    }

    /// The machines that a command is about: the marked ones, else the one under the cursor.
    var targets: [Machine] {
        if case .machine(let id) = screen { return fleet.entry(id).map { [$0.machine] } ?? [] }
        return list.table.targets.map { fleet.entries[$0] }.filter(\.isPresent).map(\.machine)
    }
}
