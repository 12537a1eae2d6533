extension Validation {
    /// Fields that share a name in the answer are one and the same field, and so are their parts.
    ///
    /// All mentions that meet under one name are compared with the first of them, and their selections are then looked
    /// at together: being the same field is transitive, so no pairs are needed.
    /// Source: <https://spec.graphql.org/October2021/#sec-Field-Selection-Merging>
    mutating func checkFieldsCanMerge() {
        for operation in operations {
            guard let root = types.root(of: operation.kind), let type = types.types[root] else { continue }
            checkMerging([Mention(selections: operation.selections, path: [])], type)
        }
    }

    /// One set of selections, and the fields through which it was reached.
    private struct Mention {
        var selections: [Selection]
        var path: [FieldSelection]
    }

    private func collect(
        _ selections: [Selection], _ path: [FieldSelection], _ groups: inout [[(FieldSelection, [FieldSelection])]],
        _ places: inout [String: Int], _ visited: inout Set<String>
    ) {
        for selection in selections {
            switch selection {
            case .field(let field):
                if let place = places[field.key] {
                    groups[place].append((field, path))
                } else {
                    places[field.key] = groups.count
                    groups.append([(field, path)])
                }
            case .inline(let inline): collect(inline.selections, path, &groups, &places, &visited)
            case .spread(let spread):
                guard visited.insert(spread.name).inserted, let fragment = fragments[spread.name] else { continue }
                collect(fragment.selections, path, &groups, &places, &visited)
            }
        }
    }

    private mutating func checkMerging(_ mentions: [Mention], _ type: NamedType) {
        var groups: [[(FieldSelection, [FieldSelection])]] = []
        var places: [String: Int] = [:]
        var visited: Set<String> = []
        for mention in mentions { collect(mention.selections, mention.path, &groups, &places, &visited) }
        for group in groups {
            let (first, firstPath) = group[0]
            for (other, path) in group.dropFirst() {
                guard let reason = Self.difference(first, other) else { continue }
                reportConflict(reason, firstPath + [first], path + [other])
            }
            guard first.hasSelections, let definition = types.field(first.name, of: type),
                let inner = types.types[definition.type.name]
            else { continue }
            checkMerging(group.map { Mention(selections: $0.selections, path: $1 + [$0]) }, inner)
        }
    }

    private static func difference(_ first: FieldSelection, _ other: FieldSelection) -> String? {
        if first.name != other.name { return "\"\(first.name)\" and \"\(other.name)\" are different fields" }
        let sorted = { (field: FieldSelection) in field.arguments.sorted { $0.name < $1.name } }
        return sorted(first) == sorted(other) ? nil : "they have differing arguments"
    }

    /// Tells the conflict from the field down where the two ways part.
    private mutating func reportConflict(_ reason: String, _ first: [FieldSelection], _ other: [FieldSelection]) {
        let common = zip(first, other).prefix { $0.location.offset == $1.location.offset }.count
        let start = min(common, first.count - 1)
        var text = reason
        for field in first[(start + 1)...].reversed() { text = "subfields \"\(field.key)\" conflict because \(text)" }
        report(
            "Fields \"\(first[start].key)\" conflict because \(text). "
                + "Use different aliases on the fields to fetch both if this was intentional.",
            first[start...].map(\.location) + other[start...].map(\.location))
    }
}
