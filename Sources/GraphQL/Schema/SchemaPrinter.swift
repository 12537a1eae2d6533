extension Schema {
    /// The schema in the schema definition language, everything sorted by name so that a change shows as one line.
    public var printed: String { types.printed() }
}

extension TypeSystem {
    public func printed(descriptions: Bool = true) -> String {
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
        case .object, .interface:
            let word = if case .object = type { "type" } else { "interface" }
            let interfaces = type.interfaces.sorted().joined(separator: " & ")
            let head = "\(word) \(type.name)" + (interfaces.isEmpty ? "" : " implements \(interfaces)")
            let fields = type.fields.sorted { $0.name < $1.name }
            return text + block(head, fields.map { ($0.description, print($0)) })
        case .union(let union):
            return "\(text)union \(union.name) = \(union.members.sorted().joined(separator: " | "))\n"
        case .enumeration(let type):
            let values = type.values.sorted { $0.name < $1.name }
            return text
                + block("enum \(type.name)", values.map { ($0.description, $0.name + deprecated($0.deprecation)) })
        case .input(let input):
            let fields = input.fields.sorted { $0.name < $1.name }
            return text + block("input \(input.name)", fields.map { ($0.description, print($0)) })
        }
    }

    private func block(_ head: String, _ members: [(description: String?, text: String)]) -> String {
        "\(head) {\n\(lines(members, "  "))}\n"
    }

    /// Members one a line, described ones with an empty line before them.
    private func lines(_ members: [(description: String?, text: String)], _ indent: String) -> String {
        var lines = ""
        for (number, member) in members.enumerated() {
            let text = describe(member.description, indent)
            if number > 0, !text.isEmpty { lines += "\n" }
            lines += "\(text)\(indent)\(member.text)\n"
        }
        return lines
    }

    private func print(_ field: FieldDefinition) -> String {
        let tail = ": \(field.type)\(deprecated(field.deprecation))"
        let arguments = field.arguments.sorted { $0.name < $1.name }
        if arguments.isEmpty { return field.name + tail }
        if descriptions, arguments.contains(where: { $0.description != nil }) {
            return "\(field.name)(\n\(lines(arguments.map { ($0.description, print($0)) }, "    "))  )\(tail)"
        }
        return "\(field.name)(\(arguments.map(print).joined(separator: ", ")))\(tail)"
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
