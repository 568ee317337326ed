//! Every link of a Markdown page leads to a file and a heading that are there. Links into other sites are not followed.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use surface::root;

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                pages(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The links of a page, and what its headings are called in an address.
fn read(page: &Path) -> (Vec<String>, BTreeSet<String>) {
    let text = fs::read_to_string(page).unwrap();
    let (mut links, mut anchors, mut heading) = (Vec::new(), BTreeSet::new(), None::<String>);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string())
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(part) | Event::Code(part) => heading.iter_mut().for_each(|heading| heading.push_str(&part)),
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&heading.take().unwrap_or_default());
                // A second heading of one name gets a number.
                let numbered = (1..).map(|number| format!("{slug}-{number}"));
                let anchor = std::iter::once(slug.clone()).chain(numbered).find(|name| !anchors.contains(name));
                anchors.extend(anchor);
            }
            _ => {}
        }
    }
    (links, anchors)
}

/// As the usual hosts make it: lower case, a hyphen for a space, no punctuation.
fn slug(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'));
    kept.map(|one| if one == ' ' { '-' } else { one }).collect()
}

#[test]
fn links_lead_somewhere() {
    let (mut found, mut broken, mut followed) = (Vec::new(), Vec::new(), 0);
    pages(root(), &mut found);
    for page in &found {
        for link in read(page).0 {
            // Addresses, and the items of Rust in pages that are a crate's documentation too: rustdoc checks those.
            if link.contains("://") || link.contains("::") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let there = target.exists() && (anchor.is_empty() || target.is_dir() || read(&target).1.contains(anchor));
            if !there {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
            followed += 1;
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(followed > 50, "only {followed} links in {} pages", found.len());
}

#[test]
fn headings_are_called_as_the_usual_hosts_call_them() {
    for (heading, expected) in [
        ("When it does not compile", "when-it-does-not-compile"),
        ("`cargo policy check`", "cargo-policy-check"),
        ("What is left, and why", "what-is-left-and-why"),
    ] {
        assert_eq!(slug(heading.replace('`', "").as_str()), expected);
    }
}
