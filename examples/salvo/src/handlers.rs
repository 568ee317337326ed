//! One function for each operation. What it may reach is what its operation requires.

use policy_core::operation;
use policy_salvo::{Param, Permit, State};
use salvo::handler;
use salvo::http::StatusCode;
use salvo::writing::Json;

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
    Param(id): Param<String>,
) -> Option<Json<Encounter>> {
    db.encounter(&permit, &id).map(Json)
}

#[handler]
pub(crate) async fn health() -> StatusCode {
    StatusCode::NO_CONTENT
}
