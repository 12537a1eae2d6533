import GraphQL
import Testing

@Test func `a value of an interface answers as the object that it is`() async throws {
    let answer = try await runZoo(
        "{ animals { __typename name ... on Dog { volume } ...cat } } fragment cat on Cat { lives name }")
    let expected =
        #"{"data":{"animals":[{"__typename":"Dog","name":"Rex","volume":3},"#
        + #"{"__typename":"Cat","name":"Mia","lives":9},{"__typename":"Dog","name":"Bo","volume":7}]}}"#
    #expect(answer == expected)
}

@Test func `a fragment on an interface applies to all that implement it`() async throws {
    let answer = try await runZoo("{ findings { ... on Animal { id ... on Being { name } } ... on Keeper { name } } }")
    #expect(answer.contains(#""data":{"findings":[{"name":"Ann"},null,{"id":4,"name":"Zed"},null]}"#))
}

@Test func `what is fetched is fetched once for each type`() async throws {
    let zoo = Zoo()
    let answer = try await runZoo("{ animals { id keeper { __typename name ... on Dog { keeper { name } } } } }", zoo)
    let expected =
        #"{"data":{"animals":[{"id":1,"keeper":{"__typename":"Keeper","name":"K1"}},"#
        + #"{"id":2,"keeper":{"__typename":"Dog","name":"guard","keeper":{"name":"K9"}}},"#
        + #"{"id":3,"keeper":{"__typename":"Keeper","name":"K3"}}]}}"#
    #expect(answer == expected)
    #expect(
        zoo.calls.all.sorted() == ["keepers of cats [2]", "keepers of dogs [1, 3]", "keepers of dogs [9]"])
}

@Test func `the same name may mean different fields of objects that exclude each other`() async throws {
    let answer = try await runZoo("{ animals { ... on Dog { n: volume } ... on Cat { n: lives } } }")
    #expect(answer == #"{"data":{"animals":[{"n":3},{"n":9},{"n":7}]}}"#)
}

@Test func `a value that is none of its types is an error`() async throws {
    let answer = try await runZoo("{ findings { __typename } }")
    #expect(answer.contains(#""findings":[{"__typename":"Keeper"},null,{"__typename":"Dog"},null]"#))
    #expect(answer.contains(#""message":"A value of Finding is none of its types.""#))
    #expect(answer.contains(#""path":["findings",3]"#))
}

@Test func `interfaces and unions are introspected`() async throws {
    let answer = try await runZoo(
        """
        { a: __type(name: "Animal") { kind fields { name } interfaces { name } possibleTypes { name } }
          f: __type(name: "Finding") { kind fields { name } interfaces { name } possibleTypes { name } }
          d: __type(name: "Dog") { kind interfaces { name } possibleTypes { name } } }
        """)
    let expected =
        #"{"data":{"a":{"kind":"INTERFACE","fields":[{"name":"id"},{"name":"name"},{"name":"keeper"}],"#
        + #""interfaces":[{"name":"Being"}],"possibleTypes":[{"name":"Cat"},{"name":"Dog"}]},"#
        + #""f":{"kind":"UNION","fields":null,"interfaces":null,"possibleTypes":[{"name":"Dog"},{"name":"Keeper"}]},"#
        + #""d":{"kind":"OBJECT","interfaces":[{"name":"Animal"},{"name":"Being"}],"possibleTypes":null}}}"#
    #expect(answer == expected)
}

@Test func `interfaces and unions are printed`() throws {
    let golden = """
        interface Animal implements Being {
          id: Int!
          keeper: Being
          legs(without: Int! = 0): Int! @deprecated(reason: "count them")
          name: String!
        }

        \"""Whatever has a name.\"""
        interface Being {
          \"""What it is called.\"""
          name: String!
        }

        type Cat implements Animal & Being {
          id: Int!
          keeper: Being
          legs(more: Int, without: Int! = 0): Int!
          lives: Int!
          name: String!
        }

        type Dog implements Animal & Being {
          id: Int!
          keeper: Keeper
          legs(without: Int! = 0): Int!
          name: String!
          volume: Int!
        }

        union Finding = Dog | Keeper

        """
    #expect(try Schema.build([zooPart]).printed.hasPrefix(golden))
}

@Test func `an object that does not keep its interface's promise is refused`() throws {
    enum Named: GraphQLInterface { case thing(Thing) }
    enum Better: GraphQLInterface { case thing(Thing) }
    enum Empty: GraphQLUnion {}
    struct Thing: GraphQLObject {}
    struct Free: GraphQLContext {}
    let part = SchemaPart<Free> {
        Interface(Named.self) {
            Demand<String>("name")
            Demand<Int>("size", Argument<Int>("unit"))
            Possible(Thing.self) { if case .thing(let thing) = $0 { thing } else { nil } }
        }
        Interface(Better.self) { Demand<String>("name") }.implements(Named.self)
        Union(Empty.self) {}
        Object(Thing.self) {
            Field("name") { _ in String?.none }
            Field("size", Argument<Int>("other")) { _, _, other in other }
        }
        Query { Field("thing") { _ in Thing() } }
    }
    let error = try #require(throws: SchemaError.self) { try Schema.build([part]) }
    #expect(
        error.problems == [
            "union Empty has no possible types",
            "Better lacks the field size, which Named demands",
            "Thing.name is String, but Named demands String!",
            "Thing.size must take unit: Int!, as Named demands",
            "Thing.size(other) is required, but Named does not have it",
        ])
}
