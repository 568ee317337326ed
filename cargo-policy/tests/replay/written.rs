//! Logs by hand, and what is told of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Ran, command, empty_folder, ran};

/// Two operations with one scheme, and one that anybody may call.
pub(crate) const DOCUMENT: &str = "\
openapi: 3.1.0
info: { title: Files, version: '1' }
paths:
  /files:
    get: { security: [{ Token: [files:read] }], parameters: [{ name: limit, in: query, schema: { type: integer } }] }
    post: { security: [{ Token: [files:read, files:write] }] }
  /health: { get: { security: [] } }
components:
  securitySchemes:
    Token:
      type: oauth2
      flows: { clientCredentials: { tokenUrl: /t, scopes: { files:read: Read, files:write: Write, files:share: Share } } }
    Key: { type: apiKey, in: header, name: X-Key }
";

/// A folder with a document and a log.
pub(crate) struct Case {
    pub(crate) folder: PathBuf,
}

impl Case {
    /// A document, and the lines of a log.
    pub(crate) fn new(name: &str, document: &str, lines: &[String]) -> Self {
        let folder = empty_folder(&format!("replay-{name}"));
        fs::write(folder.join("api.yaml"), document).unwrap();
        fs::write(folder.join("log"), lines.concat()).unwrap();
        Self { folder }
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        let mut command = command(&self.folder);
        command.args(["replay", "log", "--document", "api.yaml"]).args(arguments.split_whitespace());
        ran(command.output().unwrap())
    }

    /// The answer as JSON, with the exit code.
    pub(crate) fn json(&self, arguments: &str) -> (i32, Value) {
        let ran = self.run(&format!("--format json {arguments}"));
        (ran.code, serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err)))
    }
}

/// The fingerprint of the policy of a document.
pub(crate) fn fingerprint(document: &str) -> String {
    policy_spec::read("api.yaml", document.as_bytes(), &policy_spec::Settings::default()).model.unwrap().fingerprint()
}

/// A line of an allowed `GET /files`, in which these members stand instead.
pub(crate) fn line(members: &[(&str, &str)]) -> String {
    let mut line: Vec<(String, String)> = [
        ("schema", "1"),
        ("unix_ms", "1814356800000"),
        ("decision", r#""allow""#),
        ("method", r#""GET""#),
        ("route", r#""/files""#),
        ("subject", r#""ali""#),
        ("granted", r#"{"Token":"files:read"}"#),
        ("enablement", r#""enabled""#),
        ("query_names", "[]"),
        ("fingerprint", r#""0123456789abcdef""#),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in members {
        line.retain(|(known, _)| known != name);
        if !value.is_empty() {
            line.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let members: Vec<String> = line.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}\n", members.join(","))
}

/// The document without a line's worth of text, or with another.
pub(crate) fn edited(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "{from}");
    DOCUMENT.replace(from, to)
}

pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}
