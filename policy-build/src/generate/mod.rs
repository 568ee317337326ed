//! From the model to Rust source. No file is read or written, and the same model gives the same bytes.
//!
//! # Two ways to write Rust
//! Types, traits and macros are built of tokens (`quote`). Names and paths are inserted safely, and source that does not parse is found
//! when it is made.
//!
//! Tables are written as text. They consist of literals, a hundred thousand of them for 10,000 operations. As tokens, each literal would
//! be made, parsed and printed by a build script that cargo compiles without optimisation. Text can also have comments. They name each
//! operation's route and scopes next to its numbers.

mod canonical;
mod columns;
mod marker;
mod operations;
mod plan;
mod router;
mod rows;
mod scope_sets;
mod scopes;
mod sentence;
mod tables;

use std::fmt;

use policy_spec::{PolicyModel, ServeError};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::text;
use plan::Plan;

pub(crate) use plan::DocumentKind;

/// How the source is generated.
///
/// ```
/// let options = policy_build::Options::new("openapi.yaml").with(|options| options.types = false);
/// assert_eq!(options.core_path, "::policy_core");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The document's name, as it stands in the generated source and in the policy's audit.
    pub source: String,
    /// The path of `policy-core` in the crate that includes the source.
    pub core_path: String,
    /// The name of the output without `.rs`. It keeps the exported macros of two policies of one crate apart.
    pub name: String,
    /// Whether other crates may use the operations' facts. It is for a policy in a crate of its own.
    pub export: bool,
    /// Whether operations and scopes become types.
    pub types: bool,
    /// Whether summaries, descriptions and places in the document are repeated.
    pub notes: bool,
    /// The path of `policy-router` in the crate that includes the source, if a router is to be generated too.
    pub router_path: Option<String>,
}

impl Options {
    /// The defaults for a document of this name.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), ..Self::default() }
    }

    /// The same with a change.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            source: String::new(),
            core_path: "::policy_core".to_owned(),
            name: "policy".to_owned(),
            export: false,
            types: true,
            notes: true,
            router_path: None,
        }
    }
}

/// Why there is no source for a model. A model that `policy-spec` made from a document is refused only for its size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GenerateError {
    /// [`Options::core_path`] is no path.
    CorePath(String),
    /// [`Options::router_path`] is no path.
    RouterPath(String),
    /// The routes cannot be told apart, or one has a template that no request matches.
    Router(String),
    /// An operation names a security scheme that the model does not have.
    UnknownScheme(String),
    /// An operation names a scope that the model does not have.
    UnknownScope(String),
    /// A webhook names an operation that the model does not have.
    UnknownFollowUp(String),
    /// An operation cannot be served as it stands.
    Unserved(ServeError),
    /// The scopes are not sorted by name, or one is there twice.
    UnsortedScopes(String),
    /// Two operations, scopes or schemes would have one name in Rust.
    NameCollision(String),
    /// A [`rust_name`](policy_spec::OperationModel::rust_name) of the model is no name of a type or constant.
    Name(String),
    /// There are more of these than the table can number.
    TooMany(&'static str),
    /// The source is not Rust, which is a bug of this crate. The text is the parser's error.
    IllFormedSource(String),
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CorePath(path) => {
                write!(f, "the path of policy-core, `{path}`, is not a path to a crate, such as `::policy_core`")
            }
            Self::RouterPath(path) => {
                write!(f, "the path of policy-router, `{path}`, is not a path to a crate, such as `::policy_router`")
            }
            Self::Router(why) => write!(f, "no router can be made of these routes: {why}"),
            Self::UnknownScheme(name) => write!(f, "the security scheme `{name}` is required but not declared"),
            Self::UnknownScope(name) => write!(f, "the scope `{name}` is required but not in the model's scopes"),
            Self::UnknownFollowUp(name) => {
                write!(f, "the webhook `{name}` names a follow-up operation that does not exist")
            }
            Self::Unserved(error) => write!(f, "{error}"),
            Self::UnsortedScopes(name) => write!(f, "the scope `{name}` is repeated or not in its sorted place"),
            Self::NameCollision(message) => write!(f, "{message}; give one of the two another `rust_name`"),
            Self::Name(name) => write!(f, "`{}` is no name of a Rust type or constant", name.escape_debug()),
            Self::TooMany(what) => write!(f, "the document has more {what} than a policy can number (65535)"),
            Self::IllFormedSource(reason) => write!(f, "the generated source is not well-formed: {reason}"),
        }
    }
}

impl std::error::Error for GenerateError {}

/// With this number of operations or more, the table is columns of numbers and the source is not formatted.
///
/// Rows (`rows.rs`) are for people: they read like the document, and their routes are a `phf` table. But a row of references takes 150
/// bytes, another 150 for relocations, and a tenth of a millisecond of the compiler's time. For 10,000 operations that is 3 MB and a
/// second. Columns (`columns.rs`) are for large documents. They write each text and each requirement once, so that an operation is a few
/// numbers. Up to 64 operations, rows take 12 KiB and no noticeable time (measured: `bench/README.md`).
const LARGE: usize = 64;

/// The source of the module that `policy_core::include_policy!()` includes.
///
/// It is for programs that have a [`PolicyModel`] already. The common case is [`compile`](crate::compile), which reads a document,
/// generates and writes.
///
/// # Errors
/// [`GenerateError`], for a model that was not made from a document, and for documents with more than 65535 operations, scopes or
/// schemes.
pub fn generate(model: &PolicyModel, options: &Options) -> Result<String, GenerateError> {
    generate_as(model, options, DocumentKind::ByHand)
}

/// The same for any kind of document.
pub(crate) fn generate_as(
    model: &PolicyModel,
    options: &Options,
    kind: DocumentKind<'_>,
) -> Result<String, GenerateError> {
    let mut served = model.served().map_err(GenerateError::Unserved)?;
    // The names of a draft's alternatives are listed by the indices of its operations, so these must not change.
    if !options.notes && !matches!(kind, DocumentKind::Draft(_)) {
        canonical::sort(&mut served);
    }
    source(&served, &model.fingerprint(), options, kind)
}

fn source(
    served: &PolicyModel,
    fingerprint: &str,
    options: &Options,
    kind: DocumentKind<'_>,
) -> Result<String, GenerateError> {
    let core = syn::parse_str::<syn::Path>(&options.core_path)
        .map_err(|_| GenerateError::CorePath(options.core_path.clone()))?;
    let plan = Plan::new(served, options, kind, quote!(#core))?;
    // A source without types and notes is not for people to read, and columns take half the space of rows even for few
    // operations.
    let in_columns = served.operations.len() >= LARGE || !options.types && !options.notes;
    let mut items = vec![marker::format(&plan), marker::marker(&plan)];
    if options.types {
        items.extend([operations::module(&plan), scopes::module(&plan), scope_sets::module(&plan)]);
    }
    items.push(schemes(&plan));
    let body = if in_columns {
        lines(&items) + &columns::definition(&plan, fingerprint)?
    } else {
        pretty(&items)? + &rows::definition(&plan, fingerprint)?
    };
    let source = text::one_line(&options.source);
    let router = match &options.router_path {
        Some(path) => router::router(served, path)?,
        None => String::new(),
    };
    Ok(format!("// @generated by policy-build from {source}. Do not edit; edit the document.\n\n{body}{router}"))
}

/// The name of the output as a part of the names of exported macros. All exported macros of a crate are items of its
/// root, and those of two policies must differ.
pub(crate) fn macro_prefix(name: &str) -> String {
    name.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect()
}

/// The source of a small document, which people read: formatted.
fn pretty(items: &[TokenStream]) -> Result<String, GenerateError> {
    let file = syn::parse2::<syn::File>(quote!(#(#items)*))
        .map_err(|error| GenerateError::IllFormedSource(error.to_string()))?;
    Ok(prettyplease::unparse(&file))
}

/// The source of a large document, one item a line. It is not for people, and formatting would take longer than all other steps together.
fn lines(items: &[TokenStream]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

/// One constant for each security scheme.
fn schemes(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let constants = plan.model.schemes.iter().zip(&plan.scheme_names).zip(0_u16..).map(|((scheme, name), index)| {
        let index = Literal::u16_unsuffixed(index);
        let doc = format!(" The scheme {}.", text::code(&scheme.name));
        quote! {
            #[doc = #doc]
            pub const #name: #core::Scheme<super::Api> = #core::Scheme::new(#index);
        }
    });
    quote! {
        /// The security schemes of the document, as values.
        #[allow(dead_code, reason = "not every crate uses every scheme")]
        pub mod schemes { #(#constants)* }
    }
}
