package import Core
import JSON

/// What is asked of the server about accounts.
package enum UserOperation: Equatable, Sendable {
    case list(skip: Int)
    /// Whose account this console speaks for, if it is one.
    case own
    case create(User, password: String)
    /// - Parameter current: one's own password so far, to change it.
    case update(User.ID, UserChange, current: String?)
    case delete(User.ID)
    case restore(User.ID)

    var isMutation: Bool {
        switch self {
        case .list, .own: false
        default: true
        }
    }

    private static let fields = "id email firstName lastName role createdAt deleted"

    var request: OperationRequest {
        switch self {
        case .list(let skip):
            return OperationRequest(
                query: """
                    query Users($skip: Int, $take: Int) { users(includeDeleted: true, \
                    pagination: {skip: $skip, take: $take}) { \(Self.fields) } }
                    """,
                variables: ["skip": .int(skip), "take": .int(Resource.pageSize)])
        case .own: return OperationRequest(query: "{ currentUser { \(Self.fields) } }")
        case .create(let user, let password):
            return OperationRequest(
                query: "mutation Create($input: CreateUserInputType!) { createUser(input: $input) { id } }",
                variables: [
                    "input": [
                        "email": .string(user.email), "firstName": .string(user.firstName),
                        "lastName": .string(user.lastName), "role": .string(user.role.rawValue),
                        "password": .string(password), "passwordConfirmation": .string(password),
                    ]
                ])
        case .update(let id, let change, let current):
            var input = JSONObject()
            input["firstName"] = change.firstName.map { .string($0) }
            input["lastName"] = change.lastName.map { .string($0) }
            input["role"] = change.role.map { .string($0.rawValue) }
            input["password"] = change.password.map { .string($0) }
            input["passwordConfirmation"] = change.password.map { .string($0) }
            input["currentPassword"] = current.map { .string($0) }
            return OperationRequest(
                query: """
                    mutation Update($id: String!, $input: UpdateUserInputType!) \
                    { updateUser(id: $id, input: $input) { id } }
                    """,
                variables: ["id": .string(id.rawValue), "input": .object(input)])
        case .delete(let id):
            return OperationRequest(
                query: "mutation Delete($id: String!) { deleteUser(id: $id) { id } }",
                variables: ["id": .string(id.rawValue)])
        case .restore(let id):
            return OperationRequest(
                query: "mutation Restore($id: String!) { restoreUser(id: $id) { id } }",
                variables: ["id": .string(id.rawValue)])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        switch self {
        case .list: return .users(try reader.list { reader throws(JSONError) in try User(reading: &reader) })
        case .own: return .ownAccount(try reader.null() ? nil : try User(reading: &reader))
        default:
            try reader.skip()
            return .done
        }
    }
}

extension User {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var user = User(id: ID(""), email: "", firstName: "", lastName: "")
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": user.id = ID(try reader.string())
            case "email": user.email = try reader.string()
            case "firstName": user.firstName = try reader.string()
            case "lastName": user.lastName = try reader.string()
            case "role": user.role = UserRole(rawValue: try reader.string()) ?? .user
            case "createdAt": user.createdAt = try reader.time()
            case "deleted": user.isDeleted = try reader.bool()
            default: try reader.skip()
            }
        }
        self = user
    }

    static let columns = [
        TableColumn("email", "EMAIL", importance: 0, minimum: 16, ideal: 28, maximum: 60),
        TableColumn("name", "NAME", importance: 2, minimum: 12, ideal: 22, maximum: 40),
        TableColumn("role", "ROLE", importance: 0, minimum: 11, ideal: 11),
        TableColumn("state", "STATE", importance: 1, minimum: 7, ideal: 7),
        TableColumn("created", "CREATED", importance: 3, minimum: 10, ideal: 10),
    ]

    var fullName: String { lastName.isEmpty ? firstName : "\(firstName) \(lastName)" }
    package var stateWord: String { isDeleted ? "deleted" : "active" }

    func row(_ zone: Zone) -> ResourceList.Row {
        let role: Role =
            switch self.role {
            case .superAdmin: .warning
            case .admin: .accent
            case .user: .text
            }
        var roles: [String: Role] = ["role": role, "state": .good, "created": .muted]
        if isDeleted { for column in Self.columns { roles[column.id] = .muted } }
        return ResourceList.Row(
            id: id.rawValue, name: email,
            texts: [
                "email": email, "name": fullName, "role": self.role.rawValue, "state": stateWord,
                "created": zone.date(createdAt),
            ],
            roles: roles,
            facts: [
                .init("Name", fullName), .init("Email", email), .init("Role", self.role.rawValue),
                .init("State", isDeleted ? "deleted: kept for the records, nobody can sign in with it" : "active"),
                .init("Made", zone.dateAndTime(createdAt)), .init("Id", id.rawValue),
            ])
    }
}
