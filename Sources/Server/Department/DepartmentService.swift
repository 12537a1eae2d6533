package import Core
import Postgres

/// Changes departments. Each change and its event are one transaction.
///
/// Throws `DepartmentError` for what the caller can put right, and `DatabaseError`.
package struct DepartmentService: Sendable {
    package let store: DepartmentStore
    private let newID: @Sendable () -> String

    package init(store: DepartmentStore, newID: @escaping @Sendable () -> String) {
        self.store = store
        self.newID = newID
    }

    package func create(named name: String, by actor: String) async throws -> Department {
        let name = try checked(name)
        let new = Department(id: Department.ID(newID()), name: name)
        return try await store.database.transaction(attempts: 3) { transaction in
            if try await DepartmentStore.isNameTaken(name, except: nil, in: transaction) {
                throw DepartmentError.nameTaken(name)
            }
            let department = try await DepartmentStore.insert(new, in: transaction)
            transaction.record(
                .department("create", department, actor: actor, message: "department \(name) was created"))
            return department
        }
    }

    package func rename(
        _ id: Department.ID, to name: String, by actor: String
    ) async throws -> Department {
        let name = try checked(name)
        return try await store.database.transaction(attempts: 3) { transaction in
            if try await DepartmentStore.isNameTaken(name, except: id, in: transaction) {
                throw DepartmentError.nameTaken(name)
            }
            guard let before = try await DepartmentStore.lock(id, in: transaction)?.department,
                let department = try await DepartmentStore.rename(id, to: name, in: transaction)
            else { throw DepartmentError.notFound }
            transaction.record(
                .department(
                    "update", department, actor: actor, message: "department \(before.name) is now called \(name)"))
            return department
        }
    }

    /// Deletes a department that has no machines.
    package func delete(_ id: Department.ID, by actor: String) async throws -> Department {
        try await store.database.transaction(attempts: 3) { transaction in
            guard let (department, machines) = try await DepartmentStore.lock(id, in: transaction) else {
                throw DepartmentError.notFound
            }
            if machines > 0 { throw DepartmentError.notEmpty(machines: machines) }
            try await DepartmentStore.delete(id, in: transaction)
            transaction.record(
                .department("delete", department, actor: actor, message: "department \(department.name) was deleted"))
            return department
        }
    }

    private func checked(_ name: String) throws(DepartmentError) -> String {
        switch NameRule.check(name, of: "department") {
        case .success(let name): return name
        case .failure(let problem): throw .invalidName(problem.message)
        }
    }
}
