//! The document, as utoipa makes it of the handlers.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::files::{__path_list_files, __path_read_file, __path_write_file, Files, list_files, read_file, write_file};

#[derive(OpenApi)]
#[openapi(info(title = "Files", version = "1.0.0"), modifiers(&Schemes))]
struct ApiDoc;

/// The security schemes.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        document.components.get_or_insert_default().add_security_scheme("Token", SecurityScheme::Http(token));
    }
}

/// The document of all routes.
///
/// `routes!` registers a handler with its documentation *and* a route to it. The guard mounts the routes, so only the
/// documentation is kept here, and the router is dropped. If it were served, its handlers would have no permit and answer 500.
#[must_use]
pub fn openapi() -> Document {
    let documented: OpenApiRouter<Files> = OpenApiRouter::with_openapi(ApiDoc::openapi())
        .routes(routes!(list_files))
        .routes(routes!(read_file, write_file));
    documented.into_openapi()
}
