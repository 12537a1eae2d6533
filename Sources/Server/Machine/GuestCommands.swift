package import Core
import Postgres

/// Runs commands in guests, through the QEMU guest agent.
package struct GuestCommands: Sendable {
    /// How long a command may take; what takes longer goes on without anybody who waits.
    static let limit = Duration.seconds(60)
    /// How long the agent may take for one answer.
    static let agentLimit = Duration.seconds(10)
    static let shortestPause = Duration.milliseconds(50)
    static let longestPause = Duration.seconds(1)

    private let machines: MachineService
    private let hypervisor: any HypervisorPort

    package init(machines: MachineService, hypervisor: any HypervisorPort) {
        self.machines = machines
        self.hypervisor = hypervisor
    }

    package func run(_ command: String, in id: Machine.ID, by caller: Caller) async throws -> GuestCommand.Outcome {
        let machine = try await machines.managed(id, for: caller)
        if let problem = GuestCommand.problem(command) { throw MachineError.invalid(problem) }
        let domain = machines.domain(of: machine)
        let process: Int
        do throws(LibvirtError) {
            process = try await start(command, domain)
        } catch {
            throw MachineError(agent: error)
        }
        // What is in a command line may be a secret, so that only its first word is kept.
        let word = command.split(whereSeparator: \.isWhitespace).first.map { String($0.prefix(80)) } ?? ""
        try await machines.store.database.transaction(attempts: 3) { transaction in
            transaction.record(
                .machine(
                    "execute_command", machine, actor: caller.name, message: "\(word) was run in \(machine.name)"))
        }
        do {
            return try await wait(for: process, domain)
        } catch let error as LibvirtError {
            throw MachineError(agent: error)
        }
    }

    private func start(_ command: String, _ domain: DomainKey) async throws(LibvirtError) -> Int {
        let call = "virDomainQemuAgentCommand"
        guard try await hypervisor.domain(domain).state == .running else {
            throw .refused("the machine is not running", call: call)
        }
        guard try await hypervisor.details(of: domain).description.hasAgentChannel else {
            throw .refused("the machine has no channel for the QEMU guest agent", call: call)
        }
        let system = try await ask(GuestCommand.system, domain)
        let reply = try await ask(
            GuestCommand.start(command, onWindows: GuestCommand.isWindows(system)), domain)
        guard let process = GuestCommand.process(reply) else {
            throw .refused("the guest agent did not start the command", call: call)
        }
        return process
    }

    private func wait(for process: Int, _ domain: DomainKey) async throws -> GuestCommand.Outcome {
        let end = ContinuousClock.now + Self.limit
        var pause = Self.shortestPause
        while true {
            if let outcome = GuestCommand.outcome(try await ask(GuestCommand.ask(process), domain)) { return outcome }
            guard ContinuousClock.now < end else {
                throw MachineError.hypervisor(
                    reason: "the command was started, but had not ended after \(Self.limit.components.seconds) s")
            }
            // The agent has no way to tell when it is over.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func ask(_ request: String, _ domain: DomainKey) async throws(LibvirtError) -> String {
        try await hypervisor.askAgent(request, of: domain, within: Self.agentLimit)
    }
}

extension MachineError {
    /// What Bay itself refused, and an agent that is silent, are no failures of the hypervisor.
    fileprivate init(agent error: LibvirtError) {
        if error.isRefused {
            self = .invalid(error.description)
        } else if error.isAgentUnresponsive {
            self = .invalid("the guest agent does not answer: is qemu-guest-agent installed and running in the guest?")
        } else {
            self.init(error)
        }
    }
}
