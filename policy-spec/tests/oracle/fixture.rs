//! Documents written for one test.

use serde_json::Value;

use super::{Config, operations};

#[path = "../folder/mod.rs"]
mod folder;

pub(crate) use folder::Folder;

/// The operations of a YAML document.
pub(crate) fn read(config: &Config, document: &str) -> Value {
    let folder = Folder::new(&[("api.yaml", document)]);
    operations(&folder.0.join("api.yaml"), config)
}
