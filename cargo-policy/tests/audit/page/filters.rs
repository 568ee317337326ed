//! Search, filters, sorting, and the address that holds them.

use serde_json::json;

use super::{ALL, choose, page_of, quiet, routes, text_of};
use crate::browser::Browser;
use crate::browser::keys::ENTER;

#[test]
fn each_filter_shows_the_routes_that_it_names() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("notes.yaml");
    type Filter<'f> = &'f dyn Fn(&Browser);
    let search = |words: &'static str| move |browser: &Browser| browser.press(&format!("/{words}"));
    let click = |selector: &'static str| move |browser: &Browser| browser.click(selector);
    let cases: [(&str, Filter<'_>, &[&str]); 14] = [
        ("nothing", &|_| (), &ALL),
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
            &["GET /v2/notes/{id}/tags", "GET /v2/notes/shared/{token}", "GET /v2/legacy"],
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
        let all = ALL.len();
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
