package import Core
package import GraphQL

/// Whom a connection speaks for. It may last for hours, so a token is looked at anew for each operation.
package enum Identity: Sendable {
    case known(Caller)
    case bearer(token: String, any TokenVerifier)

    package func caller() async throws(TokenRefusal) -> Caller {
        switch self {
        case .known(let caller): return caller
        case .bearer(let token, let verifier): return try await verifier.caller(of: token).get()
        }
    }
}

extension TokenRefusal: FieldErrorConvertible {
    package var fieldError: FieldError {
        if case .unavailable = self { return FieldError("accounts cannot be looked up now", code: .unavailable) }
        return FieldError("Not authorized", code: .unauthorized)
    }

    /// The end of an operation that the token did not open, or opens no longer.
    package var operationEnd: OperationEnd {
        .refused(errors: RequestError([ResponseError(fieldError)]).errorsJSON)
    }
}
