import Core
import JSON

/// Things that are told as their events have them, under the names of their resources: `templates:create`.
struct PlainAudience: ResourceManager {
    let resource: String
    let name: String
    /// What of the event is told.
    private let members: [String]
    /// Whether everybody is told who is connected, and not administrators alone.
    private var isForAll = false

    func addNeeds(of event: EventRecord, to needs: inout AudienceNeeds) {}

    func announcement(of event: EventRecord, _ facts: AudienceFacts) -> Announcement {
        var announcement = Announcement(event)
        let readers = isForAll ? facts.people : facts.administrators
        if !readers.isEmpty {
            let data = event.action == "delete" ? event.departure("deleted") : .object(event.members(members))
            announcement.notices.append(.init("\(name):\(event.action)", data, to: readers))
        }
        return announcement
    }

    static let templates = PlainAudience(
        resource: "template", name: "templates", members: ["id", "name", "cores", "ram", "storage", "categoryId"])
    static let categories = PlainAudience(
        resource: "category", name: "template_categories", members: ["id", "name"])
    /// Networks of the host, which have no rows.
    static let networks = PlainAudience(resource: "network", name: "networks", members: ["id", "name"])
    /// How front ends look: everybody's business.
    static let settings = PlainAudience(
        resource: "settings", name: "settings", members: ["theme", "wallpaper", "interfaceSize"], isForAll: true)
}
