//! The document, as aide makes it of the routes.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, put_with};
use aide::openapi::{OpenApi, SecurityScheme};

use crate::files::{Files, list_files, read_file, write_file};

/// The document of all routes.
///
/// `api_route` registers a handler with its documentation *and* a route to it. The guard mounts the routes, so only the
/// documentation is kept here, and the router is dropped. If it were served, its handlers would have no permit and answer 500.
#[must_use]
pub fn openapi() -> OpenApi {
    let routes: ApiRouter<Files> = ApiRouter::new()
        .api_route(
            "/files",
            get_with(list_files, |operation| {
                let operation = operation.id("listFiles").summary("The names of all files.");
                operation.security_requirement_scopes("Token", ["files:read"])
            }),
        )
        .api_route(
            "/files/{name}",
            get_with(read_file, |operation| {
                let operation = operation.id("readFile").summary("The text of a file.");
                operation.security_requirement_scopes("Token", ["files:read"])
            }),
        )
        .api_route(
            "/files/{name}",
            put_with(write_file, |operation| {
                let operation = operation.id("writeFile").summary("Writes a file, or writes it anew.");
                operation.security_requirement_scopes("Token", ["files:write"])
            }),
        );
    let mut document = OpenApi::default();
    let token = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: None,
        extensions: Default::default(),
    };
    drop(
        routes
            .finish_api_with(&mut document, |api| api.title("Files").version("1.0.0").security_scheme("Token", token)),
    );
    document
}
