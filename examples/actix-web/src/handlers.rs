//! One function for each operation. Its permit opens only the data for which the operation requires the scopes.

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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use policy_core::{Principal, ScopeSet, testing};

    use super::*;
    use crate::policy::schemes;

    #[actix_web::test]
    async fn a_tenant_reads_its_own_encounters_alone() {
        for (tenant, status) in [("north", 200), ("south", 404)] {
            let granted = ScopeSet::parse("encounters:read").unwrap().set();
            let caller = Principal::new("a test").with_tenant(tenant).with_grant(schemes::API_KEY, granted);
            let permit = testing::permit::<GetEncounter>(caller).unwrap();
            let (db, id) = (Data::new(Db::example()), Path::from("e1".to_owned()));
            let answer = get_encounter(permit.into(), db, id).await;
            assert_eq!(answer.is_ok(), status == 200, "{tenant}");
        }
    }
}
