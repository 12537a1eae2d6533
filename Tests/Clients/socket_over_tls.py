"""Speaks Socket.io with bayd over TLS, frame by frame, up to the frame that ends it.

Usage: socket_over_tls.py PORT EMAIL CERTIFICATE, with PASSWORD in the environment
"""

import json
import os
import ssl
import sys
import urllib.request

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

port, email, certificate = sys.argv[1:]
trust = ssl.create_default_context(cafile=certificate)
document = "mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }"
asked = urllib.request.Request(
    f"https://localhost:{port}/graphql",
    json.dumps({"query": document, "variables": {"email": email, "password": os.environ["PASSWORD"]}}).encode(),
    {"Content-Type": "application/json"})
token = json.load(urllib.request.urlopen(asked, context=trust))["data"]["login"]["token"]

with connect(f"wss://localhost:{port}/socket.io/?EIO=4&transport=websocket", ssl=trust) as socket:
    assert socket.recv(10).startswith("0{"), "the session was not opened"
    socket.send("40" + json.dumps({"token": token}))
    assert socket.recv(10).startswith("40"), "the token was refused"
    assert json.loads(socket.recv(10)[2:])[0] == "connected", "there was no welcome"
    # A ping longer than pings may be. The word that ends the connection arrives only if it is encrypted like the others.
    socket.socket.sendall(b"\x89\xfe\x00\x80" + bytes(4) + bytes(128))
    try:
        while True:
            socket.recv(10)
    except ConnectionClosed as closed:
        print(f"connected, then closed with {closed.rcvd.code if closed.rcvd else 'no word'}")
