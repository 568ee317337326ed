//! The compiled policy, as services use it: tables that the build script wrote, decided by the whole pipeline, or by the rule of scopes
//! alone for scope strings.

use std::collections::HashMap;

use policy_core::order::EnablementFirst;
use policy_core::{Document, OperationSet, Pending, Policy, Principal, Reason, Scheme, ScopeSet, ScopeString};
use policy_router::Router;

use crate::contenders::Contender;
use crate::document::numbered;
use crate::requests::{Outcome, Request};
use crate::workload::Operation;

macro_rules! table {
    ($name:ident, $file:literal) => {
        #[allow(missing_docs, dead_code, unreachable_pub, reason = "generated, and only what is measured is used")]
        mod $name {
            include!(concat!(env!("OUT_DIR"), "/", $file));

            pub(super) fn contenders(
                operations: &[&super::Operation],
                callers: &[String],
            ) -> Vec<Box<dyn super::Contender>> {
                super::both(POLICY, &ROUTER, operations, callers)
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// One with parsed grants and one with scope strings. None if the workload did not exist when this program was built.
#[must_use]
pub fn contenders(name: &str, operations: &[&Operation], callers: &[String]) -> Vec<Box<dyn Contender>> {
    let built = named(name, operations, callers);
    if built.is_empty() {
        eprintln!("{name}: no table was built of it; `touch bench/build.rs` where the workloads have come since");
    }
    built
}

struct Table<D: Document> {
    router: &'static Router<'static>,
    policy: Policy<D>,
    /// The number in the workload of each operation of the table, which sorts them.
    numbers: Vec<u32>,
    scheme: Scheme<D>,
    enabled: OperationSet<D>,
    /// The callers, as an authenticator's cache holds them. `None` to decide by the scope string.
    callers: Option<Vec<Principal<D>>>,
}

fn both<D: Document<Order = EnablementFirst>>(
    policy: Policy<D>,
    router: &'static Router<'static>,
    operations: &[&Operation],
    callers: &[String],
) -> Vec<Box<dyn Contender>> {
    let table = |parsed: bool| -> Option<Table<D>> {
        let known: HashMap<(String, String), u32> = operations
            .iter()
            .zip(0..)
            .map(|(operation, number)| ((operation.method.clone(), numbered(&operation.template)), number))
            .collect();
        let number = |method: &str, template: &str| known.get(&(method.to_owned(), template.to_owned())).copied();
        let scheme = policy.scheme("OAuth2")?;
        let caller = |grant: &String| {
            let scopes = ScopeSet::parse(grant).ok()?.set();
            Some(Principal::new("caller").with_grant(scheme, scopes))
        };
        let callers = if parsed { Some(callers.iter().map(caller).collect::<Option<_>>()?) } else { None };
        let numbers = policy.operations().map(|one| number(one.method(), one.template())).collect::<Option<_>>()?;
        Some(Table { router, policy, numbers, scheme, enabled: OperationSet::all(), callers })
    };
    let tables = [true, false].into_iter().filter_map(table);
    tables.map(|table| Box::new(table) as Box<dyn Contender>).collect()
}

impl<D: Document<Order = EnablementFirst>> Contender for Table<D> {
    fn name(&self) -> &'static str {
        if self.callers.is_some() {
            "this: parsed grant, all stages"
        } else {
            "this: scope string, the rule of scopes alone"
        }
    }

    fn answer(&self, request: &Request) -> Outcome {
        let place = self.router.find(request.method, &request.path).operation();
        let Some(operation) = place.and_then(|place| self.policy.operation_at(place)) else { return Outcome::NotFound };
        let number =
            || place.and_then(|place| self.numbers.get(place)).map_or(Outcome::NotFound, |at| Outcome::Allowed(*at));
        let Some(callers) = &self.callers else {
            let Ok(scopes) = ScopeString::new(&request.grant) else { return Outcome::NotFound };
            return match operation.met_by(&[(self.scheme, scopes)]) {
                Ok(()) => number(),
                Err(missing) => Outcome::Denied(missing.len() as u32),
            };
        };
        let caller = callers.get(request.caller).cloned();
        let outcome = Pending::<D, EnablementFirst>::start(operation)
            .authenticate(Ok(caller))
            .and_then(|pending| pending.enablement(Ok(&self.enabled)))
            .and_then(Pending::scopes)
            .and_then(|pending| pending.query(None));
        match outcome {
            Ok(_) => number(),
            Err(denial) if denial.reason() == Reason::InsufficientScope => {
                Outcome::Denied(denial.missing().len() as u32)
            }
            Err(_) => Outcome::NotFound,
        }
    }
}
