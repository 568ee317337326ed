//! The data. The type of each function's permit says which scopes an operation must require to call it.

use std::sync::Arc;

use policy_core::Carries;
use serde::Serialize;

use crate::policy::scopes::{EncountersRead, PatientsRead};

/// The clinic's data, in memory.
#[derive(Clone, Debug)]
pub struct Db {
    rows: Arc<[Row]>,
}

#[derive(Debug)]
struct Row {
    tenant: &'static str,
    encounter: Encounter,
    patient: &'static str,
}

/// An encounter without its patient.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Encounter {
    id: &'static str,
    reason: &'static str,
}

/// An encounter with its patient.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EncounterOfPatient {
    #[serde(flatten)]
    encounter: Encounter,
    patient: String,
}

impl Db {
    /// Two encounters of two clinics.
    #[must_use]
    pub fn example() -> Self {
        let row = |tenant, id, reason, patient| Row { tenant, encounter: Encounter { id, reason }, patient };
        Self { rows: Arc::new([row("north", "e1", "cough", "Ada"), row("south", "e2", "check-up", "Ben")]) }
    }

    /// Only operations that require `encounters:read` can call this. The permit also says which organization's encounters they are.
    pub(crate) fn encounter(&self, permit: &impl Carries<EncountersRead>, id: &str) -> Option<Encounter> {
        let tenant = permit.principal().tenant()?;
        self.rows.iter().find(|row| row.tenant == tenant && row.encounter.id == id).map(|row| row.encounter.clone())
    }

    pub(crate) fn encounters_of_patients(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<PatientsRead>),
    ) -> Vec<EncounterOfPatient> {
        let tenant = permit.principal().tenant();
        let own = self.rows.iter().filter(|row| Some(row.tenant) == tenant);
        own.map(|row| EncounterOfPatient { encounter: row.encounter.clone(), patient: row.patient.to_owned() })
            .collect()
    }
}
