"""Puts the same requests to the engine and to graphql-core, and fails when they do not answer the same.

    differ.py PEER [--seed SEED] [--count COUNT]

PEER is the built GraphQLPeer. Compared are: whether a request is refused and why (all messages, places and codes), the
data to the order of its members, and the message, place and path of each error. `same` says where the two may differ.
"""

import argparse
import asyncio
import difflib
import json
import re
import subprocess
import sys
import time

from graphql import GraphQLError, execute, parse, subscribe, validate
from graphql.execution import ExecutionResult
from graphql.language import OperationType
from graphql.utilities import get_introspection_query, get_operation_ast

from generator import requests
from library import make_schema
from rules import CASES, check_cases

# The engine stops at 50 errors of validation, graphql-core at 100.
MANY = 50


# What the engine refuses and graphql-core does not, because only later specifications allow it: descriptions in
# executable documents, and control characters in strings.
LATER = (
    "Syntax Error: Unexpected description", 'Syntax Error: Expected "$", found String',
    'Syntax Error: Expected "$", found BlockString', "Syntax Error: Invalid character within String: U+00",
)
# What the engine takes from a later specification: what a subscription listens to must not depend on a variable.
STRICTER = 'must not use "@skip" or "@include" at the top level.'


def plain(message):
    """Messages without what is a matter of taste: kinds of quotes, and how a wrong value of a variable is shown."""
    message = message.replace("'", '"')
    message = re.sub(r'(got invalid value ).*?( at "|; )', r"\1...\2", message, flags=re.S)
    message = re.sub(r"(has invalid value).*", r"\1", message, flags=re.S)
    message = re.sub(r'(cannot represent (?:value|[a-z0-9 -]+ value): ).*', r"\1...", message, flags=re.S)
    message = re.sub(r"(?<=may not be used on ).*", lambda place: place[0].upper().replace(" ", "_"), message)
    # One is Python, one is JSON.
    message = message.replace("not to be None", "not to be null").replace("to be a mapping", "to be an object")
    return re.sub(r"(Unexpected description), .*", r"\1", message)


def number(value):
    """1.0 and 1 are one number in JSON."""
    if isinstance(value, dict):
        return {name: number(member) for name, member in value.items()}
    if isinstance(value, list):
        return [number(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def error(message, locations, path, code):
    places = [(place["line"], place["column"]) for place in locations or []]
    return (path or [], plain(message), places, code)


def canonical(answer):
    """An answer as what is compared: data with its order, errors without."""
    if isinstance(answer, list):
        return [canonical(one) for one in answer]
    result = {}
    if "data" in answer:
        data = number(answer["data"])
        # What a schema says of itself has no order.
        data = {name: unordered(value) if name == "__type" else value for name, value in (data or {}).items()} or data
        result["data"] = json.dumps(data, ensure_ascii=False)
    if answer.get("errors"):
        result["errors"] = sorted(answer["errors"], key=repr)
    return result


def from_engine(line):
    answer = json.loads(line)

    def convert(one):
        if "errors" in one:
            assert list(one)[0] == "errors", "errors come first"
            one["errors"] = [
                error(e["message"], e.get("locations"), e.get("path"), e["extensions"]["code"]) for e in one["errors"]
            ]
        return one

    return canonical([convert(one) for one in answer] if isinstance(answer, list) else convert(answer))


def refused(errors, code):
    return {"errors": [error(e.message, e.formatted.get("locations"), e.path, code) for e in errors]}


def executed(result):
    """A result of graphql-core. What went wrong with arguments is the client's fault, everything else the server's."""
    answer = {"data": result.data}
    if result.errors:
        answer["errors"] = [
            error(e.message, e.formatted.get("locations"), e.path, code_of(e)) for e in result.errors
        ]
    return answer


def code_of(failure):
    return "BAD_USER_INPUT" if failure.message.startswith("Argument '") else "INTERNAL_SERVER_ERROR"


def ask_core(schema, request):
    try:
        document = parse(request["query"])
    except GraphQLError as failure:
        return refused([failure], "GRAPHQL_PARSE_FAILED")
    errors = validate(schema, document)
    if errors:
        return refused(errors, "GRAPHQL_VALIDATION_FAILED")
    name = request.get("operationName")
    operation = get_operation_ast(document, name)
    arguments = {"variable_values": request.get("variables") or {}, "operation_name": name}
    if operation and operation.operation is OperationType.SUBSCRIPTION:
        return asyncio.run(ask_core_for_events(schema, document, arguments))
    result = execute(schema, document, **arguments)
    if result.data is None and result.errors and all(e.path is None for e in result.errors):
        return refused(result.errors, "BAD_USER_INPUT" if operation else "OPERATION_RESOLUTION_FAILURE")
    return executed(result)


async def ask_core_for_events(schema, document, arguments):
    source = await subscribe(schema, document, **arguments)
    if isinstance(source, ExecutionResult):
        failure = source.errors[0]
        return refused(source.errors, "BAD_USER_INPUT" if failure.path is None else code_of(failure))
    return [executed(result) async for result in source]


def same(engine, core):
    if engine == core:
        return True
    if isinstance(engine, dict) and "data" not in engine:
        stricter = [e for e in engine["errors"] if STRICTER in e[1]]
        if stricter:
            others = [e for e in engine["errors"] if e not in stricter]
            return not others or others == core["errors"]
        if engine["errors"][0][1].startswith(LATER):
            return True
    if not isinstance(engine, dict) or not isinstance(core, dict) or "data" in core or "data" in engine:
        return False
    if any("definition is not executable" in e[1] for e in core["errors"]):
        # graphql-core goes on to look into these definitions. Why nothing is executed is what counts.
        return {e for e in map(repr, core["errors"]) if "is not executable" in e} <= set(map(repr, engine["errors"]))
    # Both refuse, but gave up at different numbers of reasons.
    return len(core["errors"]) >= MANY and len(engine["errors"]) >= MANY


def unordered(value):
    """Part of an introspected schema without its order, and without the words with which each describes built-in types."""
    if isinstance(value, dict):
        own = value.get("name") in ("Int", "Float", "String", "Boolean", "ID")
        return {name: unordered(member) for name, member in value.items() if not (own and name == "description")}
    if isinstance(value, list):
        return sorted((unordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def comparable(schema):
    """A whole introspected schema but for introspection's own types and directives: graphql-core has later ones."""
    schema["types"] = [one for one in schema["types"] if not one["name"].startswith("__")]
    schema["directives"] = [one["name"] for one in schema["directives"]
                            if one["name"] in ("skip", "include", "deprecated", "specifiedBy")]
    return unordered(schema)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("peer")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=3000, help="generated requests, half of them damaged")
    options = parser.parse_args()
    begun = time.monotonic()

    sdl = subprocess.run([options.peer, "--schema"], check=True, capture_output=True, text=True).stdout
    schema = make_schema(sdl)
    introspection = {"query": get_introspection_query(
        specified_by_url=True, schema_description=True, input_value_deprecation=True, directive_is_repeatable=True)}
    cases = [{"query": case} if isinstance(case, str) else case for _, valid, broken in CASES for case in valid + broken]
    half = options.count // 2
    asked = [introspection, *cases, *requests(schema, options.seed, half, options.count - half)]

    lines = "".join(json.dumps(request) + "\n" for request in asked)
    answers = subprocess.run(
        [options.peer], check=True, input=lines.encode(), stdout=subprocess.PIPE, timeout=300).stdout.decode().splitlines()
    if len(answers) != len(asked):
        sys.exit(f"the engine gave {len(answers)} answers to {len(asked)} requests")

    problems = check_cases(schema)
    tally = {"fit": 0, "answered with errors": 0, "refused": 0, "syntax": 0}
    engine_schema = comparable(json.loads(answers[0])["data"]["__schema"])
    core_schema = comparable(execute(schema, parse(introspection["query"])).data["__schema"])
    if engine_schema != core_schema:
        lines = [json.dumps(schema, indent=1, sort_keys=True).splitlines() for schema in (core_schema, engine_schema)]
        problems.append("introspection differs:\n" + "\n".join(difflib.unified_diff(*lines, "graphql-core", "engine", n=12)))
    for request, line in zip(asked[1:], answers[1:]):
        engine = from_engine(line)
        try:
            core = canonical(ask_core(schema, request))
        except Exception as failure:  # graphql-core itself failed: show with which request.
            problems.append(f"graphql-core failed with {failure!r} for\n{json.dumps(request, ensure_ascii=False)}")
            continue
        errors = [] if isinstance(core, list) else core.get("errors", [])
        if any(e[3] == "GRAPHQL_PARSE_FAILED" for e in errors):
            tally["syntax"] += 1
        elif not isinstance(core, list) and "data" not in core:
            tally["refused"] += 1
        else:
            tally["answered with errors" if errors else "fit"] += 1
        if not same(engine, core):
            problems.append(
                f"{json.dumps(request)}\n  engine:       {engine}\n  graphql-core: {core}")

    for problem in problems[:10]:
        print(problem, end="\n\n")
    words = ", ".join(f"{count} {word}" for word, count in tally.items())
    print(f"{len(asked)} requests to the engine and to graphql-core: {words}; "
          f"{len(problems)} differences, {time.monotonic() - begun:.1f} s")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
