//! `policy.toml`: which document, and what was decided on the command line. Nothing else is decided for anybody.

use clap::{Args, ValueEnum};
use policy_spec::ExtensionShape;

use super::written::toml;
use crate::failure::Failure;

/// What a person decided about the document. Each flag names what it writes.
#[derive(Debug, Default, Args)]
pub(super) struct Decisions {
    /// Operations of which the document says nothing are closed: `undeclared = "deny"`.
    #[arg(long, value_name = "ANSWER", help_heading = "What a document leaves open")]
    undeclared: Option<Undeclared>,
    /// An operation that anybody may call, such as `GET /health`: `[[public]]`. Once for each.
    #[arg(long, value_name = "OPERATION", requires = "reason", help_heading = "What a document leaves open")]
    public: Vec<String>,
    /// Why anybody may call these.
    #[arg(long, value_name = "REASON", requires = "public", help_heading = "What a document leaves open")]
    reason: Option<String>,
    /// An extension of operations that holds their scopes: `x-scopes`, with a shape `x-permission=operator`, and where
    /// one of several scopes is enough `x-scopes=list,any`. Once for each.
    #[arg(long, value_name = "NAME[=SHAPE[,any]]", help_heading = "What a document leaves open")]
    extension: Vec<Extension>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Undeclared {
    /// Every request to them is denied.
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Extension {
    name: String,
    shape: Option<String>,
    any: bool,
}

impl std::str::FromStr for Extension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let (shape, combine) = rest.map_or((None, None), |rest| match rest.split_once(',') {
            Some((shape, combine)) => (Some(shape), Some(combine)),
            None => (Some(rest), None),
        });
        let known = |shape: &str| ExtensionShape::ALL.iter().any(|(known, _)| *known == shape);
        if let Some(shape) = shape.filter(|shape| !known(shape)) {
            let known: Vec<&str> = ExtensionShape::ALL.iter().map(|(known, _)| *known).collect();
            return Err(format!("there is no shape `{shape}`; write one of {}", known.join(", ")));
        }
        let any = match combine {
            None | Some("all") => false,
            Some("any") => true,
            Some(other) => return Err(format!("`{other}` is neither `all` nor `any`")),
        };
        if !name.starts_with("x-") {
            return Err(format!("`{name}` is no extension: its name starts with `x-`"));
        }
        Ok(Self { name: name.to_owned(), shape: shape.map(str::to_owned), any })
    }
}

impl Decisions {
    fn is_empty(&self) -> bool {
        self.undeclared.is_none() && self.public.is_empty() && self.extension.is_empty()
    }

    /// Whether a document whose `policy.toml` exists can be set up: what is decided there is not decided here.
    pub(super) fn refuse_beside(&self, file: &str) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        let what = format!("`{file}` exists, and is not changed");
        Err(Failure::with_help(what, "write what you decide into it, and leave the flags out"))
    }

    /// Whether an extension is named.
    pub(super) fn names_extension(&self) -> bool {
        !self.extension.is_empty()
    }

    /// The whole file.
    pub(super) fn text(&self, document: &str, code_first: bool) -> String {
        let mut text = format!("#:schema ./{}\n", super::SCHEMA);
        text.push_str(&format!("document = {}\n", toml(document)));
        if self.undeclared.is_some() {
            text.push_str("undeclared = \"deny\"\n");
        }
        if code_first {
            text.push_str("\n[draft]\ncommand = [\"cargo\", \"run\", \"-q\", \"--\", \"openapi\"]\n");
        }
        for Extension { name, shape, any } in &self.extension {
            text.push_str(&format!("\n[[extensions]]\nname = {}\n", toml(name)));
            if let Some(shape) = shape {
                text.push_str(&format!("shape = {}\n", toml(shape)));
            }
            if *any {
                text.push_str("combine = \"any\"\n");
            }
        }
        if let (false, Some(reason)) = (self.public.is_empty(), &self.reason) {
            let operations: Vec<String> = self.public.iter().map(|operation| toml(operation)).collect();
            text.push_str(&format!(
                "\n[[public]]\noperations = [{}]\nreason = {}\n",
                operations.join(", "),
                toml(reason)
            ));
        }
        text
    }
}
