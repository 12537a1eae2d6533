import Core

/// What the server keeps few of, each kind with a list of its own.
package enum Resource: String, CaseIterable, Sendable {
    case users, templates, categories, networks, jobs, schedules, errors, applications

    /// Rows that are asked for at a time, the server's limit.
    package static let pageSize = 1000

    var title: String { rawValue.capitalizedFirst }

    /// One of them: what an event about it is called, too.
    var kind: String {
        switch self {
        case .users: "user"
        case .templates: "template"
        case .categories: "category"
        case .networks: "network"
        case .jobs: "job"
        case .schedules: "schedule"
        case .errors: "error"
        case .applications: "application"
        }
    }

    /// What its list is asked with.
    /// - Parameter skip: rows of the pages before.
    func operation(skip: Int) -> Operation {
        switch self {
        case .users: .user(.list(skip: skip))
        case .templates: .template(.list(skip: skip))
        case .categories: .template(.categories)
        case .networks: .network(.list)
        case .jobs: .job(.list)
        case .schedules: .job(.schedules)
        case .errors: .error(.list)
        case .applications: .application(.list)
        }
    }

    /// Whether the server gives it page by page.
    var isPaged: Bool { self == .users || self == .templates }

    /// Who may read the list.
    var readers: UserRole { [.networks, .jobs, .applications].contains(self) ? .user : .admin }

    /// Lists that are shown together.
    var together: [Resource] {
        switch self {
        case .templates, .categories: [.templates, .categories]
        case .jobs, .schedules: [.jobs, .schedules]
        case .users, .networks, .errors, .applications: [self]
        }
    }

    /// The list beside this one, to which the tabulator key leads.
    var neighbour: Resource? { together.first { $0 != self } }

    var columns: [TableColumn] {
        switch self {
        case .users: User.columns
        case .templates: TemplateRow.columns
        case .categories: CategoryRow.columns
        case .networks: HostNetwork.columns
        case .jobs: JobRow.columns
        case .schedules: ScheduleRow.columns
        case .errors: ErrorEntry.columns
        case .applications: Application.columns
        }
    }

    /// How a list is ordered at first: what is new stands at the top, names from A to Z.
    var order: TableSort? {
        switch self {
        case .jobs: TableSort("when", descending: true)
        case .errors: TableSort("last", descending: true)
        default: columns.first.map { TableSort($0.id) }
        }
    }

    /// What an empty list says.
    var nothing: String {
        switch self {
        case .users: "There are no accounts. + makes one."
        case .templates: "There are no templates. + makes one, Tab leads to their categories."
        case .categories: "There are no categories. + makes one, Tab leads to the templates."
        case .networks: "The host has no networks. + makes one."
        case .jobs: "Nothing that takes long was asked for. Tab leads to what the server does by itself."
        case .schedules: "The server does nothing by itself."
        case .errors: "Nothing is wrong."
        case .applications: "The catalogue holds no applications. They are put into it through the API."
        }
    }
}
