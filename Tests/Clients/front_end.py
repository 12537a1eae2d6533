#!/usr/bin/env python3
"""Does with the library gql what a front end does: signs in, asks, changes something, and hears of it over WebSocket.

Usage: front_end.py URL EMAIL [AUTHORITY]     the password is in PASSWORD; AUTHORITY: a file with the certificate to trust
Exit status 0: every step did what it should. A step that did not is told, and is status 1.
"""

import asyncio
import os
import ssl
import sys

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from websockets.exceptions import ConnectionClosed

DEPARTMENT = "Through gql"


def expect(is_so, what):
    if not is_so:
        raise AssertionError(what)
    print("ok", what, flush=True)


def over_http(url, authority, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = RequestsHTTPTransport(url=url, headers=headers, verify=authority or True, timeout=60)
    # The schema is asked for, and documents are validated by it before they are sent.
    return Client(transport=transport, fetch_schema_from_transport=True)


def over_websocket(url, authority, token):
    context = ssl.create_default_context(cafile=authority) if authority else None
    return Client(
        transport=WebsocketsTransport(
            url=url.replace("http", "ws", 1), init_payload={"token": token}, ssl=context or url.startswith("https"),
            connect_timeout=60, ack_timeout=60))


def sign_in(url, authority, email, password):
    nobody = over_http(url, authority)
    login = gql("mutation ($email: String!, $password: String!) "
                "{ login(email: $email, password: $password) { token user { email role } } }")
    try:
        nobody.execute(login, variable_values={"email": email, "password": password + "!"})
        expect(False, "a wrong password is refused")
    except TransportQueryError as error:
        expect("token" not in str(error), "a wrong password is refused")
    answer = nobody.execute(login, variable_values={"email": email, "password": password})["login"]
    expect(answer["user"]["email"] == email, "signed in")
    try:
        nobody.execute(gql("{ currentUser { email } users { email } }"))
        expect(False, "nobody sees accounts")
    except TransportQueryError as error:
        expect(error.errors[0]["extensions"]["code"] == "UNAUTHORIZED", "nobody sees accounts")
    return answer["token"]


def ask(url, authority, token):
    client = over_http(url, authority, token)
    answer = client.execute(gql("{ currentUser { email } machines(includeUnmanaged: true) { id name status } serverInfo { lastEventId } }"))
    expect(len(answer["machines"]) > 0, "machines are listed over HTTP")
    try:
        client.execute(gql("{ nonsense }"))
        expect(False, "the schema was read, and knows no such field")
    except Exception as error:  # of graphql-core, before anything is sent
        expect("nonsense" in str(error), "the schema was read, and knows no such field")
    return answer["serverInfo"]["lastEventId"]


async def follow(url, authority, token, last):
    """Changes something over the connection that follows the events, and waits for the event of that."""
    async with over_websocket(url, authority, token) as session:
        events = session.subscribe(
            gql("subscription ($after: ID) { events(after: $after) { action resource resourceId resourceName actor } }"),
            variable_values={"after": last})
        create = gql("mutation ($name: String!) { createDepartment(name: $name) { id } }")
        made = (await session.execute(create, variable_values={"name": DEPARTMENT}))["createDepartment"]
        expect(made["id"], "a department is made over WebSocket")
        async for answer in events:
            event = answer["events"]
            if event["resource"] == "department" and event["resourceId"] == made["id"]:
                expect(event["resourceName"] == DEPARTMENT, "its event is heard of")
                break
        await events.aclose()
        answer = await session.execute(gql("{ departments { name } }"))
        expect(DEPARTMENT in [one["name"] for one in answer["departments"]], "the connection goes on after that")


async def intrude(url, authority):
    try:
        async with over_websocket(url, authority, "x.y.z") as session:
            await session.execute(gql("{ departments { name } }"))
    except Exception as error:
        closed = error if isinstance(error, ConnectionClosed) else error.__cause__ or error
        expect("4403" in f"{error} {closed}", f"a bad token opens no WebSocket ({type(error).__name__}: {error})")
        return
    expect(False, "a bad token opens no WebSocket")


def main(url, email, authority=None):
    token = sign_in(url, authority, email, os.environ["PASSWORD"])
    last = ask(url, authority, token)
    asyncio.run(asyncio.wait_for(follow(url, authority, token, last), 120))
    asyncio.run(asyncio.wait_for(intrude(url, authority), 120))
    print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
