package import JSON

/// An event that is about to be written together with the change it tells of. The outbox gives it its id and time.
package struct EventDraft: Equatable, Sendable {
    package var resource: String
    package var action: String
    package var resourceID: String
    package var resourceName: String
    package var actor: String
    package var message: String
    package var data: JSONValue

    package init(
        resource: String, action: String, resourceID: String, resourceName: String, actor: String, message: String,
        data: JSONValue = .null
    ) {
        self.resource = resource
        self.action = action
        self.resourceID = resourceID
        self.resourceName = resourceName
        self.actor = actor
        self.message = message
        self.data = data
    }
}

extension EventDraft {
    /// Something happened to a machine; `machine` is what it is afterwards.
    package static func machine(
        _ action: String, _ machine: Machine, actor: String, message: String
    ) -> EventDraft {
        EventDraft(
            resource: "machine", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message,
            data: [
                "id": .string(machine.id.rawValue),
                "name": .string(machine.name),
                "status": .string(machine.status.rawValue),
                "departmentId": machine.departmentID.map { .string($0.rawValue) } ?? .null,
                "managed": .bool(machine.isManaged),
                "hasDomain": machine.hasDomain.map { .bool($0) } ?? .null,
            ])
    }

    package static func department(
        _ action: String, _ department: Department, actor: String, message: String
    ) -> EventDraft {
        EventDraft(
            resource: "department", action: action, resourceID: department.id.rawValue,
            resourceName: department.name, actor: actor, message: message,
            data: ["id": .string(department.id.rawValue), "name": .string(department.name)])
    }

    package static func snapshot(
        _ action: String, _ name: String, of machine: Machine, actor: String, message: String
    ) -> EventDraft {
        EventDraft(
            resource: "snapshot", action: action, resourceID: machine.id.rawValue, resourceName: machine.name,
            actor: actor, message: message,
            data: ["machineId": .string(machine.id.rawValue), "name": .string(name)])
    }
}
