//! Two policies over one set of routes, as `policy-build` generates them, that differ in the check order alone; a server
//! for each, whose handlers answer with the operation that ran and the operation whose policy decided.
#![allow(
    dead_code,
    unused_macros,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shared by test binaries that use parts of it; a test fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use policy_core::{AuthenticationFailure, Document, EnablementFailure, OperationSet, Policy, Principal, ScopeSet};
use policy_http::{Authenticator, Credential, FromSet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

/// What a handler sees of the application.
#[derive(Clone, Default)]
pub struct Runs(pub Arc<AtomicUsize>);

impl Runs {
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// In the table's words: one scheme, the first; the length of the schemes' part, the number of the extension's scopes; the scheme without scopes
/// of its own; the extension's scopes.
macro_rules! requirement {
    (Public) => {
        Requirement::NONE
    };
    (Required $($scope:literal)*) => {{
        const SCOPES: &[u16] = &[$($scope),*];
        Requirement::from_words(&[1, 0, 2, SCOPES.len() as u16, 0, 0, $($scope),*])
    }};
}

macro_rules! document {
    ($module:ident, $order:ident, [$(($index:literal, $type:ident, $function:ident, $method:literal, $template:literal, $access:ident, [$($scope:literal)*], [$($query:literal),*])),* $(,)?]) => {
        pub mod $module {
            use policy_core::__private::{OperationParts, Row, row_key, PolicyParts, ScopeTable, phf};
            use policy_core::{
                Access, Document, Operation, OperationDefinition, Policy, PolicyDefinition, QueryAllowList, Requirement,
                SchemeDefinition, SchemeKind, ScopeDefinition, ScopeSet,
            };

            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum Api {}

            impl Document for Api {
                type Words = [u64; 1];
                type OperationWords = [u64; 1];
                type Grants = [Option<ScopeSet<Self>>; 1];
                type Order = policy_core::order::$order;
                const DEFINITION: &'static PolicyDefinition = &DEFINITION;
            }

            pub static POLICY: Policy<Api> = Policy::new();

            static DEFINITION: PolicyDefinition = PolicyDefinition::new(PolicyParts {
                title: "Items",
                version: "1",
                source: "items.yaml",
                base_path: "/v1",
                fingerprint: "00000000000items",
                scopes: ScopeTable::rows(&[
                    ScopeDefinition::new("files:read", None, true),
                    ScopeDefinition::new("items:read", None, true),
                    ScopeDefinition::new("items:write", None, true),
                    ScopeDefinition::new("mine:read", None, true),
                ]),
                scope_index: &[65535, 1, 65535, 65535, 2, 0, 3, 65535],
                schemes: &[SchemeDefinition::new("Key", SchemeKind::Bearer)],
                operations: &OPERATIONS,
                webhooks: &[],
                // Empty: nothing is looked up when a request arrives, or these tests fail.
                index: &phf::Map { key: 0, disps: &[], entries: &[] },
            });

            static OPERATIONS: [OperationDefinition; [$($index),*].len()] =
                [$(OperationDefinition::new(OperationParts {
                    method: $method,
                    template: $template,
                    operation_id: None,
                    type_name: stringify!($type),
                    summary: None,
                    access: Access::$access,
                    requirement: operations::$type::REQUIREMENT,
                    query: QueryAllowList::new(&[$($query),*], &[], false),
                    location: "items.yaml:1:1",
                })),*];

            pub mod operations {
                use super::Requirement;
                $(
                    pub enum $type {}
                    impl $type {
                        pub(super) const REQUIREMENT: Requirement<'static> = requirement!($access $($scope)*);
                    }
                )*
            }
            $(impl Operation for operations::$type {
                type Document = Api;
                // These handlers read no data, so that no scope needs to be claimed.
                type Always = policy_core::__private::Nothing;
                type Row = Row<{ row_key($index, $method, $template) }>;
            })*

            pub mod handlers {
                use super::super::Runs;
                use axum::extract::State;
                use policy_axum::Permit;
                use std::sync::atomic::Ordering;
                $(pub async fn $function(permit: Permit<super::operations::$type>, State(runs): State<Runs>) -> String {
                    runs.0.fetch_add(1, Ordering::SeqCst);
                    // The operation that runs, and the one that was decided.
                    format!("{} {}", stringify!($type), permit.operation().definition().type_name())
                })*
            }
        }
    };
}

macro_rules! documents {
    ($($module:ident $order:ident),*) => {$(
        document!($module, $order, [
            // The template before its concrete sibling: the order of mounting must not matter.
            (0, GetItem, get_item, "GET", "/v1/items/{id}", Required, [1], []),
            (1, GetMine, get_mine, "GET", "/v1/items/mine", Required, [3], []),
            (2, ListItems, list_items, "GET", "/v1/items", Required, [1], ["limit"]),
            (3, CreateItem, create_item, "POST", "/v1/items", Required, [2], []),
            (4, GetFile, get_file, "GET", "/v1/items/{id}/files/{file}", Required, [0], []),
            (5, GetReport, get_report, "GET", "/v1/report", Required, [1], []),
            (6, HeadReport, head_report, "HEAD", "/v1/report", Required, [2], []),
            (7, GetStatus, get_status, "GET", "/v1/status", Public, [], []),
            (8, Search, search, "QUERY", "/v1/search", Required, [1], []),
            (9, Later, later, "GET", "/v1/later", Required, [1], ["limit"]),
        ]);
    )*};
}

documents!(enablement_first EnablementFirst, scopes_first ScopesFirst);

/// Keys are `<subject>~<scope>~<scope>…`; `expired`, `down` and anything without `~` are refused.
#[derive(Clone, Default)]
pub struct Keys(pub Arc<AtomicUsize>);

impl<D: Document> Authenticator<D> for Keys {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match credential.secret() {
            "expired" => return Err(AuthenticationFailure::Expired),
            "down" => return Err(AuthenticationFailure::Unavailable),
            _ => {}
        }
        let (subject, scopes) = credential.secret().split_once('~').ok_or(AuthenticationFailure::Invalid)?;
        let scopes: ScopeSet<D> = scopes
            .split('~')
            .filter_map(|scope| Policy::<D>::new().scopes().find(|known| known.name().replace(':', ".") == scope))
            .collect();
        Ok(Principal::new(subject)
            .with_tenant(format!("org-{subject}"))
            .with_credential_id(format!("id-{subject}"))
            .with_grant(credential.scheme(), scopes))
    }
}

/// Everything is enabled, but for `disabled`, `homeless` and `unlucky`.
pub fn enablement<D: Document>()
-> FromSet<impl Fn(&Principal<D>) -> Result<OperationSet<D>, EnablementFailure> + Send + Sync + Clone + 'static> {
    FromSet(|principal: &Principal<D>| match principal.subject() {
        Some("disabled") => Ok(OperationSet::EMPTY),
        Some("homeless") => Err(EnablementFailure::NoOrganization),
        Some("unlucky") => Err(EnablementFailure::Unavailable),
        _ => Ok(OperationSet::all()),
    })
}

/// The guard of one of the two policies, all handlers mounted but `Later`.
macro_rules! guard_of {
    ($module:ident) => {{
        use $crate::common::$module::{POLICY, handlers, operations};
        policy_axum::guard(&POLICY, $crate::common::Keys::default(), $crate::common::enablement()).handlers(
            policy_core::handlers![
                handlers::get_item,
                handlers::get_mine,
                handlers::list_items,
                handlers::create_item,
                handlers::get_file,
                handlers::get_report,
                handlers::head_report,
                handlers::get_status,
                handlers::search,
                pending!(operations::Later, "moves in March"),
            ],
        )
    }};
}
pub(crate) use guard_of;

pub const ALL: &str = "ali~files.read~items.read~items.write~mine.read";

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn reason(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem.get("reason_code").and_then(|code| code.as_str()).unwrap_or_default().into()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

pub async fn ask(router: &Router, method: &str, target: &str, key: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

pub async fn send(router: &Router, request: Request) -> Answer {
    answer(router.clone().oneshot(request).await.unwrap()).await
}

async fn answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Serves the router on loopback for as long as the test runs.
pub async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Writes the bytes as they are, keeps the connection open, and reads the answer's head and what comes with it.
pub async fn raw(address: std::net::SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let read = async {
        loop {
            let count = stream.read(&mut buffer).await.unwrap_or(0);
            received.extend_from_slice(buffer.get(..count).unwrap());
            if count == 0 || complete(&received) {
                break;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), read).await.expect("an answer within ten seconds");
    let text = String::from_utf8_lossy(&received).into_owned();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, text)
}

fn complete(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("\r\n").find_map(|line| line.strip_prefix("content-length: ")).and_then(|n| n.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

pub fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}
