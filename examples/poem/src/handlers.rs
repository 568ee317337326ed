//! One function for each operation. What it may reach is what its operation requires.

use poem::error::NotFoundError;
use poem::http::StatusCode;
use poem::web::{Json, Path};
use policy_core::operation;
use policy_poem::{Permit, State};

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
) -> Result<Json<Encounter>, NotFoundError> {
    db.encounter(&permit, &id).map(Json).ok_or(NotFoundError)
}

pub(crate) async fn health() -> StatusCode {
    StatusCode::NO_CONTENT
}
