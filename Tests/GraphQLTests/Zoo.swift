import GraphQL
import JSON

/// A world with an interface on an interface, a union, and fields of each kind on what they may be.
struct Zoo: GraphQLContext {
    var animals: [Animal] = [
        .dog(Dog(id: 1, name: "Rex", volume: 3)), .cat(Cat(id: 2, name: "Mia", lives: 9)),
        .dog(Dog(id: 3, name: "Bo", volume: 7)),
    ]
    let calls = Fleet.Calls()
}

enum Animal: GraphQLInterface { case dog(Dog), cat(Cat) }
enum Being: GraphQLInterface { case dog(Dog), cat(Cat), keeper(Keeper) }
enum Finding: GraphQLUnion { case dog(Dog), keeper(Keeper), nothing }

struct Dog: GraphQLObject { var id: Int, name: String, volume: Int }
struct Cat: GraphQLObject { var id: Int, name: String, lives: Int }
struct Keeper: GraphQLObject { var name: String }

let zooPart = SchemaPart<Zoo> {
    Interface(Being.self) {
        Demand<String>("name").describe("What it is called.")
        Possible(Dog.self) { if case .dog(let dog) = $0 { dog } else { nil } }
        Possible(Cat.self) { if case .cat(let cat) = $0 { cat } else { nil } }
        Possible(Keeper.self) { if case .keeper(let keeper) = $0 { keeper } else { nil } }
    }.describe("Whatever has a name.")
    Interface(Animal.self) {
        Demand<Int>("id")
        Demand<String>("name")
        Demand<Being?>("keeper")
        Demand<Int>("legs", Argument<Int>("without", default: 0)).deprecated("count them")
        Possible(Dog.self) { if case .dog(let dog) = $0 { dog } else { nil } }
        Possible(Cat.self) { if case .cat(let cat) = $0 { cat } else { nil } }
    }.implements(Being.self)
    Union(Finding.self) {
        Possible(Dog.self) { if case .dog(let dog) = $0 { dog } else { nil } }
        Possible(Keeper.self) { if case .keeper(let keeper) = $0 { keeper } else { nil } }
    }
    Object(Dog.self) {
        Field("id", \.id)
        Field("name", \.name)
        Field("volume", \.volume)
        Field("legs", Argument<Int>("without", default: 0)) { _, _, without in 4 - without }
        Field("keeper", as: Keeper?.self, groupedBy: \.id) { ids, context in
            context.calls.note("keepers of dogs \(ids.sorted())")
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, Keeper(name: "K\($0)")) })
        }
    }
    Object(Cat.self) {
        Field("id", \.id)
        Field("name", \.name)
        Field("lives", \.lives)
        Field("legs", Argument<Int>("without", default: 0), Argument<Int?>("more")) { _, _, without, more in
            4 - without + (more ?? 0)
        }
        Field("keeper", as: Being?.self, groupedBy: \.id) { ids, context in
            context.calls.note("keepers of cats \(ids.sorted())")
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, .dog(Dog(id: 9, name: "guard", volume: 1))) })
        }
    }
    Object(Keeper.self) { Field("name", \.name) }
    Query {
        Field("animals") { context in context.animals }
        Field("animal", Argument<Int>("id")) { (context: Zoo, id: Int) async throws -> Animal? in
            context.animals.indices.contains(id - 1) ? context.animals[id - 1] : nil
        }
        Field("findings") { (context: Zoo) async throws -> [Finding?] in
            [.keeper(Keeper(name: "Ann")), nil, .dog(Dog(id: 4, name: "Zed", volume: 2)), .nothing]
        }
    }
}

func runZoo(_ query: String, _ zoo: Zoo = Zoo()) async throws -> String {
    let executor = Executor(schema: try Schema.build([zooPart])) { _ in "e" }
    return String(decoding: await executor.execute(Request(query), zoo), as: UTF8.self)
}
