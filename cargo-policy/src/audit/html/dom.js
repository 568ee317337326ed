// Making elements. What a document says becomes text nodes, never markup.

const byId = (id) => document.getElementById(id);

// An element with attributes (a function is a listener) and children, where a string is text of the document.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, String(value).split("\n").map(visible).join("\n"));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) element.append(typeof child === "string" ? visible(child) : child);
  }
  return element;
}

// Characters that hide, move or reorder what stands around them are shown as escapes.
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const visible = (text) => text.replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);

// Prose in one line.
const oneLine = (text) => text.trim().replace(/\s+/g, " ");

// Prose of a finding: what stands in backticks is code.
const prose = (text) => text.split("`").map((part, at) => (at % 2 === 1 ? make("code", {}, part) : part));

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// A button that is on or off.
const toggle = (label, pressed, onclick, attributes = {}) =>
  make("button", { type: "button", "aria-pressed": String(pressed), click: onclick, ...attributes }, label);

function chip(scope, everywhere = true) {
  const known = scopeOf.get(scope);
  const title = [scope, known?.description, isUndeclared(scope) && "not in a catalogue"].filter(Boolean).join("\n");
  return make(
    "span",
    { class: `chip${everywhere ? "" : " some"}${isUndeclared(scope) ? " undeclared" : ""}`, title },
    scope,
  );
}

const kind = (danger) => make("span", { class: `kind ${danger}` }, danger);

const badge = (access) => make("span", { class: `badge ${access}` }, access);

const levelOf = (finding) => (finding.waived === null ? finding.level : "waived");

const tag = (finding, times = 1) =>
  make(
    "span",
    { class: `tag ${levelOf(finding)}`, title: finding.message },
    `${levelOf(finding)} ${finding.code}${times > 1 ? ` ×${times}` : ""}`,
  );

// A tag for each kind of finding, the gravest first.
function tags(findings) {
  const kinds = new Map();
  for (const finding of findings) {
    const kind = `${levelOf(finding)} ${finding.code}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding]);
  }
  return [...kinds.values()].map((alike) => tag(alike[0], alike.length));
}

// An alternative in one line: schemes that are needed together, each with its scopes, then those of an extension.
function alternative(route, at, most = Infinity) {
  const one = route.operation.alternatives[at];
  if (one.anonymous) return [make("span", { class: "badge optional" }, "anonymous")];
  const everywhere = (scope) => route.needs.get(scope).length === route.sets.length;
  let room = most;
  const chips = (scopes) => {
    const fitting = scopes.slice(0, Math.max(room, 0));
    room -= fitting.length;
    const left = scopes.length - fitting.length;
    return [
      ...fitting.flatMap((scope) => [chip(scope, everywhere(scope)), make("wbr")]),
      left > 0 ? make("span", { class: "more" }, `+${left}`) : null,
    ];
  };
  const schemes = Object.entries(one.schemes);
  const and = () => make("span", { class: "and" }, "and");
  const parts = schemes.map(([scheme, scopes], place) => [
    place > 0 ? and() : null,
    make("span", { class: "scheme" }, scheme),
    ...chips(scopes),
  ]);
  if (schemes.length === 0) parts.push([make("span", { class: "scheme any" }, "any scheme")]);
  if (one.extension.length > 0) parts.push([schemes.length > 1 ? and() : null, ...chips(one.extension)]);
  return parts.flat();
}
