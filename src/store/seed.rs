//! The demonstration: two organizations with synthetic clinical data. No person in it exists.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use policy_core::{OperationSet, ScopeSet};
use policy_http::NewKey;
use policy_store::{Connection, Environment, KeyTerms, Transaction};

use super::{Store, StoreError, stored};
use crate::policy::{Api, POLICY};

/// The demonstration's organization with every route, audio included.
pub const NORTHWIND: &str = "northwind-clinic";
/// The demonstration's organization without the audio route.
pub const LAKESIDE: &str = "lakeside-practice";

const MARK: &str = "demo";
const AUDIO: &str = "/audio";
const RECORDING_SECONDS: u32 = 2;
/// 2026-01-05T09:00:00Z.
const FIRST_ENCOUNTER: i64 = 1_767_603_600;

/// The keys of a demonstration. They are new at each start, since a secret is never stored and cannot be shown again.
pub struct DemoKeys {
    /// Of [`NORTHWIND`], with every scope.
    pub northwind: NewKey,
    /// Of [`NORTHWIND`], without `recordings:read`.
    pub northwind_without_recordings: NewKey,
    /// Of [`LAKESIDE`], with every scope that it allows.
    pub lakeside: NewKey,
}

impl fmt::Debug for DemoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoKeys").finish_non_exhaustive()
    }
}

impl Store {
    /// Fills an empty database with the demonstration's data, and issues new keys. Keys of an earlier start no longer work.
    ///
    /// # Errors
    /// The database holds organizations that are not the demonstration's, or it does not answer.
    pub async fn seed_demo(&self) -> Result<DemoKeys, SeedError> {
        let mut change = self.partners.begin().await?;
        let marked: bool = on!(Connection, change.connection(), |connection| {
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM settings WHERE name = $1)")
                .bind(MARK)
                .fetch_one(connection)
                .await?
        });
        if !marked {
            let used: bool = on!(Connection, change.connection(), |connection| {
                sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM organizations)").fetch_one(connection).await?
            });
            if used {
                return Err(SeedError::InUse);
            }
            seed(&mut change).await?;
        }
        on!(Connection, change.connection(), |connection| {
            sqlx::query("DELETE FROM keys WHERE demo = TRUE").execute(connection).await?;
        });
        let all: ScopeSet<Api> = POLICY.scopes().collect();
        let without_recordings: ScopeSet<Api> = all.iter().filter(|scope| scope.name() != "recordings:read").collect();
        let keys = DemoKeys {
            northwind: demo_key(&mut change, NORTHWIND, all).await?,
            northwind_without_recordings: demo_key(&mut change, NORTHWIND, without_recordings).await?,
            lakeside: demo_key(&mut change, LAKESIDE, without_recordings).await?,
        };
        change.commit().await?;
        Ok(keys)
    }
}

/// A key that the next start of the demonstration replaces.
async fn demo_key(change: &mut Transaction, organization: &str, scopes: ScopeSet<Api>) -> Result<NewKey, StoreError> {
    let allowed = change.organization(organization).await?.allowed();
    // Somebody may have disallowed scopes since. The key is issued without these.
    let scopes = scopes.iter().filter(|scope| allowed.contains(*scope)).map(|scope| scope.name());
    let key = change.issue_key(&KeyTerms::of(organization).with_scopes(scopes)).await?;
    on!(Connection, change.connection(), |connection| {
        sqlx::query("UPDATE keys SET demo = TRUE WHERE id = $1").bind(key.id()).execute(connection).await?;
    });
    Ok(key)
}

async fn seed(change: &mut Transaction) -> Result<(), StoreError> {
    on!(Connection, change.connection(), |connection| {
        let mark = sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2)").bind(MARK).bind(vec![1_u8]);
        mark.execute(connection).await?;
    });
    let every = OperationSet::<Api>::all();
    let without_audio: OperationSet<Api> =
        every.iter().filter(|operation| !operation.template().ends_with(AUDIO)).collect();
    for (name, operations, first, count) in [(NORTHWIND, every, 1, 12), (LAKESIDE, without_audio, 1_001, 6)] {
        let allowed = POLICY.least_privilege(operations.iter()).ok().and_then(|least| least.sole());
        let allowed = allowed.ok_or(StoreError::Damaged)?;
        change.create_organization(name, Environment::Test).await?;
        change.enable(name, operations.iter()).await?;
        change.allow_scopes(name, allowed.iter().map(|scope| scope.name())).await?;
        for number in first..first + count {
            encounter(change, name, number, number - first).await?;
        }
    }
    Ok(())
}

/// Adds one encounter with its patient and a visit note with transcript and recording. Every third patient comes twice. Every
/// second encounter has a letter too, without a recording.
async fn encounter(change: &mut Transaction, organization: &str, number: u32, nth: u32) -> Result<(), StoreError> {
    const REASONS: [&str; 4] = ["Annual check-up", "Persistent cough", "Knee pain after running", "Medication review"];
    const STATUS: [&str; 3] = ["completed", "completed", "in_review"];
    let reason = pick(&REASONS, nth);
    let encounter_id = format!("enc_synthetic_{number:04}");
    let patient = if nth % 3 == 2 { number - 1 } else { number };
    let patient_id = format!("pat_synthetic_{patient:04}");
    // Every two have the same time, so that the second key of the order is needed.
    let created_at =
        Timestamp::from_second(FIRST_ENCOUNTER + i64::from(nth / 2) * 93_600).map_err(|_| StoreError::Damaged)?;

    on!(Connection, change.connection(), |connection| {
        sqlx::query(
            "INSERT INTO patients (organization, patient_id, display_name, birth_date) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(organization)
        .bind(&patient_id)
        .bind(format!("Synthetic Patient {patient}"))
        .bind(format!("19{:02}-{:02}-{:02}", 40 + patient % 60, 1 + patient % 12, 1 + patient % 28))
        .execute(connection)
        .await?;
    });
    on!(Connection, change.connection(), |connection| {
        sqlx::query(
            "INSERT INTO encounters (organization, encounter_id, patient_id, status, reason, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(organization)
        .bind(&encounter_id)
        .bind(&patient_id)
        .bind(pick(&STATUS, nth))
        .bind(reason)
        .bind(stored(created_at))
        .execute(connection)
        .await?;
    });

    let note = format!("doc_synthetic_{number:04}");
    let written = created_at.checked_add(SignedDuration::from_mins(20)).map_err(|_| StoreError::Damaged)?;
    let body = format!("Synthetic note. Reason for the visit: {reason}. Findings unremarkable; follow-up as agreed.");
    document(change, organization, &encounter_id, &note, ("visit_note", "Visit note", &body), written).await?;
    let lines = [
        ("clinician", 0, format!("Good morning. What brings you here? I read: {}.", reason.to_lowercase())),
        ("patient", 4_200, "Yes, that is right. It has been about two weeks.".into()),
        ("clinician", 9_750, "Let us have a look, and then decide together.".into()),
    ];
    for (position, (speaker, start, text)) in (0_u32..).zip(lines) {
        on!(Connection, change.connection(), |connection| {
            sqlx::query(
                "INSERT INTO transcripts (organization, document_id, position, speaker, start_millis, text) \
             VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(organization)
            .bind(&note)
            .bind(i64::from(position))
            .bind(speaker)
            .bind(i64::from(start))
            .bind(text)
            .execute(connection)
            .await?;
        });
    }
    on!(Connection, change.connection(), |connection| {
        sqlx::query(
            "INSERT INTO recordings (organization, recording_id, document_id, media_type, duration_seconds, content) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(organization)
        .bind(format!("rec_synthetic_{number:04}"))
        .bind(&note)
        .bind("audio/wav")
        .bind(i64::from(RECORDING_SECONDS))
        .bind(tone(RECORDING_SECONDS))
        .execute(connection)
        .await?;
    });

    if nth.is_multiple_of(2) {
        let letter = format!("doc_synthetic_{number:04}_letter");
        let written = created_at.checked_add(SignedDuration::from_hours(3)).map_err(|_| StoreError::Damaged)?;
        let body = format!("Synthetic referral letter. Reason: {reason}.");
        document(change, organization, &encounter_id, &letter, ("letter", "Referral letter", &body), written).await?;
    }
    Ok(())
}

async fn document(
    change: &mut Transaction,
    organization: &str,
    encounter_id: &str,
    document_id: &str,
    (kind, title, body): (&str, &str, &str),
    created_at: Timestamp,
) -> Result<(), StoreError> {
    on!(Connection, change.connection(), |connection| {
        sqlx::query(
            "INSERT INTO documents (organization, document_id, encounter_id, kind, title, body, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(organization)
        .bind(document_id)
        .bind(encounter_id)
        .bind(kind)
        .bind(title)
        .bind(body)
        .bind(stored(created_at))
        .execute(connection)
        .await?;
    });
    Ok(())
}

fn pick<'a>(list: &[&'a str], nth: u32) -> &'a str {
    list.iter().cycle().nth(usize::try_from(nth).unwrap_or_default()).copied().unwrap_or_default()
}

/// A quiet tone as a WAV file: 8 kHz, one channel, 8 bits.
fn tone(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    let samples = RATE * seconds;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + samples).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(samples.to_le_bytes());
    // A triangle of sixteen steps: 500 Hz.
    const WAVE: [u8; 16] = [128, 132, 136, 140, 144, 140, 136, 132, 128, 124, 120, 116, 112, 116, 120, 124];
    file.extend(WAVE.iter().cycle().take(usize::try_from(samples).unwrap_or_default()));
    file
}

/// Why the demonstration cannot be set up.
#[derive(Debug)]
pub enum SeedError {
    /// The database holds organizations of its own.
    InUse,
    /// The database does not answer.
    Store(StoreError),
}

impl From<StoreError> for SeedError {
    fn from(error: StoreError) -> Self {
        SeedError::Store(error)
    }
}

impl From<policy_store::Error> for SeedError {
    fn from(error: policy_store::Error) -> Self {
        SeedError::Store(error.into())
    }
}

impl From<sqlx::Error> for SeedError {
    fn from(error: sqlx::Error) -> Self {
        SeedError::Store(error.into())
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeedError::InUse => f.write_str(
                "the database holds organizations of its own and is not a demonstration's; serve it without `--demo`, or name another database with `--database`",
            ),
            SeedError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SeedError {}
