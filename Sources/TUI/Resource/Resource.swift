import Core

/// What the server keeps few of, each kind with a list of its own.
package enum Resource: String, CaseIterable, Sendable {
    case networks

    /// Rows that are asked for at a time, the server's limit.
    package static let pageSize = 1000

    var title: String { rawValue.capitalizedFirst }

    /// One of them: what an event about it is called, too.
    var kind: String {
        switch self {
        case .networks: "network"
        }
    }

    /// What its list is asked with.
    /// - Parameter skip: rows of the pages before.
    func operation(skip: Int) -> Operation {
        switch self {
        case .networks: .network(.list)
        }
    }

    /// Who may read the list.
    var readers: UserRole {
        switch self {
        case .networks: .user
        }
    }

    /// Lists that are shown together.
    var together: [Resource] { [self] }

    var columns: [TableColumn] {
        switch self {
        case .networks: HostNetwork.columns
        }
    }

    /// What an empty list says.
    var nothing: String {
        switch self {
        case .networks: "The host has no networks. + makes one."
        }
    }
}
