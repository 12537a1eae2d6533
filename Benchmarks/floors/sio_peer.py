"""The peer of the event bars: python-socketio on aiohttp. What is posted to /emit is told to everybody.

Usage: sio_peer.py PORT
"""
import json
import sys

import socketio
from aiohttp import web

server = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")
application = web.Application()
server.attach(application)


@server.event
async def connect(client, environ, auth=None):
    await server.enter_room(client, "admin")


async def emit(request):
    await server.emit("admin:vms:update", json.loads(await request.read()), room="admin")
    return web.Response(text="{}")


application.router.add_post("/emit", emit)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
