package import Core
package import GraphQL
import JSON

extension User: GraphQLObject {}
extension User.ID: GraphQLIdentifier {}
extension Accounts.Login: GraphQLObject {}

extension UserError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound: FieldError(message, code: .notFound)
        case .invalid, .wrongPassword: FieldError(message, code: .badInput)
        case .emailTaken, .lastSuperAdmin: FieldError(message, code: .conflict)
        case .forbidden: FieldError(message, code: .forbidden)
        case .wrongLogin: FieldError(message, code: .unauthenticated)
        case .busy: FieldError(message, code: .unavailable)
        case .tooManyAttempts(let seconds):
            FieldError(message, code: "TOO_MANY_ATTEMPTS", extensions: ["retryAfter": .int(seconds)])
        }
    }
}

enum UserOrderByField: String, GraphQLEnum {
    case createdAt = "CREATED_AT"
    case email = "EMAIL"
    case firstName = "FIRST_NAME"
    case id = "ID"
    case lastName = "LAST_NAME"
    case role = "ROLE"
    case updatedAt = "UPDATED_AT"

    var order: UserStore.Order {
        switch self {
        case .createdAt: .createdAt
        case .email: .email
        case .firstName: .firstName
        case .id: .id
        case .lastName: .lastName
        case .role: .role
        case .updatedAt: .updatedAt
        }
    }
}

struct UserOrderBy: GraphQLInputObject {
    var field: UserOrderByField
    var direction: OrderByDirection
}

struct CreateUserInput: GraphQLInputObject {
    var user: User
    var password: String
    var confirmation: String
}

struct UpdateUserInput: GraphQLInputObject {
    var change: UserChange
    var currentPassword: String?
    var confirmation: String?
}

let userSchema = SchemaPart<RequestContext> {
    Object(User.self, name: "UserType") {
        Field("id", \.id)
        Field("email", \.email)
        Field("firstName", \.firstName)
        Field("lastName", \.lastName)
        Field("role") { $0.role.rawValue }
        Field("avatar", \.avatar)
        Field("namespace") { String?.some($0.namespace) }
        Field("createdAt", \.createdAt)
        Field("deleted", \.isDeleted).describe("Kept for the records; nobody can sign in with it.")
    }
    Object(Accounts.Login.self, name: "LoginResponse") {
        Field("user", \.user)
        Field("token", \.token).describe("Goes into the header `Authorization: Bearer …` of what follows.")
    }
    Extend(Machine.self) {
        Field("user", groupedByOptional: { $0.userID.map { User.ID($0) } }) { ids, context in
            try await context.services.users.store.find(Array(ids))
        }
    }
    Enum(UserOrderByField.self)
    Input(
        UserOrderBy.self, name: "UserOrderByInputType", Argument<UserOrderByField?>("fieldName"),
        Argument<OrderByDirection?>("direction")
    ) { UserOrderBy(field: $0 ?? .createdAt, direction: $1 ?? .ascending) }
    Input(
        CreateUserInput.self, name: "CreateUserInputType", Argument<String>("email", default: ""),
        Argument<String>("firstName", default: ""), Argument<String>("lastName", default: ""),
        Argument<String>("password", default: ""), Argument<String>("passwordConfirmation", default: ""),
        Argument<UserRole>("role", default: .user), Argument<String?>("avatar")
    ) { email, first, last, password, confirmation, role, avatar in
        CreateUserInput(
            user: User(id: User.ID(""), email: email, firstName: first, lastName: last, role: role, avatar: avatar),
            password: password, confirmation: confirmation)
    }
    Input(
        UpdateUserInput.self, name: "UpdateUserInputType", Argument<String?>("firstName"),
        Argument<String?>("lastName"), Argument<UserRole?>("role"), Argument<String?>("avatar"),
        Argument<String?>("password"), Argument<String?>("passwordConfirmation"),
        Argument<String?>("currentPassword").describe("Needed to change one's own password.")
    ) { first, last, role, avatar, password, confirmation, current in
        UpdateUserInput(
            change: UserChange(firstName: first, lastName: last, role: role, avatar: avatar, password: password),
            currentPassword: current, confirmation: confirmation)
    }

    Query(requires: .user) {
        Field("currentUser") { context -> User? in
            guard let id = try context.signedIn.userID else { return nil }
            return try await context.services.users.store.find(User.ID(id))
        }.describe("Null for who came through the local socket without a token.")
    }
    Query(requires: .admin) {
        Field("user", Argument<String>("id")) { context, id in
            try await context.services.users.user(User.ID(id))
        }
        Field(
            "users", Argument<UserOrderBy?>("orderBy"), Argument<Pagination?>("pagination"),
            Argument<Bool?>("includeDeleted", default: false)
        ) { context, order, page, includesDeleted in
            let (skip, take) = (page?.skip ?? 0, page?.take ?? 20)
            guard skip >= 0, take >= 0 else {
                throw FieldError("skip and take must not be negative", code: .badInput)
            }
            return try await context.services.users.store.list(
                by: (order?.field ?? .createdAt).order, descending: order?.direction == .descending, skip: skip,
                limit: take, includesDeleted: includesDeleted ?? false)
        }
    }
    Mutation(requires: .anyone) {
        Field("login", Argument<String>("email"), Argument<String>("password")) {
            context, email, password -> Accounts.Login? in
            try await context.services.accounts.login(email: email, password: password, from: context.address)
        }
    }
    Mutation(requires: .user) {
        Field(
            "logout",
            Argument<Bool?>("everywhere", default: false).describe(
                "End all sessions of the account, not only this one.")
        ) { context, everywhere in
            do {
                try await context.services.accounts.logout(try context.signedIn, everywhere: everywhere ?? false)
                return Success("signed out")
            } catch let error as UserError {
                return Success(failure: error.message)
            }
        }
        Field("updateUser", Argument<String>("id"), Argument<UpdateUserInput>("input")) { context, id, input in
            try requireConfirmed(input.change.password, input.confirmation)
            return try await context.services.users.update(
                User.ID(id), input.change, currentPassword: input.currentPassword, from: context.address,
                by: try context.signedIn)
        }
    }
    Mutation(requires: .admin) {
        Field("createUser", Argument<CreateUserInput>("input")) { context, input in
            try requireConfirmed(input.password, input.confirmation)
            return try await context.services.users.create(
                input.user, password: input.password, by: try context.signedIn)
        }
        Field("deleteUser", Argument<String>("id")) { context, id in
            try await context.services.users.setDeleted(true, User.ID(id), by: try context.signedIn)
        }.describe("Ends all sessions of the account; its row is kept for the records.")
        Field("restoreUser", Argument<String>("id")) { context, id in
            try await context.services.users.setDeleted(false, User.ID(id), by: try context.signedIn)
        }
    }
}

/// Somebody who types what they cannot see types it twice.
private func requireConfirmed(_ password: String?, _ confirmation: String?) throws(UserError) {
    if let password, password != confirmation { throw .invalid("the two passwords are not the same") }
}
