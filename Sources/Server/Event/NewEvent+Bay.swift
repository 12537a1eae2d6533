import Core
import JSON
import Postgres

extension NewEvent {
    /// Something happened to a machine; `machine` is the whole of what it is afterwards, and of one that is gone what it was.
    /// - Parameter before: what it was before, where its owner or its department has changed: those who lose it are told.
    static func machine(
        _ action: String, _ machine: Machine, before: Machine? = nil, actor: String, message: String
    ) -> NewEvent {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        var data: JSONObject = [
            "id": .string(machine.id.rawValue),
            "name": .string(machine.name),
            "status": .string(machine.status.rawValue),
            "departmentId": text(machine.departmentID?.rawValue),
            "managed": .bool(machine.isManaged),
            "hasDomain": machine.hasDomain.map { .bool($0) } ?? .null,
            "internalName": .string(machine.internalName),
            "os": .string(machine.os),
            "cpuCores": .int(machine.cpuCores),
            "ramGB": .int(machine.ramGB),
            "diskSizeGB": .int(machine.diskSizeGB),
            "gpuPciAddress": text(machine.gpuAddress),
            "templateId": text(machine.templateID?.rawValue),
            "userId": text(machine.userID),
            "localIP": text(machine.localIP),
            "publicIP": text(machine.publicIP),
            "createdAt": text(machine.createdAt?.iso8601),
        ]
        if let before, before.userID != machine.userID { data["previousUserId"] = text(before.userID) }
        if let before, before.departmentID != machine.departmentID {
            data["previousDepartmentId"] = text(before.departmentID?.rawValue)
        }
        return NewEvent(
            resource: "machine", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message, data: .object(data))
    }

    static func department(_ action: String, _ department: Department, actor: String, message: String) -> NewEvent {
        NewEvent(
            resource: "department", action: action, resourceID: department.id.rawValue,
            resourceName: department.name, actor: actor, message: message,
            data: [
                "id": .string(department.id.rawValue),
                "name": .string(department.name),
                "createdAt": department.createdAt.map { .string($0.iso8601) } ?? .null,
                "internetSpeed": department.internetSpeed.map { .int($0) } ?? .null,
                "ipSubnet": department.ipSubnet.map { .string($0) } ?? .null,
            ])
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

    /// Something happened to a snapshot.
    /// - Parameter made: the snapshot, where it is new.
    static func snapshot(
        _ action: String, _ name: String, made: Snapshot? = nil, of machine: Machine, actor: String, message: String
    ) -> NewEvent {
        var data: JSONObject = ["machineId": .string(machine.id.rawValue), "name": .string(name)]
        if let made {
            data["snapshot"] = [
                "id": .string(made.name), "name": .string(made.name),
                "description": made.description.map { .string($0) } ?? .null,
                "createdAt": .string(made.createdAt.iso8601), "state": .string(made.state),
                "isCurrent": .bool(made.isCurrent), "parent": made.parent.map { .string($0) } ?? .null,
            ]
        }
        return NewEvent(
            resource: "snapshot", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message, data: .object(data))
    }

    static func host(_ action: String, message: String) -> NewEvent {
        NewEvent(
            resource: "host", action: action, resourceID: "host", resourceName: "host", actor: "bayd",
            message: message)
    }
}
