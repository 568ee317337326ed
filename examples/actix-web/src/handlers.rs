//! One function for each operation. What it may reach is what its operation requires.

use actix_web::HttpResponse;
use actix_web::error::ErrorNotFound;
use actix_web::web::{Data, Json, Path};
use policy_actix_web::Permit;
use policy_core::operation;

use crate::db::{Db, Encounter, EncounterOfPatient};
use crate::policy::operations::{GetEncounter, ListEncounters};

#[operation(ListEncounters, scopes("encounters:read", "patients:read"))]
pub(crate) async fn list_encounters(permit: Permit<ListEncounters>, db: Data<Db>) -> Json<Vec<EncounterOfPatient>> {
    Json(db.encounters_of_patients(&permit))
}

#[operation(GetEncounter)]
pub(crate) async fn get_encounter(
    permit: Permit<GetEncounter>,
    db: Data<Db>,
    id: Path<String>,
) -> Result<Json<Encounter>, actix_web::Error> {
    db.encounter(&permit, &id).map(Json).ok_or_else(|| ErrorNotFound("no such encounter"))
}

pub(crate) async fn health() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
