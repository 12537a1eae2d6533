import Core

/// The same work on many machines: a preview, a window with a line for each, and another try for what failed.
extension Console {
    /// Shows what would happen to each machine, and asks as much as the harm and the number deserve.
    mutating func preview(_ work: BulkWork, _ machines: [Machine], refusal: (Machine) -> String?) {
        if refuseSecondBulk() { return }
        let run = BulkRun(work, machines.map { ($0, refusal($0)) })
        bulk = run
        let count = run.count
        let skipped = machines.count - count
        let machinesWord = count == 1 ? "1 machine" : "\(count) machines"
        let pace = count > BulkRun.width ? ", \(BulkRun.width) at a time" : ""
        var text = "\(count) of \(machines.count) machines will be \(work.passive)\(pace)."
        let isTyped = !work.isHarmless && count > Self.manyMachines
        if skipped > 0 {
            text += " \(skipped) \(skipped == 1 ? "is" : "are") left out"
            // Where the number is typed there is no room for the list.
            text += isTyped ? "." : ", with the reason beside \(skipped == 1 ? "it" : "them")."
        }
        if work.isHarmful { text += " Guests are not asked: what they have not written is lost." }
        let title = "\(work.verb.capitalizedFirst) \(machinesWord)?"
        if isTyped {
            open(
                .typeName(
                    title, text + " Type the number of machines.", name: String(count), yes: work.verb.capitalizedFirst),
                .bulkPreview)
        } else {
            open(
                Dialog(
                    title: title, text: text, content: .progress(run.steps),
                    buttons: [
                        Dialog.Button("yes", work.verb.capitalizedFirst, key: "y"),
                        Dialog.Button("no", "Cancel", key: "n"),
                    ],
                    isDangerous: work.isHarmful), .bulkPreview)
        }
    }

    /// Begins without a preview: the form that was filled in said all of it.
    mutating func runAtOnce(_ work: BulkWork, _ ids: [Machine.ID]) {
        if refuseSecondBulk() { return }
        let machines = ids.compactMap { fleet.entry($0)?.machine }
        bulk = BulkRun(work, machines.map { ($0, nil) })
        open(Dialog(title: "", text: "", buttons: []), .bulkResult)
        runBulk()
    }

    private mutating func refuseSecondBulk() -> Bool {
        guard let bulk, bulk.isRunning else { return false }
        say("\(bulk.work.gerund) \(bulk.done)/\(bulk.count): wait for its end", .statusWarning)
        return true
    }

    mutating func runBulk() {
        guard var run = bulk, isConnected else { return }
        for id in run.next() {
            fleet.setPending(id, run.work.gerund)
            start(run.work.operation(id), .bulk(id))
        }
        bulk = run
        showBulk()
    }

    /// One of many was answered.
    mutating func bulkAnswered(_ id: Machine.ID, _ reply: Reply) {
        switch reply {
        case .outcome(let outcome): bulkEnded(id, outcome.success ? .done : .failed, outcome.message)
        case .changedMachine(let machine):
            fleet.put(machine)
            moved()
            bulkEnded(id, .done, bulk?.work.passive ?? "")
        case .adopted(let outcomes):
            adopted(outcomes)
            let outcome = outcomes.first?.outcome ?? Outcome(success: false, message: "the server said nothing of it")
            bulkEnded(id, outcome.success ? .done : .failed, outcome.message)
        default: break
        }
    }

    mutating func bulkEnded(_ id: Machine.ID, _ state: Dialog.Step.State, _ note: String) {
        fleet.setPending(id, nil)
        bulk?.end(id, state, note)
        runBulk()
        tellEndOfBulk()
    }

    /// Nobody can be asked any more: what has not ended has failed.
    mutating func loseBulk() {
        guard let run = bulk, run.isRunning else { return }
        bulk?.lose()
        showBulk()
        tellEndOfBulk()
    }

    /// A run whose window was closed says how it ended.
    private mutating func tellEndOfBulk() {
        guard let run = bulk, run.isDone, overlayPurpose != .bulkResult else { return }
        let verb = run.work.passive
        say(
            run.failures == 0
                ? "all \(run.count) machines were \(verb)"
                : "\(run.failures) of \(run.count) machines were not \(verb)",
            run.failures == 0 ? .statusGood : .statusDanger, seconds: 12)
        bulk = nil
    }

    /// The window of a run under way, unless it was closed: the run goes on without it.
    private mutating func showBulk() {
        guard let run = bulk, overlayPurpose == .bulkResult || overlayPurpose == .bulkPreview else { return }
        var buttons: [Dialog.Button] = []
        if run.isDone, run.failures > 0 {
            buttons.append(Dialog.Button("retry", "Retry \(run.failures) failed", key: "r"))
        }
        buttons.append(Dialog.Button("close", "Close"))
        let failures = run.failures > 0 ? ", \(run.failures) failed" : ""
        var dialog = Dialog(
            title: run.isDone ? "Done" : "\(run.work.gerund.capitalizedFirst)",
            text: "\(run.done) of \(run.count) \(run.work.passive)\(failures).", content: .progress(run.steps),
            buttons: buttons)
        // Where somebody has moved to in the list stays in view, until all is over and says what came of it.
        if !run.isDone, overlayPurpose == .bulkResult, case .dialog(let shown, _) = overlay { dialog.top = shown.top }
        overlay = .dialog(dialog, .bulkResult)
    }
}

extension BulkWork {
    /// Nothing is lost and nobody is disturbed, however many they are.
    fileprivate var isHarmless: Bool { self == .power(.start) || self == .power(.resume) }
    fileprivate var isHarmful: Bool { if case .power(let action) = self { action.isHarmful } else { false } }
}
