"""Documents by chance, from a seed: such that fit the schema, and such that are damaged."""

import json
import random
import re

from graphql import (
    get_named_type, get_nullable_type, is_abstract_type, is_enum_type, is_input_object_type, is_interface_type,
    is_leaf_type, is_list_type, is_non_null_type, is_object_type, is_union_type,
)


class Generator:
    """Writes one document and its variables."""

    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)
        self.fragments = {}
        self.variables = {}  # name: (type, default)
        self.values = {}

    def chance(self, percent):
        return self.random.random() * 100 < percent

    # Documents

    def request(self):
        """A request that fits: operations, fragments and values of variables."""
        kind = self.random.choices(["query", "mutation", "subscription"], [86, 8, 6])[0]
        root = {
            "query": self.schema.query_type, "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[kind]
        if kind == "subscription":
            selections = "{ " + self.field(root, self.random.choice(list(root.fields)), 3, directives=False) + " }"
        else:
            selections = self.selections(root, self.random.randint(1, 4))
        name = "" if self.chance(30) else self.name("Op")
        head = "" if kind == "query" and not name and not self.variables and self.chance(50) else kind
        definitions = ", ".join(
            f"${name}: {type_}" + ("" if default is None else f" = {default}")
            for name, (type_, default) in self.variables.items()
        )
        if definitions:
            head = kind
            definitions = f"({definitions})"
        text = [f"{head} {name if head else ''}{definitions} {selections}"]
        text += [f"fragment {name} on {type_} {body}" for name, (type_, body) in self.fragments.items()]
        self.random.shuffle(text)
        request = {"query": self.separator(text)}
        if self.values:
            request["variables"] = self.values
        if name and head and self.chance(20):
            request["operationName"] = name if self.chance(80) else "Other"
        return request

    def separator(self, parts):
        return self.random.choice(["\n", " ", "\r\n", "\n# comment {\n", ",\t"]).join(parts)

    def name(self, prefix):
        return f"{prefix}{self.random.randint(0, 99)}"

    # Selections

    def selections(self, type_, depth):
        count = self.random.randint(1, 4)
        parts = []
        for _ in range(count):
            choice = self.random.random()
            if choice < 0.12 and depth > 0:
                parts.append(self.inline(type_, depth))
            elif choice < 0.22 and depth > 0:
                parts.append(self.spread(type_, depth))
            elif choice < 0.30 or is_union_type(type_):
                parts.append(self.alias() + "__typename" + self.directives())
            elif choice < 0.34 and type_ is self.schema.query_type:
                parts.append(self.introspection())
            else:
                parts.append(self.field(type_, self.random.choice(list(type_.fields)), depth))
        return "{ " + self.separator(parts) + " }"

    def introspection(self):
        if self.chance(40):
            name = self.random.choice([name for name in [*self.schema.type_map, "Nope"] if not name.startswith("__")])
            return (
                f'__type(name: "{name}") {{ kind name description fields(includeDeprecated: true) '
                "{ name isDeprecated deprecationReason args { name defaultValue type { name ofType { name kind } } } } "
                "interfaces { name } inputFields { name defaultValue } enumValues { name } specifiedByURL }"
            )
        return "__schema { queryType { name } mutationType { name } subscriptionType { name } }"

    def alias(self):
        return f"{self.random.choice('abc')}{self.random.randint(0, 30)}: " if self.chance(30) else ""

    def field(self, type_, name, depth, directives=True):
        field = type_.fields[name]
        inner = get_named_type(field.type)
        if not is_leaf_type(inner) and depth <= 0:
            return self.alias() + "__typename"
        arguments = []
        for argument, definition in field.args.items():
            undefined = str(definition.default_value) == "Undefined"
            if (is_non_null_type(definition.type) and undefined) or self.chance(50):
                has_default = not undefined
                arguments.append(f"{argument}: {self.value(definition.type, 3, has_default)}")
        self.random.shuffle(arguments)
        # Fields of one name are merged only with the same arguments: those with arguments mostly get a name of their own.
        alias = self.name(f"{name}_") + ": " if arguments and self.chance(90) else self.alias()
        text = alias + name
        if arguments:
            text += "(" + self.separator(arguments) + ")"
        if directives:
            text += self.directives()
        if not is_leaf_type(inner):
            text += " " + self.selections(inner, depth - 1)
        return text

    def inline(self, type_, depth):
        condition = self.condition(type_) if self.chance(80) else None
        head = f"... on {condition}" if condition else "..."
        return head + self.directives() + " " + self.selections(condition or type_, depth - 1)

    def spread(self, type_, depth):
        if self.fragments and self.chance(30):
            fits = [name for name, (on, body) in self.fragments.items() if body and self.overlap(on, type_)]
            if fits:
                return "..." + self.random.choice(fits) + self.directives()
        name = f"F{len(self.fragments)}"
        condition = self.condition(type_)
        self.fragments[name] = (condition, None)
        self.fragments[name] = (condition, self.selections(condition, depth - 1))
        return "..." + name + self.directives()

    def possible(self, type_):
        return set(self.schema.get_possible_types(type_)) if is_abstract_type(type_) else {type_}

    def overlap(self, a, b):
        return bool(self.possible(a) & self.possible(b))

    def condition(self, type_):
        composite = [
            other for other in self.schema.type_map.values()
            if (is_object_type(other) or is_interface_type(other) or is_union_type(other))
            and not other.name.startswith("__") and self.overlap(other, type_)
        ]
        return self.random.choice(composite)

    def directives(self):
        if not self.chance(12):
            return ""
        names = self.random.choice([["skip"], ["include"], ["skip", "include"]])
        return "".join(f" @{name}(if: {self.boolean()})" for name in names)

    def boolean(self):
        if self.chance(50):
            return self.variable("Boolean!", None, self.chance(50))
        return self.random.choice(["true", "false"])

    # Values

    def variable(self, type_, default, value, supplied=True):
        name = f"v{len(self.variables)}"
        self.variables[name] = (type_, default)
        if supplied:
            self.values[name] = value
        return f"${name}"

    def value(self, type_, depth, has_default=False, constant=False):
        """A literal or variable that fits the type, mostly."""
        if not constant and self.chance(20):
            # A nullable variable may stand where null may not, when one of the two has a default.
            if is_non_null_type(type_) and has_default and self.chance(40):
                supplied = self.chance(50)
                plain = self.json(type_, 2) if self.chance(60) else None
                return self.variable(str(type_)[:-1], None, plain, supplied)
            if is_non_null_type(type_) and self.chance(30):
                default = self.literal(get_nullable_type(type_), 2)
                supplied = self.chance(50)
                return self.variable(
                    str(type_)[:-1], default, None if self.chance(30) else self.json(type_, 2), supplied)
            supplied = is_non_null_type(type_) or self.chance(80)
            wrong = self.chance(6)
            return self.variable(str(type_), None, self.wrong() if wrong else self.json(type_, 2), supplied)
        if not is_non_null_type(type_) and self.chance(10):
            return "null"
        return self.literal(get_nullable_type(type_), depth, constant=True if constant else False)

    def literal(self, type_, depth, constant=True):
        if is_list_type(type_):
            inner = type_.of_type
            if self.chance(20):
                return self.literal(get_nullable_type(inner), depth - 1, constant)
            return "[" + ", ".join(
                self.value(inner, depth - 1, constant=constant) for _ in range(self.random.randint(0, 3))) + "]"
        if is_enum_type(type_):
            return self.random.choice(list(type_.values))
        if is_input_object_type(type_):
            members = []
            for name, field in type_.fields.items():
                undefined = str(field.default_value) == "Undefined"
                if (is_non_null_type(field.type) and undefined) or (depth > 0 and self.chance(50)):
                    members.append(
                        f"{name}: {self.value(field.type, depth - 1, not undefined, constant=constant)}")
            self.random.shuffle(members)
            return "{" + ", ".join(members) + "}"
        return {
            "Int": lambda: str(self.random.choice([0, 1, -1, 7, 2147483647, -2147483648])),
            "Float": lambda: self.random.choice(["0", "1.5", "-2.25e2", "1E3", "7"]),
            "String": self.text,
            "Boolean": lambda: self.random.choice(["true", "false"]),
            "ID": lambda: self.random.choice(['"a1"', '"b2"', '"f1"', "7", '""']),
            "Date": lambda: '"2021-10-31"',
            "JSON": lambda: self.random.choice(['{a: [1, WORD, null, "x", 1.5, true]}', "[]", "null", '"text"', "12"]),
            "JSONObject": lambda: self.random.choice(["{}", "{a: {b: [1]}}"]),
        }[type_.name]()

    def text(self):
        return self.random.choice([
            '""', '"text"', r'"a\n\"b\" \u00e9 \\ \/ \t"', '"""block"""', '"""\n  two\n    lines \\""" \n\n"""',
            '"é😀"', r'"\uD83D\uDE00"', '"none"', '"f2"',
        ])

    def json(self, type_, depth):
        """A value of a variable, as JSON."""
        if not is_non_null_type(type_) and self.chance(15):
            return None
        type_ = get_nullable_type(type_)
        if is_list_type(type_):
            if self.chance(20):
                return self.json(type_.of_type, depth - 1)
            return [self.json(type_.of_type, depth - 1) for _ in range(self.random.randint(0, 3))]
        if is_enum_type(type_):
            return self.random.choice(list(type_.values))
        if is_input_object_type(type_):
            return {
                name: self.json(field.type, depth - 1) for name, field in type_.fields.items()
                if (is_non_null_type(field.type) and str(field.default_value) == "Undefined") or self.chance(50)
            }
        return {
            "Int": lambda: self.random.choice([0, 3, -5, 2147483647]),
            "Float": lambda: self.random.choice([0, 2.5, -1e3, 7]),
            "String": lambda: self.random.choice(["", "text", "é😀\n\"", "none"]),
            "Boolean": lambda: self.random.choice([True, False]),
            "ID": lambda: self.random.choice(["a1", "b1", "f2", 7]),
            "Date": lambda: "1999-12-31",
            "JSON": lambda: self.random.choice([{"a": [1, None, "x", 1.5]}, 1, "text", []]),
            "JSONObject": lambda: self.random.choice([{}, {"a": {"b": 1}}]),
        }[type_.name]()

    def wrong(self):
        return self.random.choice([
            1, -1, 2147483648, 1.5, "text", "NOVEl", True, None, [1, "x"], {}, {"from": "x"}, {"kind": "NOVLE"},
            {"strict": None, "wrds": []}, [None], {"span": {"form": 1, "to": None}}, [[1, None]],
        ])


TOKENS = [
    "{", "}", "(", ")", "[", "]", ":", "=", "!", "$", "@", "...", "|", "&", "on", "a", "id", "title", "name", "Book",
    "Work", "Found", "Nope", "query", "mutation", "fragment", "null", "true", "1", "1.5", "01", "1.", "-", '"x"', '"',
    '"""', "#", "$v0", "@skip(if: true)", "@include", "@nope", "@deprecated", "first: 1", "...F0", "... on Cat { id }",
    "__typename", "x: id", "id: title", "\\", "\u0007", "é", "'", "F0", "type A { b: C }", "NOVEL", "kind: NOVELL",
    "@skip(if: $v1)", "scale: null", "{ id }", "({", "ids: [1]", "\ufeff", "\r", "~", "?",
]


NAMES = [
    "id", "title", "name", "works", "authors", "next", "rating", "length", "pages", "minutes", "author", "node", "Book",
    "Film", "Work", "Node", "Found", "Author", "Query", "Kind", "Filter", "String", "Int", "scale", "first", "kind", "span",
    "from", "value", "F0", "F1", "NOVEL", "null", "true", "skip", "include", "nope", "__typename", "isbn", "born", "x",
]
VALUES = [
    "1", "-1", "1.5", "null", "true", "WORD", '"text"', "[1]", "[]", "{}", "{from: 1}", "$v0", "$v1", "[null]", "NOVEL",
    "3000000000",
]


def damage(request, seed):
    """The request with some words taken out, put in, doubled, swapped, or replaced by others of their kind."""
    rng = random.Random(seed)
    words = [word for word in re.split(r"([A-Za-z_]\w*|\s+)", request["query"]) if word]
    names = [place for place, word in enumerate(words) if re.match(r"[A-Za-z_]", word)]
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(words))
        choice = rng.random()
        if choice < 0.45:
            # Still well formed, as a rule: another name, or the name of something else in the document.
            place = rng.choice(names) if names else place
            if place < len(words):
                words[place] = rng.choice(NAMES) if rng.random() < 0.6 else words[rng.choice(names) % len(words)]
        elif choice < 0.6:
            colons = [at for at, word in enumerate(words[:-1]) if word.startswith(":")]
            if colons:
                at = rng.choice(colons)
                words[at] = ": " + rng.choice(VALUES) + " "
        elif choice < 0.68:
            word = words[place]
            letter = rng.randrange(len(word) + 1)
            words[place] = word[:letter] + rng.choice("aeiouxN19_") + word[letter + 1 :]
        elif choice < 0.76:
            del words[place]
        elif choice < 0.84:
            words.insert(place, rng.choice(TOKENS))
        elif choice < 0.92:
            start = rng.randrange(len(words))
            words[place:place] = words[start : start + rng.randint(1, 9)]
        else:
            other = rng.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        if not words:
            words = [""]
    return {**request, "query": "".join(words)}


def requests(schema, seed, fitting, damaged):
    """`fitting` requests that fit, and `damaged` ones, always the same for a seed."""
    for number in range(fitting):
        yield Generator(schema, f"{seed} {number}").request()
    for number in range(damaged):
        yield damage(Generator(schema, f"{seed} damaged {number}").request(), f"{seed} damage {number}")


if __name__ == "__main__":
    import sys

    from library import make_schema

    schema = make_schema(open(sys.argv[1], encoding="utf-8").read())
    for request in requests(schema, "1", 10, 10):
        print(json.dumps(request, ensure_ascii=False))
