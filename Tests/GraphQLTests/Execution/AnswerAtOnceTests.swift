import GraphQL
import JSON
import Testing

/// Fields that know their values, beside those of the fleet that have to be waited for.
private let knowingPart = SchemaPart<Fleet> {
    Extend(Machine.self) {
        Field(
            "home", groupedByOptional: \.departmentID,
            known: { context -> ((Int) -> Department?)? in
                guard context.isKnown else { return nil }
                return { $0 == 2 ? nil : Department(id: $0, name: "home \($0)") }
            },
            resolve: { ids, context in
                context.calls.note("homes \(ids.sorted())")
                return Dictionary(
                    uniqueKeysWithValues: ids.filter { $0 != 2 }.map { ($0, Department(id: $0, name: "home \($0)")) })
            })
        Field("label", \.name).requires(.admin)
    }
    Query(requires: .user) {
        Field(
            "known", Argument<String>("id"),
            answer: { context, id -> Answer<Machine?> in
                if id == "none" { throw FieldError("no such machine", code: .notFound) }
                if context.isKnown { return .known(context.machines.first { $0.id.rawValue == id }) }
                return .fetched {
                    if id == "late" { throw FieldError("no such machine now", code: .notFound) }
                    return context.machines.first { $0.id.rawValue == id }
                }
            })
        Field("all", answer: { context in .known(context.machines) })
    }
}

private func executor() throws -> Executor<Fleet> {
    Executor(schema: try Schema.build([knowingPart, departmentPart, machinePart])) { _ in "e1" }
}

/// The answer, if there was nothing to wait for.
private func atOnce(_ query: String, _ fleet: Fleet) throws -> String? {
    guard case .now(.answer(let bytes)) = try executor().begin(Request(query), fleet) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
}

private func answer(_ query: String, _ fleet: Fleet) async throws -> String {
    String(decoding: try await executor().execute(Request(query), fleet), as: UTF8.self)
}

@Test(arguments: [
    #"{ known(id: "m1") { id home { id name } } }"#, #"{ known(id: "m2") { id home { id } } }"#,
    #"{ known(id: "m4") { id home { id } } }"#, #"{ known(id: "m9") { id } }"#,
    #"{ known(id: "none") { id } __typename }"#, #"{ all { id name home { name } tags load } }"#,
    #"{ known(id: "m1") { brokenRequired } all { broken } }"#, "{ __schema { queryType { name } } }",
])
func `what is known is answered at once, and like what was waited for`(query: String) async throws {
    var fleet = Fleet()
    let known = try #require(try atOnce(query, fleet))
    fleet.isKnown = false
    #expect(try await answer(query, fleet) == known)
}

@Test func `one field that waits does not make others wait twice`() async throws {
    let fleet = Fleet()
    let query = #"{ all { home { name } department { name } } known(id: "m1") { id } machines { id } }"#
    #expect(try atOnce(query, fleet) == nil)
    let answer = try await answer(query, fleet)
    #expect(answer.hasPrefix(#"{"data":{"all":[{"home":{"name":"home 1"},"department":{"name":"dep 1"}},"#))
    #expect(fleet.calls.all.sorted() == ["departments [1, 2]", "machines"])
}

@Test func `what is thrown while waiting is the field's error`() async throws {
    var fleet = Fleet()
    fleet.isKnown = false
    let answer = try await answer(#"{ known(id: "late") { id } }"#, fleet)
    #expect(answer.contains("no such machine now") && answer.hasSuffix(#""data":{"known":null}}"#))
}

@Test func `a mutation and a subscription are never begun at once`() async throws {
    let fleet = Fleet()
    guard case .later = try executor().begin(Request("mutation { step(number: 1) }"), fleet) else {
        Issue.record("it was")
        return
    }
    #expect(fleet.calls.all.isEmpty)
    guard case .later = try executor().begin(Request("subscription { ticks(count: 1) { id } }"), fleet) else {
        Issue.record("it was")
        return
    }
}

@Test func `a property that is not for everybody is refused in its place`() async throws {
    var fleet = Fleet()
    let query = #"{ known(id: "m1") { id label name } }"#
    #expect(try atOnce(query, fleet) == #"{"data":{"known":{"id":"m1","label":"web","name":"web"}}}"#)
    fleet.role = .user
    let refused = try #require(try atOnce(query, fleet))
    #expect(refused.contains("is for admins") && refused.hasSuffix(#""data":{"known":null}}"#))
}

/// Few keys are compared, many are hashed.
@Test(arguments: [1, 7, 8, 9, 10, 40])
func `each parent has what belongs to its key, however many keys there are`(keys: Int) throws {
    var fleet = Fleet()
    fleet.machines = (0..<120).map { number in
        Machine(
            id: Machine.ID(rawValue: "m\(number)"), name: "n", status: .running, memory: 1,
            departmentID: number % 11 == 0 ? nil : 10 + number * 7 % keys)
    }
    let text = try #require(try atOnce("{ all { home { name } } }", fleet))
    let expected = fleet.machines.map { machine in
        machine.departmentID.map { #"{"home":{"name":"home \#($0)"}}"# } ?? #"{"home":null}"#
    }
    #expect(text == #"{"data":{"all":[\#(expected.joined(separator: ","))]}}"#)
}
