import GraphQL
import JSON
import Testing

@Test(arguments: [
    ("query ($n: Int) { machines(limit: $n) { id } }", #"{"n": 1}"#, #"{"machines":[{"id":"m1"}]}"#),
    ("query ($n: Int = 1) { machines(limit: $n) { id } }", "{}", #"{"machines":[{"id":"m1"}]}"#),
    ("query ($s: MachineStatus!) { byStatus(status: $s) { id } }", #"{"s": "OFF"}"#, #"{"byStatus":[{"id":"m2"}]}"#),
    ("{ byStatus(status: OFF) { id } }", "{}", #"{"byStatus":[{"id":"m2"}]}"#),
    (
        "query ($s: MachineStatus) { byStatus(status: $s) { id } }", "{}",
        #"{"byStatus":[{"id":"m1"},{"id":"m3"},{"id":"m4"}]}"#
    ),
    ("{ machine(id: \"m1\") { a: scaled b: scaled(by: 3) } }", "{}", #"{"machine":{"a":8,"b":12}}"#),
    (
        "query ($v: JSON!) { echo(value: $v) }", #"{"v": {"b": [1, 2.5, null], "a": "x"}}"#,
        #"{"echo":{"b":[1,2.5,null],"a":"x"}}"#
    ),
    (
        "query ($v: Int) { echo(value: {a: [$v, word, -1.5e3], b: true, c: $v}) }", #"{"v": 7}"#,
        #"{"echo":{"a":[7,"word",-1500],"b":true,"c":7}}"#
    ),
    ("query ($v: Int) { echo(value: {a: [$v], c: $v}) }", "{}", #"{"echo":{"a":[null]}}"#),
    ("{ maybe }", "{}", #"{"maybe":"absent"}"#),
    ("{ maybe(text: null) }", "{}", #"{"maybe":"null"}"#),
    ("{ maybe(text: \"x\") }", "{}", #"{"maybe":"value(\"x\")"}"#),
    ("query ($t: String) { maybe(text: $t) }", "{}", #"{"maybe":"absent"}"#),
    ("query ($t: String) { maybe(text: $t) }", #"{"t": null}"#, #"{"maybe":"null"}"#),
])
func `arguments become Swift values`(query: String, variables: String, expected: String) async throws {
    let variables = try JSONValue(parsing: variables).object ?? [:]
    #expect(try await run(query, variables) == "{\"data\":\(expected)}")
}

@Test func `an input object becomes its Swift value`() async throws {
    let fleet = Fleet()
    let query =
        "mutation ($tag: [String!], $in: RenameInput!) { "
        + "a: rename(input: {id: \"m1\", note: null, tags: \"one\"}) { id } b: rename(input: $in) { id } "
        + "c: rename(input: {id: \"m9\", tags: $tag}) { id } }"
    let answer = try await run(
        query, ["tag": ["x", "y"], "in": ["id": "m2", "name": "n", "note": "hi"]], fleet)
    #expect(answer == #"{"data":{"a":{"id":"m1"},"b":{"id":"m2"},"c":null}}"#)
    #expect(
        fleet.calls.all == [
            "rename m1 to new note null tags [\"one\"]", "rename m2 to n note value(\"hi\") tags []",
            "rename m9 to new note absent tags [\"x\", \"y\"]",
        ])
}

@Test(arguments: [
    (#"{}"#, #"Variable \"$in\" of required type \"RenameInput!\" was not provided."#),
    (#"{"in": null}"#, #"Variable \"$in\" of non-null type \"RenameInput!\" must not be null."#),
    (#"{"in": 1}"#, #"Variable \"$in\" got invalid value 1; Expected type \"RenameInput\" to be an object."#),
    (
        #"{"in": {}}"#,
        #"Variable \"$in\" got invalid value {}; Field \"id\" of required type \"ID!\" was not provided."#
    ),
    (#"{"in": {"id": "a", "x": 1}}"#, #"Field \"x\" is not defined by type \"RenameInput\"."#),
    (
        #"{"in": {"id": "a", "tags": ["b", 2]}}"#,
        #"got invalid value 2 at \"in.tags[1]\"; String cannot represent a non string value: 2"#
    ),
])
func `a variable that does not fit is refused`(variables: String, message: String) async throws {
    let fleet = Fleet()
    let answer = try await run(
        "mutation ($in: RenameInput!) { rename(input: $in) { id } }",
        try JSONValue(parsing: variables).object ?? [:], fleet)
    #expect(answer.contains(message), "\(answer)")
    #expect(!answer.contains("\"data\""))
    #expect(answer.contains("\"locations\":[{\"line\":1,\"column\":11}]"))
    #expect(fleet.calls.all == [])
}
