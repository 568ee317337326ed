//! The handlers.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy_axum::Permit;
use policy_core::{Carries, operation};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::operations::{ListFiles, ReadFile, WriteFile};
use crate::policy::scopes::{FilesRead, FilesWrite};

/// Files by name, in memory.
#[derive(Clone, Debug, Default)]
pub struct Files(Arc<RwLock<BTreeMap<String, String>>>);

impl Files {
    /// Only operations that require `files:read` reach this.
    fn names(&self, _: &impl Carries<FilesRead>) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn text(&self, _: &impl Carries<FilesRead>, name: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn write(&self, _: &impl Carries<FilesWrite>, name: String, text: String) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name, text);
    }
}

/// The parameters of the path.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct File {
    /// The file's name.
    name: String,
}

#[operation(ListFiles)]
pub(crate) async fn list_files(permit: Permit<ListFiles>, State(files): State<Files>) -> Json<Vec<String>> {
    Json(files.names(&permit))
}

#[operation(ReadFile)]
pub(crate) async fn read_file(
    permit: Permit<ReadFile>,
    State(files): State<Files>,
    Path(File { name }): Path<File>,
) -> Result<Json<String>, StatusCode> {
    files.text(&permit, &name).map(Json).ok_or(StatusCode::NOT_FOUND)
}

#[operation(WriteFile)]
pub(crate) async fn write_file(
    permit: Permit<WriteFile>,
    State(files): State<Files>,
    Path(File { name }): Path<File>,
    Json(text): Json<String>,
) -> StatusCode {
    files.write(&permit, name, text);
    StatusCode::NO_CONTENT
}
