/// Documents and values as text that parses to the same again.
public struct Printer {
    private(set) var text = ""
    private var indentation = 0

    private mutating func line(_ line: String) {
        text += String(repeating: "  ", count: indentation) + line + "\n"
    }

    mutating func print(_ operation: Operation) {
        var head = operation.kind.rawValue
        if let name = operation.name { head += " \(name)" }
        if !operation.variables.isEmpty {
            head += "(" + operation.variables.map(Self.printed).joined(separator: ", ") + ")"
        }
        head += Self.printed(operation.directives)
        print(operation.selections, behind: head)
    }

    mutating func print(_ fragment: Fragment) {
        print(
            fragment.selections,
            behind: "fragment \(fragment.name) on \(fragment.condition)\(Self.printed(fragment.directives))")
    }

    private mutating func print(_ selections: [Selection], behind head: String) {
        line(head + " {")
        indentation += 1
        for selection in selections { print(selection) }
        indentation -= 1
        line("}")
    }

    private mutating func print(_ selection: Selection) {
        switch selection {
        case .field(let field):
            let alias = field.alias.map { "\($0): " } ?? ""
            let head = alias + field.name + Self.printed(field.arguments) + Self.printed(field.directives)
            field.hasSelections ? print(field.selections, behind: head) : line(head)
        case .spread(let spread): line("...\(spread.name)\(Self.printed(spread.directives))")
        case .inline(let inline):
            let condition = inline.condition.map { " on \($0)" } ?? ""
            print(inline.selections, behind: "...\(condition)\(Self.printed(inline.directives))")
        }
    }

    private static func printed(_ variable: VariableDefinition) -> String {
        let standard = variable.defaultValue.map { " = \($0)" } ?? ""
        return "$\(variable.name): \(variable.type)\(standard)\(printed(variable.directives))"
    }

    private static func printed(_ directives: [Directive]) -> String {
        directives.map { " @\($0.name)\(printed($0.arguments))" }.joined()
    }

    private static func printed(_ arguments: [ArgumentNode]) -> String {
        arguments.isEmpty ? "" : "(" + arguments.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + ")"
    }

    /// Text in quotes.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// Text as a block string, laid out as graphql-js does it: short text stays on the line of its quotes.
    static func block(_ text: String, indent: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let escaped = text.replacing("\"\"\"", with: "\\\"\"\"")
        let startsLine = { (line: Substring) in line.first == " " || line.first == "\t" }
        // Otherwise reading it would take the indentation of these lines for the block's own.
        let forcesStart = lines.count > 1 && lines.dropFirst().allSatisfy { $0.isEmpty || startsLine($0) }
        let isOpen =
            lines.count > 1 || text.utf16.count > 70 || text.hasSuffix("\"") || text.hasSuffix("\\") || forcesStart
        let keepsStart = lines.count == 1 && startsLine(lines[0])
        var block = "\"\"\""
        if forcesStart || (isOpen && !keepsStart) { block += "\n" }
        block += escaped
        if isOpen { block += "\n" }
        block += "\"\"\""
        let indented = block.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.isEmpty ? "" : indent + $0
        }
        return indented.joined(separator: "\n") + "\n"
    }
}

extension Document {
    public var printed: String {
        definitions.map { definition in
            var printer = Printer()
            switch definition {
            case .operation(let operation): printer.print(operation)
            case .fragment(let fragment): printer.print(fragment)
            case .typeSystem(let definition): return definition.text + "\n"
            }
            return printer.text
        }.joined(separator: "\n")
    }
}

extension ValueNode: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .variable(let name): "$\(name)"
        case .int(let text), .float(let text), .enumeration(let text): text
        case .string(let text): Printer.quoted(text)
        case .boolean(let truth): truth ? "true" : "false"
        case .null: "null"
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
