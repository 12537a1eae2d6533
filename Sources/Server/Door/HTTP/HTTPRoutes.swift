import Core
package import GraphQL
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

    package func answer(_ request: HTTPRequest) async -> HTTPResponse { await begin(request).value }

    /// What is answered from memory is answered at once.
    package func begin(_ request: HTTPRequest) -> Eventual<HTTPResponse> {
        let origin = request.header("Origin")
        if request.method == .OPTIONS { return .now(cors.preflight(for: origin)) }
        let start = ContinuousClock.now
        let route = Self.route(request)
        return begin(route, request).map { finish($0, of: route, origin, since: start) }
    }

    private func finish(
        _ answer: HTTPResponse, of route: HTTPStatistics.Route, _ origin: String?, since start: ContinuousClock.Instant
    ) -> HTTPResponse {
        var response = answer
        statistics.note(route, response.status, after: .now - start, bytes: response.body.count)
        response.headers += cors.headers(for: origin)
        return response
    }

    private static func route(_ request: HTTPRequest) -> HTTPStatistics.Route {
        switch request.path {
        case "/graphql", "/graphql/": .graphQL
        case "/health", "/health/live": .health
        case "/metrics": .metrics
        case "/socket.io/", "/socket.io": .socketIO
        default: .other
        }
    }

    private func begin(_ route: HTTPStatistics.Route, _ request: HTTPRequest) -> Eventual<HTTPResponse> {
        switch route {
        case .graphQL: beginGraphQL(request)
        // Says that bayd runs and nothing more, at no cost.
        case .health where request.path == "/health/live": .later { await reading(request) { .text(.ok, "OK") } }
        case .health: .later { await reading(request) { await status.health(isPlain: wantsText(request)) } }
        case .metrics: .later { await reading(request) { await status.metrics(statistics) } }
        case .socketIO: .later { await socketIO(request) }
        case .other: .now(Self.nothing)
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

    private func beginGraphQL(_ request: HTTPRequest) -> Eventual<HTTPResponse> {
        let operation: OperationRequest
        do throws(GraphQLOverHTTP.Refusal) {
            operation = try GraphQLOverHTTP.operation(in: request, kept: persisted)
        } catch {
            let refusal = HTTPResponse(error)
            if error.status == .ok { return .now(refusal) }
            return .later {
                await brake.hold(proxies.client(of: request))
                return refusal
            }
        }
        guard let type = GraphQLOverHTTP.answerType(for: request) else {
            return .now(
                .error(
                    .notAcceptable,
                    "An 'accept' header was provided for this request which does not accept \(MediaType.json) or "
                        + MediaType.graphQL))
        }
        guard let token = request.token else { return begin(operation, for: nil, request, type) }
        if let caller = tokens.knownCaller(of: token) { return begin(operation, for: caller, request, type) }
        return .later {
            do throws(TokenRefusal) {
                return await begin(operation, for: try await caller(of: token), request, type).value
            } catch {
                return .error(
                    .serviceUnavailable, "accounts cannot be looked up now: try again later", code: "UNAVAILABLE",
                    headers: [("Retry-After", "2")])
            }
        }
    }

    private func begin(
        _ operation: OperationRequest, for caller: Caller?, _ request: HTTPRequest, _ type: String
    ) -> Eventual<HTTPResponse> {
        let isGet = request.method == .GET
        return runner.begin(operation, for: caller, from: proxies.client(of: request), queriesOnly: isGet)
            .map { HTTPResponse($0, type: type) }
    }

    /// Who asks. A bad token fails nothing by itself: its bearer is nobody, and what is open to anyone stays so. Throws where
    /// it cannot be told: nobody is to be signed out because the database is away for a moment.
    private func caller(of token: String) async throws(TokenRefusal) -> Caller? {
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
    fileprivate init(_ answer: OperationAnswer, type: String) {
        switch answer {
        case .executed(let body): self.init(.ok, type: type, body: body, endsLine: true)
        case .refused(let body): self.init(.badRequest, type: type, body: body, endsLine: true)
        case .wrongKind("mutation"):
            self.init(
                GraphQLOverHTTP.Refusal(
                    "GET requests only support query operations, not mutation operations", status: .methodNotAllowed,
                    allow: "POST"))
        case .wrongKind:
            self.init(GraphQLOverHTTP.Refusal("subscriptions are served over WebSocket, at this address"))
        }
    }

    fileprivate init(_ refusal: GraphQLOverHTTP.Refusal) {
        self = .error(
            refusal.status, refusal.message, code: refusal.code,
            headers: refusal.allow.map { [("Allow", $0)] } ?? [])
    }
}
