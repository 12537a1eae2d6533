package import Core

/// Finds what a person named.
package enum NameLookup {
    /// The machine of that id, name or domain, in this order: a machine called like another's domain is still found by name.
    /// A name that several have is refused with their ids.
    package static func machine(_ word: String, in machines: [Machine]) throws(CommandFailure) -> Machine {
        if let exact = machines.first(where: { $0.id.rawValue == word }) { return exact }
        for matches in [machines.filter { $0.name == word }, machines.filter { $0.internalName == word }] {
            if matches.count > 1 {
                let ids = matches.map { "  \($0.id.rawValue)  \(Text.sanitised($0.internalName))" }
                throw .usage(
                    "several machines are called \"\(word)\"; name one by its id:\n\(ids.joined(separator: "\n"))")
            }
            if let machine = matches.first { return machine }
        }
        throw .failed("there is no machine called \"\(word)\"")
    }

    /// The machines of those words, each once. The first word that names none stops it all: a slip of the pen must not
    /// do half of what was meant.
    package static func machines(_ words: [String], in machines: [Machine]) throws(CommandFailure) -> [Machine] {
        var found: [Machine] = []
        for word in words {
            let machine = try machine(word, in: machines)
            if !found.contains(where: { $0.id == machine.id }) { found.append(machine) }
        }
        return found
    }

    /// The department of that id or name; letters' case matters only where two names differ in nothing else.
    package static func department(_ word: String, in rows: [DepartmentRow]) throws(CommandFailure) -> Department {
        let departments = rows.map(\.department)
        let exact = departments.first { $0.id.rawValue == word } ?? departments.first { $0.name == word }
        if let exact { return exact }
        let similar = departments.filter { $0.name.lowercased() == word.lowercased() }
        if similar.count > 1 {
            let ids = similar.map { "  \($0.id.rawValue)  \(Text.sanitised($0.name))" }.joined(separator: "\n")
            throw .usage("several departments are called \"\(word)\"; name one by its id:\n\(ids)")
        }
        guard let department = similar.first else { throw .failed("there is no department called \"\(word)\"") }
        return department
    }
}
