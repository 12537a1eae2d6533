import GraphQL
import JSON

/// A small world that has something of everything GraphQL has. `library.py` holds the same one for graphql-core.
struct Library: GraphQLContext {}

enum Kind: String, CaseIterable, GraphQLEnum { case NOVEL, ESSAY, COMIC }

struct Book: GraphQLObject {
    var id: String
    var title: String
    var kind: Kind?
    var authors: [String]
    var pages: Int?
    var cover: String?
}

struct Film: GraphQLObject {
    var id: String
    var title: String
    var authors: [String]
    var minutes: Int
}

struct Author: GraphQLObject {
    var id: String
    var name: String
    var born: Day?
    var spouse: String?
}

struct Publisher: GraphQLObject {
    var name: String
    var address: JSONObject
}

enum Node: GraphQLInterface { case book(Book), film(Film), author(Author) }
enum Work: GraphQLInterface { case book(Book), film(Film) }
enum Found: GraphQLUnion { case book(Book), film(Film), author(Author) }

/// A day as `2021-10-31`.
struct Day: GraphQLScalar {
    var text: String

    static let scalarName = "Date"
    static let specifiedBy: String? = "https://www.rfc-editor.org/rfc/rfc3339"

    init(text: String) { self.text = text }

    init(graphQL value: JSONValue) throws(InputError) {
        guard let text = value.string, text.utf8.count == 10, text.split(separator: "-").map(\.count) == [4, 2, 2]
        else {
            throw InputError("That is no day.")
        }
        self.text = text
    }

    func write(to writer: inout JSONWriter) { writer.string(text) }
}

struct Span: GraphQLInputObject {
    var from: Int
    var to: Supplied<Int>
}

struct Filter: GraphQLInputObject {
    var kind: Kind?
    var span: Supplied<Span>
    var strict: Bool
    var words: Supplied<[String]>
}

extension Library {
    static let books = [
        Book(id: "b1", title: "One", kind: .NOVEL, authors: ["a1"], pages: 100, cover: "f1"),
        Book(id: "b2", title: "Zwei \"2\"\n", kind: .ESSAY, authors: ["a1", "a2"], cover: "b1"),
        Book(id: "b3", title: "Drei é😀", kind: .COMIC, authors: [], pages: 3, cover: "a2"),
        Book(id: "b4", title: "", authors: ["a3"], pages: 0),
    ]
    static let films = [
        Film(id: "f1", title: "Moving", authors: ["a2", "a3"], minutes: 90),
        Film(id: "f2", title: "Still", authors: ["a1"], minutes: 0),
    ]
    static let authors = [
        Author(id: "a1", name: "Ann", born: Day(text: "1950-01-31"), spouse: "a2"),
        Author(id: "a2", name: "Bob", spouse: "a1"),
        Author(id: "a3", name: "Cy", born: Day(text: "2000-02-29")),
    ]

    static func book(_ id: String) -> Book? { books.first { $0.id == id } }
    static func film(_ id: String) -> Film? { films.first { $0.id == id } }
    static func author(_ id: String) -> Author? { authors.first { $0.id == id } }

    static func node(_ id: String) -> Node? {
        book(id).map(Node.book) ?? film(id).map(Node.film) ?? author(id).map(Node.author)
    }
    static func found(_ id: String) -> Found? {
        book(id).map(Found.book) ?? film(id).map(Found.film) ?? author(id).map(Found.author)
    }
    static func work(_ id: String) -> Work? { book(id).map(Work.book) ?? film(id).map(Work.film) }

    static let works = books.map(Work.book) + films.map(Work.film)

    static func works(of author: String) -> [Work] {
        books.filter { $0.authors.contains(author) }.map(Work.book)
            + films.filter { $0.authors.contains(author) }.map(Work.film)
    }
}
