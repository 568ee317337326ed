//! One function for each operation. Its permit opens only the data for which the operation requires the scopes.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use policy_core::operation;
use policy_hyper::{Call, Permit};
use serde::Serialize;

use crate::db::Db;
use crate::policy::operations::{GetEncounter, ListEncounters};

/// What the service answers with.
pub type Body = Full<Bytes>;

#[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
pub(crate) async fn list_encounters(permit: Permit<ListEncounters>, call: Call<Db>) -> Response<Body> {
    json(&call.state.encounters_of_patients(&permit))
}

#[operation(GetEncounter)]
pub(crate) async fn get_encounter<B>(permit: Permit<GetEncounter>, call: Call<Db, B>) -> Response<Body> {
    match call.parameter("encounter_id").and_then(|id| call.state.encounter(&permit, id)) {
        Some(encounter) => json(&encounter),
        None => empty(StatusCode::NOT_FOUND),
    }
}

pub(crate) async fn health(_: Call<Db>) -> Response<Body> {
    empty(StatusCode::NO_CONTENT)
}

fn json(value: &impl Serialize) -> Response<Body> {
    let Ok(text) = serde_json::to_string(value) else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use policy_core::{Principal, ScopeSet, testing};

    use super::*;
    use crate::policy::schemes;

    #[tokio::test]
    async fn a_tenant_reads_its_own_encounters_alone() {
        for (tenant, status) in [("north", 200), ("south", 404)] {
            let granted = ScopeSet::parse("encounters:read").unwrap().set();
            let caller = Principal::new("a test").with_tenant(tenant).with_grant(schemes::API_KEY, granted);
            let permit = testing::permit::<GetEncounter>(caller).unwrap();
            let call = Call::new(Db::example(), http::Request::new(())).with_parameter("encounter_id", "e1");
            assert_eq!(get_encounter(permit, call).await.status(), status, "{tenant}");
        }
    }
}
