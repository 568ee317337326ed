//! The handlers, each with its documentation. Scopes are written once, in `security(…)`, where `#[operation]` reads them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy_axum::Permit;
use policy_core::{Carries, operation};

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

/// The names of all files.
#[operation(ListFiles)]
#[utoipa::path(
    get,
    path = "/files",
    operation_id = "listFiles",
    security(("Token" = ["files:read"])),
    responses((status = 200, description = "The names, sorted.", body = [String]))
)]
pub(crate) async fn list_files(permit: Permit<ListFiles>, State(files): State<Files>) -> Json<Vec<String>> {
    Json(files.names(&permit))
}

/// The text of a file.
#[operation(ReadFile)]
#[utoipa::path(
    get,
    path = "/files/{name}",
    operation_id = "readFile",
    params(("name" = String, Path, description = "The file's name.")),
    security(("Token" = ["files:read"])),
    responses((status = 200, description = "The text.", body = String), (status = 404, description = "No such file."))
)]
pub(crate) async fn read_file(
    permit: Permit<ReadFile>,
    State(files): State<Files>,
    Path(name): Path<String>,
) -> Result<String, StatusCode> {
    files.text(&permit, &name).ok_or(StatusCode::NOT_FOUND)
}

/// Writes a file, or writes it anew.
#[operation(WriteFile)]
#[utoipa::path(
    put,
    path = "/files/{name}",
    operation_id = "writeFile",
    params(("name" = String, Path, description = "The file's name.")),
    request_body = String,
    security(("Token" = ["files:write"])),
    responses((status = 204, description = "It is written."))
)]
pub(crate) async fn write_file(
    permit: Permit<WriteFile>,
    State(files): State<Files>,
    Path(name): Path<String>,
    text: String,
) -> StatusCode {
    files.write(&permit, name, text);
    StatusCode::NO_CONTENT
}
