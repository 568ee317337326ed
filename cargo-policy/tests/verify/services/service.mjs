// A small service of `files.yaml`. Its argument is the fault that it has, or nothing.
import { createServer } from "node:http";

const fault = process.argv[2] ?? "";
const routes = [
  ["GET", /^\/v1\/status$/, null, []],
  ["GET", /^\/v1\/files$/, ["files:read"], ["limit"]],
  ["POST", /^\/v1\/files$/, ["files:write"], []],
  ["GET", /^\/v1\/files\/[^/]+$/, ["files:read"], []],
  ["DELETE", /^\/v1\/files\/[^/]+$/, ["files:write", "files:delete"], []],
  ["GET", /^\/v1\/files\/[^/]+\/links$/, ["files:read", "links:read"], []],
  ["GET", /^\/v1\/audit$/, ["files:read"], []],
];
const all = ["files:read", "files:write", "files:delete", "links:read"];

function granted(request, query) {
  const [kind, token] = (request.headers.authorization ?? "").split(" ");
  const sent = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === "authorization");
  if (fault === "two-credentials" && sent.length > 1) return all;
  if (fault === "scheme-case" && kind === "bearer") return all;
  if (fault === "token-in-query" && query.includes("access_token=holds")) return [];
  if (kind === "Bearer" && token?.startsWith("holds:")) return token.slice("holds:".length).split(",");
  if (kind === "Bearer" && token === "revoked" && fault === "revoked-accepted") return all;
  return null;
}

function decide(request) {
  let [path, query = ""] = request.url.split("?");
  let method = request.method === "HEAD" ? "GET" : request.method;
  let open = fault === "head-open" && request.method === "HEAD";
  const named = request.headers["x-original-url"] ?? "";
  if (fault === "method-header" && method === "OPTIONS" && request.headers["x-http-method-override"] === "GET")
    [method, open] = ["GET", true];
  if (fault === "path-header" && path.endsWith("/not-in-the-document") && named !== "") [path, open] = [named, true];
  open ||= fault === "path-header-trusted" && named.endsWith("/not-in-the-document");
  if (fault === "trailing-slash" && path.length > 1 && path.endsWith("/")) {
    path = path.slice(0, -1);
    open = true;
  }
  const found = routes.filter(([, pattern]) => pattern.test(path));
  const route = found.find(([own]) => own === method);
  if (!route) return [found.length > 0 ? 405 : 404];
  let [, pattern, scopes, names] = route;
  const wrong = query !== "" && query.split("&").some((pair) => !names.includes(pair.split("=")[0]));
  open ||= fault === "nested-unguarded" && pattern.source.endsWith("links$");
  if (scopes && !open) {
    const held = granted(request, query);
    if (!held || (path === "/v1/audit" && request.headers["x-key"] !== "key")) return [401, { "WWW-Authenticate": "Bearer" }];
    if (fault === "order-wrong" && wrong) return [400];
    if (fault === "scope-forgotten" && method === "GET" && pattern.source.endsWith("[^/]+$")) scopes = [];
    const holds = (scope) => held.includes(scope);
    if (!(fault === "or-for-and" && scopes.length > 0 ? scopes.some(holds) : scopes.every(holds))) return [403];
  }
  return [wrong ? 400 : 200];
}

const server = createServer((request, response) => {
  const [status, headers = {}] = decide(request);
  response.writeHead(status, headers);
  response.end(request.method === "HEAD" ? undefined : JSON.stringify({ status }));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
