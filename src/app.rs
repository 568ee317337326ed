//! The wiring: the policy, who authenticates, who enables, the handlers, and the routes beside the policy.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::Method;
use jiff::SignedDuration;
use policy_axum::{Guard, MountError};
use policy_core::{Audit, OperationSet, handlers};
use policy_http::{ApiKeys, Authenticator, Enablement, Nobody, StoredEnablement};

use crate::audio;
use crate::handlers::{get_audio, get_document, get_encounter, get_transcript, list_encounters, liveness, media};
use crate::policy::{Api, POLICY};
use crate::problem::Problem;
use crate::store::Store;

/// Where signed URLs lead; the token follows.
pub(crate) const MEDIA_PREFIX: &str = "/media/";

/// What the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    /// Those of the store, with the inactivity of the settings.
    partners: policy_store::Store,
    keys: Arc<Keys>,
    enablement: Arc<RouteEnablement>,
    settings: Settings,
}

/// Who authenticates: the partners' keys.
pub(crate) type Keys = ApiKeys<policy_store::Store>;
/// Who enables: the partners' routes.
pub(crate) type RouteEnablement = StoredEnablement<Api, policy_store::Store>;

/// What an operator may choose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How this server is reached from outside, without a slash at its end. Signed URLs begin with it: it comes from
    /// the operator and never from a request.
    pub public_url: String,
    /// How long a key may be unused before it is inactive.
    pub key_inactivity: SignedDuration,
    /// How long a signed URL is good: [`audio::LONGEST`] at most.
    pub audio_lifetime: SignedDuration,
}

impl Settings {
    /// Ninety days of inactivity, five minutes for a URL.
    #[must_use]
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url = public_url.into().trim_end_matches('/').to_owned();
        Self {
            public_url,
            key_inactivity: SignedDuration::from_hours(90 * 24),
            audio_lifetime: SignedDuration::from_mins(5),
        }
    }
}

impl Service {
    /// What the handlers of that database share.
    #[must_use]
    pub fn new(store: Store, settings: Settings) -> Self {
        let partners = store.partners().clone().with_key_inactivity(settings.key_inactivity.unsigned_abs());
        let (keys, enablement) = (Arc::new(partners.api_keys()), Arc::new(partners.enablement()));
        Self(Arc::new(Shared { store, partners, keys, enablement, settings }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.0.settings.public_url
    }

    pub(crate) fn audio_lifetime(&self) -> SignedDuration {
        self.0.settings.audio_lifetime.min(audio::LONGEST)
    }

    pub(crate) fn partners(&self) -> &policy_store::Store {
        &self.0.partners
    }

    pub(crate) fn keys(&self) -> &Arc<Keys> {
        &self.0.keys
    }

    pub(crate) fn enablement(&self) -> &Arc<RouteEnablement> {
        &self.0.enablement
    }
}

/// The whole service as a router.
///
/// # Errors
/// [`AppError`]: the routes do not fit the policy, or the settings are not safe.
pub fn app(store: Store, settings: Settings) -> Result<Router, AppError> {
    let lifetime = settings.audio_lifetime;
    if !lifetime.is_positive() || lifetime > audio::LONGEST {
        return Err(AppError::AudioLifetime(lifetime));
    }
    let service = Service::new(store, settings);
    let (keys, enablement) = (Arc::clone(service.keys()), Arc::clone(service.enablement()));
    guard(keys, enablement).try_with_state(service).map_err(AppError::Mount)
}

/// Why there is no service.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppError {
    /// The routes do not fit the policy; it says how.
    Mount(MountError),
    /// Signed URLs would be good for longer than [`audio::LONGEST`], or not at all.
    AudioLifetime(SignedDuration),
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppError::Mount(error) => error.fmt(f),
            AppError::AudioLifetime(lifetime) => write!(
                f,
                "a signed audio URL cannot be good for {} s; choose from 1 s to {} s (15m)",
                lifetime.as_secs(),
                audio::LONGEST.as_secs()
            ),
        }
    }
}

impl std::error::Error for AppError {}

/// Who may call what, and what stands outside the policy. It is read from the routes that [`app`] serves.
#[must_use]
pub fn audit() -> Audit<Api> {
    guard(Nobody, OperationSet::EMPTY).audit()
}

/// The policy with all its handlers, whoever authenticates and enables.
pub fn guard<A: Authenticator<Api>, E: Enablement<Api>>(authenticator: A, enablement: E) -> Guard<Api, A, E, Service> {
    policy_axum::guard(&POLICY, authenticator, enablement)
        .realm("charthero")
        .denials(|denial| Problem::of_denial(denial).to_response())
        .unmatched(|unmatched| Problem::of_unmatched(unmatched).to_response())
        .handlers(handlers![list_encounters, get_encounter, get_document, get_transcript, get_audio])
        .unguarded(Method::GET, "/healthz", "liveness probe, no data", get(liveness))
        .unguarded(
            Method::GET,
            "/media/{token}",
            "plays one recording; the credential is the signed URL that getAudio answers, good for 15 minutes at most and while its key may call getAudio",
            get(media),
        )
}
