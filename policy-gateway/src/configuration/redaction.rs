//! Keeps secrets out of what is said about a file.
//!
//! A message about a line of TOML shows the line, and goes to terminals, logs and pipelines. A secret never stands in these files where
//! they are right. It can all the same: somebody typed it, or typed it in place of the name of its file. So a line is shown with the values
//! of known keys alone:
//!
//! ```text
//! pasword = "hunter2"                        pasword = "…"           no such key
//! client-secret-env = "hunter2"              client-secret-env = "…" a secret's place, where the secret itself may stand
//! endpoint = "https://me:hunter2@collector"  endpoint = "https://…@collector"
//! level = "loud" # hunter2                   level = "loud" #…
//! ```

mod scan;

use std::collections::BTreeSet;
use std::ops::Range;

use policy_spec::ConfigurationError;
use serde_json::Value;

use self::scan::Scan;

/// Keys that say where a secret is. Who misunderstands them writes the secret itself.
const OF_SECRETS: [&str; 6] = ["client-secret-env", "client-secret-file", "key", "key-file", "url-env", "url-file"];

/// The same mistakes, without what may be a secret. `schema` is the JSON schema of the file, which knows its keys.
pub(crate) fn redacted(error: ConfigurationError, schema: &str) -> ConfigurationError {
    let mut known = BTreeSet::new();
    names(&serde_json::from_str(schema).unwrap_or_default(), &mut known);
    let Some(text) = error.sources.files().next().map(|file| error.sources.text(file).to_owned()) else { return error };
    let edits = Scan::of(&text, &known);
    let mut shown = String::new();
    let mut end = 0;
    for (range, instead) in &edits {
        shown.push_str(text.get(end..range.start).unwrap_or_default());
        shown.push_str(instead);
        end = range.end;
    }
    shown.push_str(text.get(end..).unwrap_or_default());
    let mut error = error.over(shown, |at| place(&edits, at));
    for finding in &mut error.findings {
        finding.message = without_credentials(&finding.message);
        finding.help = finding.help.as_deref().map(without_credentials);
    }
    error
}

/// The name of each key that the schema knows.
fn names(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                found.extend(properties.keys().filter(|key| !OF_SECRETS.contains(&key.as_str())).cloned());
            }
            members.values().for_each(|member| names(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// Where a byte of the text stands in what is shown.
fn place(edits: &[(Range<usize>, String)], at: usize) -> usize {
    let (mut removed, mut added) = (0, 0);
    for (range, instead) in edits {
        if at <= range.start {
            break;
        }
        if at < range.end {
            return range.start - removed + added;
        }
        removed += range.len();
        added += instead.len();
    }
    at - removed + added
}

/// The text of a message, without what stands between `://` and the `@` or after the `?` of an address in it.
fn without_credentials(text: &str) -> String {
    let mut shown = text.to_owned();
    for range in credentials(text).into_iter().rev() {
        shown.replace_range(range, "…");
    }
    shown
}

/// The parts of addresses in a text that may be a password.
fn credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(scheme) = text.get(from..).and_then(|rest| rest.find("://")) {
        let begin = from + scheme + 3;
        let rest = text.get(begin..).unwrap_or_default();
        let length = rest.find(|sign: char| sign.is_whitespace() || "\"'`".contains(sign)).unwrap_or(rest.len());
        let address = rest.get(..length).unwrap_or_default();
        let host = address.rfind('@').unwrap_or(0);
        if host > 0 {
            found.push(begin..begin + host);
        }
        if let Some(query) = address.get(host..).and_then(|rest| rest.find('?')).map(|at| host + at + 1)
            && query < length
        {
            found.push(begin + query..begin + length);
        }
        from = begin + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn a_message_has_no_password_of_an_address() {
        let message = "`https://me:hunter2@a/b?c=hunter2` is no domain, and `http://b` is";
        assert_eq!(without_credentials(message), "`https://…@a/b?…` is no domain, and `http://b` is");
    }
}
