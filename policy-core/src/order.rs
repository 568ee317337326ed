//! The check order as a type: a list that a request can only walk from its head.

use core::marker::PhantomData;

use crate::policy::Document;
use crate::stage::Stage;

/// First `S`, then the rest of the order, `R`.
#[derive(Clone, Copy, Debug)]
pub struct Then<S, R>(PhantomData<fn() -> (S, R)>);

/// No stage is left: the request may be allowed.
#[derive(Clone, Copy, Debug)]
pub enum Done {}

/// [`Stage::Authentication`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Authentication {}

/// [`Stage::Enablement`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Enablement {}

/// [`Stage::Scopes`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Scopes {}

/// [`Stage::Query`] as a type.
#[derive(Clone, Copy, Debug)]
pub enum Query {}

/// Authentication, enablement, scopes, query: the order of documents that declare none.
pub type EnablementFirst = Then<Authentication, Then<Enablement, Then<Scopes, Then<Query, Done>>>>;

/// Authentication, scopes, enablement, query.
pub type ScopesFirst = Then<Authentication, Then<Scopes, Then<Enablement, Then<Query, Done>>>>;

/// A safe order of all four stages. Sealed: [`EnablementFirst`] and [`ScopesFirst`] are the two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a safe check order",
    note = "authentication comes first and query last; use `EnablementFirst` or `ScopesFirst`"
)]
pub trait CheckOrder<D: Document>: sealed::Sealed + 'static {
    /// The stages, first to last.
    const STAGES: [Stage; 4];
}

impl<D: Document> CheckOrder<D> for EnablementFirst {
    const STAGES: [Stage; 4] = [Stage::Authentication, Stage::Enablement, Stage::Scopes, Stage::Query];
}

impl<D: Document> CheckOrder<D> for ScopesFirst {
    const STAGES: [Stage; 4] = [Stage::Authentication, Stage::Scopes, Stage::Enablement, Stage::Query];
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::EnablementFirst {}
    impl Sealed for super::ScopesFirst {}
}
