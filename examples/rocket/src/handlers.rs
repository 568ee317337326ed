//! One function for each operation. Its permit opens only the data for which the operation requires the scopes.

use policy_core::operation;
use policy_rocket::{Managed, Param, Permit};
use rocket::http::Status;
use rocket::serde::json::Json;

use crate::db::{Db, Encounter, EncounterOfPatient};
use crate::policy::operations::{GetEncounter, ListEncounters};

#[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
pub(crate) async fn list_encounters(
    permit: Permit<ListEncounters>,
    Managed(db): Managed<Db>,
) -> Json<Vec<EncounterOfPatient>> {
    Json(db.encounters_of_patients(&permit))
}

#[operation(GetEncounter)]
pub(crate) async fn get_encounter(
    permit: Permit<GetEncounter>,
    Managed(db): Managed<Db>,
    Param(id): Param<String>,
) -> Option<Json<Encounter>> {
    db.encounter(&permit, &id).map(Json)
}

pub(crate) async fn health() -> Status {
    Status::NoContent
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

    use policy_core::{Principal, ScopeSet, testing};

    use super::*;
    use crate::policy::schemes::API_KEY;

    #[rocket::async_test]
    async fn a_handler_is_called_with_a_permit_that_its_scopes_earn() {
        let scopes = ScopeSet::parse("encounters:read").unwrap();
        let caller = Principal::new("ali").with_tenant("north").with_grant(API_KEY, scopes.set());
        let permit = testing::permit::<GetEncounter>(caller).unwrap();
        let found = get_encounter(permit.into(), Managed(Db::example()), Param("e1".to_owned())).await;
        assert!(found.is_some());
        // A caller without the scope gets no permit.
        assert!(testing::permit::<GetEncounter>(Principal::new("ben")).is_err());
    }
}
