//! What the parts of a document are called in its version of OpenAPI.
//!
//! A finding uses the words of the document's own version. For example, it says `securityDefinitions` in Swagger 2.0 and
//! `components.securitySchemes` in OpenAPI 3. All words that depend on the version are in this file.

use crate::keys::Place;
use crate::version::Version;

impl Version {
    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Swagger2 => "Swagger 2.0",
            Self::OpenApi30 => "OpenAPI 3.0",
            Self::OpenApi31 => "OpenAPI 3.1",
            Self::OpenApi32 => "OpenAPI 3.2",
        }
    }

    /// Where security schemes are declared.
    pub(crate) fn schemes(self) -> &'static str {
        match self {
            Self::Swagger2 => "securityDefinitions",
            _ => "components.securitySchemes",
        }
    }

    /// A reference to a part that several operations share, as an example.
    pub(crate) fn reference(self) -> &'static str {
        match self {
            Self::Swagger2 => "#/parameters/…",
            _ => "#/components/…",
        }
    }

    /// The types that a security scheme can have.
    pub(crate) fn scheme_types(self) -> &'static str {
        match self {
            Self::Swagger2 => "`basic`, `apiKey` or `oauth2`",
            Self::OpenApi30 => "`apiKey`, `http`, `oauth2` or `openIdConnect`",
            Self::OpenApi31 | Self::OpenApi32 => "`apiKey`, `http`, `mutualTLS`, `oauth2` or `openIdConnect`",
        }
    }

    /// Where an API key can travel.
    pub(crate) fn key_places(self) -> &'static str {
        match self {
            Self::Swagger2 => "`header` or `query`",
            _ => "`header`, `query` or `cookie`",
        }
    }

    /// Where a parameter can travel.
    pub(crate) fn parameter_places(self) -> &'static str {
        match self {
            Self::Swagger2 => "`query`, `header`, `path`, `formData` or `body`",
            Self::OpenApi30 | Self::OpenApi31 => "`query`, `header`, `path` or `cookie`",
            Self::OpenApi32 => "`query`, `querystring`, `header`, `path` or `cookie`",
        }
    }

    /// The flow by which users sign in without giving the application a password.
    pub(crate) fn code_flow(self) -> &'static str {
        match self {
            Self::Swagger2 => "accessCode",
            _ => "authorizationCode",
        }
    }

    /// The flow of a client that acts for itself.
    pub(crate) fn client_flow(self) -> &'static str {
        match self {
            Self::Swagger2 => "application",
            _ => "clientCredentials",
        }
    }

    /// What to do about something that only a newer version has.
    pub(crate) fn came_with(self, newer: Self) -> String {
        let title = newer.title();
        match self {
            Self::Swagger2 => {
                format!(
                    "it came with {title}, and this document says `swagger: \"2.0\"`; remove it, or convert the document"
                )
            }
            _ => format!("it came with {title}; say so in `openapi`, if the document is written in that version"),
        }
    }

    /// What to do about a key that another version knows at this place.
    pub(crate) fn key_of_another(self, place: Place, key: &str) -> Option<String> {
        if let Some(since) = newer(self, place, key) {
            return Some(self.came_with(since));
        }
        let here = match (self, place) {
            (Self::Swagger2, Place::Root) => match key {
                "components" => "`securityDefinitions`, `parameters`, `responses` and `definitions`",
                "servers" => "`host`, `basePath` and `schemes`",
                _ => return None,
            },
            (Self::Swagger2, Place::PathItem | Place::Operation) => match key {
                "servers" => "`basePath` at the root, for all paths",
                "requestBody" => "a parameter `in: body`",
                _ => return None,
            },
            (Self::Swagger2, Place::SecurityScheme) => match key {
                "flows" => "`flow`, `authorizationUrl`, `tokenUrl` and `scopes`",
                _ => return None,
            },
            (Self::Swagger2, _) => return None,
            (_, Place::Root) => match key {
                "securityDefinitions" => "`components.securitySchemes`",
                "definitions" => "`components.schemas`",
                "parameters" => "`components.parameters`",
                "responses" => "`components.responses`",
                "host" | "basePath" | "schemes" => "`servers`",
                "consumes" | "produces" => "`content` of each body and response",
                _ => return None,
            },
            (_, Place::Operation) => match key {
                "schemes" => "`servers`",
                "consumes" | "produces" => "`content` of the body and the responses",
                _ => return None,
            },
            (_, Place::SecurityScheme) => match key {
                "flow" | "authorizationUrl" | "tokenUrl" | "scopes" => "`flows`",
                _ => return None,
            },
            _ => return None,
        };
        let other = if self == Self::Swagger2 { "OpenAPI 3" } else { "Swagger 2.0" };
        Some(format!("it belongs to {other}; in {} it is {here}", self.title()))
    }
}

/// The version that brought a key which `version` does not have yet. `None` for any other key.
fn newer(version: Version, place: Place, key: &str) -> Option<Version> {
    let since = match (place, key) {
        (Place::Root, "webhooks" | "jsonSchemaDialect") => Version::OpenApi31,
        (Place::PathItem | Place::Webhook, "trace" | "summary" | "description")
        | (Place::Operation | Place::WebhookOperation, "callbacks")
        | (Place::SecurityScheme, "scheme" | "bearerFormat" | "openIdConnectUrl") => Version::OpenApi30,
        (Place::PathItem | Place::Webhook, "query") => Version::OpenApi32,
        _ if place.new_in_32().contains(&key) => Version::OpenApi32,
        _ => return None,
    };
    (version < since).then_some(since)
}
