//! `[admin]`, `[log]` and `[traces]`: what can be seen of the gateway.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use policy_spec::toml_file::schema::{self, Key, key};
use policy_spec::toml_file::{DeTable, Range};

use super::fields::{At, Fields, Reading};
use super::forms;
use super::listener::address;

/// Where decisions are written, one line of JSON each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Decisions {
    /// To standard error.
    #[default]
    Stderr,
    /// To standard output.
    Stdout,
    /// Nowhere.
    Nowhere,
    /// To the end of a file.
    File(At<PathBuf>),
}

const DECISIONS: [(&str, Word); 3] = [("stderr", Word::Stderr), ("stdout", Word::Stdout), ("none", Word::Nowhere)];

#[derive(Clone, Copy)]
enum Word {
    Stderr,
    Stdout,
    Nowhere,
}

/// What the gateway writes of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Where decisions are written.
    pub decisions: Decisions,
    /// Whether each has what is needed to decide it again.
    pub replay: bool,
    /// What else is told, on standard error.
    pub level: LogLevel,
}

/// What is told beside decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what may.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
}

impl LogLevel {
    const ALL: [(&'static str, Self); 4] =
        [("error", Self::Error), ("warn", Self::Warn), ("info", Self::Info), ("debug", Self::Debug)];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, level)| *level == self).map_or("", |(word, _)| word)
    }
}

/// Where traces are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traces {
    /// The collector's address for traces, by OTLP over HTTP.
    pub endpoint: At<String>,
    /// The name of the service in each trace.
    pub service: String,
    /// Of how many decisions in a hundred there is a trace, where the request does not say by itself.
    pub percent: u64,
}

const PERCENT: RangeInclusive<u64> = 0..=100;

pub(super) const ADMIN: &[Key] = &[
    key("address", "An IP address and a port for `/metrics`, `/healthz` and `/ready`.", schema::said).required(),
    key("expose", "Whether the address may be one that other machines reach.", forms::flag),
];

pub(super) const LOG: &[Key] = &[
    key("decisions", "Where decisions are written: `stderr` where nothing is said.", || schema::words(&DECISIONS)),
    key("decisions-file", "The file to whose end decisions are written, in place of `decisions`.", schema::said),
    key("replay", "Whether each decision is written with what is needed to decide it again.", forms::flag),
    key("level", "What else is told, on standard error: `info` where nothing is said.", || {
        schema::words(&LogLevel::ALL)
    }),
];

pub(super) const TRACES: &[Key] = &[
    key("endpoint", "The collector's address, by OTLP over HTTP: `http://127.0.0.1:4318/v1/traces`.", schema::said)
        .required(),
    key("service", "The name of the service: `policy-gateway` where nothing is said.", schema::said),
    key("percent", "Of how many decisions in a hundred there is a trace: 100 where nothing is said.", || {
        forms::number(&PERCENT)
    }),
];

pub(super) fn admin(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<At<SocketAddr>> {
    let mut fields = Fields::new(reading, table, place, "[admin]", ADMIN);
    let place = fields.place_of("address");
    address(&mut fields, false).map(|value| At { value, place })
}

pub(super) fn log(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Log {
    let mut fields = Fields::new(reading, table, place, "[log]", LOG);
    let word = fields.word("decisions", "place for decisions", &DECISIONS);
    let file = fields.path("decisions-file");
    if fields.has("decisions") && fields.has("decisions-file") {
        fields.refuse("decisions-file", "`decisions-file` stands beside `decisions`", "keep one of the two");
    }
    let decisions = match (file, word) {
        (Some(file), _) => Decisions::File(file),
        (None, Some(Word::Stdout)) => Decisions::Stdout,
        (None, Some(Word::Nowhere)) => Decisions::Nowhere,
        (None, Some(Word::Stderr) | None) => Decisions::Stderr,
    };
    let replay = fields.flag("replay");
    Log { decisions, replay, level: fields.word("level", "level", &LogLevel::ALL).unwrap_or_default() }
}

pub(super) fn traces(reading: &mut Reading, table: &DeTable<'_>, place: Range) -> Option<Traces> {
    let mut fields = Fields::new(reading, table, place, "[traces]", TRACES);
    let (endpoint, service) = (fields.text("endpoint"), fields.text("service"));
    let percent = fields.number("percent", &PERCENT).unwrap_or(100);
    let endpoint = endpoint?;
    let is_address = ["http://", "https://"].iter().any(|scheme| endpoint.value.starts_with(scheme))
        && endpoint
            .value
            .parse::<http::Uri>()
            .is_ok_and(|uri| uri.authority().is_some_and(|authority| !authority.as_str().contains('@')));
    if !is_address {
        let help = "write it with its path, and without a password: `http://127.0.0.1:4318/v1/traces`";
        fields.refuse("endpoint", "this is no address", help);
    }
    let service = service.map_or_else(|| "policy-gateway".to_owned(), |service| service.value);
    Some(Traces { endpoint, service, percent })
}
