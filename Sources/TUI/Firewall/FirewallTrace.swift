import Core

/// Why a packet passes or not: the question as it is typed, and the answer as lines.
struct FirewallTrace {
    static let states = ["new", "established", "answer", "related", "invalid"]
    private static let protocols = FirewallProtocol.allCases.filter { $0 != .all }.map(\.rawValue)

    static func form(machine: Machine) -> Form {
        Form([
            FormField(
                "from", "From", .text(TextField(limit: 80)), help: "as 10.0.3.7:50000; empty for somebody anywhere"),
            FormField(
                "to", "To", .text(TextField(machine.localIP ?? "", limit: 80)),
                help: "as 10.0.3.9:443, web-1:443 or 443 alone"),
            FormField("protocol", "Protocol", .choice(protocols, 0), help: "← → or a letter"),
            FormField(
                "direction", "Direction", .choice(["in", "out"], 0), help: "as \(machine.name) sees it"),
            FormField(
                "state", "State", .choice(states, 0), help: "new begins a connection; its answer is asked about, too"),
        ])
    }

    /// - Parameter address: what stands for the name of a machine; nil for one that has none.
    static func question(
        _ form: Form, address: (String) -> String?
    ) -> Result<FirewallQuestion, FirewallTraceProblem> {
        func side(_ id: String) -> Result<FirewallRuleDraft.Peer, FirewallTraceProblem> {
            let text = form[id]
            guard let end = FirewallEndpoint(text) else {
                return .failure(.init(field: id, message: "\"\(text)\" is not written as 10.0.3.7:50000"))
            }
            guard let host = end.host, IPAddress(host) == nil else {
                return .success(.init(portStart: end.port, address: end.host))
            }
            guard let found = address(host) else {
                return .failure(.init(field: id, message: "\"\(host)\" is no address and no machine that has one"))
            }
            return .success(.init(portStart: end.port, address: found))
        }
        let word = form["state"]
        do throws(FirewallTraceProblem) {
            let state = ConnectionState(rawValue: word.uppercased()) ?? .established
            return .success(
                FirewallQuestion(
                    direction: form["direction"] == "in" ? .incoming : .outgoing, protocolName: form["protocol"],
                    source: try side("from").get(), destination: try side("to").get(), state: state,
                    isReply: word == "answer"))
        } catch { return .failure(error) }
    }

    // MARK: The answer

    static func lines(_ answer: FirewallAnswer, _ standing: FirewallStanding?, now: Timestamp) -> [Dialog.Line] {
        let isGood = answer.deciding.action == .accept
        var lines: [Dialog.Line] = [
            .init(isGood ? "✓" : "✗", answer.words.capitalizedFirst, isGood ? .good : .danger)
        ]
        if let standing, standing.state != .applied, standing.state != .none {
            let span = standing.span(now: now)
            lines.append(.init("⚠", "libvirt may hold other rules: " + span.text.dropFirst(2), .warning))
        }
        lines.append(.init("", "Asked in this order:", .dialogTitle))
        lines += steps(answer.verdict, isLast: answer.deciding == answer.verdict)
        if let reply = answer.answer {
            lines.append(.init("", "The answer to it:", .dialogTitle))
            lines += steps(reply, isLast: answer.deciding == reply)
        }
        return lines
    }

    /// What networks need is told in a line, unless one of it decides.
    private static func steps(_ verdict: FirewallVerdict, isLast: Bool) -> [Dialog.Line] {
        var lines: [Dialog.Line] = []
        var skipped = 0
        for step in verdict.trace {
            if step.rule.origin == .base, step.difference != nil {
                skipped += 1
                continue
            }
            if skipped > 0 { lines.append(.init("·", "what every network needs: about others", .muted)) }
            skipped = 0
            lines.append(line(step, isLast: isLast))
        }
        return lines
    }

    private static func line(_ step: FirewallVerdict.Step, isLast: Bool) -> Dialog.Line {
        let way = step.rule.direction == .both ? " (\(step.direction.word))" : ""
        guard let difference = step.difference else {
            return .init(
                isLast ? "▶" : "✓", "\(step.rule.told)\(way): \(step.rule.action.word), it decides",
                step.rule.action.role, isChosen: isLast)
        }
        return .init("·", "\(step.rule.told)\(way): about another \(difference.words)", .muted)
    }
}

/// What is wrong with a question, and the field in which it is.
struct FirewallTraceProblem: Error, Equatable {
    var field: String
    var message: String
}

extension Console {
    mutating func openTrace() {
        guard case .machine(let id)? = shownFirewall, let machine = fleet.entry(id)?.machine else { return }
        var dialog = Dialog.form(
            "Does a packet reach \(machine.name)?", FirewallTrace.form(machine: machine), yes: "Show the rule")
        dialog.isWide = true
        open(checked(dialog, .firewall(.trace(id))), .firewall(.trace(id)))
    }

    /// What the rules make of the packet that the form describes; nil while it is not whole.
    private func answer(
        _ form: Form, on id: Machine.ID
    ) -> Result<FirewallAnswer, FirewallTraceProblem> {
        guard let facts = firewall?.facts, facts.owner == .machine(id) else {
            return .failure(.init(field: "", message: "its rules are not known"))
        }
        let question: FirewallQuestion
        switch FirewallTrace.question(form, address: { name in self.address(ofMachine: name) }) {
        case .success(let asked): question = asked
        case .failure(let problem): return .failure(problem)
        }
        do throws(FirewallError) {
            let packet = try question.packet(machineAddress: fleet.entry(id)?.machine.localIP)
            let effective = facts.effective
            let verdict = effective.verdict(for: packet)
            let asksAnswer = packet.state == .new && verdict.action == .accept
            return .success(
                FirewallAnswer(
                    effective: effective, packet: packet, verdict: verdict,
                    answer: asksAnswer ? effective.verdict(for: packet.reply) : nil, state: facts.standing.state))
        } catch { return .failure(.init(field: "", message: error.message)) }
    }

    private func address(ofMachine name: String) -> String? {
        fleet.entries.first { $0.isPresent && $0.machine.name == name }?.machine.localIP
    }

    func traced(_ form: Form, on id: Machine.ID, isFinal: Bool) -> (Form, [Dialog.Line]) {
        var form = form
        form.clearProblems()
        switch answer(form, on: id) {
        case .success(let answer): return (form, FirewallTrace.lines(answer, firewall?.facts?.standing, now: now))
        case .failure(let problem):
            if isFinal || !problem.field.isEmpty {
                let field = problem.field.isEmpty ? "to" : problem.field
                form.showProblems([field: problem.message])
                return (form, [])
            }
            return (form, [.init("…", problem.message, .muted)])
        }
    }

    /// Leads to the rule that decides.
    mutating func pressedTrace(_ dialog: Dialog, _ id: Machine.ID) {
        guard let form = dialog.form, case .success(let answer) = answer(form, on: id) else { return }
        overlay = nil
        let rule = answer.deciding.rule
        firewall?.isEffective = true
        firewall?.isBlocked = false
        firewall?.effective.setFilter("")
        firewall?.effective.select(id: rule.origin == .base ? FirewallRows.baseID : rule.id.rawValue)
        say("\(rule.told) decides: \(rule.action.word)")
    }
}
