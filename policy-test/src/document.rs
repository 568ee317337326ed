//! The document in the repository against the one that the program makes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_spec::{Configuration, Loaded, Settings, compare, different_base_paths};
use serde_json::Value;

use crate::stale::StaleDocument;

/// What the second document is called: the one that the program makes.
const PROGRAM: &str = "the program's own document";

/// Fails unless the file is the document that the program makes, which is given as JSON or YAML.
///
/// The path is relative to the package, as in `build.rs`. The document is read as the build reads it: with the package's `policy.toml`,
/// unless that is about another document.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("policy-test-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let file = folder.join("openapi.json");
/// # let document = r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{}}"#;
/// # std::fs::write(&file, document)?;
/// # let file = file.to_str().ok_or("the path")?;
/// # let made = document.to_owned();
/// // `file` is "openapi.json", and `made` is `ApiDoc::openapi().to_pretty_json()?`.
/// policy_test::document_is_current(file, &made);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If the file is another document. The message says who may call what in one and not in the other, and names the command that writes
/// the file. [`compare_document`] returns the same as an error.
#[track_caller]
#[expect(clippy::panic, reason = "it is an assertion of a test")]
pub fn document_is_current(file: impl AsRef<Path>, made: &str) {
    if let Err(stale) = compare_document(file, made) {
        panic!("{stale}");
    }
}

/// [`document_is_current`] as an error.
///
/// # Errors
/// [`StaleDocument`] says how the two differ, or why they cannot be compared.
pub fn compare_document(file: impl AsRef<Path>, made: &str) -> Result<(), StaleDocument> {
    let file = file.as_ref();
    // Cargo runs a test in the package's folder, but the test may have changed its working directory.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let path = package.join(file);
    let name = file.to_string_lossy().replace('\\', "/");
    let configuration = configuration(&package, &path)?;
    let instruction = configuration.draft.unwrap_or_default().instruction();
    let stale = |what: String| StaleDocument::new(&name, what, instruction);

    let text = std::fs::read_to_string(&path).map_err(|error| stale(format!("it cannot be read: {error}")))?;
    let here = policy_spec::read(PROGRAM, made.as_bytes(), &configuration.settings);
    let there = policy_spec::load(&path, &configuration.settings);
    let told = differences(&here, &there, &name);
    if !told.is_empty() {
        return Err(stale(told));
    }
    if is_same_text(&text, made) {
        return unreadable(&here).map_or(Ok(()), |errors| Err(stale(errors)));
    }
    let first = first_difference(&text, made);
    Err(stale(format!("no one gains or loses a call; the text differs{first}")))
}

/// The settings by which the build reads the document. They are the defaults where `policy.toml` is about another one.
fn configuration(package: &Path, document: &Path) -> Result<Configuration, StaleDocument> {
    let file = package.join(Configuration::FILE);
    if !file.exists() {
        return Ok(Configuration::default());
    }
    let configuration = Configuration::load(&file).map_err(|error| StaleDocument::unreadable_configuration(&error))?;
    let same = |named: &PathBuf| policy_spec::draft_path(&package.join(named)) == policy_spec::draft_path(document);
    if configuration.document.as_ref().is_none_or(same) {
        return Ok(configuration);
    }
    Ok(Configuration { settings: Settings::default(), ..Configuration::default() })
}

/// Who may call what in one document and not in the other, as `cargo policy check --against` says it. Empty if there is no difference.
fn differences(here: &Loaded, there: &Loaded, name: &str) -> String {
    let (Some(policy), Some(against)) = (here.readable(), there.readable()) else {
        let unread = if here.readable().is_none() { (PROGRAM, here) } else { (name, there) };
        return format!("{} is no document that can be read\n\n{}", unread.0, unread.1.render(false));
    };
    let differences = compare(policy, against);
    let mut told: Vec<String> = differences
        .iter()
        .map(|difference| difference.in_words(policy, against, name).render(PROGRAM, name, false))
        .collect();
    told.extend(different_base_paths(policy, against, &differences).map(|hint| format!("help: {hint}")));
    // What can be read of both is the same, but one has errors, so that only the other is a policy.
    if told.is_empty() && here.model.is_some() != there.model.is_some() {
        let (broken, loaded) = if here.model.is_none() { (PROGRAM, here) } else { (name, there) };
        told.push(format!("{broken} has errors, and the other has none\n\n{}", loaded.render(false)));
    }
    if told.is_empty() {
        return String::new();
    }
    format!("the program's routes are not those of the file\n\n{}", told.join("\n\n"))
}

/// The errors of the program's document, if it has any. It is then no policy, even if the file is the same.
fn unreadable(here: &Loaded) -> Option<String> {
    here.model.is_none().then(|| format!("it has errors, and so it is no policy\n\n{}", here.render(false)))
}

/// Whether both have the same lines or the same JSON. A line break at the end and the layout of JSON do not count.
fn is_same_text(text: &str, made: &str) -> bool {
    let lines = |text: &str| text.trim_end().replace("\r\n", "\n");
    if lines(text) == lines(made) {
        return true;
    }
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    json(text).zip(json(made)).is_some_and(|(one, other)| one == other)
}

/// The first line in which the texts differ. If they are JSON, both are laid out in the same way before.
fn first_difference(text: &str, made: &str) -> String {
    let laid_out = |text: &str| {
        let json = serde_json::from_str::<Value>(text).ok();
        json.and_then(|json| serde_json::to_string_pretty(&sorted(json)).ok())
    };
    let (text, made) = laid_out(text).zip(laid_out(made)).unwrap_or_else(|| (text.to_owned(), made.to_owned()));
    let (mut old, mut new) = (text.lines(), made.lines());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return String::new(),
            (one, other) if one == other => {}
            (one, other) => {
                let line =
                    |line: Option<&str>| line.map_or("(the end)", str::trim).chars().take(160).collect::<String>();
                return format!(", first here:\n  in the file: {}\n  by the program: {}", line(one), line(other));
            }
        }
    }
}

/// The same with the keys of each object sorted. serde_json sorts them itself, unless some crate of the build turns on its feature
/// `preserve_order`.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> =
                members.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
