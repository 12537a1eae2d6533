import Core

/// What the server keeps few of, each kind with a list of its own.
package enum Resource: String, CaseIterable, Sendable {
    case users, templates, categories, networks

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
        }
    }

    /// Whether the server gives it page by page.
    var isPaged: Bool { self == .users || self == .templates }

    /// Who may read the list.
    var readers: UserRole { self == .networks ? .user : .admin }

    /// Lists that are shown together.
    var together: [Resource] {
        switch self {
        case .templates, .categories: [.templates, .categories]
        case .users, .networks: [self]
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
        }
    }

    /// What an empty list says.
    var nothing: String {
        switch self {
        case .users: "There are no accounts. + makes one."
        case .templates: "There are no templates. + makes one, Tab leads to their categories."
        case .categories: "There are no categories. + makes one, Tab leads to the templates."
        case .networks: "The host has no networks. + makes one."
        }
    }
}
