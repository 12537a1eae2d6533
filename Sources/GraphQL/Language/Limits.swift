/// How much of a request the engine is willing to look at, and how much it is willing to do for it. What comes from
/// outside is hostile.
package struct Limits: Sendable {
    // MARK: Of the document

    /// Bytes of a document.
    package var documentBytes = 128 * 1024
    /// Tokens of a document; comments and commas are none.
    package var tokens = 10_000
    /// Nesting of braces, brackets and parentheses while parsing. The parser recurses.
    package var nesting = 64

    // MARK: Of an operation, its fragments counted where they are used

    /// Fields within fields. The standard introspection query needs 13.
    package var depth = 24
    /// Fields that are given another name.
    package var aliases = 500
    /// Fields after fragments are spread out and equal fields are merged.
    package var fields = 20_000
    /// Values that the answer may be expected to hold: a field in a list counts as often as the list is long, which is
    /// what the request writes (`limit: 50`) or `listLength`.
    package var cost = 1_000_000
    /// How long a list is taken to be of which the request does not say it.
    package var listLength = 10
    /// Comparisons of fields that share a name in the answer.
    package var comparisons = 100_000
    /// Errors after which validation stops.
    package var errors = 50

    // MARK: Of the execution

    /// Objects at one place of a request, such as all snapshots of all machines.
    package var objects = 200_000
    /// Bytes of an answer.
    package var answerBytes = 32 * 1024 * 1024
    /// Errors in an answer.
    package var answerErrors = 10_000
    /// After this time nothing more is fetched for a query or mutation, nor for one event of a subscription. A fetch that
    /// has begun is bounded by the time limits of whatever it asks.
    package var time = Duration.seconds(30)

    package init() {}
}
