import GraphQL
import NIOCore
import NIOHTTP1

/// One connection: takes in its requests one after another, hands each to whoever answers, and keeps the times.
///
/// It ends the pipeline behind the decoder. While one request is being answered the next ones wait in the client's hands:
/// nothing is read once a part of one has come.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// Makes the bytes of a response to the request; to none where there was none that could be read.
    typealias Encode = @Sendable (HTTPResponse, PendingRequest?) -> ByteBuffer

    private enum Phase {
        /// Waits for a head.
        case idle
        case receiving(HTTPRequestHead)
        case answering
        /// The answer is written, and the client is slow to take it.
        case sending
        /// The last answer is written; what still comes is thrown away.
        case lingering
        /// Closed, or handed over to another protocol.
        case done
    }

    private let limits: HTTPLimits
    private let light: ConnectionLight
    private let executor: LoopExecutor
    private let requests: AsyncStream<PendingRequest>.Continuation
    private let encode: Encode
    private let begin: @Sendable (HTTPRequest) -> Eventual<HTTPResponse>
    private let answers: AnswersOnTheirWay

    private lazy var peer = context?.remoteAddress?.ipAddress
    private var phase = Phase.idle
    /// Not in the phase: whoever looked at that would be another owner, and each part that comes would make a copy of all
    /// before it.
    private var body: IncomingBody
    private var held = CircularBuffer<HTTPServerRequestPart>()
    private var wantsRead = false
    /// Bytes that were thrown away since reading paused last.
    private var wasted = 0
    private var isPaused = false
    /// A request was answered since bytes have come. A second one waits for its turn: a client that sends many at once is to
    /// hold up nobody else.
    private var hadItsTurn = false
    /// An answer is written and not sent.
    private var isHeldBack = false
    /// The server stops: the answer under way is the last one.
    private var isStopping = false
    /// Nothing more can come: the client has closed its side, or sent what is not HTTP. What has come is answered.
    private var hasEnded = false
    private var deadline: LoopDeadline?
    private(set) var context: ChannelHandlerContext?

    /// - Parameters:
    ///   - bodies: how many bytes of bodies all connections may keep.
    ///   - begin: answers what can be answered at once.
    ///   - answers: those of all connections of this loop.
    init(
        limits: HTTPLimits, light: ConnectionLight, executor: LoopExecutor, bodies: Budget,
        requests: AsyncStream<PendingRequest>.Continuation, encode: @escaping Encode,
        begin: @escaping @Sendable (HTTPRequest) -> Eventual<HTTPResponse>, answers: AnswersOnTheirWay
    ) {
        self.limits = limits
        self.light = light
        self.executor = executor
        body = IncomingBody(limits: limits, budget: bodies)
        self.requests = requests
        self.encode = encode
        self.begin = begin
        self.answers = answers
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Each keeps the other until the connection ends.
        deadline = LoopDeadline(on: context.eventLoop) { self.timeIsUp() }
        setDeadline(in: limits.idle)
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    private func finish() {
        body.release()
        phase = .done
        held.removeAll()
        requests.finish()
        deadline?.cancel()
        (deadline, context) = (nil, nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch phase {
        case .idle, .receiving: take(part)
        case .answering, .sending: held.append(part)
        case .lingering: if case .body(let unwanted) = part { wasted += unwanted.readableBytes }
        case .done: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hadItsTurn = false
        // A request that came whole needs no deadline of its own.
        if case .receiving = phase, deadline?.isSet == false { setDeadline(in: limits.receiving) }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if wasted > limits.wastedBytes { pause(context) }
        if held.isEmpty, !isPaused { context.read() } else { wantsRead = true }
    }

    /// What is thrown away is read slowly: else whoever sends the most would have the most of the server.
    private func pause(_ context: ChannelHandlerContext) {
        wasted = 0
        isPaused = true
        context.eventLoop.assumeIsolated().scheduleTask(in: limits.wastedPause) {
            self.isPaused = false
            guard self.wantsRead else { return }
            self.wantsRead = false
            self.context?.read()
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (phase, part) {
        case (.idle, .head(let head)): begin(head)
        case (.receiving(let head), .body(let more)):
            if let refusal = body.add(more, announced: Self.length(of: head)) { refuse(refusal) }
        case (.receiving(let head), .end): handOver(head)
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        light.setBusy()
        deadline?.clear()
        if head.version == .http1_1, head.headers.first(name: "Host") == nil {
            return refuse(.error(.badRequest, "a request without a host"))
        }
        if let length = Self.length(of: head), length > limits.body {
            return refuse(.tooLarge(limits.body))
        }
        phase = .receiving(head)
        guard let expectation = head.headers.first(name: "Expect") else { return }
        if expectation.lowercased() == "100-continue" {
            write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        } else {
            refuse(.error(.expectationFailed, "unknown expectation"))
        }
    }

    private static func length(of head: HTTPRequestHead) -> Int? {
        head.headers.first(name: "Content-Length").flatMap { Int($0) }
    }

    private func handOver(_ head: HTTPRequestHead) {
        phase = .answering
        let body = body.take()
        if hasEnded { setDeadline(in: limits.lingering) } else { deadline?.clear() }
        // Behind a request for another protocol the decoder stops: nothing can follow if it is not granted.
        let isUpgrade = head.headers.contains(name: "Upgrade")
        let connection: String? =
            if !head.isKeepAlive || isStopping || isUpgrade {
                "close"
            } else {
                head.version == .http1_1 ? nil : "keep-alive"
            }
        var request = HTTPRequest(head.method, head.uri, headers: head.headers, body: body)
        request.address = peer
        answer(PendingRequest(request: request, connection: connection, upgrade: isUpgrade ? head : nil))
    }

    // MARK: Answering

    /// Answers at once what is known, and has a task answer what is not: it is woken later than most answers are made.
    private func answer(_ pending: PendingRequest) {
        guard pending.upgrade == nil, !hadItsTurn, pending.request.body.readableBytes <= limits.smallBody else {
            requests.yield(pending)
            return
        }
        hadItsTurn = true
        switch begin(pending.request) {
        case .now(let response):
            executor.note()
            answer(encode(response, pending), closes: pending.connection(above: response) == "close")
        case .later(let wait):
            var pending = pending
            pending.answer = wait
            requests.yield(pending)
        }
    }

    /// Sends the answer to the request that was handed over last.
    func answer(_ response: ByteBuffer, closes: Bool) {
        guard case .answering = phase, let context else { return }
        if closes || isStopping || hasEnded && held.isEmpty {
            write(response)
            return linger()
        }
        isHeldBack = true
        context.write(wrapOutboundOut(response), promise: nil)
        if answers.add(self, response.readableBytes) {
            context.eventLoop.assumeIsolated().execute { [answers] in answers.send() }
        }
        // Sending finds out that the client has gone.
        guard case .answering = phase else { return }
        if context.channel.isWritable {
            next()
        } else {
            phase = .sending
            setDeadline(in: limits.sending)
        }
    }

    /// Sends what was held back to leave with other answers.
    func sendWritten() {
        guard isHeldBack else { return }
        isHeldBack = false
        context?.flush()
    }

    /// Whoever closes the connection does it behind what was answered.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        sendWritten()
        context.close(mode: mode, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .sending = phase, context.channel.isWritable { next() }
        context.fireChannelWritabilityChanged()
    }

    private func next() {
        body.release()
        phase = .idle
        if held.isEmpty {
            if isStopping || hasEnded { return linger() }
            let now = NIODeadline.now()
            light.setIdle(since: now)
            deadline?.set(now + limits.idle)
        }
        while let part = held.popFirst() {
            take(part)
            switch phase {
            case .idle, .receiving: continue
            case .answering, .sending, .lingering, .done: break
            }
            break
        }
        if case .receiving = phase { setDeadline(in: limits.receiving) }
        if wantsRead, held.isEmpty {
            wantsRead = false
            context?.read()
        }
    }

    /// Says that there is no room.
    func turnAway() {
        refuse(.error(.serviceUnavailable, "too many connections", code: "UNAVAILABLE"))
    }

    func write(_ buffer: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func refuse(_ response: HTTPResponse) {
        write(encode(response, nil))
        linger()
    }

    /// Ends the connection. Closing at once would make the kernel throw away an answer that the client has not read, if
    /// anything of the client's is still unread here.
    private func linger() {
        phase = .lingering
        body.release()
        held.removeAll()
        requests.finish()
        setDeadline(in: limits.lingering)
        sendWritten()
        if hasEnded { closeWhenTaken() } else { context?.close(mode: .output, promise: nil) }
        if wantsRead {
            wantsRead = false
            context?.read()
        }
    }

    /// Closes once the client has taken all that was written. Where it has closed its own side NIO makes a full end of half
    /// a one, and throws away what still waits for the client.
    private func closeWhenTaken() {
        guard let context else { return }
        let isTaken = context.eventLoop.makePromise(of: Void.self)
        isTaken.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: isTaken)
    }

    // MARK: Events

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            hasEnded = true
            switch phase {
            case .idle: linger()
            case .receiving: close(context: context, mode: .all, promise: nil)
            case .lingering: closeWhenTaken()
            // Most have gone altogether; a few have only said all they had to say.
            case .answering: setDeadline(in: limits.lingering)
            case .sending, .done: break
            }
        case is ChannelShouldQuiesceEvent:
            isStopping = true
            if case .idle = phase { close(context: context, mode: .all, promise: nil) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            return close(context: context, mode: .all, promise: nil)
        }
        switch phase {
        case .idle, .receiving: refuse(.unreadable(error))
        case .answering, .sending: hasEnded = true
        case .lingering, .done: break
        }
    }

    // MARK: Time

    private func setDeadline(in time: TimeAmount) { deadline?.set(.now() + time) }

    private func timeIsUp() {
        guard let context else { return }
        if case .receiving = phase {
            refuse(.error(.requestTimeout, "the request did not come in time", code: "TIMEOUT"))
        } else {
            close(context: context, mode: .all, promise: nil)
        }
    }
}
