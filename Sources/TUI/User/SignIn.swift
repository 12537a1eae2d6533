package import Core
import JSON

/// `bay login` and `bay logout`: what is asked of the server, and how its answers are read.
package enum SignIn {
    /// Who signed in.
    package struct Account: Equatable, Sendable {
        package var token: String
        package var email: String
        package var role: String
    }

    package static func login(
        email: String, password: String, on call: ServerCall
    ) throws(CallError) -> Account {
        let login = try data(loginRequest(email: email, password: password), "login", on: call)
        guard let token = login["token"]?.string, !token.isEmpty, !token.contains("\n"),
            let email = login["user"]?["email"]?.string, let role = login["user"]?["role"]?.string
        else { throw .failed([OperationFailure(message: "the server's answer holds no token")]) }
        return Account(token: token, email: email, role: role)
    }

    package static func loginRequest(email: String, password: String) -> OperationRequest {
        OperationRequest(
            query: """
                mutation Login($email: String!, $password: String!) \
                { login(email: $email, password: $password) { token user { email role } } }
                """,
            variables: ["email": .string(email), "password": .string(password)])
    }

    package static func logoutRequest(everywhere: Bool) -> OperationRequest {
        OperationRequest(
            query: "mutation Logout($everywhere: Boolean!) { logout(everywhere: $everywhere) { success message } }",
            variables: ["everywhere": .bool(everywhere)])
    }

    package static func logout(everywhere: Bool, on call: ServerCall) throws(CallError) {
        let outcome = try data(logoutRequest(everywhere: everywhere), "logout", on: call)
        if outcome["success"] != true {
            throw .failed([OperationFailure(message: outcome["message"]?.string ?? "the server gave no reason")])
        }
    }

    private static func data(
        _ request: OperationRequest, _ field: String, on call: ServerCall
    ) throws(CallError) -> JSONValue {
        guard case .document(let bytes) = try call.run(.document(request)),
            let answer = try? JSONValue(parsing: bytes)
        else { throw .failed([OperationFailure(message: "the server's answer could not be read")]) }
        let failures = (answer["errors"]?.array ?? []).map { error in
            OperationFailure(
                message: error["message"]?.string ?? "the server gave no reason",
                code: error["extensions"]?["code"]?.string)
        }
        if !failures.isEmpty { throw .failed(failures) }
        return answer["data"]?[field] ?? .null
    }
}
