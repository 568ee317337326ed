//! Encounters: the list and the detail.

use axum::extract::{RawQuery, State};
use policy_axum::Permit;
use policy_core::{Carries, operation};
use serde::Serialize;

use super::{Identifiers, Private, known};
use crate::app::Service;
use crate::page::Page;
use crate::policy::operations::{GetEncounter, ListEncounters};
use crate::policy::scopes::{DocumentsRead, EncountersRead, PatientsRead};
use crate::problem::Problem;
use crate::store::{DocumentSummary, Encounter, Patient, StoreError};

/// One page of encounters.
#[derive(Debug, Serialize)]
pub struct EncounterPage {
    items: Vec<EncounterView>,
    limit: u32,
    offset: u32,
    total: u32,
}

#[derive(Debug, Serialize)]
struct EncounterView {
    encounter_id: String,
    created_at: jiff::Timestamp,
    status: String,
    patient: Patient,
    documents: Vec<DocumentSummary>,
}

/// An encounter, and why the patient came.
#[derive(Debug, Serialize)]
pub struct EncounterDetail {
    #[serde(flatten)]
    encounter: EncounterView,
    reason: String,
}

/// A page of encounters, each with its patient and the summaries of its documents.
///
/// # Errors
/// The query is not understood, or the database does not answer.
#[operation(ListEncounters, scopes("encounters:read", "patients:read", "documents:read"))]
pub async fn list_encounters(
    permit: Permit<ListEncounters>,
    State(service): State<Service>,
    RawQuery(query): RawQuery,
) -> Result<Private<EncounterPage>, Problem> {
    let page = Page::parse(query.as_deref())?;
    let encounters = service.store().encounters(&permit, &page).await?;
    let items = with_context(&permit, &service, encounters.items).await?;
    let items = items.into_iter().map(|detail| detail.encounter).collect();
    Ok(Private(EncounterPage { items, limit: page.limit, offset: page.offset, total: encounters.total }))
}

/// One encounter with its patient and the summaries of its documents.
///
/// # Errors
/// There is no such encounter, or the database does not answer.
#[operation(GetEncounter, scopes("encounters:read", "patients:read", "documents:read"))]
pub async fn get_encounter(
    permit: Permit<GetEncounter>,
    State(service): State<Service>,
    identifiers: Identifiers<String>,
) -> Result<Private<EncounterDetail>, Problem> {
    let encounter_id = known(identifiers)?;
    let encounter = service.store().encounter(&permit, &encounter_id).await?.ok_or(Problem::NOT_FOUND)?;
    let detail = with_context(&permit, &service, vec![encounter]).await?.pop();
    Ok(Private(detail.ok_or(Problem::NOT_FOUND)?))
}

/// The encounters with their patients and documents, each read with the scope that it needs.
async fn with_context(
    permit: &(impl Carries<EncountersRead> + Carries<PatientsRead> + Carries<DocumentsRead>),
    service: &Service,
    encounters: Vec<Encounter>,
) -> Result<Vec<EncounterDetail>, Problem> {
    let mut patients = service.store().patients(permit, &encounters).await?;
    let mut documents = service.store().document_summaries(permit, &encounters).await?;
    let mut details = Vec::with_capacity(encounters.len());
    for Encounter { encounter_id, created_at, status, reason } in encounters {
        // By a foreign key, each encounter has its patient. If a patient was removed in between, the client has to ask again.
        let patient = patients.remove(&encounter_id).ok_or(StoreError::Damaged)?;
        let documents = documents.remove(&encounter_id).unwrap_or_default();
        let encounter = EncounterView { encounter_id, created_at, status, patient, documents };
        details.push(EncounterDetail { encounter, reason });
    }
    Ok(details)
}
