extension Schema {
    /// The schema in the schema definition language, everything sorted by name so that a change shows as one line.
    package var printed: String { types.printed() }
}

extension TypeSystem {
    package func printed(descriptions: Bool = true) -> String {
        let printer = SchemaPrinter(descriptions: descriptions)
        return types.values.filter { !$0.name.hasPrefix("__") && !Self.builtIn.contains($0.name) }
            .sorted { $0.name < $1.name }
            .map(printer.print)
            .joined(separator: "\n")
    }

    static let builtIn: Set<String> = ["Int", "Float", "String", "Boolean", "ID"]
}

/// Source: <https://spec.graphql.org/October2021/#sec-Type-System>
private struct SchemaPrinter {
    let descriptions: Bool

    func print(_ type: NamedType) -> String {
        let text = describe(type.description)
        switch type {
        case .scalar(let scalar):
            let url = scalar.specifiedBy.map { " @specifiedBy(url: \(Printer.quoted($0)))" } ?? ""
            return "\(text)scalar \(scalar.name)\(url)\n"
        case .object(let object):
            return text + block("type \(object.name)", object.fields.sorted { $0.name < $1.name }.map(print))
        case .enumeration(let type):
            let values = type.values.sorted { $0.name < $1.name }.map { value in
                "\(describe(value.description, "  "))  \(value.name)\(deprecated(value.deprecation))\n"
            }
            return text + block("enum \(type.name)", values)
        case .input(let input):
            let fields = input.fields.sorted { $0.name < $1.name }.map { field in
                "\(describe(field.description, "  "))  \(print(field))\n"
            }
            return text + block("input \(input.name)", fields)
        }
    }

    private func block(_ head: String, _ lines: [String]) -> String { "\(head) {\n\(lines.joined())}\n" }

    private func print(_ field: FieldDefinition) -> String {
        let tail = ": \(field.type)\(deprecated(field.deprecation))\n"
        let arguments = field.arguments.sorted { $0.name < $1.name }
        let head = "\(describe(field.description, "  "))  \(field.name)"
        if arguments.isEmpty { return head + tail }
        if descriptions, arguments.contains(where: { $0.description != nil }) {
            let lines = arguments.map { "\(describe($0.description, "    "))    \(print($0))\n" }.joined()
            return "\(head)(\n\(lines)  )\(tail)"
        }
        return "\(head)(\(arguments.map(print).joined(separator: ", ")))\(tail)"
    }

    private func print(_ value: InputValueDefinition) -> String {
        let standard = value.defaultValue.map { " = \($0)" } ?? ""
        return "\(value.name): \(value.type)\(standard)\(deprecated(value.deprecation))"
    }

    private func deprecated(_ reason: String?) -> String {
        guard let reason else { return "" }
        return reason == "No longer supported" ? " @deprecated" : " @deprecated(reason: \(Printer.quoted(reason)))"
    }

    private func describe(_ text: String?, _ indent: String = "") -> String {
        guard descriptions, let text else { return "" }
        return Printer.block(text, indent: indent)
    }
}
