//! The arguments of `verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without `--allowed` and `--unsafe` it sends only requests that the document denies, and only by GET, HEAD and OPTIONS: a service with a
fault, which is what it looks for, would run the others. It follows no redirect, and sends credentials to URL and nowhere else.

Exit codes:
  0  the service does what the document says, as far as it was asked
  1  it does otherwise
  2  the command line was not understood, or something could not be read, written or run
  3  nothing tells of most of what was asked")]
pub(crate) struct Verify {
    /// Where the service is: `https://api.example`. With a path, that stands for the document's base path.
    #[arg(value_name = "URL")]
    pub(super) url: String,
    /// The OpenAPI document. Without it, the one that `policy.toml` names, in this folder or the closest one above it.
    #[arg(long, value_name = "DOCUMENT")]
    pub(super) document: Option<PathBuf>,
    /// How it is read: a file like `policy.toml`. Without it, a document is read as its own `policy.toml` says.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Tries this operation alone, as in `GET /files/{id}`. It may be given several times.
    #[arg(long, value_name = "OPERATION")]
    pub(super) operation: Vec<String>,
    /// Credentials by their schemes and scopes: a file in TOML, or in JSON where its name ends with `.json`.
    #[arg(long, value_name = "FILE")]
    pub(super) credentials: Option<PathBuf>,
    /// A command that prints a credential, as in `mint {scopes}`. It is split into arguments and run without a shell; `{scopes}` becomes
    /// the scopes, separated by spaces, within one argument, and `{scheme}` the name of the security scheme.
    #[arg(long, value_name = "COMMAND", conflicts_with = "token_url")]
    pub(super) token_command: Option<String>,
    /// Where access tokens are asked for by client credentials (RFC 6749, section 4.4). It is never taken from the document.
    #[arg(long, value_name = "URL", requires_all = ["client_id", "client_secret_file"])]
    pub(super) token_url: Option<String>,
    /// The client's name at `--token-url`.
    #[arg(long, value_name = "ID", requires = "token_url")]
    pub(super) client_id: Option<String>,
    /// The file with the client's secret.
    #[arg(long, value_name = "FILE", requires = "token_url")]
    pub(super) client_secret_file: Option<PathBuf>,
    /// The value of a path parameter, or of a query parameter that requests are to have. Without it, a path parameter has the document's
    /// example, or else an id that exists nowhere.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) param: Vec<(String, String)>,
    /// Sends requests that the document allows, too. Then a 404 can be told from a refusal.
    #[arg(long)]
    pub(super) allowed: bool,
    /// Sends requests by all methods, with ids that exist nowhere. It asks before it begins, unless `--yes` is given.
    #[arg(long = "unsafe")]
    pub(super) r#unsafe: bool,
    /// Answers yes to what `--unsafe` asks.
    #[arg(long, requires = "unsafe")]
    pub(super) yes: bool,
    /// The statuses that count as a refusal, separated by commas. A 404 counts only where a sufficient credential is answered otherwise.
    #[arg(long, value_name = "STATUSES", value_delimiter = ',', default_value = "401,403,404", value_parser = clap::value_parser!(u16).range(300..600))]
    pub(super) refusal: Vec<u16>,
    /// How many requests begin in a second, at most.
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..100_000))]
    pub(super) rate: u32,
    /// How many requests are under way at a time, at most.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = count)]
    pub(super) concurrency: usize,
    /// How many seconds a request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..3_600))]
    pub(super) timeout: u64,
    /// How many seconds all of them may take. What is left then is not asked.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..604_800))]
    pub(super) time_limit: u64,
    /// The certificate authorities to trust, in PEM, instead of those of the system.
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// A client certificate with its chain, in PEM. Where the document has a scheme of client certificates, it is that credential, and
    /// only requests that are to hold it come with it.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) cert: Option<PathBuf>,
    /// The key of the client certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,
    /// Sends nothing, and prints the requests and the credentials that they need.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The lowest level that makes the exit code 1.
    #[arg(long, value_name = "LEVEL", default_value = "errors")]
    pub(super) deny: Deny,
    /// How the report is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
    /// Shows each case as text: all of many that say the same. The other formats always have all.
    #[arg(long)]
    pub(super) all: bool,
    /// Writes to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs: one object, its schema documented and versioned.
    Json,
    /// For test reports: each operation a suite, each request a case.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// A page that loads nothing from a network.
    Html,
}

/// The lowest level that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    /// Requests that end otherwise than the document says.
    #[value(alias = "error")]
    Errors,
    /// And refusals that say something else: another status, a 401 without a challenge.
    #[value(alias = "warning")]
    Warnings,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `NAME=VALUE`".to_owned()),
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| (1..=256).contains(count)).ok_or_else(|| "write a number from 1 to 256".to_owned())
}
