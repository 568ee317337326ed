//! The requests, and the outcomes that are right for each.
//!
//! An outcome is the status, followed by the operation whose handler ran or the stage that denied: `200 GetItem`, `403 scopes`, `404`. A
//! row names every outcome that is right in some framework. The snapshot of a framework shows its own.

use crate::capability::Capability;
use crate::serve::Setup;

/// One request, as bytes.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    pub(crate) setup: Setup,
    pub(crate) line: String,
    pub(crate) key: &'static str,
    pub(crate) fields: &'static str,
    pub(crate) body: &'static str,
    /// Whether the body is announced in `fields` and never sent.
    pub(crate) withheld: bool,
    pub(crate) expected: &'static [&'static str],
    /// A header that the answer must have, as it stands on the wire.
    pub(crate) answers: &'static str,
    /// Whether chunks of a body are sent until the answer comes.
    pub(crate) endless: bool,
}

pub(crate) const ALL: &str = "ali~files.read~items.read~items.write~items.delete~mine.read";
pub(crate) const ITEMS: &str = "ali~items.read";
pub(crate) const MINE: &str = "ali~mine.read";
const WRITE: &str = "ali~items.write";
const DELETE: &str = "ali~items.delete";
const FILES: &str = "ali~files.read";

impl Row {
    fn new(id: &'static str, line: &str, key: &'static str, expected: &'static [&'static str]) -> Self {
        let (line, setup) = (line.to_owned(), Setup::Plain);
        Self { id, setup, line, key, fields: "", body: "", withheld: false, expected, answers: "", endless: false }
    }

    fn on(self, setup: Setup) -> Self {
        Self { setup, ..self }
    }

    fn with(self, fields: &'static str) -> Self {
        Self { fields, ..self }
    }

    fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    fn withheld(self, fields: &'static str) -> Self {
        Self { fields, withheld: true, ..self }
    }

    fn endless(self) -> Self {
        Self { endless: true, ..self.withheld("Transfer-Encoding: chunked") }
    }

    fn by_script(self, fields: &'static str) -> Self {
        self.with(fields).answering("Access-Control-Allow-Origin: https://app.example")
    }

    fn answering(self, answers: &'static str) -> Self {
        Self { answers, ..self }
    }

    /// The capability that the row's server needs.
    pub(crate) fn needs(&self) -> Option<Capability> {
        match self.setup {
            Setup::Plain | Setup::ScopesFirst => None,
            Setup::Nested => Some(Capability::Nested),
            Setup::Late => Some(Capability::Late),
            Setup::Reused => Some(Capability::Reused),
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} HTTP/1.1\r\nHost: items.example\r\n", self.line);
        if !self.key.is_empty() {
            text.push_str(&format!("Authorization: Bearer {}\r\n", self.key));
        }
        if !self.fields.is_empty() {
            text.push_str(self.fields);
            text.push_str("\r\n");
        }
        if !self.withheld && !self.fields.contains("Transfer-Encoding") && (!self.body.is_empty() || self.is_post()) {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        text.push_str(self.body);
        // Rows are sent as ISO 8859-1, so that a `ÿ` is the byte FF, which is not UTF-8.
        text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect()
    }

    pub(crate) fn is_head(&self) -> bool {
        self.line.starts_with("HEAD ")
    }

    fn is_post(&self) -> bool {
        self.line.starts_with("POST ")
    }
}

/// Every row, in the order in which they are sent.
pub(crate) fn rows() -> Vec<Row> {
    let row = Row::new;
    let mut rows = vec![
        // Methods.
        row("method-get", "GET /v1/items", ITEMS, &["200 ListItems"]),
        row("method-post", "POST /v1/items", WRITE, &["200 CreateItem"]).body("name=x"),
        row("method-delete", "DELETE /v1/items/1", DELETE, &["200 DeleteItem"]),
        row("method-delete-by-reader", "DELETE /v1/items/1", ITEMS, &["403 scopes"]),
        // The literal has no DELETE in the document. A framework that falls back to the template must decide by the template's policy.
        row("method-of-the-sibling", "DELETE /v1/items/mine", DELETE, &["405", "200 DeleteItem"]),
        row("method-of-the-sibling-by-owner", "DELETE /v1/items/mine", MINE, &["405", "403 scopes"]),
        row("method-undeclared", "PATCH /v1/items", ALL, &["405"]),
        row("method-undeclared-unknown-caller", "PATCH /v1/items", "", &["401 authentication"]),
        row("method-undeclared-of-public", "POST /v1/status", ITEMS, &["405"]),
        row("method-undeclared-of-public-unknown-caller", "POST /v1/status", "", &["401 authentication"]),
        row("method-unknown", "FROB /v1/items", ALL, &["405", "400", "404", "501"]),
        row("method-lower-case", "get /v1/items", ALL, &["405", "400", "404", "501"]),
        row("method-trace", "TRACE /v1/items", ALL, &["405"]),
        row("method-connect", "CONNECT items.example:80", ALL, &["405", "400", "404", "401 authentication"]),
        row("head-of-get", "HEAD /v1/items", ITEMS, &["405"]),
        row("head-of-get-by-other", "HEAD /v1/items", MINE, &["403 scopes"]),
        row("head-of-get-unknown-caller", "HEAD /v1/items", "", &["401 authentication"]),
        row("head-of-get-allowed", "HEAD /v1/items/1", ITEMS, &["200 GetItem"]).answering("Content-Length: 7"),
        row("head-of-get-allowed-by-other", "HEAD /v1/items/1", MINE, &["403 scopes"]),
        row("head-of-the-literal", "HEAD /v1/items/mine", MINE, &["405"]),
        row("head-declared", "HEAD /v1/report", WRITE, &["200 HeadReport"]),
        row("head-declared-by-reader", "HEAD /v1/report", ITEMS, &["403 scopes"]),
        row("get-beside-declared-head", "GET /v1/report", ITEMS, &["200 GetReport"]),
        row("get-beside-declared-head-by-writer", "GET /v1/report", WRITE, &["403 scopes"]),
        row("head-of-public", "HEAD /v1/status", "", &["405"]),
        row("head-of-nothing", "HEAD /v1/none", ALL, &["404"]),
        row("head-of-nothing-unknown-caller", "HEAD /v1/none", "", &["401 authentication"]),
        row("options", "OPTIONS /v1/items", ALL, &["405"]),
        row("options-unknown-caller", "OPTIONS /v1/items", "", &["401 authentication"]),
        row("options-of-nothing", "OPTIONS /v1/none", ALL, &["404"]),
        row("options-asterisk", "OPTIONS *", ALL, &["404", "400", "405", "200", "401 authentication"]),
        // The guard answers a preflight from a listed origin. Every answer to that origin says that scripts may read it.
        row("cors-preflight-of-another-origin", "OPTIONS /v1/items", "", &["401 authentication"])
            .with("Origin: http://e.example\r\nAccess-Control-Request-Method: DELETE"),
        row("cors-preflight", "OPTIONS /v1/items", "", &["204"])
            .by_script("Origin: https://app.example\r\nAccess-Control-Request-Method: POST"),
        row("cors-preflight-of-nothing", "OPTIONS /v1/none", "", &["401 authentication"])
            .by_script("Origin: https://app.example\r\nAccess-Control-Request-Method: GET"),
        row("cors-allowed", "GET /v1/items", ITEMS, &["200 ListItems"]).by_script("Origin: https://app.example"),
        row("cors-denied", "GET /v1/items", MINE, &["403 scopes"]).by_script("Origin: https://app.example"),
        row("cors-unknown-caller", "GET /v1/items", "", &["401 authentication"])
            .by_script("Origin: https://app.example"),
        row("cors-nothing", "GET /v1/none", ALL, &["404"]).by_script("Origin: https://app.example"),
        // Nothing in a request overrides its method, path or caller.
        row("override-header", "POST /v1/items/1", ALL, &["405"]).with("X-HTTP-Method-Override: DELETE"),
        row("override-header-short", "POST /v1/items/1", ALL, &["405"]).with("X-HTTP-Method: DELETE"),
        row("override-query", "POST /v1/items/1?_method=DELETE", ALL, &["405"]),
        row("override-form-field", "POST /v1/items/1", ALL, &["405"])
            .with("Content-Type: application/x-www-form-urlencoded")
            .body("_method=DELETE"),
        row("override-form-field-by-reader", "POST /v1/items/1", ITEMS, &["405"])
            .with("Content-Type: application/x-www-form-urlencoded")
            .body("_method=DELETE"),
        row("override-path", "GET /v1/items", ITEMS, &["200 ListItems"])
            .with("X-Original-URL: /v1/items/mine\r\nX-Rewrite-URL: /v1/items/mine"),
        row("override-scopes", "GET /v1/items/mine", ITEMS, &["403 scopes"]).with("X-Auth-Scopes: mine:read"),
        // Paths.
        row("path-literal", "GET /v1/items/mine", MINE, &["200 GetMine"]),
        row("path-literal-by-reader", "GET /v1/items/mine", ITEMS, &["403 scopes"]),
        row("path-template", "GET /v1/items/1", ITEMS, &["200 GetItem"]),
        row("path-nested-parameters", "GET /v1/items/1/files/2", FILES, &["200 GetFile"]),
        row("path-encoded-literal-by-reader", "GET /v1/items/%6dine", ITEMS, &["200 GetItem", "403 scopes"]),
        row("path-encoded-literal-by-owner", "GET /v1/items/%6dine", MINE, &["403 scopes", "200 GetMine"]),
        row("path-encoded-slash", "GET /v1/items/1%2Ffiles%2F2", ITEMS, &["200 GetItem", "404"]),
        row("path-encoded-slash-by-file-reader", "GET /v1/items/1%2Ffiles%2F2", FILES, &["403 scopes", "404"]),
        row("path-encoded-byte", "GET /v1/items/%ff", ITEMS, &["200 GetItem", "404", "400"]),
        row("path-blank-parameter", "GET /v1/items/%20", ITEMS, &["200 GetItem"]),
        row("path-empty-parameter", "GET /v1/items//files/x", ALL, &["404"]),
        row("path-empty-last-parameter", "GET /v1/items/", ALL, &["404", "200 ListItems"]),
        row("path-empty-parameter-unknown-caller", "GET /v1/items//files/x", "", &["401 authentication"]),
        row("path-empty-second-parameter", "GET /v1/items/1/files/", ALL, &["404"]),
        row("path-empty-second-parameter-unknown-caller", "GET /v1/items/1/files/", "", &["401 authentication"]),
        row("path-slash-at-the-end", "GET /v1/items/1/", ITEMS, &["404", "200 GetItem"]),
        row("path-slash-at-the-end-by-other", "GET /v1/items/1/", MINE, &["404", "403 scopes"]),
        row("path-double-slash-first", "GET //v1/items", ALL, &["404", "200 ListItems"]),
        row("path-double-slash-inside", "GET /v1//items", ALL, &["404", "200 ListItems"]),
        row("path-double-slash-last", "GET /v1/items/mine//", ALL, &["404", "200 GetMine"]),
        row("path-double-slash-by-reader", "GET /v1/items//mine", ITEMS, &["404", "403 scopes"]),
        row("path-dot-dot", "GET /v1/x/../items", ALL, &["404"]),
        row("path-dot-dot-encoded", "GET /v1/x/%2e%2e/items", ALL, &["404"]),
        row("path-upper-case", "GET /v1/ITEMS", ALL, &["404"]),
        row("path-of-nothing", "GET /v1/none", ALL, &["404"]),
        row("path-of-nothing-unknown-caller", "GET /v1/none", "", &["401 authentication"]),
        row("path-of-nothing-refused-caller", "GET /v1/none", "nobody", &["401 authentication"]),
        row("nothing-double-slash-unknown-caller", "GET //v1/none", "", &["401 authentication"]),
        row("nothing-encoded-unknown-caller", "GET /%76%31/none", "", &["401 authentication"]),
        row("path-outside-the-base", "GET /v10/items", "", &["404"]),
        row("path-absolute-form", "GET http://items.example/v1/items", ITEMS, &["200 ListItems"]),
        // The query, after the scopes.
        row("query-allowed", "GET /v1/items?limit=1", ITEMS, &["200 ListItems"]),
        row("query-repeated", "GET /v1/items?limit=1&limit=2", ITEMS, &["200 ListItems"]),
        row("query-encoded-name", "GET /v1/items?%6cimit=1", ITEMS, &["200 ListItems"]),
        row("query-semicolon-is-data", "GET /v1/items?limit=1;owner=x", ITEMS, &["200 ListItems"]),
        row("query-undeclared", "GET /v1/items?owner=x", ITEMS, &["400 query"]),
        row("query-undeclared-after-scopes", "GET /v1/items?owner=x", MINE, &["403 scopes"]),
        row("query-empty-name", "GET /v1/items?=1", ITEMS, &["400 query"]),
        row("query-not-utf-8", "GET /v1/items?%ff=1", ITEMS, &["400 query"]),
        row("query-imitates-a-path", "GET /v1/items?/mine", ITEMS, &["400 query"]),
        // Credentials, as each scheme says.
        row("key-missing", "GET /v1/items", "", &["401 authentication"]),
        row("key-refused", "GET /v1/items", "nobody", &["401 authentication"]),
        row("key-store-down", "GET /v1/items", "down", &["503 authentication"]),
        row("key-twice", "GET /v1/items", ITEMS, &["400 authentication"]).with("Authorization: Bearer ali~items.read"),
        row("key-of-another-scheme", "GET /v1/items", "", &["401 authentication"]).with("X-Key: ali~"),
        row("key-in-a-trailer", "POST /v1/items", "", &["401 authentication"])
            .with("Transfer-Encoding: chunked\r\nTrailer: Authorization")
            .body("0\r\nAuthorization: Bearer ali~items.write\r\n\r\n"),
        row("header-key", "GET /v1/by-header", "", &["200 GetByHeader"]).with("X-Key: ali~"),
        row("header-key-twice", "GET /v1/by-header", "", &["400 authentication"]).with("X-Key: ali~\r\nX-Key: ali~"),
        row("header-key-underscore", "GET /v1/by-header", "", &["401 authentication"]).with("X_Key: ali~"),
        row("header-key-in-the-query", "GET /v1/by-header?X-Key=ali~", "", &["401 authentication"]),
        row("cookie-key", "GET /v1/by-cookie", "", &["200 GetByCookie"]).with("Cookie: a=b; key=ali~"),
        row("cookie-key-twice", "GET /v1/by-cookie", "", &["400 authentication"]).with("Cookie: key=ali~; key=bob~"),
        // Bytes that are not UTF-8 are a malformed credential, wherever they stand. If they counted as no credential, another one could
        // decide.
        row("key-not-utf-8", "GET /v1/items", "", &["401 authentication"])
            .with("Authorization: Bearer ali~items.readÿ"),
        row("key-and-one-not-utf-8", "GET /v1/items", ITEMS, &["400 authentication"]).with("Authorization: Bearer ÿ"),
        row("header-key-not-utf-8", "GET /v1/by-header", "", &["401 authentication"]).with("X-Key: ali~ÿ"),
        row("header-key-and-one-not-utf-8", "GET /v1/by-header", "", &["400 authentication"])
            .with("X-Key: ali~\r\nX-Key: ÿ"),
        row("header-name-not-utf-8", "GET /v1/by-header", "", &["400", "401 authentication"]).with("X-Kÿy: ali~"),
        row("cookie-key-not-utf-8", "GET /v1/by-cookie", "", &["401 authentication"]).with("Cookie: key=ali~ÿ"),
        row("cookie-key-beside-one-not-utf-8", "GET /v1/by-cookie", "", &["200 GetByCookie"])
            .with("Cookie: a=ÿ; key=ali~"),
        row("query-key-not-utf-8", "GET /v1/by-query?key=ali~%ff", "", &["401 authentication"]),
        row("query-key-not-utf-8-raw", "GET /v1/by-query?key=ali~ÿ", "", &["400", "401 authentication"]),
        row("optional-with-a-key-not-utf-8", "GET /v1/greeting", "", &["401 authentication"])
            .with("Authorization: Bearer ali~ÿ"),
        row("either-by-token", "GET /v1/by-either", ITEMS, &["200 GetByEither"]),
        row("either-by-header", "GET /v1/by-either", "", &["200 GetByEither"]).with("X-Key: ali~"),
        row("either-with-a-key-not-utf-8", "GET /v1/by-either", "", &["401 authentication"])
            .with("Authorization: Bearer ÿ\r\nX-Key: ali~"),
        row("query-key", "GET /v1/by-query?key=ali~", "", &["200 GetByQuery"]),
        row("query-key-encoded-name", "GET /v1/by-query?%6bey=ali~", "", &["200 GetByQuery"]),
        row("query-key-twice", "GET /v1/by-query?key=ali~&key=bob~", "", &["400 authentication"]),
        row("query-key-as-bearer", "GET /v1/by-query", ITEMS, &["401 authentication"]),
        row("public", "GET /v1/status", "", &["200 GetStatus"]),
        row("public-with-a-bad-key", "GET /v1/status", "nobody", &["200 GetStatus"]),
        row("optional-anonymous", "GET /v1/greeting", "", &["200 GetGreeting"]),
        row("optional-known", "GET /v1/greeting", ITEMS, &["200 GetGreeting"]),
        row("optional-with-a-bad-key", "GET /v1/greeting", "nobody", &["401 authentication"]),
        row("pending", "GET /v1/later", ITEMS, &["403 query"]),
        row("pending-by-other", "GET /v1/later", MINE, &["403 scopes"]),
        row("unguarded", "GET /healthz", "", &["200"]),
        row("unguarded-other-method", "POST /healthz", ALL, &["405"]),
        row("unguarded-other-method-unknown-caller", "POST /healthz", "", &["401 authentication"]),
        row("unguarded-head", "HEAD /healthz", "", &["200"]),
        // The order of the checks, both ways.
        row("order-not-enabled", "GET /v1/items", "disabled~items.read", &["403 enablement"]),
        row("order-neither", "GET /v1/items", "disabled~", &["403 enablement"]),
        row("order-enablement-down", "GET /v1/items", "unlucky~", &["503 enablement"]),
        row("order-scopes-neither", "GET /v1/items", "disabled~", &["403 scopes"]).on(Setup::ScopesFirst),
        row("order-scopes-not-enabled", "GET /v1/items?x=1", "disabled~items.read", &["403 enablement"])
            .on(Setup::ScopesFirst),
        row("order-scopes-query", "GET /v1/items?x=1", ITEMS, &["400 query"]).on(Setup::ScopesFirst),
        row("order-scopes-allowed", "GET /v1/items", ITEMS, &["200 ListItems"]).on(Setup::ScopesFirst),
        // Bodies.
        row("body-chunked", "POST /v1/items", WRITE, &["200 CreateItem"])
            .with("Transfer-Encoding: chunked")
            .body("3\r\nabc\r\n0\r\n\r\n"),
        row("stream", "GET /v1/stream", ITEMS, &["200 GetStream"]),
        row("endless", "GET /v1/endless", ITEMS, &["200 GetEndless"]),
        row("endless-by-other", "GET /v1/endless", MINE, &["403 scopes"]),
    ];
    // A denial comes before any byte of the body: none is sent.
    let framings = [
        ("body-withheld-length", "Content-Length: 1000000000"),
        ("body-withheld-chunked", "Transfer-Encoding: chunked"),
        ("body-withheld-expect", "Content-Length: 9\r\nExpect: 100-continue"),
        ("body-withheld-form", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 999"),
        ("body-withheld-json", "Content-Type: application/json\r\nContent-Length: 999"),
    ];
    for (id, fields) in framings {
        rows.push(row(id, "POST /v1/items", "", &["401 authentication"]).withheld(fields));
        rows.push(row(id, "POST /v1/items", ITEMS, &["403 scopes"]).withheld(fields));
        rows.push(row(id, "POST /v1/none", ALL, &["404"]).withheld(fields));
    }
    // A denial does not wait for the end of a body either. Chunks are sent until the answer comes.
    rows.push(row("body-never-ending", "POST /v1/items", "", &["401 authentication"]).endless());
    rows.push(row("body-never-ending", "POST /v1/items", ITEMS, &["403 scopes"]).endless());
    rows.push(row("body-never-ending", "PATCH /v1/items", ALL, &["405"]).endless());
    rows.push(row("body-never-ending", "POST /v1/none", ALL, &["404"]).endless());
    let nested = [
        row("nested", "GET /gateway/v1/items/1", ITEMS, &["200 GetItem"]),
        row("nested-by-other", "GET /gateway/v1/items/1", MINE, &["403 scopes"]),
        row("nested-literal", "GET /gateway/v1/items/mine", MINE, &["200 GetMine"]),
        row("nested-empty-parameter", "GET /gateway/v1/items//files/x", ALL, &["404"]),
        row("nested-nothing", "GET /gateway/v1/none", ALL, &["404"]),
        row("nested-nothing-unknown-caller", "GET /gateway/v1/none", "", &["401 authentication"]),
        row("nested-undeclared-method", "PATCH /gateway/v1/items", ALL, &["405"]),
        row("nested-undeclared-method-unknown-caller", "PATCH /gateway/v1/items", "", &["401 authentication"]),
        row("nested-undeclared-query", "GET /gateway/v1/items?owner=x", ITEMS, &["400 query"]),
        row("nested-double-slash", "GET /gateway//v1/items", ALL, &["404", "200 ListItems"]),
        row("nested-double-slash-by-other", "GET /gateway//v1/items", MINE, &["404", "403 scopes"]),
        row("nested-double-slash-first", "GET //gateway/v1/items", ALL, &["404", "200 ListItems"]),
        row("nested-encoded-prefix", "GET /%67ateway/v1/items", MINE, &["404", "403 scopes"]),
        row("nested-prefix-alone", "GET /gateway", ALL, &["404"]),
        row("nested-prefix-alone-with-slash", "GET /gateway/", ALL, &["404"]),
        row("nested-prefix-twice", "GET /gateway/gateway/v1/items", ALL, &["404"]),
        row("nested-without-prefix", "GET /v1/items/1", ALL, &["404", "401 authentication"]),
        row("nested-prefix-without-boundary", "GET /gatewayv1/items/1", ALL, &["404", "401 authentication"]),
    ];
    rows.extend(nested.map(|row| row.on(Setup::Nested)));
    let late = [
        row("late-route", "GET /late/items", ALL, &["500"]),
        row("late-route-merged", "GET /merged/1", ALL, &["500"]),
        row("late-route-leaves-the-guarded", "GET /v1/items", ITEMS, &["200 ListItems"]),
        row("late-route-leaves-the-guarded-by-other", "GET /v1/items", MINE, &["403 scopes"]),
    ];
    rows.extend(late.map(|row| row.on(Setup::Late)));
    rows.push(row("permit-reused-for-another-route", "GET /v1/items", ALL, &["500 ListItems"]).on(Setup::Reused));
    rows
}
