/// How a conflict is told.
struct FirewallConflictWords {
    let first: FirewallRule
    let second: FirewallRule

    init(_ first: FirewallRule, _ second: FirewallRule) {
        self.first = first
        self.second = second
    }

    func message(_ kind: FirewallConflict.Kind) -> String {
        switch kind {
        case .duplicate: "\(quoted(second)) says the same as \(quoted(first)): one of them is enough"
        case .contradictory:
            "\(told(first)) and \(told(second)) contradict each other \(directions): "
                + "change one of them, \(advice)"
        case .priority:
            "Priority \(second.priority) is that of both \(told(first)) and \(told(second)), which meet \(directions) and "
                + "disagree: give them different priorities, \(advice)"
        case .portOverlap:
            "Port overlap: \(told(first)) and \(told(second)) meet at \(shared) of "
                + "\(first.match.transport.rawValue) \(directions): \(overlapAdvice)"
        }
    }

    private var overlapAdvice: String {
        first.action == second.action
            ? "consider consolidating them into one rule"
            : "change the ranges or the priorities, \(advice)"
    }

    /// What helps depends on whose the rules are.
    private var advice: String {
        first.origin == second.origin
            ? "or delete one"
            : "or set overridesDept=true on the machine's rule to let it decide before its department's"
    }

    private func quoted(_ rule: FirewallRule) -> String { "\"\(rule.name)\"" }

    private func told(_ rule: FirewallRule) -> String {
        let ports = rule.match.transport.hasPorts ? " " + Self.words(rule.match.destinationPorts) : ""
        return "\(quoted(rule)) (\(rule.action.rawValue)\(ports))"
    }

    private var shared: String {
        switch (first.match.destinationPorts, second.match.destinationPorts) {
        case (let one?, let other?):
            Self.words(max(one.lowerBound, other.lowerBound)...min(one.upperBound, other.upperBound))
        case (let ports?, nil), (nil, let ports?): Self.words(ports)
        case (nil, nil): Self.words(nil)
        }
    }

    private static func words(_ ports: ClosedRange<Int>?) -> String {
        guard let ports else { return "all ports" }
        return ports.count == 1 ? "port \(ports.lowerBound)" : "ports \(ports.lowerBound)-\(ports.upperBound)"
    }

    private var directions: String {
        if first.direction == second.direction { return "(\(first.direction.rawValue))" }
        let (wide, narrow) = first.direction == .both ? (first, second) : (second, first)
        return "(\(wide.direction.rawValue) includes \(narrow.direction.rawValue))"
    }
}
