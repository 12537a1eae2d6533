/// Reads an executable document by recursive descent.
/// Source: <https://spec.graphql.org/October2021/#sec-Appendix-Grammar-Summary.Document-Syntax>
struct Parser {
    private var lexer: Lexer
    private(set) var token = Token(kind: .start, location: Location())
    /// Where the token before this one ends.
    private var previousEnd = 0
    /// Where the name of the last type stands.
    private var typeNameLocation = Location()
    private var tokens = 0
    private var nesting = 0
    private let limits: Limits

    init(_ source: [UInt8], limits: Limits) throws(SyntaxError) {
        if source.count > limits.documentBytes {
            throw SyntaxError(
                message: "Syntax Error: Document is longer than \(limits.documentBytes) bytes.", location: Location())
        }
        self.limits = limits
        lexer = Lexer(source)
        try advance()
    }

    mutating func document() throws(SyntaxError) -> Document {
        var definitions: [Definition] = []
        repeat { definitions.append(try definition()) } while token.kind != .end
        return Document(definitions)
    }

    private mutating func definition() throws(SyntaxError) -> Definition {
        if token.kind == .openBrace {
            let location = token.location
            return .operation(
                Operation(kind: .query, name: nil, selections: try selectionSet(), location: location))
        }
        let start = token.location
        let isDescribed = token.kind == .string || token.kind == .blockString
        if isDescribed { try advance() }
        guard token.kind == .name else { throw unexpected() }
        if Self.typeSystemKeywords.contains(token.text), !isDescribed || token.text != "extend" {
            return .typeSystem(try typeSystemDefinition(from: start))
        }
        if isDescribed {
            throw lexer.error(
                "Unexpected description, descriptions are supported only for type definitions.", at: start.offset)
        }
        if token.text == "fragment" { return .fragment(try fragment()) }
        guard let kind = Operation.Kind(rawValue: token.text) else { throw unexpected() }
        return .operation(try operation(kind))
    }

    private mutating func operation(_ kind: Operation.Kind) throws(SyntaxError) -> Operation {
        var operation = Operation(kind: kind, name: nil, selections: [], location: token.location)
        try advance()
        if token.kind == .name {
            operation.nameLocation = token.location
            operation.name = try name()
        }
        if token.kind == .openParen {
            try between(.openParen, .closeParen) { parser throws(SyntaxError) in
                operation.variables.append(try parser.variableDefinition())
            }
        }
        operation.directives = try directives(constant: false)
        operation.selections = try selectionSet()
        return operation
    }

    private mutating func variableDefinition() throws(SyntaxError) -> VariableDefinition {
        let location = token.location
        try expect(.dollar)
        let nameLocation = token.location
        let name = try name()
        try expect(.colon)
        let typeLocation = token.location
        var definition = VariableDefinition(
            name: name, type: try type(), defaultValue: nil, location: location, nameLocation: nameLocation,
            typeLocation: typeLocation)
        definition.typeNameLocation = typeNameLocation
        if try take(.equals) { definition.defaultValue = try value(constant: true) }
        definition.directives = try directives(constant: true)
        return definition
    }

    private mutating func fragment() throws(SyntaxError) -> Fragment {
        let location = token.location
        try advance()
        if token.kind == .name, token.text == "on" { throw unexpected() }
        let nameLocation = token.location
        let name = try name()
        try expectKeyword("on")
        let conditionLocation = token.location
        let condition = try self.name()
        let directives = try directives(constant: false)
        return Fragment(
            name: name, condition: condition, directives: directives, selections: try selectionSet(),
            location: location, nameLocation: nameLocation, conditionLocation: conditionLocation)
    }

    // MARK: Selections

    private mutating func selectionSet() throws(SyntaxError) -> [Selection] {
        var selections: [Selection] = []
        try between(.openBrace, .closeBrace) { parser throws(SyntaxError) in
            selections.append(try parser.selection())
        }
        return selections
    }

    private mutating func selection() throws(SyntaxError) -> Selection {
        token.kind == .spread ? try fragmentSelection() : .field(try field())
    }

    private mutating func field() throws(SyntaxError) -> FieldSelection {
        var field = FieldSelection(alias: nil, name: "", location: token.location)
        field.name = try name()
        if try take(.colon) {
            field.alias = field.name
            field.name = try name()
        }
        field.arguments = try arguments(constant: false)
        field.directives = try directives(constant: false)
        if token.kind == .openBrace {
            field.hasSelections = true
            field.selectionsLocation = token.location
            field.selections = try selectionSet()
        }
        return field
    }

    private mutating func fragmentSelection() throws(SyntaxError) -> Selection {
        let location = token.location
        try expect(.spread)
        if token.kind == .name, token.text != "on" {
            var spread = FragmentSpread(name: "", location: location, nameLocation: token.location)
            spread.name = try name()
            spread.directives = try directives(constant: false)
            return .spread(spread)
        }
        var inline = InlineFragment(condition: nil, selections: [], location: location)
        if token.kind == .name {
            try advance()
            inline.conditionLocation = token.location
            inline.condition = try name()
        }
        inline.directives = try directives(constant: false)
        inline.selections = try selectionSet()
        return .inline(inline)
    }

    // MARK: Arguments, directives, values, types

    private mutating func arguments(constant: Bool) throws(SyntaxError) -> [ArgumentNode] {
        guard token.kind == .openParen else { return [] }
        var arguments: [ArgumentNode] = []
        try between(.openParen, .closeParen) { parser throws(SyntaxError) in
            let location = parser.token.location
            let name = try parser.name()
            try parser.expect(.colon)
            arguments.append(
                ArgumentNode(name: name, value: try parser.value(constant: constant), location: location))
        }
        return arguments
    }

    mutating func directives(constant: Bool) throws(SyntaxError) -> [Directive] {
        var directives: [Directive] = []
        while token.kind == .at {
            let location = token.location
            try advance()
            let name = try name()
            directives.append(Directive(name: name, arguments: try arguments(constant: constant), location: location))
        }
        return directives
    }

    mutating func value(constant: Bool) throws(SyntaxError) -> ValueNode {
        let location = token.location
        let text = token.text
        switch token.kind {
        case .openBracket: return ValueNode(.list(try items(constant: constant)), location: location)
        case .openBrace: return ValueNode(.object(try members(constant: constant)), location: location)
        case .dollar:
            try advance()
            if constant {
                throw token.kind == .name
                    ? lexer.error("Unexpected variable \"$\(token.text)\" in constant value.", at: location.offset)
                    : unexpected()
            }
            return ValueNode(.variable(try name()), location: location)
        default: break
        }
        let kind: ValueNode.Kind
        switch token.kind {
        case .int: kind = .int(text)
        case .float: kind = .float(text)
        case .string, .blockString: kind = .string(text)
        case .name:
            switch text {
            case "true": kind = .boolean(true)
            case "false": kind = .boolean(false)
            case "null": kind = .null
            default: kind = .enumeration(text)
            }
        default: throw unexpected()
        }
        try advance()
        return ValueNode(kind, location: location)
    }

    private mutating func items(constant: Bool) throws(SyntaxError) -> [ValueNode] {
        var items: [ValueNode] = []
        try between(.openBracket, .closeBracket, mayBeEmpty: true) { parser throws(SyntaxError) in
            items.append(try parser.value(constant: constant))
        }
        return items
    }

    private mutating func members(constant: Bool) throws(SyntaxError) -> [ValueNode.Member] {
        var members: [ValueNode.Member] = []
        try between(.openBrace, .closeBrace, mayBeEmpty: true) { parser throws(SyntaxError) in
            let location = parser.token.location
            let name = try parser.name()
            try parser.expect(.colon)
            members.append(ValueNode.Member(name, try parser.value(constant: constant), location: location))
        }
        return members
    }

    mutating func type() throws(SyntaxError) -> TypeReference {
        var type: TypeReference
        if token.kind == .openBracket {
            try enter()
            try advance()
            type = .list(try self.type())
            try expect(.closeBracket)
            nesting -= 1
        } else {
            typeNameLocation = token.location
            type = .named(try name())
        }
        return try take(.bang) ? .nonNull(type) : type
    }

    // MARK: Tokens

    mutating func advance() throws(SyntaxError) {
        previousEnd = lexer.position
        token = try lexer.next()
        tokens += 1
        if tokens > limits.tokens + 1 {
            throw lexer.error(
                "Document contains more than \(limits.tokens) tokens. Parsing aborted.", at: token.location.offset)
        }
    }

    private mutating func enter() throws(SyntaxError) {
        nesting += 1
        if nesting > limits.nesting {
            throw lexer.error(
                "Document is nested more than \(limits.nesting) levels deep.", at: token.location.offset)
        }
    }

    mutating func between(
        _ open: Token.Kind, _ close: Token.Kind, mayBeEmpty: Bool = false,
        _ item: (inout Parser) throws(SyntaxError) -> Void
    ) throws(SyntaxError) {
        try enter()
        try expect(open)
        if mayBeEmpty, try take(close) {
            nesting -= 1
            return
        }
        repeat { try item(&self) } while try !take(close)
        nesting -= 1
    }

    mutating func name() throws(SyntaxError) -> String {
        guard token.kind == .name else { throw expected(.name) }
        let text = token.text
        try advance()
        return text
    }

    mutating func expectKeyword(_ word: String) throws(SyntaxError) {
        guard token.kind == .name, token.text == word else {
            throw lexer.error("Expected \"\(word)\", found \(token.description).", at: token.location.offset)
        }
        try advance()
    }

    mutating func expect(_ kind: Token.Kind) throws(SyntaxError) {
        guard try take(kind) else { throw expected(kind) }
    }

    mutating func take(_ kind: Token.Kind) throws(SyntaxError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func end() throws(SyntaxError) {
        if token.kind != .end { throw expected(.end) }
    }

    /// The text from there to the end of the last token that was taken.
    func text(from start: Location) -> String { lexer.text(start.offset..<previousEnd) }

    func error(_ message: String) -> SyntaxError { lexer.error(message, at: token.location.offset) }

    func expected(_ kind: Token.Kind) -> SyntaxError {
        lexer.error("Expected \(kind.description), found \(token.description).", at: token.location.offset)
    }

    func unexpected() -> SyntaxError {
        lexer.error("Unexpected \(token.description).", at: token.location.offset)
    }
}

extension Document {
    public init(parsing text: String, limits: Limits = Limits()) throws(SyntaxError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    public init(parsing source: [UInt8], limits: Limits = Limits()) throws(SyntaxError) {
        var parser = try Parser(source, limits: limits)
        self = try parser.document()
    }
}

extension ValueNode {
    /// A value that stands alone and uses no variable, such as a default in a schema.
    public init(parsing text: String) throws(SyntaxError) {
        var parser = try Parser(Array(text.utf8), limits: Limits())
        self = try parser.value(constant: true)
        try parser.end()
    }
}

extension TypeReference {
    /// A type as a document writes it: `[ID!]!`.
    public init(parsing text: String) throws(SyntaxError) {
        var parser = try Parser(Array(text.utf8), limits: Limits())
        self = try parser.type()
        try parser.end()
    }
}
