/// Definitions of types, which a document may hold but no request can execute: they are read to their end, so that a
/// document is told what is wrong with it, and not kept.
/// Source: <https://spec.graphql.org/October2021/#TypeSystemDefinitionOrExtension>
extension Parser {
    static let typeSystemKeywords: Set<String> = [
        "schema", "scalar", "type", "interface", "union", "enum", "input", "directive", "extend",
    ]

    /// - Parameter start: where the description before it begins, if there is one.
    mutating func typeSystemDefinition(from start: Location) throws(SyntaxError) -> TypeSystemDefinition {
        var name: String?
        if token.text == "extend" {
            try advance()
            guard token.kind == .name, Self.typeSystemKeywords.contains(token.text), token.text != "directive",
                token.text != "extend"
            else { throw unexpected() }
            let hasMembers = try typeSystemDefinition(named: &name)
            // An extension that adds nothing is none.
            if !hasMembers { throw unexpected() }
        } else {
            let isSchema = token.text == "schema"
            let hasMembers = try typeSystemDefinition(named: &name)
            if isSchema, !hasMembers { throw expected(.openBrace) }
        }
        return TypeSystemDefinition(name: name, text: text(from: start), location: start)
    }

    /// One definition from its keyword on. Answers whether anything follows the name.
    private mutating func typeSystemDefinition(named name: inout String?) throws(SyntaxError) -> Bool {
        let keyword = token.text
        try advance()
        switch keyword {
        case "schema":
            let hasDirectives = try !directives(constant: true).isEmpty
            return try members { parser throws(SyntaxError) in try parser.operationType() } || hasDirectives
        case "directive":
            try expect(.at)
            name = try self.name()
            try argumentDefinitions()
            if token.kind == .name, token.text == "repeatable" { try advance() }
            try expectKeyword("on")
            try delimited(by: .pipe) { parser throws(SyntaxError) in try parser.directiveLocation() }
            return true
        default: break
        }
        name = try self.name()
        var hasMore = false
        if keyword == "type" || keyword == "interface", token.kind == .name, token.text == "implements" {
            try advance()
            try delimited(by: .ampersand) { parser throws(SyntaxError) in _ = try parser.name() }
            hasMore = true
        }
        if try !directives(constant: true).isEmpty { hasMore = true }
        switch keyword {
        case "type", "interface":
            if try members({ parser throws(SyntaxError) in try parser.fieldDefinition() }) { hasMore = true }
        case "enum":
            if try members({ parser throws(SyntaxError) in try parser.enumValueDefinition() }) { hasMore = true }
        case "input":
            if try members({ parser throws(SyntaxError) in try parser.inputValueDefinition() }) { hasMore = true }
        case "union":
            if try take(.equals) {
                try delimited(by: .pipe) { parser throws(SyntaxError) in _ = try parser.name() }
                hasMore = true
            }
        default: break
        }
        return hasMore
    }

    // MARK: Members

    /// Members in braces, if there are braces.
    private mutating func members(
        _ member: (inout Parser) throws(SyntaxError) -> Void
    ) throws(SyntaxError) -> Bool {
        guard token.kind == .openBrace else { return false }
        try between(.openBrace, .closeBrace, member)
        return true
    }

    /// `a & b`, with or without one more in front.
    private mutating func delimited(
        by kind: Token.Kind, _ item: (inout Parser) throws(SyntaxError) -> Void
    ) throws(SyntaxError) {
        _ = try take(kind)
        repeat { try item(&self) } while try take(kind)
    }

    private mutating func description() throws(SyntaxError) {
        if token.kind == .string || token.kind == .blockString { try advance() }
    }

    private mutating func operationType() throws(SyntaxError) {
        guard token.kind == .name else { throw expected(.name) }
        if Operation.Kind(rawValue: token.text) == nil { throw unexpected() }
        try advance()
        try expect(.colon)
        _ = try name()
    }

    private mutating func directiveLocation() throws(SyntaxError) {
        guard token.kind == .name else { throw expected(.name) }
        if DirectiveLocation(rawValue: token.text) == nil { throw unexpected() }
        try advance()
    }

    private mutating func fieldDefinition() throws(SyntaxError) {
        try description()
        _ = try name()
        try argumentDefinitions()
        try expect(.colon)
        _ = try type()
        _ = try directives(constant: true)
    }

    private mutating func argumentDefinitions() throws(SyntaxError) {
        guard token.kind == .openParen else { return }
        try between(.openParen, .closeParen) { parser throws(SyntaxError) in try parser.inputValueDefinition() }
    }

    private mutating func inputValueDefinition() throws(SyntaxError) {
        try description()
        _ = try name()
        try expect(.colon)
        _ = try type()
        if try take(.equals) { _ = try value(constant: true) }
        _ = try directives(constant: true)
    }

    private mutating func enumValueDefinition() throws(SyntaxError) {
        try description()
        if token.kind == .name, ["true", "false", "null"].contains(token.text) {
            throw error("\(token.description) is reserved and cannot be used for an enum value.")
        }
        _ = try name()
        _ = try directives(constant: true)
    }
}
