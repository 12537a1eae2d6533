public import JSON
import Synchronization

/// The answer while it is being written: its bytes, and the errors met so far.
///
/// An error is reported without its path. Each list and object that it happened in adds its own step on the way out, so
/// that nobody keeps a path while all goes well.
public struct Output: ~Copyable, Sendable {
    struct Failure: Sendable {
        var error: FieldError
        var locations: [Location] = []
        /// From the field to the root: each holder appends itself.
        var reversedPath: [ResponseError.PathElement] = []
    }

    public var writer: JSONWriter
    var errors: [Failure] = []
    /// Why the whole answer was given up; what is written after that is thrown away.
    private(set) var stopped: FieldError?
    private let limits: Limits

    init(reserving capacity: Int, limits: Limits) {
        writer = JSONWriter(reserving: capacity)
        self.limits = limits
    }

    /// Gives the whole answer up. Whoever does it answers `false` as for any value that cannot be had.
    mutating func stop(_ reason: FieldError) { if stopped == nil { stopped = reason } }

    /// Whether there is no point in writing more: the answer was given up, or is too large and given up now.
    mutating func isAtEnd() -> Bool {
        if stopped == nil { stopped = limits.reasonToStop(bytes: writer.count, errors: errors.count) }
        return stopped != nil
    }

    @usableFromInline mutating func report(_ error: FieldError) {
        errors.append(Failure(error: error, locations: error.location.map { [$0] } ?? []))
    }

    /// Adds a step to the path of the errors from `start` on.
    mutating func locate(from start: Int, at step: ResponseError.PathElement) {
        for index in start..<errors.count { errors[index].reversedPath.append(step) }
    }

    /// Adds a field to the path of the errors from `start` on; the innermost field also says where it is written.
    mutating func locate(from start: Int, in key: String, _ locations: [Location]) {
        for index in start..<errors.count {
            if errors[index].locations.isEmpty { errors[index].locations = locations }
            errors[index].reversedPath.append(.field(key))
        }
    }
}

/// How values of one Swift type become JSON at one place of a request.
public enum ValuePlan<Context: GraphQLContext, Value: Sendable>: Sendable {
    public typealias Write = @Sendable (Value, Execution<Context>, inout Output) -> Bool
    public typealias StagedWrite = @Sendable (Value, inout Int, Execution<Context>, inout Output) -> Bool

    /// Nothing beneath waits for anything: values are written as they come. `false` means that the value cannot be had,
    /// its error is reported, and whoever may be null instead must be.
    case direct(Write)

    /// Something beneath is had for all values at once. `prepare` is given all the values of the request's place at once
    /// and answers how to write each; `count` says how many objects a value holds, by which a writer finds its own: objects
    /// are numbered in the order in which they are written.
    case staged(
        count: @Sendable (Value) -> Int,
        prepare: @Sendable ([Value], Execution<Context>) -> Eventual<StagedWrite>)
}

/// What is known while one request runs.
public final class Execution<Context: GraphQLContext>: Sendable {
    public let context: Context
    let schema: Schema<Context>
    /// Values of the variables that the client set or that have a default.
    @usableFromInline let variables: [String: JSONValue]
    /// By restricted field of the plan: why this caller may not have it.
    let refusals: [FieldError?]
    let limits: Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let deadline: Mutex<ContinuousClock.Instant>
    private let onUnexpectedError: UnexpectedErrorHandler

    init(
        context: Context, schema: Schema<Context>, variables: [String: JSONValue], restrictions: [Restriction<Context>],
        limits: Limits, now: @escaping @Sendable () -> ContinuousClock.Instant,
        onUnexpectedError: @escaping UnexpectedErrorHandler
    ) {
        self.limits = limits
        self.now = now
        deadline = Mutex(now() + limits.time)
        self.context = context
        self.schema = schema
        self.variables = variables
        self.onUnexpectedError = onUnexpectedError
        // The one place where access is decided: before anything runs.
        refusals = restrictions.map { restriction in
            do throws(FieldError) {
                try context.authorize(restriction.access, for: restriction.field)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Grants the whole time anew: each event of a subscription is answered in its own.
    func restartTime() {
        let end = now() + limits.time
        deadline.withLock { $0 = end }
    }

    /// Why nothing shall be fetched any more for so many objects, if there is a reason.
    func reasonToStop(before objects: Int) -> FieldError? {
        if objects > limits.objects {
            return FieldError(
                "More than \(limits.objects) objects at one place of the request; ask for less.", code: .exhausted)
        }
        if Task.isCancelled { return FieldError("the request was cancelled", code: .cancelled) }
        if now() > deadline.withLock({ $0 }) {
            return FieldError("The request took longer than \(limits.time).", code: .timeout)
        }
        return nil
    }

    /// What the client is told about an error. What nobody meant for clients is kept from them.
    func fieldError(_ error: any Error) -> FieldError {
        switch error {
        case let error as FieldError: return error
        case let error as any FieldErrorConvertible where error.isForClients: return error.fieldError
        case is CancellationError: return FieldError("the request was cancelled", code: .cancelled)
        default:
            let id = onUnexpectedError(error)
            return FieldError("internal error \(id)", code: .internalError, extensions: ["id": .string(id)])
        }
    }
}

/// Is handed what a resolver threw that was not meant for clients, and gives it an id for both log and answer.
public typealias UnexpectedErrorHandler = @Sendable (any Error) -> String

/// A field of a plan that not everybody may have.
struct Restriction<Context: GraphQLContext>: Sendable {
    var access: Context.Access
    var field: FieldName
}
