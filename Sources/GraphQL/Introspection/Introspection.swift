/// Names that introspection keeps for itself.
enum Introspection {
    static let names: Set<String> = [
        "__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive", "__TypeKind",
        "__DirectiveLocation", "__schema", "__type", "__typename",
    ]
}
