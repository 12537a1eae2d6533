import GraphQL
import JSON
import Testing

@Test func `a type tells about itself`() async throws {
    let answer = try await run(
        """
        { __type(name: "RenameInput") { kind name fields { name } enumValues { name } possibleTypes { name }
          inputFields { name type { kind name ofType { kind name } } defaultValue isDeprecated } } }
        """)
    let expected =
        #"{"data":{"__type":{"kind":"INPUT_OBJECT","name":"RenameInput","fields":null,"enumValues":null,"#
        + #""possibleTypes":null,"inputFields":[{"name":"id","type":{"kind":"NON_NULL","name":null,"#
        + #""ofType":{"kind":"SCALAR","name":"ID"}},"defaultValue":null,"isDeprecated":false},"#
        + #"{"name":"name","type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"SCALAR","name":"String"}},"#
        + #""defaultValue":"\"new\"","isDeprecated":false},{"name":"note","type":{"kind":"SCALAR","#
        + #""name":"String","ofType":null},"defaultValue":null,"isDeprecated":false},{"name":"tags","#
        + #""type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"LIST","name":null}},"#
        + #""defaultValue":"[]","isDeprecated":false}]}}}"#
    #expect(answer == expected)
}

@Test func `the standard introspection query is answered`() async throws {
    let answer = try JSONValue(parsing: try await run(introspectionQuery))
    let schema = answer["data"]?["__schema"]
    #expect(schema?["queryType"]?["name"] == "Query")
    #expect(schema?["mutationType"]?["name"] == "Mutation")
    #expect(schema?["subscriptionType"]?["name"] == "Subscription")
    let names = schema?["types"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(names == names.sorted())
    #expect(names.contains("__Type") && names.contains("Machine") && names.contains("Boolean"))
    #expect(schema?["directives"]?.array?.count == 4)
    #expect(try await run("{ __type(name: \"Nothing\") { name } }") == #"{"data":{"__type":null}}"#)
}

/// The query that graphiql and graphql-core send.
let introspectionQuery = """
    query IntrospectionQuery {
      __schema { description queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType }
        directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
    fragment FullType on __Type { kind name description specifiedByURL
      fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef } isDeprecated deprecationReason }
      inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated
      deprecationReason }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
      ofType { kind name ofType { kind name ofType { kind name } } } } } } } }
    """
