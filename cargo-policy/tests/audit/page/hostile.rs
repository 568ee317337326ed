//! A document whose text would like to be a script.

use serde_json::{Value, json};

use super::{page_of, quiet, text_of};
use crate::browser::Browser;

#[test]
fn hostile_text_is_shown_and_never_runs() {
    let Some(browser) = Browser::open() else { return };
    let page = page_of("hostile.yaml");
    for hash in ["", "view=list", "q=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E&route=%3Cscript%3E"] {
        browser.show(&page, hash);
        for tab in ["scopes", "findings", "legend", "route"] {
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
