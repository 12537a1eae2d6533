import Core
import JSON

/// What goes on in the server itself, for administrators: `background_task:status_changed` and `system:status_changed`.
struct AdministratorAudience: ResourceManager {
    let resource: String
    let name: String
    private let payload: @Sendable (EventRecord) -> JSONValue

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {}

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        if !facts.administrators.isEmpty {
            announcement.notices.append(
                .init("\(name):status_changed", payload(event), to: facts.administrators))
        }
        return announcement
    }

    /// A long operation that somebody asked for.
    static let jobs = AdministratorAudience(resource: "job", name: "background_task") { event in
        let state = event.string("state") ?? event.action
        let status = state == "succeeded" ? "completed" : state
        return .object(
            task(event, status: status, error: status == "failed" ? event.message : nil).adding(
                event.members(["kind", "machineId", "step", "progress"])))
    }

    /// What bayd does by the clock.
    static let schedules = AdministratorAudience(resource: "schedule", name: "background_task") { event in
        let status = event.action == "recovered" ? "completed" : event.action
        return .object(task(event, status: status, error: status == "failed" ? event.message : nil))
    }

    /// Something that went wrong and is in the list of errors.
    static let errors = AdministratorAudience(resource: "error", name: "system") { event in
        let state: JSONObject = [
            "status": event.data["resolved"] == true ? "resolved" : "error", "message": .string(event.message),
        ]
        return .object(state.adding(event.members(["id", "code", "severity", "count", "resolved", "machineId"])))
    }

    private static func task(_ event: EventRecord, status: String, error: String?) -> JSONObject {
        [
            "taskId": .string(event.resourceID), "taskName": .string(event.resourceName), "status": .string(status),
            "error": error.map { .string($0) } ?? .null,
        ]
    }
}

extension JSONObject {
    fileprivate func adding(_ more: JSONObject) -> JSONObject { JSONObject(members + more.members) }
}
