import GraphQL
import JSON
import Testing

private func errors(_ query: String, _ limits: Limits = Limits()) throws -> [String] {
    let schema = try Schema.build([departmentPart, machinePart])
    do {
        try Document(parsing: query).validate(against: schema.types, limits, Array(query.utf8))
        return []
    } catch let error as RequestError {
        return error.errors.map(\.error.message)
    }
}

@Test(arguments: [
    ("{ __typename } type A { b: Int }", "The \"A\" definition is not executable."),
    ("{ __typename } extend schema @a", "The schema definition is not executable."),
    ("query A { __typename } query A { __typename }", "There can be only one operation named \"A\"."),
    ("{ __typename } query A { __typename }", "This anonymous operation must be the only defined operation."),
    ("{ machin { id } }", "Cannot query field \"machin\" on type \"Query\". Did you mean \"machine\" or \"machines\"?"),
    (
        "{ machines { name { x } } }",
        "Field \"name\" must not have a selection since type \"String!\" has no subfields."
    ),
    (
        "{ machines }",
        "Field \"machines\" of type \"[Machine!]!\" must have a selection of subfields. "
            + "Did you mean \"machines { ... }\"?"
    ),
    (
        "{ machine { id } }",
        "Field \"machine\" argument \"id\" of type \"String!\" is required, but it was not provided."
    ),
    ("{ machines(limt: 1) { id } }", "Unknown argument \"limt\" on field \"Query.machines\". Did you mean \"limit\"?"),
    ("{ machines(limit: 1, limit: 2) { id } }", "There can be only one argument named \"limit\"."),
    ("{ machines(limit: \"1\") { id } }", "Int cannot represent non-integer value: \"1\""),
    ("{ machines(limit: 3000000000) { id } }", "Int cannot represent non 32-bit signed integer value: 3000000000"),
    ("{ machine(id: null) { id } }", "Expected value of type \"String!\", found null."),
    ("{ machine(id: word) { id } }", "String cannot represent a non string value: word"),
    (
        "{ byStatus(status: RUNING) { id } }",
        "Value \"RUNING\" does not exist in \"MachineStatus\" enum. Did you mean the enum value \"RUNNING\"?"
    ),
    (
        "{ byStatus(status: \"OFF\") { id } }",
        "Enum \"MachineStatus\" cannot represent non-enum value: \"OFF\". Did you mean the enum value \"OFF\"?"
    ),
    (
        "mutation { rename(input: {name: \"x\"}) { id } }",
        "Field \"RenameInput.id\" of required type \"ID!\" was not provided."
    ),
    (
        "mutation { rename(input: {id: 1, nam: \"x\"}) { id } }",
        "Field \"nam\" is not defined by type \"RenameInput\". Did you mean \"name\"?"
    ),
    ("mutation { rename(input: {id: 1, id: 2}) { id } }", "There can be only one input field named \"id\"."),
    ("mutation { rename(input: 1) { id } }", "Expected value of type \"RenameInput!\", found 1."),
    ("query ($a: Nope) { echo(value: $a) }", "Unknown type \"Nope\"."),
    ("query ($a: Machine) { echo(value: $a) }", "Variable \"$a\" cannot be non-input type \"Machine\"."),
    ("query ($a: Int, $a: Int) { machines(limit: $a) { id } }", "There can be only one variable named \"$a\"."),
    ("query Q { machines(limit: $a) { id } }", "Variable \"$a\" is not defined by operation \"Q\"."),
    ("query Q($a: Int) { __typename }", "Variable \"$a\" is never used in operation \"Q\"."),
    (
        "query ($a: String) { machines(limit: $a) { id } }",
        "Variable \"$a\" of type \"String\" used in position expecting type \"Int\"."
    ),
    (
        "query ($a: String) { machine(id: $a) { id } }",
        "Variable \"$a\" of type \"String\" used in position expecting type \"String!\"."
    ),
    ("{ ...f }", "Unknown fragment \"f\"."),
    ("{ __typename } fragment f on Machine { id }", "Fragment \"f\" is never used."),
    ("{ machines { ...f } } fragment f on Machine { ...f }", "Cannot spread fragment \"f\" within itself."),
    (
        "{ machines { ...f } } fragment f on Machine { ...g } fragment g on Machine { ...f }",
        "Cannot spread fragment \"f\" within itself via \"g\"."
    ),
    (
        "{ ...f } fragment f on Machine { id }",
        "Fragment \"f\" cannot be spread here as objects of type \"Query\" can never be of type \"Machine\"."
    ),
    ("{ machines { ... on String { x } } }", "Fragment cannot condition on non composite type \"String\"."),
    (
        "{ ...f ...f } fragment f on Query { __typename } fragment f on Query { __typename }",
        "There can be only one fragment named \"f\"."
    ),
    ("{ __typename @nope }", "Unknown directive \"@nope\"."),
    ("query @skip(if: true) { __typename }", "Directive \"@skip\" may not be used on QUERY."),
    (
        "{ __typename @skip(if: true) @skip(if: true) }",
        "The directive \"@skip\" can only be used once at this location."
    ),
    (
        "{ __typename @skip }",
        "Directive \"@skip\" argument \"if\" of type \"Boolean!\" is required, but it was not provided."
    ),
    (
        "{ machines { a: id a: name } }",
        "Fields \"a\" conflict because \"id\" and \"name\" are different fields. "
            + "Use different aliases on the fields to fetch both if this was intentional."
    ),
    (
        "{ machine(id: \"1\") { id } machine(id: \"2\") { id } }",
        "Fields \"machine\" conflict because they have differing arguments. "
            + "Use different aliases on the fields to fetch both if this was intentional."
    ),
    (
        "{ machines { id } ...f } fragment f on Query { machines { id: name } }",
        "Fields \"machines\" conflict because subfields \"id\" conflict because \"id\" and \"name\" are different "
            + "fields. Use different aliases on the fields to fetch both if this was intentional."
    ),
    (
        "subscription { a: ticks(count: 1) { id } b: ticks(count: 1) { id } }",
        "Anonymous Subscription must select only one top level field."
    ),
])
func `a document that does not fit the schema is refused`(query: String, message: String) throws {
    let found = try errors(query)
    #expect(found.contains(message), "\(found)")
}

@Test(arguments: [
    "{ machines(limit: null) { id ...f ...f } } fragment f on Machine { id name: name }",
    "query ($a: Int = 1, $b: String!) { machines(limit: $a) { id } machine(id: $b) { id } }",
    "query ($a: Int = 2) { machine(id: \"x\") { scaled(by: $a) } }",
    "query ($a: MachineStatus) { byStatus(status: $a) { id } }",
    "mutation ($t: String!) { rename(input: {id: 1, tags: [$t, \"x\"]}) { id } }",
    "{ echo(value: {a: [1, word, null]}) }",
    "{ __schema { types { name } } __type(name: \"X\") { name } }",
])
func `a document that fits is accepted`(query: String) throws { #expect(try errors(query) == []) }

@Test func `limits have names and hold`() throws {
    var limits = Limits()
    limits.depth = 3
    let deep = "{ machines { ...f } } fragment f on Machine { department { machines { id } } }"
    #expect(try errors(deep, limits) == ["Operation is 4 levels deep, more than the 3 allowed."])
    limits = Limits()
    limits.aliases = 2
    #expect(
        try errors("{ a: __typename b: __typename c: __typename }", limits)
            == ["Operation has more than the 2 aliases allowed."])
}

@Test(arguments: [
    ("{ machines { id department { machines { name } } } }", 10 * (1 + 1 + 1 + 10 * (1 + 1))),
    ("{ machines(limit: 3) { id name } }", 3 * 3),
    ("query ($n: Int) { machines(limit: $n) { id } }", 10 * 2),
    ("{ ...f } fragment f on Query { departments { ...g } } fragment g on DepartmentType { id name }", 10 * 3),
])
func `what a request costs grows with its lists`(query: String, cost: Int) throws {
    var limits = Limits()
    limits.cost = cost
    #expect(try errors(query, limits) == [])
    limits.cost -= 1
    #expect(try errors(query, limits) == ["Operation asks for more than the \(cost - 1) values allowed."])
}

@Test func `what is far beyond all limits is refused at once`() throws {
    let clock = ContinuousClock()
    let deep = String(repeating: "{ a ", count: 10_000) + String(repeating: "}", count: 10_000)
    let wide = "{ " + (0..<100_000).map { "a\($0): __typename" }.joined(separator: " ") + " }"
    // As many as the tokens allow: the fields of one name are compared in pairs, and unknown ones want suggestions.
    let repeated = "{ " + String(repeating: "machines { id } ", count: 2_400) + "}"
    let unknown = "{ " + String(repeating: "machinex ", count: 9_000) + "}"
    let operations = (0..<1_100).map { "query Q\($0) { ...f\($0) } fragment f\($0) on Query { ...f\($0 + 1) }" }
    for query in [deep, wide, repeated, unknown, operations.joined(separator: " ")] {
        let time = clock.measure { #expect(throws: (any Error).self) { try PreparedQuery(query) } }
        // A debug build on a loaded machine; a release build needs some milliseconds.
        #expect(time < .seconds(10), "\(query.prefix(40))")
    }
}

/// A document that was parsed and validated.
private struct PreparedQuery {
    init(_ query: String) throws {
        let schema = try Schema.build([departmentPart, machinePart])
        try Document(parsing: query).validate(against: schema.types, Limits(), Array(query.utf8))
    }
}

@Test func `fragments that double do not cost more than they may`() throws {
    // Thirty fragments that each use the next one twice stand for a billion fields.
    var text = "{ machines { ...f0 } } "
    for number in 0..<30 {
        text += "fragment f\(number) on Machine { a: department { machines { ...f\(number + 1) } } "
        text += "b: department { machines { ...f\(number + 1) } } } "
    }
    text += "fragment f30 on Machine { id }"
    var limits = Limits()
    limits.depth = 1000
    #expect(
        try errors(text, limits) == [
            "Operation has more than the 20000 fields allowed.", "Operation has more than the 500 aliases allowed.",
            "Operation asks for more than the 1000000 values allowed.",
        ])
}
