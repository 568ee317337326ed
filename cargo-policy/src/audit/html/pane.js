// The pane beside the grid: one route, the scopes, the findings, and what the signs mean.

const AT_ONCE = 100;
const panel = byId("panel");
// What the panel shows. It is made anew only where that changes, so that what was opened or searched in it stays.
let inPanel = "";

function openTab(name) {
  state.tab = name;
  remember();
  byId("tabs").replaceChildren(
    ...Object.entries(TABS).map(([other, label]) => {
      const count = { scopes: audit.scopes.length, findings: audit.findings.length }[other];
      return make(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${other}`,
          "aria-selected": String(other === name),
          "aria-controls": "panel",
          tabindex: other === name ? 0 : -1,
          click: () => {
            openTab(other);
            byId(`tab-${other}`).focus();
          },
        },
        label,
        count === undefined ? null : make("span", { class: "number" }, count.toLocaleString("en")),
      );
    }),
  );
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  const wanted = name === "route" ? `route ${state.route}` : name;
  if (inPanel !== wanted) {
    inPanel = wanted;
    panel.replaceChildren(
      ...{ route: routePanel, scopes: scopesPanel, findings: findingsPanel, legend: legendPanel }[name](),
    );
    panel.scrollTop = 0;
  }
  for (const button of panel.querySelectorAll("[data-scope]")) {
    button.setAttribute("aria-pressed", String(state.scope.includes(button.dataset.scope)));
  }
}

function onTabKey(event) {
  const names = Object.keys(TABS);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step === undefined) return;
  openTab(names[(names.indexOf(state.tab) + step + names.length) % names.length]);
  byId(`tab-${state.tab}`).focus();
  event.preventDefault();
}

function routePanel() {
  const route = routeOf.get(state.route);
  if (route === undefined)
    return [
      make("p", { class: "quiet hint" }, "Choose a route to see who may call it, alternative by alternative."),
      ...overview(),
    ];
  const { operation } = route;
  const facts = [
    ["Operation", operation.operation_id],
    ["Written as", operation.path === operation.template ? null : operation.template],
    ["Public because", operation.public_reason && oneLine(operation.public_reason)],
    ["Before overlays", beside.before[route.index]],
    ...(isCompared
      ? [
          ["Query before", route.before && queryOf(route.before.operation.query)],
          ["Query after", route.after && queryOf(route.after.operation.query)],
        ]
      : [["Query", queryOf(operation.query)]]),
  ];
  return [
    make(
      "h2",
      { class: "subject" },
      make("span", { class: `verb ${operation.method}` }, operation.method),
      " ",
      make("bdi", {}, operation.path),
    ),
    route.summary === "" ? null : make("p", { class: "lead" }, route.summary),
    ...(isCompared
      ? [
          make("p", {}, route.dangers.map(kind)),
          make("h3", {}, "Before"),
          ...accessTo(route.before),
          make("h3", {}, "After"),
          ...accessTo(route.after),
        ]
      : accessTo(route)),
    make(
      "dl",
      {},
      facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
    ),
    route.findings.length === 0 ? null : make("h3", {}, plural(route.findings.length, isCompared ? "change" : "finding")),
    ...route.findings.map((finding) => findingCard(finding, false)),
  ].filter((part) => part !== null);
}

// Who may call a route, in one state; null where it is not there.
function accessTo(route) {
  if (route === null) return [make("p", { class: "quiet" }, "The route is not there.")];
  const { access } = route.operation;
  const said = {
    public: "Anyone may call it; no credential is looked at.",
    optional: "Anyone may call it; a credential may bring more.",
    undeclared: "The document does not say who may call it.",
    required: "",
  }[access];
  return [make("p", {}, badge(access), " ", said), ...whoGetsIn(route)];
}

function whoGetsIn(route) {
  const { alternatives } = route.operation;
  if (alternatives.length === 0) return [];
  const cards = alternatives.map((_, at) => make("li", {}, make("div", { class: "flow" }, alternative(route, at))));
  const some = [...route.needs].filter(([, places]) => places.length < route.sets.length);
  return [
    make("h3", {}, alternatives.length === 1 ? "Requires" : `Any one of ${alternatives.length} alternatives`),
    make("ol", { class: alternatives.length === 1 ? "alternatives single" : "alternatives" }, cards),
    some.length === 0
      ? null
      : make("p", { class: "quiet" }, "Filled scopes are needed in every alternative, outlined ones only in some."),
  ];
}

function queryOf(query) {
  const keys = [...query.names, ...query.prefixes.map((prefix) => `${prefix}…`), ...(query.any ? ["any key"] : [])];
  return keys.length === 0 ? "no parameters" : keys.join(", ");
}

// What there is to say of the whole document beside its routes.
function overview() {
  const using = (scheme) => routes.filter((route) => route.schemes.has(scheme)).length;
  const schemes = beside.schemes.flatMap(([name, kind]) => [
    make("dt", {}, name),
    make("dd", {}, kind, make("span", { class: "number" }, plural(using(name), "route"))),
  ]);
  const webhooks = beside.webhooks.flatMap(([name, next]) => [
    make("p", {}, make("code", {}, name), make("span", { class: "quiet" }, next.length > 0 ? " is followed by" : "")),
    ...next.map((at) => routeLink(routes[at].key)),
  ]);
  const removed = beside.removed.flatMap(([key, before]) => [
    make("dt", {}, key),
    make("dd", {}, `removed; before: ${before}`),
  ]);
  const mapped = audit.scope_map.flatMap(({ scheme, claim, from, to, until }) => [
    make("dt", {}, scheme),
    make(
      "dd",
      {},
      make("code", {}, from),
      claim.length > 0 ? ` in ${claim.join(" → ")}` : "",
      ` grants ${to.join(", ")}${until === null ? "" : ` until ${until}`}`,
    ),
  ]);
  const asNobody = audit.as_nobody.flatMap(({ scheme, credentials }) => [
    make("dt", {}, scheme),
    make("dd", {}, credentials.join(", ")),
  ]);
  return [
    audit.overlays.length > 0 ? make("h3", {}, "Overlays") : null,
    ...audit.overlays.map((name) => make("p", {}, make("code", {}, name))),
    make("dl", {}, removed),
    schemes.length > 0 ? make("h3", {}, "Schemes") : null,
    make("dl", {}, schemes),
    mapped.length > 0 ? make("h3", {}, "Scope map") : null,
    make("dl", { class: "configured" }, mapped),
    asNobody.length > 0 ? make("h3", {}, "Counts as nobody, where anybody may call") : null,
    make("dl", { class: "configured" }, asNobody),
    webhooks.length > 0 ? make("h3", {}, "Webhooks") : null,
    ...webhooks,
  ].filter((part) => part !== null);
}

// A way to a route, named as it is served.
function routeLink(key) {
  const operation = routeOf.get(key)?.operation;
  const name = operation === undefined ? key : `${operation.method} ${operation.path}`;
  return make("button", { type: "button", class: "link route", click: () => goTo(key) }, name);
}

function scopeToggle(scope) {
  const needed = scope.operations.length === 0 ? "no route" : plural(scope.operations.length, "route");
  const button = toggle(
    [chip(scope.name), make("span", { class: "number" }, needed)],
    state.scope.includes(scope.name),
    () => toggleScope(scope.name),
  );
  // Set as it is: what is shown of a name may be escaped.
  button.dataset.scope = scope.name;
  return button;
}

function scopesPanel() {
  const list = make("ul", { class: "scopes" });
  const draw = (words) => {
    const found = audit.scopes.filter((scope) =>
      `${scope.name}\n${scope.description ?? ""}`.toLowerCase().includes(words),
    );
    list.replaceChildren(
      ...found
        .slice(0, 500)
        .map((scope) =>
          make(
            "li",
            {},
            scopeToggle(scope),
            !isUndeclared(scope.name) ? null : make("p", { class: "undeclared-scope" }, "not in a catalogue"),
            scope.description === null ? null : make("p", { class: "quiet" }, oneLine(scope.description)),
          ),
        ),
      found.length > 500 ? make("li", { class: "quiet" }, `and ${found.length - 500} more`) : "",
    );
  };
  draw("");
  return [
    make("input", {
      type: "search",
      "aria-label": "Search scopes",
      placeholder: "Search scopes",
      input: (event) => draw(event.target.value.toLowerCase()),
    }),
    list,
  ];
}

function findingsPanel() {
  const groups = new Map();
  for (const finding of audit.findings) {
    const name = `${levelOf(finding)} ${finding.code}`;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(finding);
  }
  if (groups.size === 0) return [make("p", { class: "quiet hint" }, "Nothing was found.")];
  const sorted = [...groups.values()].sort(([a], [b]) => gravity(b) - gravity(a) || compare(a.code, b.code));
  return sorted.map((findings) => {
    const body = make("div");
    const more = () => {
      const before = body.querySelectorAll("article").length;
      body.querySelector("button.next")?.remove();
      body.append(...findings.slice(before, before + AT_ONCE).map((finding) => findingCard(finding, true)));
      if (before + AT_ONCE < findings.length)
        body.append(make("button", { type: "button", class: "next", click: more }, `Show more of ${findings.length}`));
    };
    const fill = (event) => {
      if (event.target.open && body.childElementCount === 0) more();
    };
    const about = findings.some((finding) => finding.operations.length > 0);
    return make(
      "details",
      { toggle: fill },
      make("summary", {}, tag(findings[0]), make("span", { class: "number" }, findings.length.toLocaleString("en"))),
      about
        ? make(
            "button",
            { type: "button", class: "link", click: () => change({ finding: findings[0].code }) },
            "Show only these routes",
          )
        : null,
      body,
    );
  });
}

function findingCard(finding, withRoutes) {
  const place = finding.labels[0];
  const few = withRoutes ? finding.operations.slice(0, 4) : [];
  return make(
    "article",
    { class: "finding" },
    withRoutes ? null : tag(finding),
    make("p", {}, prose(finding.message)),
    place === undefined || place.text === "" ? null : make("p", { class: "quiet" }, prose(place.text)),
    ...(finding.facts ?? []).map(([name, text]) => make("p", { class: "quiet" }, `${name}: `, prose(text))),
    finding.help === null ? null : make("p", { class: "quiet" }, "Fix: ", prose(finding.help)),
    finding.waived === null ? null : make("p", { class: "quiet" }, "Waived: ", finding.waived),
    place === undefined ? null : make("p", { class: "place" }, `${place.file}:${place.line}:${place.column}`),
    ...few.map(routeLink),
  );
}

function legendPanel() {
  const entry = (sign, meaning) => [make("dt", {}, sign), make("dd", {}, meaning)];
  const press = (keys) => keys.split(" ").map((key) => make("kbd", {}, key));
  return [
    isCompared ? make("h3", {}, "Kinds of change") : null,
    make("dl", { class: "signs" }, ...beside.dangers.map(([danger, meaning]) => entry(kind(danger), meaning))),
    make("h3", {}, "Access"),
    make(
      "dl",
      { class: "signs" },
      entry(badge("public"), "Anyone: the document's security is an empty list. No credential is looked at."),
      entry(badge("optional"), "Anyone, because one alternative asks for nothing. A credential may bring more."),
      entry(badge("undeclared"), "The document does not say. Never treated as public: refused, or denied."),
      entry(badge("required"), "Only callers that satisfy one alternative."),
    ),
    make("h3", {}, "Requirements"),
    make(
      "dl",
      { class: "signs" },
      entry(
        make("span", { class: "scheme" }, "scheme"),
        "A credential of this scheme. All of an alternative's schemes are needed together.",
      ),
      entry(make("span", { class: "chip" }, "scope"), "A scope needed in every alternative."),
      entry(make("span", { class: "chip some" }, "scope"), "A scope needed in some alternatives only."),
      entry(make("span", { class: "chip undeclared" }, "scope"), "A scope that no catalogue of the document declares."),
    ),
    isCompared ? null : make("h3", {}, "Matrix"),
    isCompared
      ? null
      : make(
          "dl",
          { class: "signs" },
          entry(make("span", { class: "every" }, "●"), "The scope is needed in every alternative."),
          entry(
            make("span", { class: "some" }, "1·2"),
            "It is needed in these alternatives only. Scopes with one number are needed together.",
          ),
          entry(make("span", { class: "some" }, "3/5"), "It is needed in three of five alternatives."),
        ),
    make("h3", {}, "Keyboard"),
    make(
      "dl",
      { class: "signs" },
      entry(press("/"), "Search"),
      entry(press("↑ ↓ ← →"), "Move in the grid, once it has the focus; the topmost row is its header"),
      entry(press("Home End"), "First and last column, with Ctrl first and last route"),
      entry(press("PgUp PgDn"), "A page of routes"),
      entry(press("Enter"), "In the header: sort, or filter by the scope. On a route: go to its details"),
      entry(press("Esc"), "Back to the grid"),
      entry(press("?"), "This legend"),
    ),
  ].filter((part) => part !== null);
}
