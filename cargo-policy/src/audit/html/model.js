"use strict";
// The routes, and which of them are shown: those of an audit, or those of two states that are compared. Nothing here touches the page but
// to read its data.

const stored = (id) => JSON.parse(document.getElementById(id).textContent);
const audit = stored("audit");
const beside = stored("beside");
// An audit is of one state.
const isCompared = beside.states !== null;
// The kinds of change, the most dangerous first, and what is unchanged.
const DANGERS = beside.dangers.map(([danger]) => danger);

const ACCESSES = ["public", "optional", "undeclared", "required"];
const LEVELS = ["error", "warning", "note"];
// More columns than these are no matrix that anybody reads.
const MOST_COLUMNS = 40;

const keyOf = (operation) => `${operation.method} ${operation.template}`;

// How grave a finding is: 3 to 1 for its level, 0 where it is waived.
const gravity = (finding) => (finding.waived === null ? LEVELS.length - LEVELS.indexOf(finding.level) : 0);

// An operation, the scopes of each of its alternatives, and each scope with the numbers of the alternatives that need it.
function stateOf(operation) {
  const sets = operation.alternatives.map((one) => new Set([...Object.values(one.schemes).flat(), ...one.extension]));
  const needs = new Map();
  sets.forEach((scopes, at) => {
    for (const scope of scopes) needs.set(scope, [...(needs.get(scope) ?? []), at + 1]);
  });
  return { operation, sets, needs };
}

const routes = audit.operations.map((operation, index) => {
  const { sets, needs } = stateOf(operation);
  const { before, after, dangers } = beside.states?.[index] ?? { before: null, after: null, dangers: [] };
  const schemes = new Set(operation.alternatives.flatMap((one) => Object.keys(one.schemes)));
  const findings = beside.about[index].map((at) => audit.findings[at]).sort((a, b) => gravity(b) - gravity(a));
  const summary = (beside.summaries[index] ?? "").trim().replace(/\s+/g, " ");
  const text = [
    operation.method,
    operation.path,
    operation.template,
    before?.path ?? "",
    operation.operation_id ?? "",
    summary,
    operation.access,
    ...needs.keys(),
    ...schemes,
    ...dangers,
    ...findings.map((finding) => finding.code),
  ]
    .join("\n")
    .toLowerCase();
  return {
    index,
    operation,
    key: keyOf(operation),
    summary,
    sets,
    needs,
    schemes,
    findings,
    text,
    dangers,
    before: before && stateOf(before),
    after: after && stateOf(after),
  };
});
const routeOf = new Map(routes.map((route) => [route.key, route]));
const usedScopes = audit.scopes.filter((scope) => scope.operations.length > 0).map((scope) => scope.name);
const scopeOf = new Map(audit.scopes.map((scope) => [scope.name, scope]));
// Without any catalogue, it says nothing of a scope that it is in none.
const hasCatalogue = audit.scopes.some((scope) => scope.declared);
const isUndeclared = (scope) => hasCatalogue && scopeOf.get(scope)?.declared === false;
const methods = [...new Set(routes.map((route) => route.operation.method))];

// What the reader chose; all of it is in the address, so that a view can be shared.
const NOTHING = {
  q: "",
  danger: [],
  access: [],
  method: [],
  scheme: "",
  scope: [],
  match: "any",
  finding: "",
  sort: "",
  view: "",
  route: "",
  tab: "route",
};
let state = { ...NOTHING };

function toHash() {
  const words = new URLSearchParams();
  for (const [name, initial] of Object.entries(NOTHING)) {
    for (const value of [state[name]].flat()) if (value !== initial) words.append(name, value);
  }
  return words.toString();
}

function fromHash(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const read = {};
  for (const [name, initial] of Object.entries(NOTHING)) {
    read[name] = Array.isArray(initial) ? words.getAll(name) : (words.get(name) ?? initial);
  }
  read.danger = read.danger.filter((danger) => DANGERS.includes(danger));
  read.access = read.access.filter((access) => ACCESSES.includes(access));
  read.method = read.method.filter((method) => methods.includes(method));
  read.scope = [...new Set(read.scope)].filter((scope) => scopeOf.has(scope));
  if (!["any", "all", "enough"].includes(read.match)) read.match = NOTHING.match;
  if (!["", "matrix", "list"].includes(read.view)) read.view = NOTHING.view;
  if (!Object.hasOwn(TABS, read.tab)) read.tab = NOTHING.tab;
  if (!Object.hasOwn(ORDERS, read.sort.replace(/^-/, ""))) read.sort = NOTHING.sort;
  return read;
}

const TABS = { route: "Route", scopes: "Scopes", findings: isCompared ? "Changes" : "Findings", legend: "Legend" };

const ORDERS = {
  "": (a, b) => a.index - b.index,
  route: (a, b) => compare(a.operation.path, b.operation.path) || compare(a.operation.method, b.operation.method),
  method: (a, b) => methods.indexOf(a.operation.method) - methods.indexOf(b.operation.method),
  danger: (a, b) => DANGERS.indexOf(a.dangers[0]) - DANGERS.indexOf(b.dangers[0]),
  access: (a, b) => ACCESSES.indexOf(a.operation.access) - ACCESSES.indexOf(b.operation.access),
  scopes: (a, b) => b.needs.size - a.needs.size,
  findings: (a, b) => worst(b) - worst(a) || b.findings.length - a.findings.length,
};
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const worst = (route) => (route.findings.length === 0 ? -1 : gravity(route.findings[0]));

function shownRoutes() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const listed = (chosen, value) => chosen.length === 0 || chosen.includes(value);
  const shown = routes.filter(
    (route) =>
      (state.danger.length === 0 || route.dangers.some((danger) => state.danger.includes(danger))) &&
      listed(state.access, route.operation.access) &&
      listed(state.method, route.operation.method) &&
      (state.scheme === "" || route.schemes.has(state.scheme)) &&
      (state.finding === "" || route.findings.some(isChosen)) &&
      (state.scope.length === 0 || hasScopes(route)) &&
      words.every((word) => route.text.includes(word)),
  );
  const order = ORDERS[state.sort.replace(/^-/, "")];
  shown.sort(state.sort.startsWith("-") ? (a, b) => order(b, a) : order);
  return shown;
}

const isChosen = (finding) =>
  state.finding === "any" || finding.level === state.finding || finding.code === state.finding;

function hasScopes(route) {
  if (state.match === "all") return state.scope.every((scope) => route.needs.has(scope));
  if (state.match === "any") return state.scope.some((scope) => route.needs.has(scope));
  // Who holds these scopes and no others, whatever the schemes: is one alternative satisfied?
  return (
    route.operation.access === "public" ||
    route.sets.some((set) => [...set].every((scope) => state.scope.includes(scope)))
  );
}

// The scopes to be columns: all of them, else those of the routes shown, else those chosen; null where they are too many.
function columnsOf(shown) {
  if (usedScopes.length <= MOST_COLUMNS) return usedScopes;
  const near = new Set();
  for (const route of shown) {
    for (const scope of route.needs.keys()) near.add(scope);
    if (near.size > MOST_COLUMNS)
      return state.scope.length > 0 && state.scope.length <= MOST_COLUMNS ? [...state.scope].sort() : null;
  }
  return [...near].sort();
}
