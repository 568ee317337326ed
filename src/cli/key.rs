//! `key`: issues, lists, rotates and revokes keys.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use policy_core::{LeastPrivilege, ScopeSet};
use policy_http::NewKey;
use policy_store::{KeySummary, KeyTerms, Organization, Revocation};

use super::failure::Failure;
use super::organization::line;
use super::{duration, explain, print};
use crate::names;
use crate::policy::{Api, POLICY};
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Issues a key and prints it, once, on standard output. Without `--scopes` it holds the least that the
    /// organization's enabled routes need.
    Issue {
        /// The organization that the key is for.
        organization: String,
        /// The scopes that it holds, separated by commas.
        #[arg(long, value_name = "SCOPES", value_delimiter = ',', conflicts_with = "least_privilege")]
        scopes: Option<Vec<String>>,
        /// The least that the organization's enabled routes need.
        #[arg(long)]
        least_privilege: bool,
        /// When it ends: `90d`, `12h`, `30m`, `45s` from now.
        #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
        expires_in: Option<SignedDuration>,
    },
    /// Lists keys, without their secrets.
    List {
        /// Only those of this organization.
        organization: Option<String>,
    },
    /// Makes a key inactive until it is activated again.
    Deactivate {
        /// The key's id, as `key list` shows it.
        id: String,
    },
    /// Makes a key active again, also one that was unused for too long.
    Activate {
        /// The key's id, as `key list` shows it.
        id: String,
    },
    /// Issues a successor of a key with the same scopes, and prints it, once, on standard output. The key itself expires when the overlap
    /// is over; until then both may be used.
    Rotate {
        /// The key's id, as `key list` shows it.
        id: String,
        /// How long both may be used: `7d`, `12h`, `30m`, `45s`.
        #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration::parse)]
        overlap: SignedDuration,
        /// When the successor ends, from now. If not given, it is good for as long as its predecessor was when that was issued.
        #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
        expires_in: Option<SignedDuration>,
    },
    /// Revokes a key for good. Every running server refuses it in under a second, and after 30 seconds at most where the notice is lost
    /// and the database cannot be asked.
    Revoke {
        /// The key's id, as `key list` shows it.
        id: String,
    },
}

impl KeyCommand {
    pub(super) async fn run(self, store: &Store) -> Result<(), Failure> {
        match self {
            KeyCommand::Issue { organization, scopes, least_privilege: _, expires_in } => {
                let mut change = store.partners().begin().await?;
                let known = change.organization(&organization).await?;
                let expires_at = end(expires_in)?;
                let (key, terms) = match scopes {
                    Some(list) => {
                        let scopes = names::scopes(&list.join(","))?;
                        explain_excess(&known, scopes);
                        let mut terms = KeyTerms::of(organization).with_scopes(scopes.iter().map(|scope| scope.name()));
                        terms.expires_at = expires_at;
                        (change.issue_key(&terms).await?, terms)
                    }
                    None => {
                        change.issue_least_key(&organization, &least(&known)?, expires_at).await.map_err(unless_sole)?
                    }
                };
                change.commit().await?;
                hand_over(key, terms, &known)
            }
            KeyCommand::List { organization } => print(&list(&store.partners().keys(organization.as_deref()).await?)?),
            KeyCommand::Rotate { id, overlap, expires_in } => {
                let (key, terms, ends_at) = store.rotate_key(&id, overlap.unsigned_abs(), end(expires_in)?).await?;
                explain(format_args!("key {id} expires {:.0}", shown(ends_at)?));
                match &terms.organization {
                    Some(name) => hand_over(key, terms.clone(), &store.partners().organization(name).await?),
                    None => print(&format_args!("{}\n", key.reveal())),
                }
            }
            KeyCommand::Revoke { id } => {
                let mut change = store.partners().begin().await?;
                let revocation = change.revoke_key(&id).await?;
                change.commit().await?;
                match revocation {
                    Revocation::Revoked => explain(format_args!("revoked key {id}")),
                    Revocation::Before => explain(format_args!("key {id} was revoked before")),
                    Revocation::Unknown => return Err(unknown_key()),
                }
                Ok(())
            }
            KeyCommand::Deactivate { id } => set_active(store, &id, false).await,
            KeyCommand::Activate { id } => set_active(store, &id, true).await,
        }
    }
}

async fn set_active(store: &Store, id: &str, active: bool) -> Result<(), Failure> {
    let mut change = store.partners().begin().await?;
    if !change.set_key_active(id, active).await? {
        return Err(unknown_key());
    }
    change.commit().await?;
    explain(format_args!("key {id} is {}", if active { "active" } else { "not active" }));
    Ok(())
}

/// The failure for an unknown key id. Somebody may have typed a whole key, so the text is not repeated.
fn unknown_key() -> Failure {
    Failure::new("there is no key of that id; `charthero-api key list` shows the ids")
}

/// When a key expires that is issued now, to the second.
pub(super) fn end(expires_in: Option<SignedDuration>) -> Result<Option<SystemTime>, Failure> {
    let end = |duration: SignedDuration| {
        let end = SystemTime::now().checked_add(duration.unsigned_abs())?.duration_since(UNIX_EPOCH).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_secs(end.as_secs()))
    };
    let too_long = || Failure::new("the key would end later than any clock shows");
    expires_in.map(|duration| end(duration).ok_or_else(too_long)).transpose()
}

/// Writes the key, and nothing else, to standard output. What kind of key it is goes to standard error.
pub(super) fn hand_over(key: NewKey, terms: KeyTerms, organization: &Organization) -> Result<(), Failure> {
    explain(format_args!("issued key {} of `{}` ({})", key.id(), organization.name, organization.environment));
    explain(format_args!("    scopes   {}", terms.scopes.join(" ")));
    match terms.expires_at {
        Some(end) => explain(format_args!("    expires  {}", shown(end)?)),
        None => explain("    expires  never"),
    }
    explain("It is shown this once:");
    print(&format_args!("{}\n", key.reveal()))
}

fn least(organization: &Organization) -> Result<LeastPrivilege<Api>, Failure> {
    let operations = organization.operations();
    if operations.is_empty() {
        return Err(Failure::new(format!(
            "no route is enabled for organization `{}`, so the least that a key needs is nothing; `charthero-api organization enable` one first",
            organization.name
        )));
    }
    POLICY.least_privilege(operations.iter()).map_err(|error| Failure::new(error.to_string()))
}

/// Where no set is the only least one, people choose one of them.
fn unless_sole(error: policy_store::Error) -> Failure {
    let policy_store::Error::NoSoleMinimum(sets) = error else { return error.into() };
    let mut text = "the enabled routes have alternatives; choose one of these with `--scopes`:".to_owned();
    sets.iter().for_each(|set| text.push_str(&format!("\n    {set}")));
    Failure::new(text)
}

/// Names the scopes that none of the enabled routes needs.
fn explain_excess(organization: &Organization, scopes: ScopeSet<Api>) {
    let Ok(least) = POLICY.least_privilege(organization.operations().iter()) else { return };
    let excess = least.excess(&scopes);
    if !excess.is_empty() {
        explain(format_args!("note: no enabled route of `{}` needs {excess}", organization.name));
    }
}

/// A stored time, for people.
fn shown(time: SystemTime) -> Result<Timestamp, Failure> {
    Timestamp::try_from(time).map_err(|error| Failure::new(error.to_string()))
}

fn list(keys: &[KeySummary]) -> Result<String, Failure> {
    let now = SystemTime::now();
    let mut text = String::new();
    for key in keys {
        let state = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {:.0}", shown(at)?),
            (None, Some(end)) if end <= now => format!("expired {:.0}", shown(end)?),
            _ if !key.active => "not active".into(),
            (None, Some(end)) => format!("expires {:.0}", shown(end)?),
            (None, None) => "never expires".into(),
        };
        let organization = key.organization.as_deref().unwrap_or("no organization");
        line(&mut text, format_args!("{}  {organization} ({})  {state}", key.id, key.environment))?;
        let scopes = if key.scopes.is_empty() { "none".into() } else { key.scopes.join(" ") };
        line(&mut text, format_args!("    scopes   {scopes}"))?;
        line(&mut text, format_args!("    issued   {:.0}", shown(key.created_at)?))?;
        match key.last_used_at {
            Some(at) => line(&mut text, format_args!("    used     {:.0}", shown(at)?))?,
            None => line(&mut text, format_args!("    used     never"))?,
        }
    }
    Ok(text)
}
