//! A file that is not the program's document is told by who gains and who loses, and by the command that writes it.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::PathBuf;

/// A folder of the test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("policy-test-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What is said of the file, with the folder's path left out.
    fn compare(&self, file: Option<&str>, made: &str) -> String {
        let path = self.0.join("openapi.json");
        match file {
            Some(text) => fs::write(&path, text).unwrap(),
            None => drop(fs::remove_file(&path)),
        }
        match policy_test::compare_document(&path, made) {
            Ok(()) => "current".to_owned(),
            Err(stale) => stale.to_string().replace(&*self.0.to_string_lossy(), "[folder]"),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn document(operations: &str) -> String {
    format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Files","version":"1"}},"components":{{"securitySchemes":{{"Key":{{"type":"http","scheme":"bearer"}}}}}},"paths":{{{operations}}}}}"#
    )
}

fn get(path: &str, scopes: &str) -> String {
    format!(
        r#""{path}":{{"get":{{"operationId":"get{path}","summary":"Reads.","security":[{{"Key":[{scopes}]}}],"responses":{{}}}}}}"#
    )
}

#[test]
fn layout_and_the_order_of_keys_are_no_difference() {
    let folder = Folder::new("layout");
    let document = document(&get("/files", r#""files:read""#));
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap() + "\n"
    };
    assert_eq!(folder.compare(Some(&document), &document), "current");
    assert_eq!(folder.compare(Some(&pretty(&document)), &document), "current");
    assert_eq!(folder.compare(Some(&pretty(&document).replace('\n', "\r\n")), &document), "current");
}

#[test]
fn a_difference_says_who_gains_and_who_loses() {
    let folder = Folder::new("policy");
    let one = get("/files", r#""files:read""#);
    let both = format!("{one},{}", get("/secrets", r#""secrets:read""#));
    let cases = [
        ("wider", document(&one), document(&get("/files", ""))),
        ("hidden", document(&both), document(&one)),
        ("new", document(&one), document(&both)),
        ("text", document(&one), document(&one).replace("Reads.", "Reads a file.")),
    ];
    let told: Vec<String> =
        cases.iter().map(|(name, file, made)| format!("--- {name}\n{}", folder.compare(Some(file), made))).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn what_cannot_be_read_is_not_current() {
    let folder = Folder::new("unreadable");
    let good = document(&get("/files", ""));
    for (file, made, expected) in [
        (None, good.as_str(), "cannot be read"),
        (Some(""), &good, "is no document that can be read"),
        (Some(good.as_str()), "", "is no document that can be read"),
        (Some("<html>"), "<html>", "is no document that can be read"),
    ] {
        let told = folder.compare(file, made);
        assert!(
            told.contains(expected) && told.contains("`cargo policy draft -- cargo run -q -- openapi` writes it"),
            "{told}"
        );
    }
}

/// Both are the same, and yet there is no policy: an operation nobody says anything about.
#[test]
fn a_document_with_errors_is_not_current_even_where_it_is_the_same() {
    let folder = Folder::new("errors");
    let undeclared = document(r#""/files":{"get":{"responses":{}}}"#);
    let told = folder.compare(Some(&undeclared), &undeclared);
    assert!(told.contains("it has errors, and so it is no policy"), "{told}");
}
