//! Recordings. They are found and read with a permit.

use policy_core::Carries;
use policy_store::Pool;

use super::encounters::organization;
use super::{Store, StoreError};
use crate::policy::scopes::{DocumentsRead, EncountersRead, RecordingsRead};

/// Names a recording within its organization. Only a permit that carries `recordings:read` leads to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingId(String);

impl RecordingId {
    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A recording, to be played.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its media type.
    pub media_type: String,
    /// The sound.
    pub content: Vec<u8>,
}

impl Store {
    /// The recording of a document of the organization. `None` without one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn recording(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<DocumentsRead> + Carries<RecordingsRead>),
        encounter_id: &str,
        document_id: &str,
    ) -> Result<Option<RecordingId>, StoreError> {
        let found: Option<String> = on!(Pool, self.pool(), |pool| {
            sqlx::query_scalar(
                "SELECT r.recording_id FROM recordings r \
                 JOIN documents d ON d.organization = r.organization AND d.document_id = r.document_id \
                 WHERE r.organization = $1 AND d.encounter_id = $2 AND r.document_id = $3",
            )
            .bind(organization(permit)?)
            .bind(encounter_id)
            .bind(document_id)
            .fetch_optional(pool)
            .await?
        });
        Ok(found.map(RecordingId))
    }

    /// A recording of the organization, to be played. `None` if there is none.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn recording_content(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<DocumentsRead> + Carries<RecordingsRead>),
        recording_id: &str,
    ) -> Result<Option<Recording>, StoreError> {
        let found: Option<(String, Vec<u8>)> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as("SELECT media_type, content FROM recordings WHERE organization = $1 AND recording_id = $2")
                .bind(organization(permit)?)
                .bind(recording_id)
                .fetch_optional(pool)
                .await?
        });
        Ok(found.map(|(media_type, content)| Recording { media_type, content }))
    }
}
