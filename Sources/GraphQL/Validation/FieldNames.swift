extension Validation {
    /// Source: <https://spec.graphql.org/October2021/#sec-Field-Selections>
    mutating func checkFieldNames() {
        for field in fields {
            guard let parent = field.parent, field.definition == nil else { continue }
            let name = field.node.name
            let holders = typesToAsk(for: name, instead: parent)
            let hint =
                holders.isEmpty
                ? didYouMean(suggestions(for: name, among: parent.fields.map(\.name)))
                : didYouMean("to use an inline fragment on", Array(holders.prefix(5)))
            report("Cannot query field \"\(name)\" on type \"\(parent.name)\"." + hint, field.node.location)
        }
    }

    /// Of the types that a value of an interface or union may be, and of their interfaces, those that have the field:
    /// what most of them are comes first, an interface before what implements it.
    private func typesToAsk(for field: String, instead parent: NamedType) -> [String] {
        if case .object = parent { return [] }
        var uses: [String: Int] = [:]
        for name in types.possibleTypes(of: parent.name) {
            guard let object = types.object(name), object.field(field) != nil else { continue }
            uses[name] = 1
            for interface in object.interfaces
            where types.types[interface]?.fields.contains(where: { $0.name == field }) == true {
                uses[interface, default: 0] += 1
            }
        }
        return uses.keys.sorted { a, b in
            if uses[a] != uses[b] { return uses[a, default: 0] > uses[b, default: 0] }
            if types.types[b]?.interfaces.contains(a) == true { return true }
            if types.types[a]?.interfaces.contains(b) == true { return false }
            return a < b
        }
    }
}
