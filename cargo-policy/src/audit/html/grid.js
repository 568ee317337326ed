// The grid of routes. Only the rows in sight exist; the focus is on the grid, which names its active cell.

const OVERSCAN = 8;
const MOST_PRINTED = 3000;
const MOST_PRINTED_COLUMNS = 24;
// As in the style sheet: the columns of a matrix that are no scopes, and one that is.
const WIDTH_BESIDE = 690;
const WIDTH_OF_SCOPE = 27;

const grid = byId("grid");
const scroller = byId("scroll");
let shown = [];
let columns = [];
let isMatrix = false;
let isPrinting = false;
// The active cell; row -1 is the header.
let active = { row: 0, column: 0 };

const HEADS = [
  ["method", "Method"],
  ["route", "Route"],
  isCompared ? ["danger", "Kind"] : ["access", "Access"],
];
// The heads of what a route requires.
const requiring = () =>
  isMatrix
    ? [["schemes", "Schemes"]]
    : isCompared
      ? [
          ["requires before", "Before"],
          ["requires after", "After"],
        ]
      : [["requires", "Requires"]];
// How many columns stand before those of scopes.
const beforeScopes = () => HEADS.length + requiring().length;

// Without a choice, a matrix where it can be read. Two states are no matrix.
const isMatrixWanted = () =>
  !isCompared &&
  (state.view === ""
    ? usedScopes.length > 0 && usedScopes.length <= MOST_COLUMNS && !matchMedia("(max-width: 760px)").matches
    : state.view === "matrix");

function layoutGrid() {
  const found = columnsOf(shown);
  isMatrix =
    isMatrixWanted() && found !== null && found.length > 0 && !(isPrinting && found.length > MOST_PRINTED_COLUMNS);
  columns = isMatrix ? found : [];
  byId("remark").textContent =
    !isMatrixWanted() || isMatrix || shown.length === 0
      ? ""
      : found === null
        ? `A matrix holds ${MOST_COLUMNS} scopes; these routes name more. Filter, or choose scopes, to see one.`
        : "These routes name no scope, so there is no matrix of them.";
  document.body.classList.toggle("matrix", isMatrix);
  grid.setAttribute("aria-colcount", String(beforeScopes() + columns.length));
  grid.setAttribute("aria-rowcount", String(shown.length + 1));
  const width = (name) => make("col", { class: name });
  byId("widths").replaceChildren(
    ...[...HEADS, ...requiring()].map(([name]) => width(name)),
    ...columns.map(() => width("scope")),
  );
  // A table of fixed layout needs its own width where columns are not to be squeezed.
  grid.style.minWidth = isMatrix ? `${WIDTH_BESIDE + WIDTH_OF_SCOPE * columns.length}px` : "";
  drawHead();
  drawRows();
}

function drawHead() {
  const sorted = state.sort.replace(/^-/, "");
  const direction = state.sort.startsWith("-") ? "descending" : "ascending";
  const heads = HEADS.map(([name, label], at) =>
    make(
      "th",
      {
        role: "columnheader",
        id: `h${at}`,
        class: `${name} sortable`,
        "aria-colindex": at + 1,
        "aria-sort": sorted === name ? direction : "none",
        "aria-label": label,
        click: () => sortBy(name),
      },
      name === "route" && isMatrix ? matrixLegend() : null,
      label,
    ),
  );
  requiring().forEach(([name, label], at) => {
    const column = HEADS.length + at;
    heads.push(make("th", { role: "columnheader", id: `h${column}`, class: name, "aria-colindex": column + 1 }, label));
  });
  columns.forEach((scope, at) => {
    const chosen = state.scope.includes(scope);
    heads.push(
      make(
        "th",
        {
          role: "columnheader",
          id: `h${beforeScopes() + at}`,
          class: `scope${chosen ? " chosen" : ""}`,
          "aria-colindex": beforeScopes() + 1 + at,
          title: [
            scope,
            scopeOf.get(scope).description,
            chosen ? "Click to stop filtering by it" : "Click to filter by it",
          ]
            .filter(Boolean)
            .join("\n"),
          click: () => toggleScope(scope),
        },
        make("span", {}, shortened(scope)),
      ),
    );
  });
  const longest = Math.max(0, ...columns.map((scope) => shortened(scope).length));
  grid.style.setProperty("--head", `${longest * 7 + 20}px`);
  byId("head").replaceChildren(make("tr", { role: "row", "aria-rowindex": 1 }, heads));
}

const matrixLegend = () =>
  make(
    "span",
    { class: "legend" },
    make("span", { class: "every" }, "●"),
    " required",
    make("br"),
    make("span", { class: "some" }, "1·2"),
    " only in these alternatives; same number: together",
  );

// Names of scopes differ in their ends.
const shortened = (scope) => (scope.length <= 32 ? scope : `${scope.slice(0, 10)}…${scope.slice(-21)}`);

const rowHeight = () => parseFloat(getComputedStyle(grid).getPropertyValue("--row"));

function drawRows() {
  byId("empty").hidden = shown.length > 0;
  const height = rowHeight();
  const above = byId("head").offsetHeight;
  let first = Math.max(0, Math.floor((scroller.scrollTop - above) / height) - OVERSCAN);
  let last = Math.min(shown.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + OVERSCAN);
  if (isPrinting) [first, last] = [0, Math.min(shown.length, MOST_PRINTED)];
  first = Math.min(first, Math.max(0, shown.length - 1));
  const rows = [];
  for (let at = first; at < last; at += 1) rows.push(drawRow(shown[at], at));
  const space = (count) => {
    const row = make("tr", { class: "space", "aria-hidden": "true" });
    row.style.height = `${count * height}px`;
    return row;
  };
  byId("rows").replaceChildren(space(isPrinting ? 0 : first), ...rows, space(isPrinting ? 0 : shown.length - last));
  markActive();
}

function drawRow(route, at) {
  const { operation } = route;
  const cell = (column, name, ...children) =>
    make("td", { role: "gridcell", id: `r${at}-${column}`, "aria-colindex": column + 1, class: name }, ...children);
  // What changed stands in columns of its own.
  const all = isCompared ? [] : tags(route.findings);
  const few = isPrinting ? all : all.slice(0, 2);
  const rest = all.length - few.length;
  const under = [
    ...few,
    rest > 0 ? make("span", { class: "more" }, `+${rest}`) : null,
    operation.path.endsWith(operation.template)
      ? null
      : make("span", { class: "written" }, `written ${operation.template}`),
    route.before === null || route.after === null || route.before.operation.path === operation.path
      ? null
      : make("span", { class: "written" }, `was ${route.before.operation.path}`),
    make("span", { class: "summary" }, route.summary || operation.operation_id || ""),
  ];
  const cells = [
    cell(0, "method", make("span", { class: `verb ${operation.method}` }, operation.method)),
    cell(1, "route", pathOf(operation.path), make("div", { class: "under" }, under)),
    isCompared ? cell(2, "danger", ...route.dangers.map(kind)) : cell(2, "access", badge(operation.access)),
    ...(isMatrix
      ? [cell(3, "schemes", make("div", { class: "two" }, schemesOf(route)))]
      : isCompared
        ? [
            cell(3, "requires before", ...requirement(route.before)),
            cell(4, "requires after", ...requirement(route.after)),
          ]
        : [cell(3, "requires", ...requirement(route))]),
    ...columns.map((scope, column) => matrixCell(route, scope, cell(beforeScopes() + column, "scope"))),
  ];
  return make(
    "tr",
    {
      role: "row",
      "aria-rowindex": at + 2,
      "data-row": at,
      class: operation.access,
      "aria-selected": String(route.key === state.route),
    },
    cells,
  );
}

// Routes differ in their ends: where there is no room, the middle is left out.
function pathOf(path) {
  const end = Math.max(path.lastIndexOf("/"), 0);
  return make(
    "div",
    { class: "path", title: path },
    make("bdi", { class: "start" }, path.slice(0, end)),
    make("bdi", { class: "end" }, path.slice(end)),
  );
}

function matrixCell(route, scope, cell) {
  const needs = route.needs.get(scope);
  if (needs === undefined) return cell;
  const total = route.sets.length;
  const everywhere = needs.length === total;
  cell.classList.add(everywhere ? "every" : "some");
  cell.title = everywhere
    ? `${visible(scope)}: required`
    : `${visible(scope)}: only in alternative ${needs.join(", ")} of ${total}`;
  cell.setAttribute("aria-label", cell.title);
  cell.append(everywhere ? "●" : needs.length <= 2 ? needs.join("·") : `${needs.length}/${total}`);
  return cell;
}

// The schemes of each alternative, and which of them are needed together.
function schemesOf(route) {
  const { alternatives, access } = route.operation;
  if (alternatives.length === 0)
    return [make("span", { class: "quiet" }, access === "public" ? "none needed" : "not said")];
  const names = alternatives.map((one) =>
    one.anonymous ? "anonymous" : Object.keys(one.schemes).join(" and ") || "any scheme",
  );
  return [[...new Set(names)].join(" or ")];
}

function requirement(route) {
  const line = (...children) => make("div", { class: "one" }, ...children);
  if (route === null) return [line(make("span", { class: "quiet" }, "not there"))];
  const { alternatives, access } = route.operation;
  const or = () => make("span", { class: "or" }, "or");
  if (access === "public")
    return [line(isCompared ? badge(access) : null, make("span", { class: "quiet" }, " anyone may call it"))];
  if (access === "undeclared") return [line(make("span", { class: "quiet" }, "the document does not say"))];
  if (isPrinting) return alternatives.map((_, at) => line(at > 0 ? or() : null, ...alternative(route, at)));
  if (alternatives.length === 1) return [make("div", { class: "two" }, alternative(route, 0))];
  const more = alternatives.length - 2;
  const hidesOpen = alternatives.some((one, at) => at > 1 && one.anonymous);
  const lines = [
    line(...alternative(route, 0, 6)),
    line(
      or(),
      ...alternative(route, 1, more > 0 ? 3 : 6),
      more > 0 ? make("span", { class: "quiet" }, ` or ${more} more`) : null,
      hidesOpen ? [" ", make("span", { class: "badge optional" }, "anonymous")] : null,
    ),
  ];
  return lines;
}

// Moves the active cell, within the grid, and into sight.
function activate(row, column, select = true) {
  active = { row: clamp(row, -1, shown.length - 1), column: clamp(column, 0, beforeScopes() - 1 + columns.length) };
  if (active.row >= 0) {
    const height = rowHeight();
    const top = active.row * height;
    const room = scroller.clientHeight - byId("head").offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height > scroller.scrollTop + room) scroller.scrollTop = top + height - room;
    drawRows();
    if (select) selectRoute(shown[active.row]);
  } else {
    markActive();
  }
  sideways();
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(most, least));

const activeCell = () => byId(active.row < 0 ? `h${active.column}` : `r${active.row}-${active.column}`);

// Brings the active cell out from under the columns that stay.
function sideways() {
  const cell = activeCell();
  if (!isMatrix || cell === null || active.column < 2) return;
  const box = cell.getBoundingClientRect();
  const outer = scroller.getBoundingClientRect();
  const fixed = outer.left + byId("h1").getBoundingClientRect().right - byId("h0").getBoundingClientRect().left;
  if (box.left < fixed) scroller.scrollLeft -= fixed - box.left;
  else if (box.right > outer.left + scroller.clientWidth)
    scroller.scrollLeft += box.right - outer.left - scroller.clientWidth;
}

function markActive() {
  for (const cell of grid.querySelectorAll(".active")) cell.classList.remove("active");
  for (const row of byId("rows").children) {
    if (row.dataset.row !== undefined)
      row.setAttribute("aria-selected", String(shown[row.dataset.row].key === state.route));
  }
  const cell = activeCell();
  cell?.classList.add("active");
  if (cell === null) grid.removeAttribute("aria-activedescendant");
  else grid.setAttribute("aria-activedescendant", cell.id);
}

function onGridKey(event) {
  const page = Math.max(1, Math.floor((scroller.clientHeight - byId("head").offsetHeight) / rowHeight()) - 1);
  const { row, column } = active;
  const to = {
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    PageDown: [row + page, column],
    PageUp: [Math.max(0, row - page), column],
    Home: event.ctrlKey ? [0, 0] : [row, 0],
    End: event.ctrlKey ? [shown.length - 1, Infinity] : [row, Infinity],
  }[event.key];
  if (to !== undefined) {
    activate(...to);
  } else if (event.key === "Enter" || event.key === " ") {
    if (row < 0) activeCell()?.click();
    else showRoute(shown[row]);
  } else {
    return;
  }
  event.preventDefault();
}

function onGridClick(event) {
  const cell = event.target.closest("td[role=gridcell]");
  if (cell === null) return;
  activate(Number(cell.parentElement.dataset.row), Number(cell.getAttribute("aria-colindex")) - 1);
  openTab("route");
  // Where the details stand below the grid.
  if (matchMedia("(max-width: 1080px)").matches) document.querySelector("aside").scrollIntoView();
}
