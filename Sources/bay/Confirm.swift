import TUI

/// Asks before harm. Where nobody can answer, the flag has to say it.
func confirm(_ question: String, yes: Bool) throws(CallError) {
    switch Confirmation(yes: yes, isTerminal: Streams.inputIsTerminal) {
    case .goOn: return
    case .refuse: throw .usage("nobody is there to be asked: give --yes")
    case .ask:
        System.write(Text.sanitised(question) + " [y/N] ", to: .error)
        guard Confirmation.isYes(readLine()) else { throw .failed([OperationFailure(message: "nothing was done")]) }
    }
}
