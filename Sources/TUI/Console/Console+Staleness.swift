import Core

/// How old what is shown is. A figure is never silently frozen: after two periods without a new one it is dimmed and tells
/// its age.
extension Console {
    /// Two periods of the passes over what is watched, and some patience for a busy host.
    static let staleAfter: Int64 = 3000

    /// The age of a machine's figures in milliseconds when they are older than they should be, else nil.
    package func staleAge(of entry: Fleet.Entry) -> Int64? {
        guard !isFrozen, entry.machine.status == .running, let at = entry.sample?.at,
            let due = due(entry.machine.id, at), now >= due
        else { return nil }
        return now.milliseconds(since: at)
    }

    /// When figures measured at `at` become stale; nil where nobody promised newer ones.
    private func due(_ id: Machine.ID, _ at: Timestamp) -> Timestamp? {
        guard isConnected else { return at.adding(milliseconds: Self.staleAfter) }
        guard let watchedSince, watched.contains(id) else { return nil }
        return max(at, watchedSince).adding(milliseconds: Self.staleAfter)
    }

    /// When the next figure in view becomes stale, or the age of one that is has to be counted on.
    var nextStale: Timestamp? {
        guard !isFrozen else { return nil }
        var next: Timestamp?
        for place in placesInView {
            let entry = fleet.entries[place]
            guard entry.machine.status == .running, let at = entry.sample?.at, let due = due(entry.machine.id, at)
            else { continue }
            let time = now >= due ? now.adding(milliseconds: 1000) : due
            if next.map({ time < $0 }) ?? true { next = time }
        }
        return next
    }

    private var placesInView: [Int] {
        switch screen {
        case .machines: list.visible
        case .machine(let id): fleet.place(of: id).map { [$0] } ?? []
        case .host, .events, .resource, .firewall: []
        }
    }
}
