import GraphQL

/// The same numbers for the same seed. Source: "SplitMix", Steele, Lea and Flood, 2014.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func list<Item>(upTo count: Int, _ item: (inout Self) -> Item) -> [Item] {
        (0..<below(count + 1)).map { _ in item(&self) }
    }
    mutating func name() -> String {
        ["a", "on1", "query", "fragment", "_x", "type", "n\(below(9))", "Long_Name9", "null1"][below(9)]
    }
}

extension Document {
    static func random(_ random: inout SeededGenerator) -> Document {
        Document(
            (0...random.below(3)).map { _ in
                random.chance(70)
                    ? .operation(.random(&random))
                    : .fragment(
                        Fragment(
                            name: random.name(), condition: random.name(), directives: .random(&random),
                            selections: .random(&random, 0)))
            })
    }
}

extension Operation {
    fileprivate static func random(_ random: inout SeededGenerator) -> Operation {
        Operation(
            kind: [.query, .mutation, .subscription][random.below(3)], name: random.chance(50) ? random.name() : nil,
            variables: random.list(upTo: 2) { random in
                VariableDefinition(
                    name: random.name(), type: .random(&random),
                    defaultValue: random.chance(40) ? .random(&random, constant: true, 0) : nil)
            }, directives: .random(&random), selections: .random(&random, 0))
    }
}

extension TypeReference {
    fileprivate static func random(_ random: inout SeededGenerator) -> TypeReference {
        let inner: TypeReference = random.chance(30) ? .list(.random(&random)) : .named(random.name())
        return random.chance(40) ? .nonNull(inner) : inner
    }
}

extension [Directive] {
    fileprivate static func random(_ random: inout SeededGenerator) -> [Directive] {
        random.chance(80) ? [] : [Directive(name: random.name(), arguments: .random(&random))]
    }
}

extension [ArgumentNode] {
    fileprivate static func random(_ random: inout SeededGenerator) -> [ArgumentNode] {
        random.list(upTo: 2) { ArgumentNode(name: $0.name(), value: .random(&$0, constant: false, 0)) }
    }
}

extension [Selection] {
    fileprivate static func random(_ random: inout SeededGenerator, _ depth: Int) -> [Selection] {
        (0...random.below(3)).map { _ in
            switch random.below(10) {
            case 0: return .spread(FragmentSpread(name: random.name(), directives: .random(&random)))
            case 1 where depth < 3:
                return .inline(
                    InlineFragment(
                        condition: random.chance(60) ? random.name() : nil, directives: .random(&random),
                        selections: .random(&random, depth + 1)))
            default:
                var field = FieldSelection(alias: random.chance(20) ? random.name() : nil, name: random.name())
                field.arguments = .random(&random)
                field.directives = .random(&random)
                field.hasSelections = depth < 3 && random.chance(40)
                if field.hasSelections { field.selections = .random(&random, depth + 1) }
                return .field(field)
            }
        }
    }
}

extension ValueNode {
    fileprivate static func random(_ random: inout SeededGenerator, constant: Bool, _ depth: Int) -> ValueNode {
        switch random.below(depth < 2 ? 9 : 7) {
        case 0 where !constant: ValueNode(.variable(random.name()))
        case 0, 1: ValueNode(.int(String(random.below(2000) - 1000)))
        case 2: ValueNode(.float(["1.5", "-0.25e10", "1E-3", "0.0"][random.below(4)]))
        case 3: ValueNode(.boolean(random.chance(50)))
        case 4: ValueNode(.null)
        case 5: ValueNode(.enumeration(random.name()))
        case 6: ValueNode(.string(.random(&random)))
        case 7: ValueNode(.list(random.list(upTo: 3) { .random(&$0, constant: constant, depth + 1) }))
        default:
            ValueNode(
                .object(random.list(upTo: 3) { .init($0.name(), .random(&$0, constant: constant, depth + 1)) }))
        }
    }
}

extension String {
    static func random(_ random: inout SeededGenerator) -> String {
        let pieces = ["a", "\"", "\\", "\n", "\r", "\t", "\u{1}", "é", "😀", "\u{2028}", "/", "\"\"\"", "\u{7F}", " "]
        return random.list(upTo: 8) { pieces[$0.below(pieces.count)] }.joined()
    }
}
