"""Django with many configurations: each in a process of its own, forked from one that has read what all of them need.

A line of JSON on standard input is the environment of reference/settings.py; its answer is the port. A line with null
ends the one that was started last.
"""
import importlib
import json
import logging
import os
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

SHARED = (
    "cryptography.hazmat.primitives.asymmetric.rsa django.contrib.auth.hashers django.contrib.auth.password_validation"
    " django.core.handlers.wsgi django.core.mail django.core.management django.db.backends.sqlite3.base"
    " django.db.models django.forms django.http django.template.backends.django django.test django.urls"
    " django.views.generic jwt sqlparse zoneinfo"
)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def serve(environment, say, end):
    os.environ.update(environment)
    from reference.wsgi import application

    logging.disable()
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    threading.Thread(target=lambda: (os.read(end, 1), os._exit(0)), daemon=True).start()
    os.write(say, b"%d\n" % server.server_port)
    server.serve_forever(poll_interval=60)


for name in SHARED.split():
    importlib.import_module(name)
child = None
for line in sys.stdin:
    environment = json.loads(line)
    if child:
        pid, hold = child
        os.close(hold)
        os.waitpid(pid, 0)
        child = None
    if environment is None:
        print("ended", flush=True)
        continue
    (hear, say), (end, hold) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hear)
        os.close(hold)
        try:
            serve(environment, say, end)
        finally:
            os._exit(1)
    os.close(say)
    os.close(end)
    with os.fdopen(hear) as port:
        print(port.readline().strip() or "failed", flush=True)
    child = pid, hold
