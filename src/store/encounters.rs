//! Clinical data. The type of each function demands the scopes that its data needs, and the organization comes from the permit.
//!
//! Each statement selects by the organization too. So data of another organization is answered like data that does not exist.

use std::collections::HashMap;

use jiff::Timestamp;
use policy_core::{Carries, Holder};
use policy_store::Pool;
use serde::Serialize;

use super::{Store, StoreError, time};
use crate::page::{Page, SortOrder};
use crate::policy::Api;
use crate::policy::scopes::{DocumentsRead, EncountersRead, PatientsRead};

/// One page of encounters, and how many there are without paging.
#[derive(Clone, Debug)]
pub struct Encounters {
    /// The page.
    pub items: Vec<Encounter>,
    /// How many encounters match in all.
    pub total: u32,
}

/// An encounter, without its patient and its documents: those need scopes of their own.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// Its opaque identifier.
    pub encounter_id: String,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Its state, as the clinic named it.
    pub status: String,
    /// Why the patient came.
    pub reason: String,
}

/// A patient.
#[derive(Clone, Debug, Serialize)]
pub struct Patient {
    /// Its opaque identifier.
    pub patient_id: String,
    /// The name to show.
    pub display_name: String,
    /// The date of birth.
    pub birth_date: String,
}

/// The part of a document that lists show.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentSummary {
    /// Its opaque identifier.
    pub document_id: String,
    /// What kind of document it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// The part of it that lists show.
    #[serde(flatten)]
    pub summary: DocumentSummary,
    /// The encounter it belongs to.
    pub encounter_id: String,
    /// Its text.
    pub body: String,
    /// The metadata of its recording, where it has one.
    pub audio: Option<AudioMetadata>,
}

/// The metadata of a recording.
#[derive(Clone, Debug, Serialize)]
pub struct AudioMetadata {
    /// How long it is.
    pub duration_seconds: u32,
    /// Its media type.
    pub media_type: String,
}

/// The transcript of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Transcript {
    /// The document.
    pub document_id: String,
    /// The encounter it belongs to.
    pub encounter_id: String,
    /// What was said, in order.
    pub segments: Vec<Segment>,
}

/// One thing that was said.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    /// By whom.
    pub speaker: String,
    /// When it began.
    pub start_seconds: f64,
    /// The words.
    pub text: String,
}

/// The organization that a permit speaks for.
pub(super) fn organization(permit: &impl Holder<Document = Api>) -> Result<&str, StoreError> {
    permit.principal().tenant().ok_or(StoreError::NoOrganization)
}

/// A moment in microseconds, rounded up. A stored time is at or after the moment exactly if it is at or after the rounded one.
fn rounded_up(moment: Timestamp) -> i64 {
    let whole = moment.as_microsecond();
    if moment.as_nanosecond() > i128::from(whole) * 1_000 { whole.saturating_add(1) } else { whole }
}

type EncounterRow = (String, i64, String, String);

fn encounter((encounter_id, created_at, status, reason): EncounterRow) -> Result<Encounter, StoreError> {
    Ok(Encounter { encounter_id, created_at: time(created_at)?, status, reason })
}

impl Store {
    /// A page of the organization's encounters, by `created_at` and then by `encounter_id`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn encounters(
        &self,
        permit: &impl Carries<EncountersRead>,
        page: &Page,
    ) -> Result<Encounters, StoreError> {
        let organization = organization(permit)?;
        let (start, end) = (page.start_at.map(rounded_up), page.end_at.map(rounded_up));
        let statement = match page.order {
            SortOrder::Ascending => {
                "SELECT encounter_id, created_at, status, reason FROM encounters WHERE organization = $1 \
                 AND ($2 IS NULL OR created_at >= $2) AND ($3 IS NULL OR created_at < $3) \
                 ORDER BY created_at ASC, encounter_id ASC LIMIT $4 OFFSET $5"
            }
            SortOrder::Descending => {
                "SELECT encounter_id, created_at, status, reason FROM encounters WHERE organization = $1 \
                 AND ($2 IS NULL OR created_at >= $2) AND ($3 IS NULL OR created_at < $3) \
                 ORDER BY created_at DESC, encounter_id DESC LIMIT $4 OFFSET $5"
            }
        };
        let (limit, offset) = (i64::from(page.limit), i64::from(page.offset));
        let rows: Vec<EncounterRow> = on!(Pool, self.pool(), |pool| {
            let rows = sqlx::query_as(statement).bind(organization).bind(start).bind(end);
            rows.bind(limit).bind(offset).fetch_all(pool).await?
        });
        let total: i64 = on!(Pool, self.pool(), |pool| {
            sqlx::query_scalar(
                "SELECT count(*) FROM encounters WHERE organization = $1 \
                 AND ($2 IS NULL OR created_at >= $2) AND ($3 IS NULL OR created_at < $3)",
            )
            .bind(organization)
            .bind(start)
            .bind(end)
            .fetch_one(pool)
            .await?
        });
        let total = count(total)?;
        Ok(Encounters { items: rows.into_iter().map(encounter).collect::<Result<_, _>>()?, total })
    }

    /// One encounter of the organization.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn encounter(
        &self,
        permit: &impl Carries<EncountersRead>,
        encounter_id: &str,
    ) -> Result<Option<Encounter>, StoreError> {
        let row: Option<EncounterRow> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT encounter_id, created_at, status, reason FROM encounters WHERE organization = $1 AND encounter_id = $2",
            )
            .bind(organization(permit)?)
            .bind(encounter_id)
            .fetch_optional(pool)
            .await?
        });
        row.map(encounter).transpose()
    }

    /// The patients of the encounters, by encounter.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn patients(
        &self,
        permit: &impl Carries<PatientsRead>,
        encounters: &[Encounter],
    ) -> Result<HashMap<String, Patient>, StoreError> {
        let statement = self.listed(
            "SELECT e.encounter_id, p.patient_id, p.display_name, p.birth_date FROM encounters e \
             JOIN patients p ON p.organization = e.organization AND p.patient_id = e.patient_id \
             WHERE e.organization = $1 AND e.encounter_id IN (SELECT value FROM json_each($2))",
            "SELECT e.encounter_id, p.patient_id, p.display_name, p.birth_date FROM encounters e \
             JOIN patients p ON p.organization = e.organization AND p.patient_id = e.patient_id \
             WHERE e.organization = $1 AND e.encounter_id IN (SELECT json_array_elements_text($2::json))",
        );
        let rows: Vec<(String, String, String, String)> = on!(Pool, self.pool(), |pool| {
            let rows = sqlx::query_as(statement).bind(organization(permit)?).bind(identifiers(encounters));
            rows.fetch_all(pool).await?
        });
        let patient = |(encounter, patient_id, display_name, birth_date)| {
            (encounter, Patient { patient_id, display_name, birth_date })
        };
        Ok(rows.into_iter().map(patient).collect())
    }

    /// The summaries of the encounters' documents, by encounter, oldest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn document_summaries(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<DocumentsRead>),
        encounters: &[Encounter],
    ) -> Result<HashMap<String, Vec<DocumentSummary>>, StoreError> {
        let statement = self.listed(
            "SELECT encounter_id, document_id, kind, title, created_at FROM documents \
             WHERE organization = $1 AND encounter_id IN (SELECT value FROM json_each($2)) \
             ORDER BY created_at, document_id",
            "SELECT encounter_id, document_id, kind, title, created_at FROM documents \
             WHERE organization = $1 AND encounter_id IN (SELECT json_array_elements_text($2::json)) \
             ORDER BY created_at, document_id",
        );
        let rows: Vec<(String, String, String, String, i64)> = on!(Pool, self.pool(), |pool| {
            let rows = sqlx::query_as(statement).bind(organization(permit)?).bind(identifiers(encounters));
            rows.fetch_all(pool).await?
        });
        let mut summaries: HashMap<String, Vec<DocumentSummary>> = HashMap::new();
        for (encounter, document_id, kind, title, created_at) in rows {
            let summary = DocumentSummary { document_id, kind, title, created_at: time(created_at)? };
            summaries.entry(encounter).or_default().push(summary);
        }
        Ok(summaries)
    }

    /// One document of an encounter of the organization, with the metadata of its recording.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn document(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<DocumentsRead>),
        encounter_id: &str,
        document_id: &str,
    ) -> Result<Option<Document>, StoreError> {
        type Row = (String, String, String, String, i64, String, Option<i64>, Option<String>);
        let row: Option<Row> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT d.document_id, d.encounter_id, d.kind, d.title, d.created_at, d.body, r.duration_seconds, r.media_type \
                 FROM documents d \
                 LEFT JOIN recordings r ON r.organization = d.organization AND r.document_id = d.document_id \
                 WHERE d.organization = $1 AND d.encounter_id = $2 AND d.document_id = $3",
            )
            .bind(organization(permit)?)
            .bind(encounter_id)
            .bind(document_id)
            .fetch_optional(pool)
            .await?
        });
        let Some((document_id, encounter_id, kind, title, created_at, body, duration, media_type)) = row else {
            return Ok(None);
        };
        let audio = duration.map(count).transpose()?.zip(media_type);
        let audio = audio.map(|(duration_seconds, media_type)| AudioMetadata { duration_seconds, media_type });
        let summary = DocumentSummary { document_id, kind, title, created_at: time(created_at)? };
        Ok(Some(Document { summary, encounter_id, body, audio }))
    }

    /// The transcript of a document of the organization. `None` without one.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn transcript(
        &self,
        permit: &(impl Carries<EncountersRead> + Carries<DocumentsRead>),
        encounter_id: &str,
        document_id: &str,
    ) -> Result<Option<Transcript>, StoreError> {
        let rows: Vec<(String, i64, String)> = on!(Pool, self.pool(), |pool| {
            sqlx::query_as(
                "SELECT t.speaker, t.start_millis, t.text FROM transcripts t \
                 JOIN documents d ON d.organization = t.organization AND d.document_id = t.document_id \
                 WHERE t.organization = $1 AND d.encounter_id = $2 AND t.document_id = $3 ORDER BY t.position",
            )
            .bind(organization(permit)?)
            .bind(encounter_id)
            .bind(document_id)
            .fetch_all(pool)
            .await?
        });
        if rows.is_empty() {
            return Ok(None);
        }
        let segment =
            |(speaker, millis, text)| Ok(Segment { speaker, start_seconds: f64::from(count(millis)?) / 1_000.0, text });
        Ok(Some(Transcript {
            document_id: document_id.into(),
            encounter_id: encounter_id.into(),
            segments: rows.into_iter().map(segment).collect::<Result<_, StoreError>>()?,
        }))
    }

    /// The text of a statement with a list, which each database reads out of JSON by a function of its own.
    fn listed(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self.pool() {
            Pool::Sqlite(_) => sqlite,
            _ => postgres,
        }
    }
}

/// A stored number that is never negative.
fn count(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::Damaged)
}

/// The identifiers as a JSON array. So a list of any length is one bound parameter.
fn identifiers(encounters: &[Encounter]) -> String {
    let list: Vec<&str> = encounters.iter().map(|encounter| encounter.encounter_id.as_str()).collect();
    serde_json::json!(list).to_string()
}
