/// How much of a request the engine is willing to look at. What comes from outside is hostile.
package struct Limits: Sendable {
    /// Bytes of a document.
    package var documentBytes = 128 * 1024
    /// Tokens of a document; comments and commas are none.
    package var tokens = 10_000
    /// Nesting of braces, brackets and parentheses while parsing. The parser recurses.
    package var nesting = 64
    /// Fields within fields, fragments counted where they are used. The standard introspection query needs 13.
    package var depth = 24
    /// Fields of an operation that are given another name.
    package var aliases = 500
    /// Fields of an operation after its fragments are spread out and equal fields are merged.
    package var fields = 20_000
    /// Comparisons of fields that share a name in the answer.
    package var comparisons = 100_000
    /// Errors after which validation stops.
    package var errors = 50

    package init() {}
}
