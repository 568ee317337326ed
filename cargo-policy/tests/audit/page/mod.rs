//! The page, in a real browser.

mod compared;
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

/// The texts that can hardly be told from what is behind them, by WCAG 2.1.
const LOW_CONTRAST: &str = "const luminance = (color) => { const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((part) => { part /= 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (element) => { for (let one = element; one !== null; one = one.parentElement) { const color = getComputedStyle(one).backgroundColor; if (!/, 0\\)$/.test(color)) return color; } return 'rgb(255, 255, 255)'; };
const low = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
  if (!own || element.closest('script, noscript, [hidden], option, datalist, :disabled') || element.offsetParent === null) continue;
  const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (contrast < 4.5) low.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 30)} ${contrast.toFixed(2)}`);
}
return low;";

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
