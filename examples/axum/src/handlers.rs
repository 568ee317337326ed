//! One function for each operation. Its permit opens only the data for which the operation requires the scopes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use policy_axum::Permit;
use policy_core::operation;

use crate::db::{Db, Encounter, EncounterOfPatient};
use crate::policy::operations::{GetEncounter, ListEncounters};

#[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
pub(crate) async fn list_encounters(
    permit: Permit<ListEncounters>,
    State(db): State<Db>,
) -> Json<Vec<EncounterOfPatient>> {
    Json(db.encounters_of_patients(&permit))
}

#[operation(GetEncounter)]
pub(crate) async fn get_encounter(
    permit: Permit<GetEncounter>,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Result<Json<Encounter>, StatusCode> {
    db.encounter(&permit, &id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

pub(crate) async fn health() -> StatusCode {
    StatusCode::NO_CONTENT
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
            let answer = get_encounter(permit.into(), State(Db::example()), Path("e1".to_owned())).await;
            assert_eq!(answer.map_or_else(|status| status.as_u16(), |_| 200), status, "{tenant}");
        }
    }
}
