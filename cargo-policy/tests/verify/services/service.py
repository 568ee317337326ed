"""A small service of `files.yaml`. Its argument is the fault that it has, or nothing."""
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

FAULT = sys.argv[1] if len(sys.argv) > 1 else ""
ROUTES = [
    ("GET", r"/v1/status", None, ()),
    ("GET", r"/v1/files", {"files:read"}, ("limit",)),
    ("POST", r"/v1/files", {"files:write"}, ()),
    ("GET", r"/v1/files/[^/]+", {"files:read"}, ()),
    ("DELETE", r"/v1/files/[^/]+", {"files:write", "files:delete"}, ()),
    ("GET", r"/v1/files/[^/]+/links", {"files:read", "links:read"}, ()),
    ("GET", r"/v1/audit", {"files:read"}, ()),
]
ALL = {"files:read", "files:write", "files:delete", "links:read"}


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, **headers):
        body = b"" if self.command == "HEAD" else json.dumps({"status": status}).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def granted(self, query):
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if FAULT == "two-credentials" and len(self.headers.get_all("Authorization", [])) > 1:
            return ALL
        if FAULT == "scheme-case" and kind == "bearer":
            return ALL
        if FAULT == "token-in-query" and "access_token=holds" in query:
            return set()
        if kind == "Bearer" and token.startswith("holds:"):
            return set(token.removeprefix("holds:").split(","))
        if kind == "Bearer" and token == "revoked" and FAULT == "revoked-accepted":
            return ALL
        return None

    def handle_request(self):
        url = urlsplit(self.path)
        path, method = url.path, "GET" if self.command == "HEAD" else self.command
        is_open = FAULT == "head-open" and self.command == "HEAD"
        named = self.headers.get("X-Original-URL", "")
        if FAULT == "method-header" and method == "OPTIONS" and self.headers.get("X-HTTP-Method-Override") == "GET":
            method, is_open = "GET", True
        if FAULT == "path-header" and path.endswith("/not-in-the-document") and named:
            path, is_open = named, True
        is_open = is_open or (FAULT == "path-header-trusted" and named.endswith("/not-in-the-document"))
        if FAULT == "trailing-slash" and len(path) > 1 and path.endswith("/"):
            path, is_open = path[:-1], True
        found = [route for route in ROUTES if re.fullmatch(route[1], path)]
        route = next((route for route in found if route[0] == method), None)
        if route is None:
            return self.answer(405 if found else 404)
        _, template, scopes, query = route
        wrong = any(name not in query for name, _ in parse_qsl(url.query, keep_blank_values=True))
        is_open = is_open or (FAULT == "nested-unguarded" and template.endswith("/links"))
        if scopes is not None and not is_open:
            granted = self.granted(url.query)
            if granted is None or (path == "/v1/audit" and self.headers.get("X-Key") != "key"):
                return self.answer(401, WWW_Authenticate="Bearer")
            if FAULT == "order-wrong" and wrong:
                return self.answer(400)
            if FAULT == "scope-forgotten" and template.endswith("[^/]+") and method == "GET":
                scopes = set()
            enough = scopes & granted if FAULT == "or-for-and" and scopes else scopes <= granted
            if not enough:
                return self.answer(403)
        self.answer(400 if wrong else 200)

    do_GET = do_HEAD = do_POST = do_DELETE = do_OPTIONS = handle_request

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
