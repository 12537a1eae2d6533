import Core
package import Logging
import NIOHTTP1

/// What is served where.
package struct HTTPRoutes: Sendable {
    let runner: any OperationRunner
    private let tokens: any TokenVerifier
    private let cors: CORSPolicy
    private let proxies: TrustedProxies
    private let status: ServerStatus
    private let socketIO: SocketIODoor?
    let statistics = HTTPStatistics()
    private let persisted = PersistedQueries()
    private let brake = RefusalBrake(clock: SystemClock())
    let log: Logger

    package init(
        runner: any OperationRunner, tokens: any TokenVerifier, status: ServerStatus, cors: CORSPolicy,
        proxies: TrustedProxies = TrustedProxies(), socketIO: SocketIODoor? = nil, log: Logger
    ) {
        self.runner = runner
        self.tokens = tokens
        self.status = status
        self.cors = cors
        self.proxies = proxies
        self.socketIO = socketIO
        self.log = log
    }

    package func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let origin = request.header("Origin")
        if request.method == .OPTIONS { return cors.preflight(for: origin) }
        let start = ContinuousClock.now
        let (route, answer) = await route(request)
        var response = answer
        statistics.note(route, response.status, after: .now - start, bytes: response.body.count)
        response.headers += cors.headers(for: origin)
        return response
    }

    private func route(_ request: HTTPRequest) async -> (HTTPStatistics.Route, HTTPResponse) {
        switch request.path {
        case "/graphql", "/graphql/": (.graphQL, await graphQL(request))
        case "/health": (.health, await reading(request) { await status.health(isPlain: wantsText(request)) })
        // Says that bayd runs and nothing more, at no cost.
        case "/health/live": (.health, await reading(request) { .text(.ok, "OK") })
        case "/metrics": (.metrics, await reading(request) { await status.metrics(statistics) })
        case "/socket.io/", "/socket.io": (.socketIO, await socketIO(request))
        default: (.other, Self.nothing)
        }
    }

    /// A page that can only be read.
    private func reading(_ request: HTTPRequest, _ page: () async -> HTTPResponse) async -> HTTPResponse {
        switch request.method {
        case .GET, .HEAD: await page()
        default:
            .error(.methodNotAllowed, "this can only be read", headers: [("Allow", "GET, HEAD")])
        }
    }

    private func wantsText(_ request: HTTPRequest) -> Bool {
        guard let accept = request.header("Accept") else { return false }
        return MediaRange.best(of: ["application/json", "text/plain"], for: accept) == "text/plain"
    }

    // MARK: Socket.IO

    private func socketIO(_ request: HTTPRequest) async -> HTTPResponse {
        guard let socketIO else { return Self.nothing }
        if let refusal = refusalOfOrigin(request) { return refusal }
        return await socketIO.answer(request, from: proxies.client(of: request))
    }

    private static let nothing = HTTPResponse.error(
        .notFound, "nothing is served at this address", code: "NOT_FOUND")

    // MARK: WebSocket

    /// What becomes of a request that wants to go on in another protocol.
    enum Upgrade {
        case accepted(SessionIdentity)
        case socketIO(SocketIODoor.Admission, SocketIOLimits)
        case refused(HTTPResponse)
        /// Answered as if nobody had asked for it, which HTTP allows.
        case ignored
    }

    func upgrade(_ request: HTTPRequest) -> Upgrade {
        guard request.method == .GET, request.header("Upgrade")?.lowercased() == "websocket" else { return .ignored }
        switch request.path {
        case "/graphql", "/graphql/": break
        case "/socket.io/", "/socket.io":
            guard let socketIO else { return .ignored }
            if let refusal = refusalOfOrigin(request) { return .refused(refusal) }
            return switch socketIO.admission(request, from: proxies.client(of: request)) {
            case .success(let admission): .socketIO(admission, socketIO.limits)
            case .failure(let refusal): .refused(refusal.response)
            }
        default: return .ignored
        }
        if let refusal = refusalOfOrigin(request) { return .refused(refusal) }
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

    /// Browsers let every page open a WebSocket to anywhere: the server has to look where it comes from.
    private func refusalOfOrigin(_ request: HTTPRequest) -> HTTPResponse? {
        guard let origin = request.header("Origin"), !cors.allows(origin) else { return nil }
        return .error(.forbidden, "pages of \(origin) may not use this server", code: "FORBIDDEN")
    }

    // MARK: GraphQL

    private func graphQL(_ request: HTTPRequest) async -> HTTPResponse {
        let operation: OperationRequest
        do throws(GraphQLOverHTTP.Refusal) {
            operation = try GraphQLOverHTTP.operation(in: request, kept: persisted)
        } catch {
            if error.status != .ok { await brake.hold(proxies.client(of: request)) }
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
