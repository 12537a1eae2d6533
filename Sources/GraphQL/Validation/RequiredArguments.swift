extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Required-Arguments>
    mutating func checkRequiredArguments() {
        for field in fields {
            for argument in field.definition?.arguments ?? [] where argument.isRequired {
                if field.node.arguments.contains(where: { $0.name == argument.name }) { continue }
                report(
                    "Field \"\(field.node.name)\" argument \"\(argument.name)\" of type \"\(argument.type)\" "
                        + "is required, but it was not provided.", field.node.location)
            }
        }
        for directive in directives {
            for argument in directive.definition?.arguments ?? [] where argument.isRequired {
                if directive.node.arguments.contains(where: { $0.name == argument.name }) { continue }
                report(
                    "Directive \"@\(directive.node.name)\" argument \"\(argument.name)\" of type "
                        + "\"\(argument.type)\" is required, but it was not provided.", directive.node.location)
            }
        }
    }
}
