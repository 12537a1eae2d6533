import GraphQL
import JSON
import Testing

@Test func `the schema prints sorted by name`() throws {
    let schema = try Schema.build([departmentPart, machinePart])
    let golden = #"""
        type DepartmentType {
          id: ID!
          machines: [Machine!]!
          name: String!
        }

        """Any JSON value."""
        scalar JSON

        type Machine {
          batchFails: String
          broken: String
          brokenRequired: String!
          department: DepartmentType
          figures: Float
          id: ID!
          load: Float
          memory: Int!

          """What people call it."""
          name: String!
          scaled(by: Int! = 2): Int!
          secret: String!
          shout: String!
          snapshots: [Snapshot!]!
          status: MachineStatus!
          tags: [String!]!
        }

        enum MachineStatus {
          OFF

          """It runs."""
          RUNNING
        }

        type Mutation {
          rename(input: RenameInput!): Machine
          step(number: Int!): Int!
        }

        type Query {
          adminOnly: Boolean!
          byStatus(status: MachineStatus! = RUNNING): [Machine!]!
          departments: [DepartmentType!]!
          echo(value: JSON!): JSON!
          machine(id: String!): Machine
          machines(limit: Int): [Machine!]!
          maybe(text: String): String!
          required: Machine!
          unexpected: Machine
        }

        input RenameInput {
          id: ID!
          name: String! = "new"
          note: String
          tags: [String!]! = []
        }

        type Snapshot {
          machine: Machine!
          name: String!
        }

        type Subscription {
          ticks(count: Int!, fails: Boolean! = false): Machine!
        }

        """#
    #expect(schema.printed == golden)
    #expect(!schema.types.printed(descriptions: false).contains("\"\"\""))
}

private struct Orphan: GraphQLObject {}
private struct Twice: GraphQLObject {}
private struct Loop: GraphQLInputObject {}
private enum Empty: String, GraphQLEnum, CaseIterable { case a = "true" }

@Test func `everything that is wrong with a schema is told at once`() {
    let part = SchemaPart<Fleet> {
        Object(Twice.self) {
            Field("a") { _ in Orphan() }
            Field("a") { _ in 1 }
            Field("not-a-name") { _ in 1 }
            Field("__mine") { _ in 1 }
        }
        Object(Twice.self) { Field("b") { _ in 1 } }
        Extend(Department.self) { Field("b") { _ in 1 } }
        Enum(Empty.self)
        Input(Loop.self, Argument<Loop>("again")) { _ in Loop() }
        Query { Field("free", Argument<Loop>("loop", default: Loop())) { _, _ in Twice() } }
        Mutation(requires: .user) { Field("m", Argument<Int>("x"), Argument<Int>("x")) { _, _, _ in 1 } }
    }
    #expect {
        try Schema.build([part])
    } throws: { error in
        let text = "\(error)"
        return [
            "Twice.a is declared twice", "\"not-a-name\" is not a name", "begins with two underscores",
            "object Twice is declared twice; use Extend", "object Department is extended but not declared",
            "enum Empty cannot have the value true", "input Loop needs itself through Loop.again",
            "Query.free does not say whom it is for", "Query.free(loop): the default cannot be printed",
            "Mutation.m(x) is declared twice", "Twice.a: type Orphan is not declared in any part",
        ].allSatisfy { expected in
            let found = text.contains(expected)
            if !found { Issue.record("missing: \(expected)\nin \(text)") }
            return found
        }
    }
}

@Test func `deprecations and argument descriptions are printed`() throws {
    struct Free: GraphQLContext {}
    let part = SchemaPart<Free> {
        Query {
            Field("old", Argument<Int?>("a", default: nil).describe("A number."), Argument<Int?>("b")) { _, _, _ in
                1
            }.deprecated("use \"new\"").describe("Two\nlines.")
        }
    }
    let golden = #"""
        type Query {
          """
          Two
          lines.
          """
          old(
            """A number."""
            a: Int = null
            b: Int
          ): Int! @deprecated(reason: "use \"new\"")
        }

        """#
    #expect(try Schema.build([part]).printed == golden)
}
