/// Reads TOML 1.0: tables, and what is set in them.
struct TOMLReader {
    /// A table that is still being filled, and how it came to be, which decides who may add to it.
    final class Node {
        enum Origin {
            /// On the way to a table that a header names: may be named itself once.
            case passed
            /// By a header of its own.
            case header
            /// By a key with dots: only keys of the same table may add to it.
            case dotted
        }
        enum Member {
            case value(TOMLValue)
            case table(Node)
            /// `[[name]]`: what follows belongs to the last one.
            case tables([Node])
        }
        var origin: Origin
        var members: [String: Member] = [:]
        init(_ origin: Origin) { self.origin = origin }

        var table: TOMLTable {
            TOMLTable(
                members.mapValues { member in
                    switch member {
                    case .value(let value): value
                    case .table(let node): .table(node.table)
                    case .tables(let nodes): .array(nodes.map { .table($0.table) })
                    }
                })
        }
    }

    /// Lists in lists and tables in tables: nobody needs more, and each level takes of the stack.
    static let maximumDepth = 64

    var scanner: TOMLScanner

    init(_ text: String) { scanner = TOMLScanner(text) }

    mutating func document() throws(TOMLError) -> TOMLTable {
        let root = Node(.header)
        var table = root
        while true {
            scanner.skipLines()
            guard let byte = scanner.peek else { return root.table }
            if byte == UInt8(ascii: "[") {
                table = try header(in: root)
            } else {
                let key = try key()
                try scanner.expect("=", "an equals sign")
                try set(key, to: try value(depth: 0), in: table)
            }
            try scanner.endLine()
        }
    }

    // MARK: Tables

    private mutating func header(in root: Node) throws(TOMLError) -> Node {
        let isList = scanner.take("[[")
        if !isList { try scanner.expect("[", "a bracket") }
        scanner.skipSpace()
        let path = try key()
        guard scanner.take(isList ? "]]" : "]") else {
            throw scanner.error("the name of a table has to end with \(isList ? "]]" : "]")")
        }
        var node = root
        for name in path.dropLast() {
            switch node.members[name] {
            case nil:
                let next = Node(.passed)
                node.members[name] = .table(next)
                node = next
            case .table(let next): node = next
            case .tables(let nodes): node = nodes[nodes.count - 1]  // Never empty.
            case .value: throw scanner.error("\"\(name)\" is no table")
            }
        }
        let name = path[path.count - 1]  // A key has a part at least.
        let new = Node(.header)
        switch (node.members[name], isList) {
        case (nil, false): node.members[name] = .table(new)
        case (nil, true): node.members[name] = .tables([new])
        case (.tables(let nodes), true): node.members[name] = .tables(nodes + [new])
        case (.table(let known), false) where known.origin == .passed:
            known.origin = .header
            return known
        default: throw scanner.error("\"\(name)\" is there already")
        }
        return new
    }

    private func set(_ path: [String], to value: TOMLValue, in table: Node) throws(TOMLError) {
        var node = table
        for name in path.dropLast() {
            switch node.members[name] {
            case nil:
                let next = Node(.dotted)
                node.members[name] = .table(next)
                node = next
            case .table(let next) where next.origin == .dotted: node = next
            default: throw scanner.error("\"\(name)\" is there already")
            }
        }
        let name = path[path.count - 1]  // A key has a part at least.
        guard node.members[name] == nil else { throw scanner.error("\"\(name)\" is there already") }
        node.members[name] = .value(value)
    }

    /// One name or several with dots between them, and the space behind.
    private mutating func key() throws(TOMLError) -> [String] {
        var path: [String] = []
        repeat {
            scanner.skipSpace()
            switch scanner.peek {
            case UInt8(ascii: "\""): path.append(try scanner.basicString())
            case UInt8(ascii: "'"): path.append(try scanner.literalString())
            default:
                let name = scanner.word { byte in
                    TOMLScanner.isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                }
                if name.isEmpty { throw scanner.error("a name is needed here") }
                path.append(name)
            }
            scanner.skipSpace()
        } while scanner.take(".")
        return path
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(TOMLError) -> TOMLValue {
        if depth > Self.maximumDepth { throw scanner.error("too many lists and tables in each other") }
        scanner.skipSpace()
        switch scanner.peek {
        case UInt8(ascii: "\""): return .string(try scanner.text(quote: "\""))
        case UInt8(ascii: "'"): return .string(try scanner.text(quote: "'"))
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "{"): return try inlineTable(depth: depth)
        default: return try scanner.plainValue()
        }
    }

    private mutating func list(depth: Int) throws(TOMLError) -> TOMLValue {
        try scanner.expect("[", "a bracket")
        var items: [TOMLValue] = []
        while true {
            scanner.skipLines()
            if scanner.take("]") { return .array(items) }
            items.append(try value(depth: depth + 1))
            scanner.skipLines()
            if scanner.take(",") { continue }
            guard scanner.take("]") else { throw scanner.error("a list has to go on with a comma or end with ]") }
            return .array(items)
        }
    }

    private mutating func inlineTable(depth: Int) throws(TOMLError) -> TOMLValue {
        try scanner.expect("{", "a brace")
        let node = Node(.header)
        scanner.skipSpace()
        if scanner.take("}") { return .table(node.table) }
        while true {
            let path = try key()
            try scanner.expect("=", "an equals sign")
            try set(path, to: try value(depth: depth + 1), in: node)
            scanner.skipSpace()
            if scanner.take("}") { return .table(node.table) }
            guard scanner.take(",") else {
                throw scanner.error("a table in braces has to go on with a comma or end with }")
            }
        }
    }
}
