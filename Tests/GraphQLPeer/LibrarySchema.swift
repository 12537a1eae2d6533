import GraphQL
import JSON

/// What a field is given, as JSON: defaults filled in, and what was left out left out.
extension Supplied {
    fileprivate func json(_ name: String, _ value: (Wrapped) -> JSONValue) -> [JSONObject.Member] {
        switch self {
        case .absent: []
        case .null: [JSONObject.Member(name, .null)]
        case .value(let wrapped): [JSONObject.Member(name, value(wrapped))]
        }
    }
}

extension Filter {
    fileprivate var json: JSONValue {
        .object(
            JSONObject(
                [JSONObject.Member("kind", kind.map { .string($0.rawValue) } ?? .null)]
                    + span.json("span") { span in
                        .object(
                            JSONObject([JSONObject.Member("from", .int(span.from))] + span.to.json("to") { .int($0) }))
                    }
                    + [JSONObject.Member("strict", .bool(strict))]
                    + words.json("words") { .array($0.map { .string($0) }) }))
    }
}

let typesPart = SchemaPart<Library> {
    Interface(Node.self) {
        Demand<ID>("id")
        Possible(Book.self) { if case .book(let book) = $0 { book } else { nil } }
        Possible(Film.self) { if case .film(let film) = $0 { film } else { nil } }
        Possible(Author.self) { if case .author(let author) = $0 { author } else { nil } }
    }.describe("Whatever has an id.")
    Interface(Work.self) {
        Demand<ID>("id")
        Demand<String>("title").describe("What stands on it.")
        Demand<[Author]>("authors")
        Demand<Double?>("rating", Argument<Int>("scale", default: 10)).deprecated()
        Demand<Node?>("next")
        Possible(Book.self) { if case .book(let book) = $0 { book } else { nil } }
        Possible(Film.self) { if case .film(let film) = $0 { film } else { nil } }
    }.implements(Node.self)
    Union(Found.self) {
        Possible(Book.self) { if case .book(let book) = $0 { book } else { nil } }
        Possible(Film.self) { if case .film(let film) = $0 { film } else { nil } }
        Possible(Author.self) { if case .author(let author) = $0 { author } else { nil } }
    }.describe("What a search\nmay find.")
    Enum(Kind.self).describe(.NOVEL, "A long one.").deprecated(.COMIC, "call it a \"graphic novel\"")
    Input(
        Span.self, Argument<Int>("from"), Argument<Supplied<Int>>("to").describe("Open when it is null.")
    ) { Span(from: $0, to: $1) }
    Input(
        Filter.self, Argument<Kind?>("kind", default: .NOVEL), Argument<Supplied<Span>>("span"),
        Argument<Bool>("strict", default: false), Argument<Supplied<[String]>>("words").deprecated("use span")
    ) { Filter(kind: $0, span: $1, strict: $2, words: $3) }
}

let objectsPart = SchemaPart<Library> {
    Object(Book.self) {
        Field("id") { ID($0.id) }
        Field("title", \.title)
        Field("kind", \.kind)
        Field("pages", \.pages)
        Field("length") { book in book.pages.map { "\($0) pages" } }
        Field("rating", Argument<Int>("scale", default: 10), Argument<Bool?>("round")) { book, _, scale, round in
            (book.pages.map { Double($0) * Double(scale) / (round == true ? 1 : 8) })
        }
        Field("price") { (book, _) throws -> Double? in
            if book.id == "b3" { throw FieldError("the price of b3 is a secret") }
            return 9.5
        }
        Field("isbn") { (book, _) throws -> String in
            if book.id == "b2" { throw FieldError("b2 has no isbn") }
            return "isbn \(book.id)"
        }
        Field("cover") { $0.cover.flatMap(Library.found) }
        Field("next", as: Node?.self, groupedBy: \.id) { _, _ in
            ["b1": .author(Library.authors[0]), "b2": .book(Library.books[3])]
        }
        Field("publisher", groupedBy: \.id) { ids, _ in
            let all = ["b1", "b2", "b3"].map { id in
                (id, Publisher(name: "P\(id)", address: ["no": 1, "of": [.string(id)]]))
            }
            return Dictionary(uniqueKeysWithValues: all)
        }
        Field("authors", groupedBy: \.id) { ids, _ in
            Dictionary(uniqueKeysWithValues: Library.books.map { ($0.id, $0.authors.compactMap(Library.author)) })
        }
        Field("related", Argument<Int?>("first")) { book, _, first -> [Work?] in
            Array([Library.work("f2"), nil, Library.work(book.id)].prefix(max(first ?? 3, 0)))
        }
    }.describe("Paper.")
    Object(Film.self) {
        Field("id") { ID($0.id) }
        Field("title", \.title)
        Field("minutes", \.minutes)
        Field("length", \.minutes)
        Field("rating", Argument<Int>("scale", default: 10)) { film, _, scale -> Double? in
            Double(film.minutes) / Double(scale)
        }
        Field("authors") { $0.authors.compactMap(Library.author) }
        Field("next") { film in film.id == "f1" ? Library.films[1] : nil }
    }
    Object(Author.self) {
        Field("id") { ID($0.id) }
        Field("name", \.name)
        Field("born", \.born)
        Field("works", groupedBy: \.id) { ids, _ in
            Dictionary(uniqueKeysWithValues: ids.map { ($0, Library.works(of: $0)) })
        }
        Field("spouse", groupedByOptional: \.spouse) { ids, _ in
            Dictionary(uniqueKeysWithValues: ids.compactMap { id in Library.author(id).map { (id, $0) } })
        }
    }
    Object(Publisher.self) {
        Field("name", \.name)
        Field("address", \.address)
    }
}

let rootsPart = SchemaPart<Library> {
    Query {
        Field("node", Argument<ID>("id")) { _, id in Library.node(id.rawValue) }
        Field("nodes", Argument<[ID]>("ids", default: [ID("a1")])) { _, ids in ids.map { Library.node($0.rawValue) } }
        Field("works", Argument<Kind?>("kind"), Argument<Int?>("first", default: 9)) { _, kind, first in
            let works = Library.works.filter { work in
                guard let kind else { return true }
                if case .book(let book) = work { return book.kind == kind }
                return false
            }
            return Array(works.prefix(max(first ?? 9, 0)))
        }
        Field("books", Argument<Filter?>("filter", defaultLiteral: "{kind: ESSAY, strict: true}")) { _, filter in
            Library.books.filter { filter?.kind == nil || $0.kind == filter?.kind }
        }
        Field("found", Argument<String?>("text")) { _, text -> [Found?]? in
            if text == "" { return nil }
            return ["a1", "b4", "none", "f1", text ?? "b2"].map(Library.found)
        }
        Field("author", Argument<ID?>("id")) { _, id in id.flatMap { Library.author($0.rawValue) } }
        Field("shelf") { _ in [[Library.books[0]], [], [Library.books[1], Library.books[2]]] as [[Book]?] }
        Field("boom") { (_: Library) async throws -> String? in throw FieldError("boom") }
        Field("boomRequired") { (_: Library) async throws -> Book in throw FieldError("big boom") }
    }
    Query {
        Field("echoInt", Argument<Int?>("value")) { _, value in value }
        Field("echoFloat", Argument<Double?>("value", default: 1.5)) { _, value in value }
        Field("echoString", Argument<String?>("value", default: "text \"1\"\n")) { _, value in value }
        Field("echoBoolean", Argument<Bool?>("value")) { _, value in value }
        Field("echoID", Argument<ID?>("value")) { _, value in value }
        Field("echoKind", Argument<Kind>("value", default: .COMIC)) { _, value in value }
        Field("echoKinds", Argument<[Kind]?>("value")) { _, value in value }
        Field("echoDate", Argument<Day?>("value")) { _, value in value }
        Field("echoJSON", Argument<JSONValue?>("value")) { _, value in value }
        Field("echoObject", Argument<JSONObject?>("value")) { _, value in value }
        Field("echoLists", Argument<[[Int]?]?>("value", default: [[1], nil])) { _, value in value }
        Field("echoRequired", Argument<[Int]>("value")) { _, value in value }
        Field("echoFilter", Argument<Filter>("value")) { _, value in value.json }
        Field("echoFilters", Argument<[Filter?]?>("value")) { _, values -> JSONValue? in
            values.map { .array($0.map { $0?.json ?? .null }) }
        }
        Field("echoMaybe", Argument<Supplied<Int>>("value")) { _, value in "\(value)" }
    }
    Mutation {
        Field("addBook", Argument<Filter>("like"), Argument<String>("title")) { _, like, title in
            Book(id: "b9", title: title, kind: like.kind, authors: ["a1"])
        }
        Field("rate", Argument<ID>("id"), Argument<Int>("stars")) { _, id, stars -> Double? in
            if stars < 0 { throw FieldError("no stars below zero") }
            return Double(stars) / 2
        }
    }
    Subscription {
        Field("ticks", Argument<Int>("to", default: 2)) { _, end in
            if end < 0 { throw FieldError("cannot count to \(end)") }
            return AsyncStream<Int> { continuation in
                for number in 0..<min(end, 5) { continuation.yield(number) }
                continuation.finish()
            }
        }
        Field("added") { _ in
            AsyncStream<Work> { continuation in
                for work in Library.works { continuation.yield(work) }
                continuation.finish()
            }
        }
    }
}
