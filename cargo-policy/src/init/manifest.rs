//! What is added to `Cargo.toml`. Comments, order and whatever is there stay as they are.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::source::Source;
use crate::failure::Failure;

/// A dependency that a set-up needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// `dependencies`, `build-dependencies` or `dev-dependencies`.
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    /// The version, for crates that are not of the policy.
    pub(super) version: &'static str,
    pub(super) features: Vec<&'static str>,
}

impl Dependency {
    /// A crate of the policy.
    pub(super) fn own(table: &'static str, name: &'static str, features: &[&'static str]) -> Self {
        Self { table, name, version: "", features: features.to_vec() }
    }

    /// A crate of somebody else.
    pub(super) fn other(
        table: &'static str,
        name: &'static str,
        version: &'static str,
        features: &[&'static str],
    ) -> Self {
        Self { table, name, version, features: features.to_vec() }
    }
}

/// Adds the dependencies that are missing, and the features that are missing in those that are there.
pub(super) fn add(
    manifest: &mut DocumentMut,
    folder: &Path,
    source: &Source,
    wanted: &[Dependency],
) -> Result<(), Failure> {
    for Dependency { table, name, version, features } in wanted {
        let entries = manifest.entry(table).or_insert_with(|| Item::Table(Table::new()));
        let Some(entries) = entries.as_table_like_mut() else {
            return Err(Failure::new(format!("`{table}` in `Cargo.toml` is no table")));
        };
        match entries.get_mut(name) {
            Some(entry) => add_features(entry, features),
            None => {
                let dependency = match source.dependency(name, folder)? {
                    Some(own) => own,
                    None => InlineTable::from_iter([("version", Value::from(*version))]),
                };
                entries.insert(name, Item::Value(written(dependency, features)));
            }
        }
    }
    Ok(())
}

/// A dependency with its features, as short as it can be: `"1"` where there is nothing but a version.
fn written(mut dependency: InlineTable, features: &[&str]) -> Value {
    if !features.is_empty() {
        dependency.insert("features", Value::Array(Array::from_iter(features.iter().copied())));
    } else if let (1, Some(version)) = (dependency.len(), dependency.get("version").and_then(Value::as_str)) {
        return Value::from(version);
    }
    Value::InlineTable(dependency)
}

fn add_features(entry: &mut Item, features: &[&str]) {
    if features.is_empty() {
        return;
    }
    if let Some(version) = entry.as_str().map(str::to_owned) {
        *entry = Item::Value(written(InlineTable::from_iter([("version", Value::from(version))]), features));
        return;
    }
    let Some(table) = entry.as_table_like_mut() else { return };
    if table.get("features").is_none() {
        insert(table, "features", Value::Array(Array::new()));
    }
    let Some(listed) = table.get_mut("features").and_then(Item::as_array_mut) else { return };
    let has =
        |listed: &Array, feature: &str| listed.iter().any(|one| matches!(one.as_str(), Some(one) if one == feature));
    // `full` of tokio is all of its features.
    if has(listed, "full") {
        return;
    }
    for feature in features {
        if !has(listed, feature) {
            listed.push(*feature);
        }
    }
}

fn insert(table: &mut dyn TableLike, key: &str, value: Value) {
    table.insert(key, Item::Value(value));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_and_what_is_missing_is_added() {
        let wanted = [
            Dependency::own("dependencies", "policy-core", &["macros"]),
            Dependency::other("dependencies", "tokio", "1", &["macros", "net"]),
            Dependency::own("build-dependencies", "policy-build", &[]),
        ];
        for (before, after) in [
            (
                "[package]\nname = \"a\" # ours\n",
                "[package]\nname = \"a\" # ours\n\n[dependencies]\npolicy-core = { version = \"0.1\", features = [\"macros\"] }\n\
                 tokio = { version = \"1\", features = [\"macros\", \"net\"] }\n\n[build-dependencies]\npolicy-build = \"0.1\"\n",
            ),
            (
                "[dependencies]\n# the runtime\ntokio = \"1.40\"\n",
                "[dependencies]\n# the runtime\ntokio = { version = \"1.40\", features = [\"macros\", \"net\"] }\n\
                 policy-core = { version = \"0.1\", features = [\"macros\"] }\n\n[build-dependencies]\npolicy-build = \"0.1\"\n",
            ),
            (
                "[dependencies.tokio]\nversion = \"1\"\nfeatures = [\"full\"]\n[dependencies.policy-core]\npath = \"mine\"\n",
                "[dependencies.tokio]\nversion = \"1\"\nfeatures = [\"full\"]\n[dependencies.policy-core]\npath = \"mine\"\n\
                 features = [\"macros\"]\n\n[build-dependencies]\npolicy-build = \"0.1\"\n",
            ),
            (
                "[dependencies]\ntokio = { workspace = true, features = [\"net\"] }\n",
                "[dependencies]\ntokio = { workspace = true, features = [\"net\", \"macros\"] }\n\
                 policy-core = { version = \"0.1\", features = [\"macros\"] }\n\n[build-dependencies]\npolicy-build = \"0.1\"\n",
            ),
        ] {
            let mut manifest: DocumentMut = before.parse().unwrap();
            add(&mut manifest, Path::new(""), &Source::CratesIo, &wanted).unwrap();
            assert_eq!(manifest.to_string(), after);
            // Nothing is left to add the second time.
            add(&mut manifest, Path::new(""), &Source::CratesIo, &wanted).unwrap();
            assert_eq!(manifest.to_string(), after);
        }
    }
}
