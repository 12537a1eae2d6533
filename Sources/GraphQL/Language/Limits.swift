/// How much of a request the engine is willing to look at, and how much it is willing to do for it. What comes from
/// outside is hostile.
public struct Limits: Sendable {
    // MARK: Of the document

    /// Bytes of a document.
    public var documentBytes = 128 * 1024
    /// Tokens of a document; comments and commas are none.
    public var tokens = 10_000
    /// Nesting of braces, brackets and parentheses while parsing. The parser recurses.
    public var nesting = 64

    // MARK: Of an operation, its fragments counted where they are used

    /// Fields within fields. The standard introspection query needs 13.
    public var depth = 24
    /// Fields that are given another name.
    public var aliases = 500
    /// Fields after fragments are spread out and equal fields are merged.
    public var fields = 20_000
    /// Values that the answer may be expected to hold: a field in a list counts as often as the list is long, which is
    /// what the request writes (`limit: 50`) or `listLength`.
    public var cost = 1_000_000
    /// How long a list is taken to be of which the request does not say it.
    public var listLength = 10
    /// Comparisons of fields that share a name in the answer.
    public var comparisons = 100_000
    /// Errors after which validation stops.
    public var errors = 50

    // MARK: Of the execution

    /// Objects at one place of a request, such as all snapshots of all machines.
    public var objects = 200_000
    /// Bytes of an answer.
    public var answerBytes = 32 * 1024 * 1024
    /// Errors in an answer.
    public var answerErrors = 10_000
    /// After this time nothing more is fetched for a query or mutation, nor for one event of a subscription. A fetch that
    /// has begun is bounded by the time limits of whatever it asks.
    public var time = Duration.seconds(30)

    public init() {}
}

extension Limits {
    /// Why an answer of that length and with so many errors is given up, if it is.
    func reasonToStop(bytes: Int, errors: Int) -> FieldError? {
        if bytes > answerBytes {
            return FieldError("The answer is longer than \(answerBytes) bytes; ask for less.", code: .exhausted)
        }
        if errors > answerErrors {
            return FieldError("The answer has more than \(answerErrors) errors; ask for less.", code: .exhausted)
        }
        return nil
    }
}
