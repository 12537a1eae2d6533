package import Core
import Postgres

// What the records alone know of a machine: its name, its department, whose it is.
extension MachineService {
    /// Gives a machine to a user, or to nobody.
    package func assign(_ id: Machine.ID, to user: User.ID?, by caller: Caller) async throws -> Machine {
        _ = try await managed(id, for: caller)
        return try await change { transaction in
            var owner: User?
            if let user {
                // Locked, so that the account is not deleted between the look and the change.
                owner = try await UserStore.lock(user, in: transaction)
                guard owner?.isDeleted == false else { throw MachineError.userNotFound }
            }
            guard let before = try await MachineStore.find([id], in: transaction).first,
                let machine = try await MachineStore.assign(id, to: user, in: transaction)
            else { throw MachineError.notFound }
            let whose = owner.map { "now belongs to \($0.email)" } ?? "now belongs to nobody"
            transaction.record(
                .machine(
                    "update", machine, before: before, actor: caller.name, message: "\(machine.name) \(whose)"))
            return machine
        }
    }

    package func rename(_ id: Machine.ID, to name: String, by caller: Caller) async throws -> Machine {
        let name = try checked(name)
        do {
            return try await change { transaction in
                let renamed = try await MachineStore.rename(
                    id, to: name, scope: caller.machineScope, in: transaction)
                guard let (before, isTaken, machine) = renamed else { throw MachineError.notFound }
                if isTaken { throw MachineError.invalid("a machine named \"\(name)\" exists already") }
                transaction.record(
                    .machine(
                        "update", machine, actor: caller.name, message: "\(before) is now called \(machine.name)"))
                return machine
            }
        } catch MachineError.notFound {
            // It may be a domain that nobody has adopted.
            _ = try await managed(id, for: caller)
            throw MachineError.notFound
        }
    }

    package func move(
        _ id: Machine.ID, to department: Department.ID, by caller: Caller
    ) async throws -> Machine {
        _ = try await managed(id, for: caller)
        return try await change { transaction in
            // Locked, so that the department is not deleted between the look and the move.
            guard let target = try await DepartmentStore.lock(department, in: transaction)?.department else {
                throw MachineError.departmentNotFound
            }
            guard let before = try await MachineStore.find([id], in: transaction).first,
                let machine = try await MachineStore.move(id, to: department, in: transaction)
            else { throw MachineError.notFound }
            try await FirewallStore.want([id], in: transaction)
            transaction.record(
                .machine(
                    "update", machine, before: before, actor: caller.name,
                    message: "\(machine.name) was moved to \(target.name)"))
            return machine
        }
    }

    nonisolated func managed(_ id: Machine.ID, for caller: Caller) async throws -> Machine {
        let machine = try await find(id, for: caller)
        guard machine.isManaged else { throw MachineError.invalid("not adopted yet: adopt it first") }
        return machine
    }

    nonisolated func checked(_ name: String) throws(MachineError) -> String {
        switch NameRule.check(name, of: "machine") {
        case .success(let name): return name
        case .failure(let problem): throw .invalid(problem.message)
        }
    }

    private nonisolated func change(_ body: (Transaction) async throws -> Machine) async throws -> Machine {
        index.decorate([try await store.database.transaction(attempts: 3, body)])[0]
    }
}
