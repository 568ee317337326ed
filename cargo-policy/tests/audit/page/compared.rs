//! The page of `cargo policy diff`: two states side by side, by the same script.

use std::path::Path;

use serde_json::{Value, json};

use super::{LOW_CONTRAST, choose, focused, quiet, routes, text_of};
use crate::browser::Browser;
use crate::browser::keys::{DOWN, ENTER};
use crate::run::{Folder, text};

/// Every route of both states: what changed first, the most dangerous before all others.
const ALL: [&str; 11] = [
    "GET /files/all",
    "GET /public",
    "POST /files",
    "PUT /files/{id}",
    "DELETE /files/{id}",
    "POST /files/{id}/links",
    "POST /files/export",
    "GET /files",
    "GET /reports",
    "GET /gone",
    "GET /v2/settings",
];

fn compared(folder: &Path, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-policy"));
    let output = command.current_dir(folder).arg("diff").args(arguments).args(["--format", "html"]).output().unwrap();
    assert!(output.status.code() != Some(2), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn page() -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diff");
    compared(&fixtures, &["before.yaml", "after.yaml"])
}

/// The cells of a route: its kinds of change, before and after.
fn cells(browser: &Browser, route: &str) -> Value {
    browser.run(&format!(
        "const row = [...document.querySelectorAll('#rows tr[data-row]')].find((row) => row.querySelector('.verb').textContent + ' ' + row.querySelector('.path').textContent === {});
         return ['.danger', '.before', '.after'].map((name) => row.querySelector(name).textContent)",
        json!(route)
    ))
}

#[test]
fn both_states_of_each_route_stand_side_by_side_with_the_kind_of_change() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page(), "");
    let shown = routes(&browser);
    assert_eq!(shown.len(), ALL.len() + 1, "{shown:?}");
    assert_eq!(shown.last().map(String::as_str), Some("GET /files/{id}"), "what is unchanged comes last");
    for (route, expected) in [
        ("GET /public", json!(["opened", "OAuth2files:read", "public anyone may call it"])),
        ("POST /files", json!(["widened", "OAuth2files:readfiles:write", "OAuth2files:write"])),
        ("GET /gone", json!(["removed", "OAuth2legacy", "not there"])),
        ("POST /files/export", json!(["added", "not there", "OAuth2files:export"])),
        ("GET /v2/settings", json!(["renamed", "OAuth2admin", "OAuth2admin"])),
        ("GET /files/{id}", json!(["unchanged", "OAuth2files:read", "OAuth2files:read"])),
    ] {
        assert_eq!(cells(&browser, route), expected, "{route}");
    }
    assert!(text_of(&browser, "#rows").contains("was /v1/settings"));
    let heads = "return [...document.querySelectorAll('#head th')].map((head) => head.textContent)";
    assert_eq!(browser.run(heads), json!(["Method", "Route", "Kind", "Before", "After"]));
    assert_eq!(browser.run("return document.getElementById('views').hidden"), json!(true), "two states are no matrix");
    // Each change stands in the pane with its witness, and those of no route too.
    browser.click("#tab-findings");
    browser.run("document.querySelectorAll('#panel details').forEach((one) => { one.open = true; })");
    browser.until("return document.querySelectorAll('#panel article').length >= 12");
    let changes = text_of(&browser, "#panel");
    for part in [
        "a request is checked in another order",
        "GET /public is open to anybody",
        "Witness: ",
        "the scope files:export",
    ] {
        assert!(changes.contains(part), "{part}: {changes}");
    }
    browser.picture("compared");
    quiet(&browser);
}

#[test]
fn routes_are_filtered_by_kind_and_by_words_and_the_keyboard_reaches_them() {
    let Some(browser) = Browser::open() else { return };
    let page = page();
    type Filter<'f> = &'f dyn Fn(&Browser);
    let cases: [(&str, Filter<'_>, &[&str]); 6] = [
        (
            "a kind",
            &|browser| browser.click("#danger-widened"),
            &["POST /files", "PUT /files/{id}", "DELETE /files/{id}"],
        ),
        (
            "two kinds",
            &|browser| {
                browser.click("#danger-removed");
                browser.click("#danger-renamed");
            },
            &["GET /gone", "GET /v2/settings"],
        ),
        ("a word of the path", &|browser| browser.press("/export"), &["POST /files/export"]),
        ("the path before", &|browser| browser.press("/v1/settings"), &["GET /v2/settings"]),
        ("a kind, as a word", &|browser| browser.press("/unchanged"), &["GET /files/{id}"]),
        ("a change", &|browser| choose(browser, "finding", "operation-removed"), &["GET /gone"]),
    ];
    for (what, filter, expected) in cases {
        browser.show(&page, "");
        filter(&browser);
        assert_eq!(routes(&browser), expected, "{what}");
        browser.click("#reset");
        assert_eq!(routes(&browser).len(), ALL.len() + 1, "{what}, cleared");
        quiet(&browser);
    }
    // The address holds the filters, and what it does not know is nothing.
    browser.show(&page, "danger=removed&danger=nonsense&sort=danger");
    assert_eq!(routes(&browser), ["GET /gone"]);
    assert_eq!(
        browser.run("return document.getElementById('danger-removed').getAttribute('aria-pressed')"),
        json!("true")
    );
    browser.press(&format!("/{ENTER}"));
    assert_eq!(focused(&browser), "grid");
    browser.press(&format!("{DOWN}{ENTER}"));
    let pane = text_of(&browser, "#panel");
    assert!(pane.contains("Before") && pane.contains("legacy") && pane.contains("The route is not there."), "{pane}");
    quiet(&browser);
}

#[test]
fn it_can_be_read_in_any_light_and_width_and_without_scripts() {
    let Some(browser) = Browser::open() else { return };
    let page = page();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        for hash in ["", "route=GET+%2Fpublic", "tab=findings", "tab=legend"] {
            browser.show(&page, hash);
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
            assert_eq!(browser.run(LOW_CONTRAST), json!([]), "{scheme} {hash}");
        }
        browser.picture(&format!("compared-{scheme}"));
    }
    for width in [390, 820, 1440] {
        browser.size(width, 844);
        browser.show(&page, "");
        browser.picture(&format!("compared-{width}"));
        assert_eq!(browser.run("return document.documentElement.scrollWidth <= innerWidth && scroller.scrollWidth <= scroller.clientWidth"), json!(true), "{width}");
        assert_eq!(browser.run("return [...document.querySelectorAll('#rows tr[data-row]')].every((row) => Math.abs(row.offsetHeight - rowHeight()) < 1.5)"), json!(true), "{width}");
    }
    assert!(browser.print().starts_with(b"%PDF"));
    quiet(&browser);
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.size(1440, 900);
    browser.show(&page, "");
    browser.picture("compared-plain");
    let rows = "return document.querySelectorAll('table.plain.routes tbody tr').length";
    assert_eq!(browser.run(rows), json!(ALL.len() + 1), "all are shown");
    let seen =
        "return [...document.querySelectorAll('section.plain h2')].filter((one) => one.offsetParent !== null).length";
    assert!(browser.run(seen).as_u64() >= Some(9), "each kind has its table");
}

#[test]
fn hostile_text_of_either_state_is_shown_and_never_runs() {
    let Some(browser) = Browser::open() else { return };
    let hostile = crate::run::repository("cargo-policy/tests/audit/documents/hostile.yaml");
    let folder = Folder::with("hostile.yaml", &hostile);
    let empty = "openapi: 3.1.0\ninfo: { title: '<img src=x onerror=window.hacked=1>', version: '1' }\npaths: {}\n";
    std::fs::write(folder.0.join("empty.yaml"), empty).unwrap();
    for documents in [["hostile.yaml", "empty.yaml"], ["empty.yaml", "hostile.yaml"]] {
        browser.show(&compared(&folder.0, &documents), "");
        for tab in ["scopes", "findings", "legend", "route"] {
            browser.click(&format!("#tab-{tab}"));
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        }
        browser.click("#rows tr[data-row] td");
        assert_eq!(browser.run("return window.hacked ?? null"), Value::Null, "{documents:?}");
        assert_eq!(
            browser.run("return document.querySelectorAll('img, svg, iframe, b, i, script:not([type])').length"),
            json!(1),
            "{documents:?}: only the page's own script"
        );
        quiet(&browser);
    }
}
