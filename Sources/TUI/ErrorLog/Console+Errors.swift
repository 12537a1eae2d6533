package import Core

/// What a window about errors was opened for.
package enum ErrorDialog: Equatable, Sendable {
    case resolve([ErrorEntry.ID])
}

/// Errors that somebody has to look at: their list, and the line that every screen has while bad ones are open.
extension Console {
    var selectedError: ErrorEntry? {
        guard screen == .resource(.errors), let id = lists[.errors]?.selection?.id else { return nil }
        return errors.first { $0.id.rawValue == id }
    }

    /// Asks which bad errors are open. They are the administrators' business.
    mutating func askAlerts() {
        guard isConnected, refusal(needing: .admin) == nil, info != nil else { return }
        guard !purposes.values.contains(.alerts) else { return alertsAskedAgain = true }
        start(.error(.alerts), .alerts)
    }

    mutating func takeAlerts(_ entries: [ErrorEntry]) {
        alerts = entries
        if alertsAskedAgain {
            alertsAskedAgain = false
            purposes = purposes.filter { $0.value != .alerts }
            askAlerts()
        }
    }

    /// What the line says; nil while nothing bad is open.
    var alertLine: String? {
        guard let newest = alerts.first else { return nil }
        let count = alerts.count < ErrorOperation.mostAlerts ? "\(alerts.count)" : "many"
        let words = alerts.count == 1 ? "1 error needs a look" : "\(count) errors need a look"
        return "✗ \(words), 8 shows \(alerts.count == 1 ? "it" : "them") · \(newest.message)"
    }

    /// Why a command on errors is not possible now.
    func refusalOfError(_ command: Command) -> String? {
        if let reason = refusal(needing: .admin) { return reason }
        if command == .resolveErrors {
            return errors.contains { !$0.isResolved } ? nil : "none is open"
        }
        guard let error = selectedError else { return "choose an error in its list" }
        return error.isResolved ? "dealt with already" : nil
    }

    mutating func performOnError(_ command: Command) {
        if command == .resolveErrors {
            let open = errors.filter { !$0.isResolved }.map(\.id)
            return self.open(
                .question(
                    open.count == 1 ? "Close the open error?" : "Close all \(open.count) open errors?",
                    "Whoever closes an error says that it is dealt with. When it comes again it is a new one.",
                    yes: "Close"), .error(.resolve(open)))
        }
        guard let error = selectedError else { return }
        change(.error(.resolve([error.id])), "close \(error.code)")
    }

    mutating func pressed(_ dialog: ErrorDialog) {
        switch dialog {
        case .resolve(let ids):
            change(.error(.resolve(ids)), ids.count == 1 ? "close 1 error" : "close \(ids.count) errors")
        }
    }

    mutating func openErrorMachine() {
        guard let id = selectedError?.machineID else { return }
        openIfThere(id, named: "the machine")
    }
}
