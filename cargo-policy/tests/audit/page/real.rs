//! Real documents, and eleven thousand routes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::{quiet, routes, text_of};
use crate::browser::Browser;
use crate::browser::keys::{DOWN, PAGE_DOWN};
use crate::run::{Folder, corpus, shown};

#[test]
fn every_real_document_is_a_page_without_complaints() {
    let Some(browser) = Browser::open() else { return };
    for real in corpus() {
        let page = real.audited("html");
        browser.show(&page, "");
        assert_eq!(browser.run("return routes.length"), json!(real.count()), "{}", real.file);
        for tab in ["scopes", "findings", "legend", "route"] {
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
