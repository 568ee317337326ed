//! How the page is read: signs, keyboard, roles, colours, narrow windows, paper, and without scripts.

use serde_json::json;

use super::{ALL, LOW_CONTRAST, active, focused, page_of, quiet, routes, text_of};
use crate::browser::Browser;
use crate::browser::keys::{DOWN, END, ENTER, ESCAPE, LEFT, PAGE_DOWN, RIGHT, TAB, UP};
use crate::run::{Folder, folder_of, shown};

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
fn light_and_dark_can_both_be_read() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        let tabs = ["route", "scopes", "findings", "legend"].map(|tab| format!("route=GET+%2Flegacy&tab={tab}"));
        for hash in tabs.into_iter().chain(["view=list&scope=notes%3Aread&match=all&access=required".to_owned()]) {
            browser.show(&page, &hash);
            browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
            assert_eq!(browser.run(LOW_CONTRAST), json!([]), "{scheme}, {hash}");
        }
        backgrounds.push(browser.run("return getComputedStyle(document.body).backgroundColor"));
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
        assert_eq!(routes(&browser).len(), ALL.len());
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
fn printing_prints_what_is_not_in_sight_too() {
    let Some(browser) = Browser::open() else { return };
    let paths: String = (0..150).map(|at| format!("  /r{at}: {{ get: {{ security: [] }} }}\n")).collect();
    let folder =
        Folder::with("many.yaml", &format!("openapi: 3.1.0\ninfo: {{ title: Many, version: '1' }}\npaths:\n{paths}"));
    browser.show(&shown(&folder.0, &["many.yaml", "--format", "html"]), "");
    assert!(routes(&browser).len() < 60);
    browser.run("addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#rows tr[data-row]').length; })");
    assert!(browser.print().starts_with(b"%PDF"));
    assert_eq!(browser.run("return window.printed"), json!(150));
    assert!(routes(&browser).len() < 60);
    quiet(&browser);
}

#[test]
fn without_scripts_there_is_a_plain_table() {
    let Some(browser) = Browser::open() else { return };
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.show(&page_of("notes.yaml"), "");
    browser.picture("notes-plain");
    let rows = browser.run(
        "return [...document.querySelectorAll('table.plain.routes tbody tr')].map((row) => row.cells[1].textContent)",
    );
    assert_eq!(rows.as_array().unwrap().len(), ALL.len());
    assert_eq!(browser.run("return document.getElementById('app').hidden"), json!(true));
}

#[test]
fn what_the_configuration_grants_stands_beside_the_routes() {
    let Some(browser) = Browser::open() else { return };
    let folder = folder_of("notes.yaml");
    std::fs::write(folder.0.join("policy.toml"), crate::formats::SCOPE_MAP).unwrap();
    browser.show(&shown(&folder.0, &["notes.yaml", "--format", "html"]), "");
    let lines = "return [...document.querySelectorAll('#panel dl.configured dd')].map((one) => one.textContent)";
    assert_eq!(
        browser.run(lines),
        json!([
            "Notes.Read grants notes:read until 2999-03-31",
            "a|b in realm_access → roles grants notes:read, notes:write",
            "expired"
        ])
    );
    browser.picture("notes-configured");
    quiet(&browser);
}

#[test]
fn the_pane_keeps_what_was_opened_in_it() {
    let Some(browser) = Browser::open() else { return };
    browser.show(&page_of("notes.yaml"), "tab=findings");
    let group =
        "[...document.querySelectorAll('details')].find((one) => one.textContent.includes('ambiguous-templates'))";
    browser.run(&format!("{group}.querySelector('summary').click()"));
    browser.until(&format!("return {group}.querySelectorAll('article').length === 1"));
    browser.run(&format!("{group}.querySelector('button.link').click()"));
    assert_eq!(routes(&browser), ["GET /v2/notes/{id}/tags", "GET /v2/notes/shared/{token}"]);
    assert_eq!(browser.run(&format!("return {group}.open")), json!(true));
    // From a finding to its route, which a filter may hide.
    browser.run(&format!("change({{ q: 'health' }}); {group}.querySelector('button.route').click()"));
    assert_eq!(browser.run("return state.route"), json!("GET /notes/{id}/tags"));
    assert_eq!(routes(&browser).len(), ALL.len());
    assert_eq!(focused(&browser), "grid");
    // A scope that is chosen is pressed, and the search for it stays.
    browser.click("#tab-scopes");
    browser.click("#panel input");
    browser.press("admin");
    browser.click("#panel [data-scope='notes:admin']");
    assert_eq!(
        browser.run("return document.querySelector('#panel [data-scope]').getAttribute('aria-pressed')"),
        json!("true")
    );
    assert_eq!(browser.run("return document.querySelector('#panel input').value"), json!("admin"));
    assert_eq!(routes(&browser), ["GET /v2/notes/{id}", "DELETE /v2/notes/{id}"]);
    quiet(&browser);
}
