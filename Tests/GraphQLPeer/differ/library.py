"""The world of Library.swift for graphql-core: the printed schema of the engine, and resolvers that do the same."""

import re

from graphql import GraphQLError, Undefined, build_schema

BOOKS = [
    {"id": "b1", "title": "One", "kind": "NOVEL", "authors": ["a1"], "pages": 100, "cover": "f1"},
    {"id": "b2", "title": 'Zwei "2"\n', "kind": "ESSAY", "authors": ["a1", "a2"], "pages": None, "cover": "b1"},
    {"id": "b3", "title": "Drei é😀", "kind": "COMIC", "authors": [], "pages": 3, "cover": "a2"},
    {"id": "b4", "title": "", "kind": None, "authors": ["a3"], "pages": 0, "cover": None},
]
FILMS = [
    {"id": "f1", "title": "Moving", "authors": ["a2", "a3"], "minutes": 90},
    {"id": "f2", "title": "Still", "authors": ["a1"], "minutes": 0},
]
AUTHORS = [
    {"id": "a1", "name": "Ann", "born": "1950-01-31", "spouse": "a2"},
    {"id": "a2", "name": "Bob", "born": None, "spouse": "a1"},
    {"id": "a3", "name": "Cy", "born": "2000-02-29", "spouse": None},
]
for _type, _rows in (("Book", BOOKS), ("Film", FILMS), ("Author", AUTHORS)):
    for _row in _rows:
        _row["__typename"] = _type
ALL = {row["id"]: row for row in BOOKS + FILMS + AUTHORS}
WORKS = BOOKS + FILMS


def parse_day(value):
    if not isinstance(value, str) or not re.fullmatch(r"[^-]{4}-[^-]{2}-[^-]{2}", value):
        raise ValueError("That is no day.")
    return value


def parse_object(value):
    if not isinstance(value, dict):
        raise ValueError("JSONObject cannot represent non-object value: ...")
    return value


def price(book, _info):
    if book["id"] == "b3":
        raise GraphQLError("the price of b3 is a secret")
    return 9.5


def isbn(book, _info):
    if book["id"] == "b2":
        raise GraphQLError("b2 has no isbn")
    return f"isbn {book['id']}"


def book_rating(book, _info, scale, round=False):
    return None if book["pages"] is None else book["pages"] * scale / (1 if round else 8)


def film_rating(film, _info, scale):
    if scale == 0:  # As doubles are divided.
        return float("nan") if film["minutes"] == 0 else float("inf")
    return film["minutes"] / scale


def publisher(book, _info):
    if book["id"] in ("b1", "b2", "b3"):
        return {"name": f"P{book['id']}", "address": {"no": 1, "of": [book["id"]]}}
    return None


def related(book, _info, first=None):
    return [ALL["f2"], None, ALL.get(book["id"])][: 3 if first is None else max(first, 0)]


def works(_root, _info, first, kind=None):
    rows = [work for work in WORKS if kind is None or work.get("kind") == kind]
    return rows[: max(9 if first is None else first, 0)]


def books(_root, _info, filter):
    kind = filter and filter["kind"]
    return [book for book in BOOKS if kind is None or book["kind"] == kind]


def found(_root, _info, text=None):
    if text == "":
        return None
    ids = ["a1", "b4", "none", "f1", "b2" if text is None else text]
    return [ALL.get(id) for id in ids]


def boom(message):
    def resolve(_root, _info):
        raise GraphQLError(message)

    return resolve


def echo(_root, _info, value=None):
    return value


def echo_maybe(_root, _info, value=Undefined):
    return "absent" if value is Undefined else "null" if value is None else f"value({value})"


def add_book(_root, _info, like, title):
    return {
        "__typename": "Book", "id": "b9", "title": title, "kind": like["kind"], "authors": ["a1"], "pages": None,
        "cover": None,
    }


def rate(_root, _info, id, stars):
    if stars < 0:
        raise GraphQLError("no stars below zero")
    return stars / 2


async def ticks(_root, _info, to):
    if to < 0:
        raise GraphQLError(f"cannot count to {to}")

    async def numbers():
        for number in range(min(to, 5)):
            yield {"ticks": number}

    return numbers()


async def added(_root, _info):
    for work in WORKS:
        yield {"added": work}


NEXT = {"b1": "a1", "b2": "b4", "f1": "f2"}

RESOLVERS = {
    "Book": {
        "length": lambda book, _info: None if book["pages"] is None else f"{book['pages']} pages",
        "rating": book_rating, "price": price, "isbn": isbn, "publisher": publisher, "related": related,
        "cover": lambda book, _info: ALL.get(book["cover"]),
        "next": lambda book, _info: ALL.get(NEXT.get(book["id"])),
        "authors": lambda book, _info: [ALL[id] for id in ALL.get(book["id"], {"authors": []})["authors"]],
    },
    "Film": {
        "length": lambda film, _info: film["minutes"], "rating": film_rating,
        "authors": lambda film, _info: [ALL[id] for id in film["authors"]],
        "next": lambda film, _info: ALL.get(NEXT.get(film["id"])),
    },
    "Author": {
        "works": lambda author, _info: [work for work in WORKS if author["id"] in work["authors"]],
        "spouse": lambda author, _info: ALL.get(author["spouse"]),
    },
    "Query": {
        "node": lambda _root, _info, id: ALL.get(id),
        "nodes": lambda _root, _info, ids: [ALL.get(id) for id in ids],
        "works": works, "books": books, "found": found,
        "author": lambda _root, _info, id=None: ALL.get(id) if (id or "").startswith("a") else None,
        "shelf": lambda _root, _info: [[BOOKS[0]], [], [BOOKS[1], BOOKS[2]]],
        "boom": boom("boom"), "boomRequired": boom("big boom"), "echoMaybe": echo_maybe,
    },
    "Mutation": {"addBook": add_book, "rate": rate},
}


def make_schema(sdl):
    schema = build_schema(sdl)
    schema.type_map["Date"].parse_value = parse_day
    schema.type_map["JSONObject"].parse_value = parse_object
    for name, fields in RESOLVERS.items():
        for field, resolve in fields.items():
            schema.type_map[name].fields[field].resolve = resolve
    for name, field in schema.query_type.fields.items():
        if name.startswith("echo") and field.resolve is None:
            field.resolve = echo
    schema.subscription_type.fields["ticks"].subscribe = ticks
    schema.subscription_type.fields["added"].subscribe = added
    return schema
