//! The page, in a real browser.

mod filters;
mod hostile;
mod reading;
mod real;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::run::{folder_of, shown};

/// The rows that exist.
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

/// Every route of `notes.yaml`, in its order.
const ALL: [&str; 11] = [
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
    "POST /v2/token",
];
