//! One function for each operation. What it may reach is what its operation requires.

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
