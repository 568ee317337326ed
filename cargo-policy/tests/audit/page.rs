//! The page, in a real browser.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::run::{Folder, corpus, folder_of, shown};

const LEFT: char = '\u{e012}';
const UP: char = '\u{e013}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';
const END: char = '\u{e010}';
const PAGE_DOWN: char = '\u{e00f}';
const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';

const ROUTES: &str = "return [...document.querySelectorAll('#rows tr[data-row]')].map((row) => row.querySelector('.verb').textContent + ' ' + row.querySelector('.path').textContent)";

fn page_of(document: &str) -> String {
    let folder = folder_of(document);
    shown(&folder.0, &[document, "--format", "html"])
}

fn routes(browser: &Browser) -> Vec<String> {
    browser.run(ROUTES).as_array().unwrap().iter().map(|route| route.as_str().unwrap().to_owned()).collect()
}

fn text_of(browser: &Browser, selector: &str) -> String {
    browser.run(&format!("return document.querySelector({}).textContent", json!(selector))).as_str().unwrap().to_owned()
}

fn active(browser: &Browser) -> Value {
    browser.run("return document.getElementById('grid').getAttribute('aria-activedescendant')")
}

fn focused(browser: &Browser) -> String {
    browser.run("return document.activeElement.id || document.activeElement.tagName").as_str().unwrap().to_owned()
}

#[track_caller]
fn quiet(browser: &Browser) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Sets a field as a person who chooses from it.
fn choose(browser: &Browser, field: &str, value: &str) {
    browser.run(&format!(
        "const field = document.getElementById({}); field.value = {}; field.dispatchEvent(new Event('change', {{ bubbles: true }}))",
        json!(field),
        json!(value)
    ));
}

const ALL: [&str; 10] = [
    "GET /v2/notes",
    "POST /v2/notes",
    "GET /v2/notes/{id}",
    "DELETE /v2/notes/{id}",
    "Copy /v2/notes/{id}",
    "GET /v2/notes/{id}/tags",
    "GET /v2/notes/shared/{token}",
    "GET /v2/health",
    "GET /v2/search",
    "GET /v2/legacy",
];

#[test]
fn each_filter_shows_the_routes_that_it_names() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    type Filter<'f> = &'f dyn Fn(&Browser);
    let search = |words: &'static str| move |browser: &Browser| browser.press(&format!("/{words}"));
    let click = |selector: &'static str| move |browser: &Browser| browser.click(selector);
    let cases: [(&str, Filter<'_>, &[&str]); 14] = [
        ("nothing", &|_| (), &[&ALL[..], &["POST /v2/token"]].concat()),
        ("a word of the path", &search("shared"), &["GET /v2/notes/shared/{token}"]),
        ("words in any order and case", &search("NOTE adds"), &["POST /v2/notes"]),
        ("a finding's code", &search("undeclared-operation"), &["GET /v2/legacy"]),
        ("an access", &click("#access-public"), &["GET /v2/health"]),
        (
            "two accesses",
            &|browser| {
                browser.click("#access-optional");
                browser.click("#access-undeclared");
            },
            &["GET /v2/search", "GET /v2/legacy"],
        ),
        ("a method", &click("#method-DELETE"), &["DELETE /v2/notes/{id}"]),
        ("a method with its case", &click("#method-Copy"), &["Copy /v2/notes/{id}"]),
        ("a scheme", &|browser| choose(browser, "scheme", "Session"), &["GET /v2/notes"]),
        (
            "findings of a level",
            &|browser| choose(browser, "finding", "error"),
            &["POST /v2/notes", "GET /v2/notes/{id}/tags", "GET /v2/notes/shared/{token}", "GET /v2/legacy"],
        ),
        (
            "a scope, by its column",
            &|browser| browser.click("th.scope[title^='notes:admin']"),
            &["GET /v2/notes/{id}", "DELETE /v2/notes/{id}"],
        ),
        (
            "a scope, by its name",
            &|browser| {
                browser.click("#scope");
                browser.press(&format!("notes:write{ENTER}"));
            },
            &["POST /v2/notes", "DELETE /v2/notes/{id}", "Copy /v2/notes/{id}"],
        ),
        (
            "two scopes, both",
            &|browser| {
                choose(browser, "scope", "notes:write");
                choose(browser, "scope", "notes:read");
                choose(browser, "match", "all");
            },
            &["Copy /v2/notes/{id}"],
        ),
        (
            "what scopes are enough for",
            &|browser| {
                choose(browser, "scope", "notes:read");
                choose(browser, "match", "enough");
            },
            &[
                "GET /v2/notes",
                "GET /v2/notes/{id}",
                "GET /v2/notes/{id}/tags",
                "GET /v2/notes/shared/{token}",
                "GET /v2/health",
                "GET /v2/search",
                "POST /v2/token",
            ],
        ),
    ];
    for (what, filter, expected) in cases {
        browser.show(&page, "");
        filter(&browser);
        assert_eq!(routes(&browser), expected, "{what}");
        let all = ALL.len() + 1;
        let count =
            if expected.len() == all { format!("{all} routes") } else { format!("{} of {all} routes", expected.len()) };
        assert_eq!(text_of(&browser, "#count"), count, "{what}");
        if expected.len() < all {
            browser.click("#reset");
            assert_eq!(routes(&browser).len(), all, "{what}, cleared");
        }
        quiet(&browser);
    }
    browser.show(&page, "q=nowhere");
    assert_eq!(browser.run("return document.getElementById('empty').hidden"), json!(false));
}

#[test]
fn columns_sort_both_ways_and_back() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page_of("notes.yaml"), "");
    let document = routes(&browser);
    let mut sorted = document.clone();
    sorted.sort_by_key(|route| route.split_once(' ').map(|(method, path)| (path.to_owned(), method.to_owned())));
    for (direction, expected) in
        [("ascending", sorted.clone()), ("descending", sorted.iter().rev().cloned().collect()), ("none", document)]
    {
        browser.click("th.route");
        assert_eq!(routes(&browser), expected, "{direction}");
        assert_eq!(
            browser.run("return document.querySelector('th.route').getAttribute('aria-sort')"),
            json!(direction)
        );
    }
    choose(&browser, "sort", "access");
    assert_eq!(routes(&browser)[..3], ["GET /v2/health", "GET /v2/search", "GET /v2/legacy"]);
    quiet(&browser);
}

#[test]
fn the_matrix_tells_always_from_sometimes_and_together() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page_of("notes.yaml"), "route=GET+%2Fnotes%2F%7Bid%7D");
    let cells = "const heads = [...document.querySelectorAll('th.scope')].map((head) => head.textContent);
        const row = [...document.querySelectorAll('#rows tr[data-row]')].find((row) => row.textContent.includes(arguments_path));
        return [...row.querySelectorAll('td.scope')].flatMap((cell, at) => cell.textContent === '' ? [] : [heads[at] + ' ' + cell.textContent])";
    let cells = |path: &str| browser.run(&cells.replace("arguments_path", &json!(path).to_string()));
    assert_eq!(cells("Lists notes"), json!(["notes:read 1"]));
    assert_eq!(cells("Adds a note"), json!(["audit:log ●", "notes:write ●"]));
    assert_eq!(cells("getNote"), json!(["notes:admin 2", "notes:read 1·3", "notes:share 3"]));
    // The route that was chosen is spelled out.
    let alternatives = "return [...document.querySelectorAll('#panel .alternatives li')].map((one) => [...one.querySelectorAll('span')].map((part) => part.textContent).join(' '))";
    assert_eq!(
        browser.run(alternatives),
        json!(["OAuth2 notes:read", "OAuth2 notes:admin", "Key and OAuth2 notes:read notes:share"])
    );
    // Those that let anybody in are told apart, by words.
    let badges = "return [...document.querySelectorAll('#rows tr[data-row]')].filter((row) => row.classList[0] !== 'required').map((row) => row.querySelector('.path').textContent + ' ' + row.querySelector('.badge').textContent)";
    assert_eq!(browser.run(badges), json!(["/v2/health public", "/v2/search optional", "/v2/legacy undeclared"]));
    // Findings stand beside their routes, with level and code.
    let tags = "return [...document.querySelectorAll('#rows tr[data-row]')].find((row) => row.textContent.includes('/v2/legacy')).querySelector('.tag').textContent";
    assert_eq!(browser.run(tags), json!("error undeclared-operation"));
    quiet(&browser);
}

#[test]
fn everything_can_be_done_with_the_keyboard() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page_of("notes.yaml"), "");
    // The order of focus is that of the page, and ends in the pane.
    let mut order = Vec::new();
    for _ in 0..40 {
        browser.press(&TAB.to_string());
        order.push(focused(&browser));
        if order.last().is_some_and(|last| last == "tab-route") {
            break;
        }
    }
    let place = |id: &str| {
        order.iter().position(|found| found == id).unwrap_or_else(|| panic!("{id} is not reached: {order:?}"))
    };
    for pair in [
        "search",
        "scope",
        "scheme",
        "finding",
        "sort",
        "view-matrix",
        "access-public",
        "method-GET",
        "grid",
        "tab-route",
    ]
    .windows(2)
    {
        assert!(place(pair[0]) < place(pair[1]), "{pair:?} in {order:?}");
    }
    assert_eq!(order.iter().filter(|found| *found == "grid").count(), 1, "the grid is one stop");
    // What has the focus is seen to have it.
    browser.press("/");
    assert_eq!(focused(&browser), "search");
    assert_ne!(browser.run("return getComputedStyle(document.activeElement).outlineStyle"), json!("none"));
    // From the search into the grid; within it by arrows, header included.
    browser.press(&DOWN.to_string());
    assert_eq!(focused(&browser), "grid");
    browser.press(&format!("{DOWN}{DOWN}{RIGHT}"));
    assert_eq!(active(&browser), json!("r2-1"));
    assert_ne!(
        browser.run("return getComputedStyle(document.querySelector('#grid .active')).outlineStyle"),
        json!("none")
    );
    browser.press(&END.to_string());
    let last = browser.run("return 'r2-' + (document.getElementById('grid').getAttribute('aria-colcount') - 1)");
    assert_eq!(active(&browser), last);
    browser.press(&PAGE_DOWN.to_string());
    assert_eq!(active(&browser).as_str().unwrap().split('-').next(), Some("r10"), "the last route");
    browser.press(&format!("{LEFT}{UP}"));
    assert_eq!(active(&browser).as_str().unwrap().split('-').next(), Some("r9"));
    assert_eq!(browser.run("return new URLSearchParams(location.hash.slice(1)).get('route')"), json!("GET /legacy"));
    // To the details and back.
    browser.press(&ENTER.to_string());
    assert_eq!(focused(&browser), "panel");
    assert!(text_of(&browser, "#panel").contains("/v2/legacy"));
    browser.press(&ESCAPE.to_string());
    assert_eq!(focused(&browser), "grid");
    // The header sorts.
    browser.run("activate(-1, 1)");
    browser.press(&ENTER.to_string());
    assert_eq!(browser.run("return document.querySelector('th.route').getAttribute('aria-sort')"), json!("ascending"));
    // Tabs turn by arrows.
    browser.run("document.getElementById('tab-route').focus()");
    browser.press(&format!("{RIGHT}{RIGHT}"));
    assert_eq!(focused(&browser), "tab-findings");
    assert!(text_of(&browser, "#panel").contains("undeclared-operation"));
    quiet(&browser);
}

#[test]
fn roles_say_what_things_are() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page_of("notes.yaml"), "");
    let checks = [
        (
            "rows are counted with the header",
            "document.querySelector('[role=grid]').getAttribute('aria-rowcount') === '12'",
        ),
        (
            "every row has its number",
            "[...document.querySelectorAll('#rows [role=row]')].every((row, at) => row.getAttribute('aria-rowindex') === String(at + 2))",
        ),
        (
            "every cell has its column",
            "[...document.querySelectorAll('#grid [role=gridcell], #grid [role=columnheader]')].every((cell) => cell.getAttribute('aria-colindex') > 0)",
        ),
        (
            "as many cells as columns",
            "[...document.querySelectorAll('#grid [role=row]')].every((row) => row.children.length === Number(document.querySelector('#grid').getAttribute('aria-colcount')))",
        ),
        (
            "the active cell exists",
            "document.getElementById(document.querySelector('#grid').getAttribute('aria-activedescendant')).getAttribute('role') === 'gridcell'",
        ),
        (
            "every control has a name",
            "[...document.querySelectorAll('input, select, button')].every((control) => (control.labels?.[0]?.textContent || control.getAttribute('aria-label') || control.textContent).trim() !== '')",
        ),
        (
            "one tab is selected and names the panel",
            "document.querySelectorAll('[role=tab][aria-selected=true]').length === 1 && document.getElementById(document.querySelector('[role=tabpanel]').getAttribute('aria-labelledby')).getAttribute('aria-selected') === 'true'",
        ),
        (
            "no identifier is used twice",
            "new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size === document.querySelectorAll('[id]').length",
        ),
    ];
    for (what, check) in checks {
        assert_eq!(browser.run(&format!("return {check}")), json!(true), "{what}");
    }
}

#[test]
fn a_view_is_in_its_address() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    browser.show(&page, "");
    browser.click("#access-required");
    choose(&browser, "scope", "notes:read");
    choose(&browser, "match", "all");
    choose(&browser, "sort", "route");
    browser.click("#view-list");
    browser.press("/notes/");
    browser.click("#rows tr[data-row='1'] td");
    let (hash, routes_then) = (browser.run("return location.hash.slice(1)"), routes(&browser));
    let hash = hash.as_str().unwrap();
    for word in
        ["q=notes%2F", "access=required", "scope=notes%3Aread", "match=all", "sort=route", "view=list", "route="]
    {
        assert!(hash.split('&').any(|part| part.starts_with(word)), "{word} in {hash}");
    }
    browser.show(&page, hash);
    assert_eq!(routes(&browser), routes_then);
    assert!(!routes_then.is_empty() && routes_then.len() < ALL.len());
    assert_eq!(browser.run("return location.hash.slice(1)"), json!(hash));
    assert_eq!(browser.run("return document.getElementById('search').value"), json!("notes/"));
    // An address that is changed by hand is followed; what it does not know is nothing.
    browser.run("location.hash = 'access=public&access=nonsense&scope=none&sort=__proto__&view=x&match=y'");
    browser.until("return document.getElementById('count').textContent.startsWith('1 of')");
    assert_eq!(routes(&browser), ["GET /v2/health"]);
    quiet(&browser);
}

#[test]
fn hostile_text_is_shown_and_never_runs() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("hostile.yaml");
    for hash in ["", "view=list", "q=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E&route=%3Cscript%3E"] {
        browser.show(&page, hash);
        for tab in ["scopes", "findings", "key", "route"] {
            browser.click(&format!("#tab-{tab}"));
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        }
        if browser.run("return document.querySelectorAll('#rows tr[data-row]').length > 0") == json!(true) {
            browser.click("#rows tr[data-row] td");
        }
        assert_eq!(browser.run("return window.hacked ?? null"), Value::Null, "{hash}");
        assert_eq!(
            browser.run("return document.querySelectorAll('img, svg, iframe, b, i, script:not([type])').length"),
            json!(1),
            "{hash}: only the page's own script"
        );
        quiet(&browser);
    }
    browser.show(&page, "");
    assert!(text_of(&browser, "h1").contains("<script>window.hacked=1</script>{{audit}}"));
    let all = text_of(&browser, "#app");
    for shown in ["<svg/onload=window.hacked=1>", "<i onmouseover=window.hacked=1>"] {
        assert!(all.contains(shown), "{shown} in {all}");
    }
    assert!(!all.contains('\u{202e}') && !all.contains('\u{1b}'));
    // Were the script to have a hole, the page's policy would still stand: no markup from text, no other script, no network.
    assert_eq!(
        browser
            .run("try { document.body.innerHTML = '<b>x</b>'; return 'written' } catch (error) { return error.name }"),
        json!("TypeError")
    );
    browser
        .run("const one = document.createElement('img'); one.src = 'https://example.com/x'; document.body.append(one)");
    browser.until("return document.querySelector('img').complete");
    let complaints = browser.complaints();
    assert!(complaints.iter().any(|one| one.contains("trusted") || one.contains("TrustedHTML")), "{complaints:?}");
    assert!(
        complaints.iter().any(|one| one.contains("default-src 'none'") || one.contains("img-src")),
        "{complaints:?}"
    );
}

#[test]
fn light_and_dark_can_both_be_read() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.show(&page, "route=GET+%2Flegacy");
        backgrounds.push(browser.run("return getComputedStyle(document.body).backgroundColor"));
        // Contrast by WCAG 2.1, of every text against what is behind it.
        let low = browser.run(
            "const luminance = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((part) => { part /= 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const behind = (element) => { for (let one = element; one !== null; one = one.parentElement) { const color = getComputedStyle(one).backgroundColor; if (!/, 0\\)$/.test(color)) return color; } return 'rgb(255, 255, 255)'; };
            const low = [];
            for (const element of document.querySelectorAll('body *')) {
              const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
              if (!own || element.closest('script, noscript, [hidden], option, datalist, :disabled') || element.offsetParent === null) continue;
              const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
              const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
              if (contrast < 4.5) low.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)} ${contrast.toFixed(2)}`);
            }
            return low;",
        );
        assert_eq!(low, json!([]), "{scheme}");
        browser.picture(&format!("notes-{scheme}"));
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
    quiet(&browser);
}

#[test]
fn a_narrow_window_needs_no_sideways_scrolling() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    for (width, view) in [(390, "list"), (390, ""), (820, "list"), (1440, "list")] {
        browser.size(width, 844);
        browser.show(&page, if view.is_empty() { "" } else { "view=list" });
        browser.picture(&format!("notes-{width}"));
        assert_eq!(browser.run("return document.documentElement.scrollWidth <= innerWidth && scroller.scrollWidth <= scroller.clientWidth"), json!(true), "{width}");
        assert_eq!(routes(&browser).len(), ALL.len() + 1);
        // Rows are as high as the script takes them to be.
        assert_eq!(browser.run("return [...document.querySelectorAll('#rows tr[data-row]')].every((row) => Math.abs(row.offsetHeight - rowHeight()) < 1.5)"), json!(true), "{width}");
    }
    quiet(&browser);
}

#[test]
fn a_printer_gets_every_route_that_is_shown() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    browser.show(&page, "access=required");
    let on_screen = routes(&browser);
    assert!(browser.print().starts_with(b"%PDF"));
    assert_eq!(routes(&browser), on_screen, "the screen is as it was");
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(routes(&browser), on_screen);
    assert_eq!(text_of(&browser, "#printed"), "8 routes of 11. Chosen: access required.");
    // Alternatives are spelled out on paper.
    browser.run(
        "dispatchEvent(new Event('afterprint')); change({ view: 'list' }); dispatchEvent(new Event('beforeprint'))",
    );
    let requires = "return [...document.querySelectorAll('#rows tr[data-row]')].find((row) => row.textContent.includes('getNote')).querySelectorAll('.requires .one').length";
    assert_eq!(browser.run(requires), json!(3));
    browser.run("dispatchEvent(new Event('afterprint'))");
    for view in ["matrix", "list"] {
        browser.run(&format!("change({{ view: '{view}', access: [] }})"));
        browser.devtools("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
        browser.until("return isPrinting");
        browser.picture(&format!("notes-print-{view}"));
        browser.devtools("Emulation.setEmulatedMedia", &json!({ "media": "" }));
        browser.until("return !isPrinting");
    }
    quiet(&browser);
}

#[test]
fn without_scripts_there_is_a_plain_table() {
    let Some(browser) = Browser::open() else { return };
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.show(&page_of("notes.yaml"), "");
    browser.picture("notes-plain");
    let rows = browser
        .run("return [...document.querySelectorAll('table.plain tbody tr')].map((row) => row.cells[1].textContent)");
    assert_eq!(rows.as_array().unwrap().len(), ALL.len() + 1);
    assert_eq!(browser.run("return document.getElementById('app').hidden"), json!(true));
}

#[test]
fn every_real_document_is_a_page_without_complaints() {
    let Some(browser) = Browser::open() else { return };
    for real in corpus() {
        let folder = Folder::new();
        let arguments: Vec<&str> = real.arguments.iter().map(String::as_str).collect();
        let page = shown(&folder.0, &[&arguments[..], &["--format", "html"]].concat());
        browser.show(&page, "");
        let operations = crate::oracle::operations(&real.path, &real.config);
        let count = browser.run("return routes.length");
        assert_eq!(count, json!(operations.as_array().unwrap().len()), "{}", real.file);
        for tab in ["scopes", "findings", "key", "route"] {
            browser.click(&format!("#tab-{tab}"));
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        }
        for (size, hash) in [((1440, 900), "view=matrix"), ((1440, 900), "view=list"), ((390, 844), "")] {
            browser.size(size.0, size.1);
            browser.show(&page, hash);
            browser.press(&format!("/{DOWN}{DOWN}{PAGE_DOWN}"));
            let stem = Path::new(real.file).file_stem().unwrap().to_str().unwrap();
            browser.picture(&format!("{stem}-{}-{}", size.0, hash.trim_start_matches("view=")));
        }
        browser.size(1440, 900);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{}", real.file);
    }
}

/// A document with the routes of Microsoft's Graph: eleven thousand, and some eight hundred scopes.
fn graph() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/workloads/w3.tsv");
    let Ok(rows) = std::fs::read_to_string(file) else {
        eprintln!("skipped: the workloads are not beside the workspace");
        return None;
    };
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for row in rows.lines() {
        let mut cells = row.split('\t');
        let (method, template, scopes) = (cells.next()?, cells.next()?, cells.next().unwrap_or_default());
        let mut named = String::new();
        for (number, part) in template.split("{id}").enumerate() {
            if number > 0 {
                write!(named, "{{id{number}}}").unwrap();
            }
            named.push_str(part);
        }
        let scopes: Vec<&str> = scopes.split_whitespace().collect();
        let operation = json!({ "summary": format!("Works on {}", template.rsplit('/').next()?), "security": [{ "OAuth2": scopes }] });
        let entry = format!("{}: {operation}", json!(method.to_lowercase()));
        let operations = paths.entry(named).or_default();
        let separator = if operations.is_empty() { "" } else { ", " };
        write!(operations, "{separator}{entry}").unwrap();
    }
    let paths: Vec<String> =
        paths.into_iter().map(|(path, operations)| format!("{}: {{{operations}}}", json!(path))).collect();
    Some(format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "Graph", "version": "1"}}, "components": {{"securitySchemes": {{"OAuth2": {{"type": "openIdConnect", "openIdConnectUrl": "https://example.com"}}}}}}, "paths": {{{}}}}}"#,
        paths.join(", ")
    ))
}

#[test]
fn eleven_thousand_routes_stay_light() {
    let Some(document) = graph() else { return };
    let Some(browser) = Browser::open() else { return };
    let folder = Folder::with("graph.json", &document);
    let page = shown(&folder.0, &["graph.json", "--format", "html"]);
    let start = Instant::now();
    browser.show(&page, "");
    let loaded = start.elapsed();
    let total = browser.run("return routes.length").as_u64().unwrap();
    assert!(total > 11_000, "{total}");
    assert_eq!(browser.run("return grid.getAttribute('aria-rowcount')"), json!((total + 1).to_string()));
    // However many there are, only those in sight exist, and so in every view.
    let elements = || browser.run("return document.querySelectorAll('#app *').length").as_u64().unwrap();
    let most = 4_000;
    assert!(elements() < most, "{}", elements());
    assert!(routes(&browser).len() < 60);
    browser.picture("graph-list");
    let took = |script: &str| {
        browser.run(&format!(
            "const start = performance.now(); {script}; document.body.offsetHeight; return performance.now() - start"
        ))
    };
    let timed = [
        ("search", took("change({ q: 'users' })")),
        ("search for nothing", took("change({ q: 'nowhere at all' })")),
        ("clear", took("change({ q: '' })")),
        ("a scope", took("toggleScope(usedScopes[0])")),
        ("what scopes are enough for", took("change({ match: 'enough' })")),
        ("all again", took("change({ scope: [], match: 'any' })")),
        ("sort", took("change({ sort: 'route' })")),
        ("to the end", took("activate(shown.length - 1, 0)")),
        ("scopes", took("openTab('scopes')")),
        ("findings", took("openTab('findings')")),
    ];
    eprintln!("{total} routes: loaded in {loaded:?}; milliseconds: {timed:?}; {} elements", elements());
    let last = browser.run("return shown.at(-1).operation.path");
    assert!(routes(&browser).last().is_some_and(|route| route.ends_with(last.as_str().unwrap())));
    assert!(routes(&browser).len() < 60);
    // By hand, to its end and back.
    browser.run("scroller.scrollTop = scroller.scrollHeight / 2");
    browser.until("return document.querySelector('#rows tr[data-row]').dataset.row > shown.length / 3");
    assert!(routes(&browser).len() < 60);
    // A matrix of all scopes is none; of a few it is.
    browser.run("change({ view: 'matrix', sort: '', route: '' })");
    assert!(text_of(&browser, "#remark").contains("A matrix holds 40 scopes"));
    assert_eq!(browser.run("return columns.length"), json!(0));
    browser.run("change({ q: '/accessreviews/' })");
    assert!(browser.run("return columns.length").as_u64().is_some_and(|columns| (1..=40).contains(&columns)));
    browser.picture("graph-matrix");
    assert!(elements() < most, "{}", elements());
    // A printer gets a part, and says of what.
    browser.run("change({ q: '', view: '' }); dispatchEvent(new Event('beforeprint'))");
    assert_eq!(routes(&browser).len(), 3_000);
    assert!(text_of(&browser, "#printed").starts_with("The first 3,000 of "));
    browser.run("dispatchEvent(new Event('afterprint'))");
    assert!(routes(&browser).len() < 60);
    quiet(&browser);
}
