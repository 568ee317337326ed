//! The command line.

use clap::{Parser, Subcommand, ValueEnum};

use crate::audit::Audit;
use crate::check::Check;
use crate::completions::Completions;
use crate::diff::Diff;
use crate::docs::Docs;
use crate::draft::Draft;
use crate::exit;
use crate::explain::Explain;
use crate::export::Export;
use crate::init::Init;
use crate::man::Man;
use crate::names::Names;
use crate::replay::Replay;
use crate::schema::Schema;
use crate::scopes::Scopes;
use crate::verify::Verify;

/// What an OpenAPI document says about who may call what: checked, audited, compared, documented and explained.
#[derive(Debug, Parser)]
#[command(name = "cargo policy", bin_name = "cargo policy", version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to colour what is for people.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", display_order = 100)]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sets up a package: from a document to a guarded service that refuses its first request.
    Init(Init),
    /// Checks a document: what is wrong with it, as a compiler would say it.
    Check(Check),
    /// Shows who may call what, for review.
    Audit(Audit),
    /// Shows what a change lets in and whom it refuses, for review.
    Diff(Diff),
    /// Writes the tables of an API's documentation: scopes, and routes with their scopes.
    Docs(Docs),
    /// Writes a document anew that a program prints, built so that it compiles before the document is right.
    Draft(Draft),
    /// Shows how a request would be decided, stage by stage.
    Explain(Explain),
    /// Tells the smallest scopes that a client needs, why, and what it holds too much.
    Scopes(Scopes),
    /// Asks a running service what its document denies and allows, and says where it does otherwise.
    Verify(Verify),
    /// Writes the scopes as policies of another engine: Cedar, or Open Policy Agent.
    Export(Export),
    /// Lists what operations, scopes and security schemes are called in Rust.
    Names(Names),
    /// Replays a decision log: what another policy would have decided about its requests.
    Replay(Replay),
    /// Prints the JSON schema of `policy.toml`, by which editors complete and check it.
    Schema(Schema),
    /// Prints a script by which a shell completes this command line.
    Completions(Completions),
    /// Prints the manual page, or writes those of all commands to a folder.
    Man(Man),
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// For everything that this process prints from now on.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
