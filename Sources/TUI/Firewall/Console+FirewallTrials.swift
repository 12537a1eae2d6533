import Core

/// A change that goes back by itself, and when it does by this console's clock.
struct FirewallWait: Equatable, Sendable {
    var trial: FirewallTrial
    var until: Timestamp

    /// Whole seconds that are left, the last of them counted as one.
    func secondsLeft(_ now: Timestamp) -> Int64 { max(0, (until.milliseconds(since: now) + 999) / 1000) }
}

/// Changes that wait for somebody to say that they stay: the countdown is in view whatever the screen shows, and on every
/// console of those who may decide.
extension Console {
    mutating func askTrials() {
        guard isConnected, info != nil, refusal(needing: .admin) == nil else { return }
        guard !purposes.values.contains(.firewall(.confirmations)) else { return trialsAskedAgain = true }
        trialsAskedAgain = false
        start(.confirmations, .confirmations)
    }

    mutating func takeTrials(_ waiting: [FirewallTrial]) {
        trials = []
        for trial in waiting { add(trial) }
        if trialsAskedAgain { askTrials() }
    }

    /// In the order in which their time is over.
    mutating func add(_ trial: FirewallTrial) {
        trials.removeAll { $0.trial.id == trial.id }
        trials.append(FirewallWait(trial: trial, until: now.adding(milliseconds: Int64(trial.secondsLeft) * 1000)))
        trials.sort { ($0.until, $0.trial.id) < ($1.until, $1.trial.id) }
    }

    /// When the countdown has to be drawn anew.
    var nextCountdown: Timestamp? {
        guard let first = trials.first else { return nil }
        let left = first.until.milliseconds(since: now)
        // When the time is over the server says so; it is asked again in case that nobody hears it.
        guard left > 0 else { return trialsOverAt }
        return now.adding(milliseconds: left % 1000 == 0 ? 1000 : left % 1000)
    }

    mutating func countTrialsDown() {
        guard let first = trials.first, now >= first.until else { return trialsOverAt = nil }
        guard let due = trialsOverAt else { return trialsOverAt = now.adding(milliseconds: 1500) }
        if now >= due {
            trialsOverAt = now.adding(milliseconds: 3000)
            askTrials()
        }
    }

    /// Keeps or takes back the change whose time is over first.
    mutating func settleTrial(keeping: Bool) {
        guard let first = trials.first?.trial else { return }
        let words = "change of the rules of \(name(of: first.owner))"
        start(
            keeping ? .confirm(first.id) : .revert(first.id),
            .change(words: keeping ? "keep the \(words)" : "take the \(words) back"))
    }

    /// Whether the line is there.
    var hasTrialLine: Bool { !trials.isEmpty }

    func drawTrials(into canvas: inout Canvas, _ rect: Rect) {
        guard let first = trials.first, !rect.isEmpty else { return }
        let seconds = first.secondsLeft(now)
        let time = seconds > 0 ? Format.duration(seconds: Double(seconds)) : "now"
        let what = "rules of \(name(of: first.trial.owner))"
        var left = [
            StatusPart("⚠ \(time)", .statusWarning, importance: 0),
            StatusPart(seconds > 0 ? "\(what) go back" : "\(what) are going back", .statusWarning, importance: 1),
        ]
        if seconds > 0 { left.append(StatusPart("unless they are kept", .statusWarning, importance: 4)) }
        if trials.count > 1 { left.append(StatusPart("\(trials.count - 1) more wait", .statusWarning, importance: 3)) }
        let isMine = first.trial.actor == info?.actor
        if !isMine { left.append(StatusPart("by \(first.trial.actor)", .statusWarning, importance: 5)) }
        // What lies over the screen has the keys.
        let keys = overlay == nil && typedField == nil ? [("Y", "keep"), ("N", "take back")] : []
        let right = keys.map { key, label in
            StatusPart([Span(key, .key), Span(" " + label, .statusWarning)], importance: 0)
        }
        canvas.statusLine(left: left, right: right, rect: rect, role: .statusWarning)
    }
}
