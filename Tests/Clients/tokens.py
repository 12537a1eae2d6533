#!/usr/bin/env python3
"""Tries tokens that are worth nothing at every door, and one that is good.

Usage: tokens.py PORT SOCKET EMAIL     the administrator's password is in PASSWORD, the server's key in TOKENKEY
Exit status 0: each door refused each of them. What was let in is told, and is status 1.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import sys
import time
import urllib.parse
import urllib.request

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

WHO = "{ currentUser { email } }"


def encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed(claims, key, algorithm="HS256", digest=hashlib.sha256):
    text = encoded({"alg": algorithm, "typ": "JWT"}) + "." + encoded(claims)
    return text + "." + encoded(hmac.new(key.encode(), text.encode(), digest).digest())


class Doors:
    """Each answers whose token it is: an email address, or None where it lets nobody in."""

    def __init__(self, port, path):
        self.url = f"127.0.0.1:{port}/graphql"
        self.path = path

    def sent(self, request, token):
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHORIZED", answer
            assert not (answer.get("data") or {}).get("currentUser"), answer
            return None
        return answer["data"]

    def post(self, token, document=WHO, **variables):
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = self.sent(
            urllib.request.Request("http://" + self.url, body, {"Content-Type": "application/json"}), token)
        return answer and (answer["currentUser"]["email"] if document == WHO else answer)

    def get(self, token):
        url = "http://" + self.url + "?" + urllib.parse.urlencode({"query": WHO})
        answer = self.sent(urllib.request.Request(url, headers={"Apollo-Require-Preflight": "1"}), token)
        return answer and answer["currentUser"]["email"]

    def socket_in_message(self, token):
        return self.over_websocket({"token": token}, {})

    def socket_in_header(self, token):
        return self.over_websocket({}, {"Authorization": f"Bearer {token}"})

    def over_websocket(self, payload, headers):
        with connect("ws://" + self.url, subprotocols=["graphql-transport-ws"], additional_headers=headers) as door:
            def ask(message):
                door.send(json.dumps(message))
                return json.loads(door.recv(60))
            try:
                return self.conversation(ask, payload)
            except ConnectionClosed as closed:
                assert closed.rcvd.code == 4403, closed
                return None

    def local(self, token):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(self.path)
            lines = connection.makefile("rw", encoding="utf-8", newline="\n")

            def ask(message):
                lines.write(json.dumps(message) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
                if answer["type"] == "closing":
                    assert answer["payload"]["code"] == 4403, answer
                    raise EOFError
                return answer
            try:
                return self.conversation(ask, {"token": token})
            except EOFError:
                return None

    def conversation(self, ask, payload):
        assert ask({"type": "connection_init", "payload": payload})["type"] == "connection_ack"
        answer = ask({"type": "subscribe", "id": "1", "payload": {"query": WHO}})
        assert answer["type"] == "next" and "errors" not in answer["payload"], answer
        return answer["payload"]["data"]["currentUser"]["email"]

    @property
    def all(self):
        return [self.post, self.get, self.socket_in_message, self.socket_in_header, self.local]


def sign_in(doors, email, password):
    document = "mutation ($e: String!, $p: String!) { login(email: $e, password: $p) { token } }"
    return doors.post(None, document, e=email, p=password)["login"]["token"]


def main(port, path, email):
    doors, key = Doors(port, path), os.environ["TOKENKEY"]
    good = sign_in(doors, email, os.environ["PASSWORD"])
    claims = decoded(good.split(".")[1])
    head, body, signature = good.split(".")
    assert signed(claims, key).count(".") == 2

    victim, password = "gone@example.org", "battery staple"
    made = doors.post(
        good, "mutation ($e: String!, $p: String!) { createUser(input: {email: $e, firstName: \"G\", password: $p, "
        "passwordConfirmation: $p, role: ADMIN}) { id } }", e=victim, p=password)["createUser"]
    deleted = sign_in(doors, victim, password)
    assert doors.post(deleted) == victim
    doors.post(good, "mutation ($id: String!) { deleteUser(id: $id) { id } }", id=made["id"])

    left = sign_in(doors, email, os.environ["PASSWORD"])
    doors.post(left, "mutation { logout { success } }")

    now = int(time.time())
    bad = {
        "no token at all": "x.y.z",
        "without an algorithm": encoded({"alg": "none", "typ": "JWT"}) + "." + body + ".",
        "without an algorithm, written otherwise": encoded({"alg": "nOnE"}) + "." + body + "." + signature,
        "without a signature": f"{head}.{body}.",
        "another signature": f"{head}.{body}." + encoded(b"\0" * 32),
        "signed with another key": signed(claims, key + "!"),
        "signed with the key that everybody knows": signed(claims, "development-fallback-secret"),
        "another algorithm with the right key": signed(claims, key, "HS512", hashlib.sha512),
        "expired": signed(claims | {"iat": now - 7200, "exp": now - 3600}, key),
        "that never expires": signed({name: claims[name] for name in claims if name != "exp"}, key),
        "of another role": signed(claims | {"userRole": "USER", "role": "USER"}, key),
        "of nobody": signed(claims | {"userId": "00000000-0000-0000-0000-000000000000"}, key),
        "with changed claims": f"{head}." + encoded(claims | {"email": "x@example.org"}) + f".{signature}",
        "of a deleted account": deleted,
        "of a session that was ended": left,
    }
    failed = 0
    for door in doors.all:
        for what, token in [("good", good), *bad.items()]:
            who = door(token)
            if who != (email if what == "good" else None):
                failed += 1
                print(f"WRONG {door.__name__}: the token {what} was {who}")
    print(f"{len(doors.all)} doors, {len(bad)} bad tokens, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
