extension Validation {
    /// Fields that share a name in the answer are one and the same field, and so are their parts.
    /// Source: <https://spec.graphql.org/October2021/#sec-Field-Selection-Merging>
    mutating func checkFieldsCanMerge() {
        var comparison = FieldComparison(types, fragments, comparisons: limits.comparisons)
        for operation in operations {
            let root = types.root(of: operation.kind).flatMap { types.types[$0] }
            comparison.compare(operation.selections, at: operation.location, of: root)
        }
        for fragment in document.fragments {
            comparison.compare(fragment.selections, at: fragment.location, of: types.types[fragment.condition])
        }
        for field in fields where field.node.hasSelections {
            let type = field.definition.flatMap { types.types[$0.type.name] }
            comparison.compare(field.node.selections, at: field.node.location, of: type)
        }
        for conflict in comparison.conflicts {
            report(
                "Fields \"\(conflict.key)\" conflict because \(conflict.reason). "
                    + "Use different aliases on the fields to fetch both if this was intentional.",
                conflict.first + conflict.second)
        }
        if comparison.isExhausted {
            report("Fields are repeated so often that more than \(limits.comparisons) comparisons are needed.")
        }
    }
}

/// Compares fields with one another. Every set of selections is compared within itself once; then each set with each
/// fragment that is spread in it, and these fragments among themselves, down to the fields' own selections. Fragments are
/// compared once, however often they are spread, and the number of comparisons has a bound.
private struct FieldComparison {
    /// Two fields, or the selections beneath them, that do not fit.
    struct Conflict {
        var key: String
        var reason: String
        /// Where the first field stands, and those beneath it that conflict.
        var first: [Location]
        var second: [Location]
    }

    /// One field as a set of selections mentions it.
    struct Mention {
        var node: FieldSelection
        var parent: NamedType?
        var definition: FieldDefinition?
    }

    /// The fields of one set of selections by their name in the answer, inline fragments included, and what is spread.
    final class FieldSet {
        var groups: [(key: String, mentions: [Mention])] = []
        var places: [String: Int] = [:]
        var spreads: [String] = []
        /// Fragments that this set was compared with; true when only as parts of objects that exclude each other.
        var compared: [String: Bool] = [:]

        subscript(key: String) -> [Mention] { places[key].map { groups[$0].mentions } ?? [] }
    }

    private struct FragmentPair: Hashable {
        var first: String
        var second: String
    }

    let types: TypeSystem
    let fragments: [String: Fragment]
    private(set) var conflicts: [Conflict] = []
    private(set) var isExhausted = false
    private var remaining: Int
    /// How deep comparisons may lie in one another: each takes its part of the stack.
    private let maximumDepth = 300
    private var depth = 0
    /// By the offset of the node whose selections they are.
    private var sets: [Int: FieldSet] = [:]
    private var comparedPairs: [FragmentPair: Bool] = [:]

    init(_ types: TypeSystem, _ fragments: [String: Fragment], comparisons: Int) {
        self.types = types
        self.fragments = fragments
        remaining = comparisons
    }

    // MARK: Sets

    private mutating func set(_ selections: [Selection], at location: Location, of type: NamedType?) -> FieldSet {
        if let known = sets[location.offset] { return known }
        let set = FieldSet()
        collect(selections, of: type, into: set)
        sets[location.offset] = set
        return set
    }

    private mutating func set(_ fragment: Fragment) -> FieldSet {
        set(fragment.selections, at: fragment.location, of: types.types[fragment.condition])
    }

    private func collect(_ selections: [Selection], of type: NamedType?, into set: FieldSet) {
        for selection in selections {
            switch selection {
            case .field(let node):
                let mention = Mention(
                    node: node, parent: type, definition: type.flatMap { types.declaredField(node.name, of: $0) })
                if let place = set.places[node.key] {
                    set.groups[place].mentions.append(mention)
                } else {
                    set.places[node.key] = set.groups.count
                    set.groups.append((node.key, [mention]))
                }
            case .inline(let node):
                collect(node.selections, of: node.condition.map { types.types[$0] } ?? type, into: set)
            case .spread(let node):
                if !set.spreads.contains(node.name) { set.spreads.append(node.name) }
            }
        }
    }

    // MARK: Comparing sets

    mutating func compare(_ selections: [Selection], at location: Location, of type: NamedType?) {
        let set = set(selections, at: location, of: type)
        var found: [Conflict] = []
        defer { conflicts += found }
        for (key, mentions) in set.groups where mentions.count > 1 {
            for (index, first) in mentions.enumerated() {
                for second in mentions[(index + 1)...] {
                    if isExhausted { return }
                    if let conflict = conflict(key, first, second, exclusive: false) { found.append(conflict) }
                }
            }
        }
        for (index, name) in set.spreads.enumerated() {
            compare(set, withFragment: name, exclusive: false, into: &found)
            for other in set.spreads[(index + 1)...] {
                compare(fragment: name, with: other, exclusive: false, into: &found)
            }
        }
    }

    private mutating func compare(
        _ set: FieldSet, withFragment name: String, exclusive: Bool, into found: inout [Conflict]
    ) {
        if let known = set.compared[name], !known || exclusive { return }
        guard spend(), !set.groups.isEmpty else { return }
        set.compared[name] = exclusive
        guard let fragment = fragments[name] else { return }
        let other = self.set(fragment)
        if other === set { return }
        compare(set, with: other, exclusive: exclusive, into: &found)
        deeper { comparison in
            for inner in other.spreads {
                comparison.compare(set, withFragment: inner, exclusive: exclusive, into: &found)
            }
        }
    }

    private mutating func compare(
        fragment first: String, with second: String, exclusive: Bool, into found: inout [Conflict]
    ) {
        if first == second { return }
        let pair = FragmentPair(first: min(first, second), second: max(first, second))
        if let known = comparedPairs[pair], !known || exclusive { return }
        guard spend() else { return }
        comparedPairs[pair] = exclusive
        guard let one = fragments[first], let other = fragments[second] else { return }
        let firstSet = set(one)
        let secondSet = set(other)
        compare(firstSet, with: secondSet, exclusive: exclusive, into: &found)
        deeper { comparison in
            for inner in secondSet.spreads {
                comparison.compare(fragment: first, with: inner, exclusive: exclusive, into: &found)
            }
            for inner in firstSet.spreads {
                comparison.compare(fragment: inner, with: second, exclusive: exclusive, into: &found)
            }
        }
    }

    /// Each field of the one set with those of the same name in the other.
    private mutating func compare(
        _ set: FieldSet, with other: FieldSet, exclusive: Bool, into found: inout [Conflict]
    ) {
        for (key, mentions) in set.groups {
            let others = other[key]
            for first in mentions {
                for second in others {
                    if isExhausted { return }
                    if let conflict = conflict(key, first, second, exclusive: exclusive) { found.append(conflict) }
                }
            }
        }
    }

    // MARK: Comparing fields

    private mutating func conflict(
        _ key: String, _ first: Mention, _ second: Mention, exclusive: Bool
    ) -> Conflict? {
        guard spend() else { return nil }
        func conflict(_ reason: String) -> Conflict {
            Conflict(key: key, reason: reason, first: [first.node.location], second: [second.node.location])
        }
        // No object is of two types: such fields never meet, so they need only look alike.
        let isExclusive = exclusive || Self.exclude(first.parent, second.parent)
        if !isExclusive {
            if first.node.name != second.node.name {
                return conflict("\"\(first.node.name)\" and \"\(second.node.name)\" are different fields")
            }
            if !Self.areSame(first.node.arguments, second.node.arguments) {
                return conflict("they have differing arguments")
            }
        }
        if let type = first.definition?.type, let other = second.definition?.type, differ(type, other) {
            return conflict("they return conflicting types \"\(type)\" and \"\(other)\"")
        }
        guard first.node.hasSelections, second.node.hasSelections else { return nil }
        var found: [Conflict] = []
        deeper { $0.compareSelections(first, second, exclusive: isExclusive, into: &found) }
        return found.isEmpty ? nil : Self.summary(key, first, second, found)
    }

    private mutating func compareSelections(
        _ first: Mention, _ second: Mention, exclusive: Bool, into found: inout [Conflict]
    ) {
        let firstSet = set(
            first.node.selections, at: first.node.location,
            of: first.definition.flatMap { types.types[$0.type.name] })
        let secondSet = set(
            second.node.selections, at: second.node.location,
            of: second.definition.flatMap { types.types[$0.type.name] })
        compare(firstSet, with: secondSet, exclusive: exclusive, into: &found)
        for name in secondSet.spreads { compare(firstSet, withFragment: name, exclusive: exclusive, into: &found) }
        for name in firstSet.spreads { compare(secondSet, withFragment: name, exclusive: exclusive, into: &found) }
        for name in firstSet.spreads {
            for other in secondSet.spreads {
                compare(fragment: name, with: other, exclusive: exclusive, into: &found)
            }
        }
    }

    /// One conflict for all those beneath two fields, cut where it grows beyond what anybody reads.
    private static func summary(
        _ key: String, _ first: Mention, _ second: Mention, _ found: [Conflict]
    ) -> Conflict {
        var summary = Conflict(
            key: key, reason: "", first: [first.node.location], second: [second.node.location])
        for conflict in found where summary.reason.utf8.count < 1000 {
            let and = summary.reason.isEmpty ? "" : " and "
            summary.reason += "\(and)subfields \"\(conflict.key)\" conflict because \(conflict.reason)"
            summary.first += conflict.first
            summary.second += conflict.second
        }
        return summary
    }

    private static func exclude(_ a: NamedType?, _ b: NamedType?) -> Bool {
        guard case .object(let a)? = a, case .object(let b)? = b else { return false }
        return a.name != b.name
    }

    private static func areSame(_ a: [ArgumentNode], _ b: [ArgumentNode]) -> Bool {
        guard a.count == b.count else { return false }
        return a.allSatisfy { argument in
            b.contains { $0.name == argument.name && $0.value.ordered == argument.value.ordered }
        }
    }

    /// Whether values of both types would look different in an answer.
    /// Source: <https://spec.graphql.org/October2021/#SameResponseShape()>
    private func differ(_ a: TypeReference, _ b: TypeReference) -> Bool {
        switch (a, b) {
        case (.list(let a), .list(let b)), (.nonNull(let a), .nonNull(let b)): return differ(a, b)
        case (.named(let a), .named(let b)):
            let isLeaf = types.types[a]?.isLeaf == true || types.types[b]?.isLeaf == true
            return isLeaf && a != b
        default: return true
        }
    }

    // MARK: Bounds

    private mutating func spend() -> Bool {
        remaining -= 1
        if remaining < 0 { isExhausted = true }
        return !isExhausted
    }

    private mutating func deeper(_ body: (inout FieldComparison) -> Void) {
        depth += 1
        if depth > maximumDepth { isExhausted = true } else { body(&self) }
        depth -= 1
    }
}

extension ValueNode {
    /// The same value with the members of its objects sorted by name: their order means nothing.
    fileprivate var ordered: ValueNode {
        switch kind {
        case .list(let items): ValueNode(.list(items.map(\.ordered)), location: location)
        case .object(let members):
            ValueNode(
                .object(
                    members.map { Member($0.name, $0.value.ordered, location: $0.location) }
                        .sorted { $0.name < $1.name }), location: location)
        default: self
        }
    }
}
