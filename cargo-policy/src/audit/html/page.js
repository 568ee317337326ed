// The filters, the address, the keyboard and the printer.

// Changes what is chosen, and shows it.
function change(what) {
  state = { ...state, ...what };
  remember();
  draw();
}

// Puts what is chosen into the address.
function remember() {
  const hash = toHash();
  if (hash !== location.hash.slice(1))
    history.replaceState(null, "", hash === "" ? location.href.split("#")[0] : `#${hash}`);
}

function draw() {
  shown = shownRoutes();
  drawFilters();
  byId("count").textContent =
    shown.length === routes.length
      ? plural(routes.length, "route")
      : `${shown.length.toLocaleString("en")} of ${plural(routes.length, "route")}`;
  byId("reset").hidden = toHash().replace(/(^|&)(route|view|sort|tab)=[^&]*/g, "") === "";
  const selected = shown.findIndex((route) => route.key === state.route);
  active = { row: Math.max(selected, 0), column: active.column };
  scroller.scrollTop = 0;
  layoutGrid();
  if (selected > 0) activate(selected, active.column, false);
  openTab(state.tab);
}

const SORTS = {
  "": isCompared ? "what changed first" : "as in the document",
  route: "route",
  method: "method",
  ...(isCompared ? { danger: "kind of change" } : {}),
  access: "access, open first",
  scopes: "most scopes",
  findings: "findings",
};

function drawFilters() {
  if (byId("search").value !== state.q) byId("search").value = state.q;
  byId("scheme").value = state.scheme;
  byId("finding").value = state.finding;
  byId("sort").value = state.sort.replace(/^-/, "");
  byId("match").value = state.match;
  const flip = (name, value) =>
    change({
      [name]: state[name].includes(value) ? state[name].filter((other) => other !== value) : [...state[name], value],
    });
  redraw(
    "dangers",
    // Some kinds are about no route.
    DANGERS.map((danger) => [danger, routes.filter((route) => route.dangers.includes(danger)).length])
      .filter(([, count]) => count > 0)
      .map(([danger, count]) =>
        toggle(
          [danger, make("span", { class: "number" }, count.toLocaleString("en"))],
          state.danger.includes(danger),
          () => flip("danger", danger),
          { id: `danger-${danger}` },
        ),
      ),
  );
  redraw(
    "accesses",
    ACCESSES.map((access) => {
      const count = routes.filter((route) => route.operation.access === access).length;
      return toggle(
        [
          make("span", { class: `dot ${access}` }),
          access,
          make("span", { class: "number" }, count.toLocaleString("en")),
        ],
        state.access.includes(access),
        () => flip("access", access),
        { id: `access-${access}`, disabled: count === 0, class: count === 0 ? "" : access },
      );
    }),
  );
  redraw(
    "methods",
    methods.map((method) =>
      toggle(method, state.method.includes(method), () => flip("method", method), { id: `method-${method}` }),
    ),
  );
  const view = isMatrixWanted() ? "matrix" : "list";
  redraw(
    "views",
    ["matrix", "list"].map((name) =>
      toggle(name === "matrix" ? "Matrix" : "List", view === name, () => change({ view: name }), {
        id: `view-${name}`,
      }),
    ),
  );
  byId("chosen").hidden = state.scope.length === 0;
  redraw(
    "chosen-scopes",
    state.scope.map((scope) =>
      make(
        "button",
        {
          type: "button",
          class: "chip",
          title: "Remove",
          "aria-label": `Remove ${scope}`,
          id: `chosen-${scope}`,
          click: () => toggleScope(scope),
        },
        scope,
        make("span", { "aria-hidden": "true" }, " ×"),
      ),
    ),
  );
}

// Replaces the buttons of a group; the focus stays where it was.
function redraw(id, buttons) {
  const group = byId(id);
  const focused = group.contains(document.activeElement) ? document.activeElement.id : null;
  group.replaceChildren(...group.querySelectorAll("legend"), ...buttons);
  if (focused !== null) (byId(focused) ?? group.querySelector("button") ?? byId("search")).focus();
}

function toggleScope(scope) {
  change({
    scope: state.scope.includes(scope) ? state.scope.filter((other) => other !== scope) : [...state.scope, scope],
  });
}

function sortBy(name) {
  change({ sort: state.sort === name ? `-${name}` : state.sort === `-${name}` ? "" : name });
}

// Makes a route the selected one, without moving the focus.
function selectRoute(route) {
  if (state.route === route.key) return;
  state.route = route.key;
  markActive();
  openTab("route");
}

function showRoute(route) {
  selectRoute(route);
  openTab("route");
  panel.focus();
}

// Goes to a route from a finding; filters that hide it are cleared.
function goTo(key) {
  const route = routeOf.get(key);
  if (route === undefined) return;
  if (!shown.includes(route)) state = { ...NOTHING, view: state.view };
  change({ route: key, tab: "route" });
  grid.focus({ preventScroll: true });
}

function fillChoices() {
  const option = (value, label) => make("option", { value }, label);
  byId("scope-names").replaceChildren(...audit.scopes.map((scope) => make("option", { value: scope.name })));
  byId("scheme").replaceChildren(option("", "any"), ...beside.schemes.map(([name]) => option(name, name)));
  const codes = [...new Set(routes.flatMap((route) => route.findings.map((finding) => finding.code)))].sort();
  byId("finding").replaceChildren(
    option("", "with or without"),
    option("any", "any"),
    ...LEVELS.map((level) => option(level, `${level}s`)),
    ...codes.map((code) => option(code, code)),
  );
  byId("sort").replaceChildren(...Object.entries(SORTS).map(([name, label]) => option(name, label)));
}

function print(begins) {
  if (isPrinting === begins) return;
  isPrinting = begins;
  const printed = Math.min(shown.length, MOST_PRINTED);
  const filters = new URLSearchParams(toHash());
  for (const name of ["route", "view", "tab"]) filters.delete(name);
  byId("printed").textContent = [
    printed < shown.length
      ? `The first ${printed.toLocaleString("en")} of ${plural(shown.length, "route")} shown; filter to print others.`
      : `${plural(shown.length, "route")}${shown.length < routes.length ? ` of ${routes.length.toLocaleString("en")}` : ""}.`,
    filters.size > 0 ? `Chosen: ${[...filters].map(([name, value]) => `${name} ${visible(value)}`).join(", ")}.` : "",
  ].join(" ");
  layoutGrid();
}

function onKey(event) {
  const writing = event.target.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !writing) {
    byId("search").focus();
    byId("search").select();
  } else if (event.key === "?" && !writing) openTab("legend");
  else if (event.key === "Escape" && panel.contains(event.target)) grid.focus({ preventScroll: true });
  else return;
  event.preventDefault();
}

function start() {
  fillChoices();
  byId("kinds").hidden = !isCompared;
  byId("views").hidden = isCompared;
  byId("app").hidden = false;
  const search = byId("search");
  search.addEventListener("input", () => change({ q: search.value }));
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      grid.focus({ preventScroll: true });
      event.preventDefault();
    }
  });
  for (const name of ["scheme", "finding", "sort", "match"])
    byId(name).addEventListener("change", (event) => change({ [name]: event.target.value }));
  byId("scope").addEventListener("input", (event) => {
    const { value } = event.target;
    if (!scopeOf.has(value)) return;
    // A name that begins longer ones may still be being written, unless it was picked.
    if (
      event.inputType === "insertText" &&
      audit.scopes.some((scope) => scope.name !== value && scope.name.startsWith(value))
    )
      return;
    event.target.value = "";
    if (!state.scope.includes(value)) toggleScope(value);
  });
  byId("scope").addEventListener("change", (event) => {
    const { value } = event.target;
    event.target.value = "";
    if (scopeOf.has(value) && !state.scope.includes(value)) toggleScope(value);
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("reset").addEventListener("click", () => {
    change({ ...NOTHING, view: state.view, sort: state.sort, route: state.route, tab: state.tab });
    search.focus();
  });
  byId("tabs").addEventListener("keydown", onTabKey);
  grid.addEventListener("keydown", onGridKey);
  grid.addEventListener("click", onGridClick);
  document.addEventListener("keydown", onKey);
  let waiting = false;
  scroller.addEventListener(
    "scroll",
    () => {
      if (!waiting)
        requestAnimationFrame(() => {
          waiting = false;
          drawRows();
        });
      waiting = true;
    },
    { passive: true },
  );
  addEventListener("resize", layoutGrid);
  addEventListener("hashchange", () => {
    state = fromHash(location.hash);
    draw();
  });
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", (event) => print(event.matches));
  state = fromHash(location.hash);
  draw();
}

start();
