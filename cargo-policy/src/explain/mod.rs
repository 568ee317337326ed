//! `cargo policy explain`: a decision, stage by stage, with the document's line for each reason.
//!
//! This command decides nothing by itself. `policy-router` finds routes and `policy-core` decides, by the same code as in a service.
//! The files here call them, and show each answer beside the text of the document from which it follows.

mod alternatives;
mod answer;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]
mod as_served;
mod caller;
mod decided;
mod excerpt;
mod explanation;
mod nearby;
mod request;
mod route;
mod text;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use policy_spec::{Engine, PolicyModel};

use crate::beside;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::project::{Read, Subject};

use explanation::Explanation;
use request::Request;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The method, as the request sends it.
    #[arg(value_name = "METHOD")]
    method: String,
    /// The path, as the request sends it: with the base path, neither decoded nor normalised. What follows a `?` is the
    /// query, unless `--query` is given.
    #[arg(value_name = "PATH")]
    path: String,
    /// The query string, without the `?`.
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// What the caller was granted, separated by commas or spaces. It counts for each of `--schemes`.
    #[arg(long, value_name = "SCOPES")]
    scopes: Option<String>,
    /// The security schemes that authenticated the caller, separated by commas. Without any, and without scopes, nobody
    /// is known.
    #[arg(long, value_name = "SCHEMES", value_delimiter = ',')]
    schemes: Vec<String>,
    /// What one scheme granted, as in `OAuth2=files:read,files:write`. Once for each scheme.
    #[arg(long, value_name = "SCHEME=SCOPES")]
    grant: Vec<String>,
    /// The operation is not enabled for the caller's organization. By default it is.
    #[arg(long)]
    not_enabled: bool,
    /// How the explanation is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The OpenAPI document. Without it, the one that `policy.toml` names, in this folder or the closest one above it.
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<PathBuf>,
    /// How it is read: a file like `policy.toml`. Without it, a document is read as its own `policy.toml` says.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let read = Subject { document: self.document.clone(), config: self.config.clone() }.read()?;
        let explanation = self.explanation(&read)?;
        match self.format {
            Format::Text => {
                beside::tell_errors_about(&read, explanation.operation_key(), "this explanation");
                output::print(&text::render(&explanation))?;
            }
            Format::Json => {
                let json = serde_json::to_string_pretty(&explanation)
                    .map_err(|error| Failure::new(format!("the explanation cannot be written as JSON: {error}")))?;
                output::write(&format!("{json}\n"), None)?;
            }
        }
        Ok(Exit::Clean)
    }

    fn explanation<'l>(&self, read: &'l Read) -> Result<Explanation<'l>, Failure> {
        let Some(declared) = read.loaded.readable() else {
            beside::tell_errors(read, "this explanation");
            return Err(beside::unreadable(read));
        };
        let (engine, left_out) = Engine::readable(declared)
            .map_err(|error| Failure::with_help(error.to_string(), "`cargo policy check` says where"))?;
        let stated = caller::StatedCaller::read(self, declared, &engine)?;
        let request = Request::new(&self.method, &self.path, self.query.as_deref());
        let context = Context { read, model: declared, engine: &engine, is_whole: left_out.is_none() };
        let mut explanation = route::explain(&context, request, &stated)?;
        explanation.findings = route::findings(read, explanation.operation_key());
        Ok(explanation)
    }
}

/// What every part of an explanation needs.
struct Context<'c> {
    read: &'c Read,
    /// The document as it is written.
    model: &'c PolicyModel,
    /// What decides.
    engine: &'c Engine,
    /// Whether the engine serves all that the document declares.
    is_whole: bool,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::LazyLock;

    use policy_core::Stage;
    use proptest::prelude::*;

    use super::explanation::{Explanation, StageResult, Verdict};
    use super::{Explain, Format, text};
    use crate::project::{Read, Subject};

    fn read(document: Option<&str>, config: Option<&str>) -> Read {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents");
        let path = |name: &str| folder.join(name);
        Subject { document: document.map(path), config: config.map(path) }.read().unwrap()
    }

    static ARCHIVE: LazyLock<Read> = LazyLock::new(|| read(None, Some("archive.toml")));
    static BROKEN: LazyLock<Read> = LazyLock::new(|| read(Some("broken.yaml"), None));

    fn asked(method: String, path: String, query: Option<String>, grant: Vec<String>, not_enabled: bool) -> Explain {
        Explain {
            method,
            path,
            query,
            scopes: None,
            schemes: Vec::new(),
            grant,
            not_enabled,
            format: Format::Text,
            document: None,
            config: None::<PathBuf>,
        }
    }

    fn outcome(explanation: &Explanation<'_>, stage: Stage) -> Option<StageResult> {
        explanation.stages.iter().find(|told| told.stage == stage).map(|told| told.outcome)
    }

    /// Each alternative is decided alone. All of them together must agree with the decision.
    fn agrees_with_its_alternatives(explanation: &Explanation<'_>) -> Result<(), TestCaseError> {
        let alternatives = &explanation.alternatives;
        let denied = explanation.stages.iter().filter(|told| told.outcome == StageResult::Denied).count();
        if !explanation.stages.is_empty() && explanation.request.method != "HEAD" {
            prop_assert_eq!(denied == 0, explanation.verdict == Verdict::Allowed);
        }
        prop_assert_eq!(explanation.answer.is_none(), explanation.verdict == Verdict::Allowed);
        match (outcome(explanation, Stage::Authentication), outcome(explanation, Stage::Scopes)) {
            (Some(StageResult::Denied), _) => {
                prop_assert!(alternatives.iter().all(|one| !one.met && !one.missing_schemes.is_empty()));
            }
            (_, Some(StageResult::Passed)) if !alternatives.is_empty() => {
                let chosen: Vec<_> = alternatives.iter().filter(|one| one.chosen).collect();
                prop_assert!(chosen.len() == 1 && chosen[0].met);
                let before = alternatives.iter().take_while(|one| !one.chosen);
                prop_assert!(
                    chosen[0].facts.is_anonymous() || before.clone().all(|one| !one.met || one.facts.is_anonymous())
                );
            }
            (_, Some(StageResult::Denied)) => {
                prop_assert!(alternatives.iter().all(|one| !one.met));
                let closest: Vec<_> = alternatives.iter().filter(|one| one.closest).collect();
                prop_assert_eq!(closest.len(), 1);
                let fewest = alternatives.iter().filter(|one| one.missing_schemes.is_empty());
                prop_assert_eq!(
                    fewest.map(|one| one.missing_scopes.len()).min(),
                    Some(closest[0].missing_scopes.len())
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn path() -> impl Strategy<Value = String> {
        let segment = prop::sample::select(vec![
            "v2",
            "files",
            "7",
            "share",
            "links",
            "a.json",
            "search",
            "status",
            "forgotten",
            "recent",
            "notes",
            "new",
            "twins",
            "..",
            "",
            "%2f",
            "é",
            "\u{0}",
            "a?b",
            "#",
            "{id}",
        ]);
        prop_oneof![
            4 => prop::collection::vec(segment, 0..5).prop_map(|segments| format!("/{}", segments.join("/"))),
            3 => prop::sample::select(vec!["/v2/files", "/v2/files/7", "/v2/files/7/share", "/v2/links/a.json", "/v2/search"])
                .prop_map(str::to_owned),
            1 => "\\PC{0,20}",
        ]
    }

    fn grant() -> impl Strategy<Value = String> {
        let scopes = vec!["files:read", "files:write", "admin", "legal:hold", "share:mail", "links:read", "nothing"];
        (prop::sample::select(vec!["OAuth2", "Key", "LinkKey", "Signature"]), prop::sample::subsequence(scopes, 0..=5))
            .prop_map(|(scheme, scopes)| format!("{scheme}={}", scopes.join(",")))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_request_is_explained_without_contradiction(
            method in prop::sample::select(vec!["GET", "POST", "DELETE", "HEAD", "get", "", "\u{7}"]),
            path in path(),
            query in prop::option::of("[a-z=&%\u{e9}]{0,8}"),
            grant in prop::collection::vec(grant(), 0..4),
            not_enabled in prop::bool::weighted(0.2),
        ) {
            let ask = asked(method.to_owned(), path.clone(), query, grant, not_enabled);
            let explanation = ask.explanation(&ARCHIVE).unwrap();
            agrees_with_its_alternatives(&explanation)?;
            prop_assert!(text::render(&explanation).contains("answer"));
            let of_broken = Explain { grant: vec!["Token=notes:read".to_owned()], ..ask };
            let explanation = of_broken.explanation(&BROKEN).unwrap();
            agrees_with_its_alternatives(&explanation)?;
            prop_assert!(serde_json::to_string(&explanation).is_ok() && !text::render(&explanation).is_empty());
        }
    }
}
