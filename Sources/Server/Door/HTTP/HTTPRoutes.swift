import Core
package import Logging
import NIOHTTP1

/// What is served where.
package struct HTTPRoutes: Sendable {
    let runner: any OperationRunner
    private let tokens: any TokenVerifier
    private let cors: CORSPolicy
    private let proxies: TrustedProxies
    let log: Logger

    package init(
        runner: any OperationRunner, tokens: any TokenVerifier, cors: CORSPolicy,
        proxies: TrustedProxies = TrustedProxies(),
        log: Logger
    ) {
        self.runner = runner
        self.tokens = tokens
        self.cors = cors
        self.proxies = proxies
        self.log = log
    }

    package func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let origin = request.header("Origin")
        if request.method == .OPTIONS { return cors.preflight(for: origin) }
        var response = await route(request)
        response.headers += cors.headers(for: origin)
        return response
    }

    private func route(_ request: HTTPRequest) async -> HTTPResponse {
        switch request.path {
        case "/graphql", "/graphql/": await graphQL(request)
        default: .error(.notFound, "nothing is served at this address", code: "NOT_FOUND")
        }
    }

    // MARK: WebSocket

    /// What becomes of a request that wants to go on in another protocol.
    enum Upgrade {
        case accepted(SessionIdentity)
        case refused(HTTPResponse)
        /// Answered as if nobody had asked for it, which HTTP allows.
        case ignored
    }

    func upgrade(_ request: HTTPRequest) -> Upgrade {
        guard request.method == .GET, request.path == "/graphql" || request.path == "/graphql/",
            request.header("Upgrade")?.lowercased() == "websocket"
        else { return .ignored }
        // Browsers let every page open a WebSocket to anywhere: the server has to look where it comes from.
        if let origin = request.header("Origin"), !cors.allows(origin) {
            return .refused(.error(.forbidden, "pages of \(origin) may not use this server", code: "FORBIDDEN"))
        }
        guard request.headers[canonicalForm: "Sec-WebSocket-Protocol"].contains(Substring(WebSocketSession.subprotocol))
        else {
            return .refused(
                .error(.badRequest, "the WebSocket has to offer the protocol \(WebSocketSession.subprotocol)"))
        }
        let address = proxies.client(of: request)
        return .accepted(
            SessionIdentity(
                token: request.token, tokens: tokens, address: address, place: address ?? "unknown"))
    }

    // MARK: GraphQL

    private func graphQL(_ request: HTTPRequest) async -> HTTPResponse {
        let operation: OperationRequest
        do throws(GraphQLOverHTTP.Refusal) { operation = try GraphQLOverHTTP.operation(in: request) } catch {
            return HTTPResponse(error)
        }
        guard let type = GraphQLOverHTTP.answerType(for: request) else {
            return .error(
                .notAcceptable,
                "An 'accept' header was provided for this request which does not accept \(MediaType.json) or "
                    + MediaType.graphQL)
        }
        let caller: Caller?
        do throws(TokenRefusal) { caller = try await self.caller(of: request) } catch {
            return .error(
                .serviceUnavailable, "accounts cannot be looked up now: try again later", code: "UNAVAILABLE",
                headers: [("Retry-After", "2")])
        }
        let isGet = request.method == .GET
        let answer = await runner.answer(operation, for: caller, from: proxies.client(of: request), queriesOnly: isGet)
        switch answer {
        case .executed(let body): return HTTPResponse(.ok, type: type, body: body, endsLine: true)
        case .refused(let body): return HTTPResponse(.badRequest, type: type, body: body, endsLine: true)
        case .wrongKind("mutation"):
            return HTTPResponse(
                GraphQLOverHTTP.Refusal(
                    "GET requests only support query operations, not mutation operations", status: .methodNotAllowed,
                    allow: "POST"))
        case .wrongKind:
            return HTTPResponse(GraphQLOverHTTP.Refusal("subscriptions are served over WebSocket, at this address"))
        }
    }

    /// Who asks. A bad token fails nothing by itself: its bearer is nobody, and what is open to anyone stays so. Throws where
    /// it cannot be told: nobody is to be signed out because the database is away for a moment.
    private func caller(of request: HTTPRequest) async throws(TokenRefusal) -> Caller? {
        guard let token = request.token else { return nil }
        switch await tokens.caller(of: token) {
        case .success(let caller): return caller
        case .failure(.unavailable(let reason)):
            log.warning("a token cannot be checked", metadata: ["reason": "\(reason)"])
            throw .unavailable(reason: reason)
        case .failure(let refusal):
            log.debug("a token was refused", metadata: ["status": "\(refusal.status)"])
            return nil
        }
    }
}

extension HTTPResponse {
    fileprivate init(_ refusal: GraphQLOverHTTP.Refusal) {
        self = .error(
            refusal.status, refusal.message, code: refusal.code,
            headers: refusal.allow.map { [("Allow", $0)] } ?? [])
    }
}
