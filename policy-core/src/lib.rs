//! The decision point of an API's scope policy: scopes, security requirements, the ordered pipeline and its proof.
//!
//! A build script (`policy-build`) compiles an OpenAPI document to static tables and types. This crate holds the logic that reads
//! them. It is `no_std`, does no IO, knows no framework, and allocates nothing on the way to a decision.
//!
//! [`Policy`] is what the document says. [`Pending`] is a request on its way through the stages, in the order that the document
//! declares. A request that passes gets a [`Permit`], and any other a [`Denial`]. A policy that is built while a program runs
//! ([`owned`]) decides by the same rules. It is for tools and gateways.
//!
//! # Invariants
//! They are named here, and cited by name where code relies on them.
//! 1. **Closed.** Every miss, unknown, error and contradiction denies.
//! 2. **One source.** Everything that decides comes from the policy's source: the document, what it refers to, its overlays and
//!    `policy.toml` ([`Policy::fingerprint`]).
//! 3. **Order is a type.** A stage takes what only the stage before it makes ([`order`]).
//! 4. **A permit cannot be forged, or taken twice from a request.** The page of [`Permit`] lists what no language rule can prevent.
//!    A permit that shadow mode gave says so ([`Permit::would_deny`]). Without the feature `shadow` there is no such permit.
//! 5. **Alternatives stay whole.** An OR of ANDs is never flattened ([`Alternative`]).
//! 6. **A grant belongs to the scheme that gave it** ([`Principal::with_grant`]).
//! 7. **Indices never leave the process.** Sets of bits are typed by their policy. What is stored is the name.
#![no_std]
// docs.rs builds with nightly, and shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod as_nobody;
mod audit;
mod branch;
pub mod challenge;
mod date;
mod decision;
mod definition;
mod denial;
pub mod handler_list;
mod identity;
mod issued;
mod lanes;
mod least_privilege;
mod operation_set;
pub mod order;
pub mod owned;
mod packed;
mod percent;
mod permit;
mod pipeline;
mod policy;
mod principal;
mod proof;
mod query;
mod requirement;
mod scheme_kind;
mod scope;
mod scope_index;
mod scope_map;
mod scope_string;
mod scope_table;
mod scope_tree;
#[cfg(feature = "shadow")]
mod shadow;
mod stage;
#[cfg(feature = "test-permits")]
pub mod testing;
mod text_column;
pub mod unmatched;
mod webhook;
mod words;

pub use as_nobody::{AsNobody, Stale};
pub use audit::{
    Audit, AuditAccepted, AuditAsNobody, AuditData, AuditElsewhere, AuditFollowUp, AuditOperation, AuditRemoved,
    AuditScope, AuditShadow, AuditUnguarded, AuditWebhook,
};
pub use branch::{AlternativeAt, Alternatives, Branch, Met};
pub use date::Date;
pub use definition::{
    Access, OperationDefinition, PolicyDefinition, QueryAllowList, SchemeDefinition, ScopeDefinition, WebhookDefinition,
};
pub use denial::{AuthenticationFailure, Denial, EnablementFailure, Reason};
pub use identity::Identity;
pub use least_privilege::{AlternativesExceedBudget, LeastPrivilege};
pub use operation_set::OperationSet;
pub use permit::{Carries, ForeignPermit, Held, Holder, Permit, Wrapper};
pub use pipeline::{Allowed, Pending};
pub use policy::{Document, Operation, OperationRef, Policy, Scheme, Scope, ScopeType};
pub use principal::{Principal, SchemeGrants};
pub use query::QueryKey;
pub use requirement::{Alternative, AlternativeIter, Requirement};
pub use scheme_kind::SchemeKind;
pub use scope::{IllFormedScope, Parsed, ScopeSet, is_scope_token};
pub use scope_map::{MappedScope, ScopeMapping};
pub use scope_string::ScopeString;
pub use stage::{CheckOrderError, Stage, check_order};
pub use webhook::Webhook;
pub use words::Words;

#[cfg(feature = "macros")]
pub use policy_macros::operation;

/// The version of the table's layout. Generated code asserts that it is the version for which it was generated.
#[doc(hidden)]
pub const FORMAT: u32 = 7;

/// Includes the module that `policy-build` generated for this crate.
///
/// `include_policy!()` reads `policy.rs` from the build script's `OUT_DIR`. A crate that compiles several documents writes
/// `include_policy!("other")`, which reads `other.rs`.
#[macro_export]
macro_rules! include_policy {
    () => {
        $crate::include_policy!("policy");
    };
    ($name:literal) => {
        include!(concat!(
            env!(
                "OUT_DIR",
                "this crate has no build script, which would compile the document to a policy\nhelp: write a `build.rs` beside `Cargo.toml` with `fn main() -> Result<(), policy_build::Report> { policy_build::compile(\"openapi.yaml\") }`, and `cargo add --build policy-build`"
            ),
            "/",
            $name,
            ".rs"
        ));
    };
}

/// Items for generated code. Nothing else should name them.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "macros")]
    pub use policy_macros::{__check_scopes as check_scopes, __handlers as handlers};

    pub use crate::definition::{Beside, OperationParts, PolicyParts};
    pub use crate::least_privilege::union;
    pub use crate::packed::{BLOCK, PackedOperations, PackedParts, PackedRule};
    pub use crate::percent::percent_decoded;
    pub use crate::permit::Grants;
    pub use crate::proof::{Row, ScopeProof, TableRow, check_row, row_key};
    pub use crate::query::form_decoded;
    pub use crate::requirement::words as requirement_words;
    pub use crate::scope_index::scope_index;
    pub use crate::scope_map::ScopeMapRow;
    pub use crate::scope_table::ScopeTable;
    pub use crate::scope_tree::{End, Fork, Has, Leaf, Nothing, One, ScopePath, ScopeTree, Zero};
    pub use crate::text_column::TextColumn;
    pub use phf;
}
