//! Why a command failed, for people.

use std::fmt;

use policy_spec::likely;
use policy_store::Error;

use crate::loading::Refusal;

/// Why a command failed. It says what is wrong and what to do.
#[derive(Debug)]
pub enum Failure {
    /// The configuration or one of its documents is refused.
    Configuration(Refusal),
    /// What was asked for is refused.
    Asked(String),
    /// The system lacks something: the database does not answer, or the output cannot be written.
    System(String),
}

impl Failure {
    pub(super) fn asked(text: impl Into<String>) -> Self {
        Self::Asked(text.into())
    }

    /// A name that is not among the known ones.
    pub(super) fn unknown<'k>(kind: &str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let mut known: Vec<&str> = known.into_iter().collect();
        known.sort_unstable();
        known.dedup();
        let mut text = format!("unknown {kind} `{}`", name.escape_debug());
        if let Some(near) = likely(name, known.iter().copied()) {
            text.push_str(&format!("; did you mean `{near}`?"));
        }
        match known.as_slice() {
            [] => text.push_str(&format!("\n  there is no {kind} yet")),
            known => {
                text.push_str("\n  known:");
                known.iter().for_each(|known| text.push_str(&format!("\n    {known}")));
            }
        }
        Self::Asked(text)
    }

    /// There is no key of that id. Somebody may have typed a whole key, so the text is not repeated.
    pub(super) fn unknown_key() -> Self {
        Self::asked("there is no key of that id; `policy-gateway store key list` shows the ids")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(refusal) => refusal.fmt(f),
            Self::Asked(text) | Self::System(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Configuration(refusal)
    }
}

/// The store's error, and the command that helps.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let help = match &error {
            Error::UnknownOrganization { name, known } if !known.is_empty() => {
                return Self::unknown("organization", name, known.iter().map(String::as_str));
            }
            Error::UnknownOrganization { .. } => "; `policy-gateway store organization create` makes one".to_owned(),
            Error::OrganizationExists(_) => {
                "; `policy-gateway store organization enable` and `allow` change it".to_owned()
            }
            Error::Excess { organization, excess } => format!(
                "; leave it out, or first `policy-gateway store organization allow {} {}`",
                shell_word(organization),
                excess.iter().map(|scope| shell_word(scope)).collect::<Vec<_>>().join(" ")
            ),
            Error::NotEnabled { organization, operations } => format!(
                "; `policy-gateway store organization enable {} {}`",
                shell_word(organization),
                operations.iter().map(|route| shell_word(&route.to_string())).collect::<Vec<_>>().join(" ")
            ),
            Error::UnknownKey => return Self::unknown_key(),
            Error::OrganizationName(_) | Error::ScopeName(_) | Error::NoSuccessor(_) | Error::NothingApproved => {
                String::new()
            }
            Error::Missing(_) => {
                let help = "`policy-gateway store organization create` makes it where the store has `create = true`";
                return Self::System(format!("{error}; {help}"));
            }
            _ => return Self::System(error.to_string()),
        };
        Self::Asked(format!("{error}{help}"))
    }
}

/// A name, quoted for a shell: people copy the proposed command.
pub(super) fn shell_word(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte));
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
