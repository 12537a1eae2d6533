import Core
import JSON
import Postgres

extension NewEvent {
    /// Something happened to a machine; `machine` is what it is afterwards.
    static func machine(_ action: String, _ machine: Machine, actor: String, message: String) -> NewEvent {
        NewEvent(
            resource: "machine", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message,
            data: [
                "id": .string(machine.id.rawValue),
                "name": .string(machine.name),
                "status": .string(machine.status.rawValue),
                "departmentId": machine.departmentID.map { .string($0.rawValue) } ?? .null,
                "userId": machine.userID.map { .string($0) } ?? .null,
                "cpuCores": .int(machine.cpuCores),
                "ramGB": .int(machine.ramGB),
                "gpuPciAddress": machine.gpuAddress.map { .string($0) } ?? .null,
                "managed": .bool(machine.isManaged),
                "hasDomain": machine.hasDomain.map { .bool($0) } ?? .null,
            ])
    }

    static func department(_ action: String, _ department: Department, actor: String, message: String) -> NewEvent {
        NewEvent(
            resource: "department", action: action, resourceID: department.id.rawValue,
            resourceName: department.name, actor: actor, message: message,
            data: ["id": .string(department.id.rawValue), "name": .string(department.name)])
    }

    /// Something happened to an account; `user` is what it is afterwards. Neither password nor token is in it.
    static func user(_ action: String, _ user: User, actor: String, message: String) -> NewEvent {
        NewEvent(
            resource: "user", action: action, resourceID: user.id.rawValue, resourceName: user.email, actor: actor,
            message: message,
            data: [
                "id": .string(user.id.rawValue),
                "email": .string(user.email),
                "firstName": .string(user.firstName),
                "lastName": .string(user.lastName),
                "role": .string(user.role.rawValue),
                "deleted": .bool(user.isDeleted),
            ])
    }

    static func snapshot(
        _ action: String, _ name: String, of machine: Machine, actor: String, message: String
    ) -> NewEvent {
        NewEvent(
            resource: "snapshot", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message,
            data: ["machineId": .string(machine.id.rawValue), "name": .string(name)])
    }

    static func host(_ action: String, message: String) -> NewEvent {
        NewEvent(
            resource: "host", action: action, resourceID: "host", resourceName: "host", actor: "bayd",
            message: message)
    }
}
