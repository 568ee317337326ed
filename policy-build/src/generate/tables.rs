//! The static tables and the marker type.

use std::collections::HashMap;

use policy_core::__private::scope_index;
use policy_core::Stage;
use policy_spec::OperationModel;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::GenerateError;
use super::plan::Plan;
use crate::text;

/// What every policy has, rows or columns: the format, the marker, scopes, schemes and webhooks.
pub(super) fn common(plan: &Plan<'_>) -> Result<Vec<TokenStream>, GenerateError> {
    let core = &plan.core;
    let format = Literal::u32_unsuffixed(policy_core::FORMAT);
    let format = quote! {
        const _: () = ::core::assert!(
            #core::FORMAT == #format,
            "this policy was generated for another version of policy-core; use policy-build and policy-core of the same version"
        );
    };
    Ok(vec![format, marker(plan), scope_places(plan), schemes(plan)?, webhooks(plan)])
}

/// The definition of a small document: rows that people can read. The fingerprint is that of the whole model, whatever of
/// it is served.
pub(super) fn rows(plan: &Plan<'_>, fingerprint: &str) -> Result<TokenStream, GenerateError> {
    let core = &plan.core;
    let private = quote!(#core::__private);
    let scopes = scopes(plan);
    let operations = operations(plan)?;
    let index = index(plan)?;
    let (title, version, base_path) = (&plan.model.title, &plan.model.version, &plan.model.base_path);
    let source = &plan.options.source;
    let beside = beside(plan);
    Ok(quote! {
        #scopes
        static DEFINITION: #core::PolicyDefinition = #core::PolicyDefinition::new(#private::PolicyParts {
            title: #title,
            version: #version,
            source: #source,
            base_path: #base_path,
            fingerprint: #fingerprint,
            scopes: #private::ScopeTable::rows(&SCOPES),
            scope_index: &SCOPE_INDEX,
            schemes: &SCHEMES,
            operations: &OPERATIONS,
            webhooks: &WEBHOOKS,
            index: &INDEX,
        })#beside;
        #operations
        #index
    })
}

/// What was said beside the document, where anything was. It is for audits, so that it stays where notes are left out.
pub(super) fn beside(plan: &Plan<'_>) -> Option<TokenStream> {
    let core = &plan.core;
    let said = |text: &dyn Fn(&OperationModel) -> Option<String>| -> Vec<TokenStream> {
        let said = plan.operations.iter().filter_map(|operation| Some((operation.index, text(operation.model)?)));
        said.map(|(index, text)| (Literal::u32_unsuffixed(index), text))
            .map(|(at, text)| quote!((#at, #text)))
            .collect()
    };
    let overlays = &plan.model.overlays;
    let public = said(&|operation| operation.public_reason.clone());
    let before = said(&|operation| operation.before_overlays.as_ref().map(ToString::to_string));
    let removed = plan.model.removed.iter().map(|removed| {
        let (key, before) = (&removed.key, removed.before.to_string());
        quote!((#key, #before))
    });
    let any = !overlays.is_empty() || !public.is_empty();
    any.then(|| {
        quote! {
            .with_beside(#core::__private::Beside {
                overlays: &[#(#overlays),*],
                public: &[#(#public),*],
                before: &[#(#before),*],
                removed: &[#(#removed),*],
            })
        }
    })
}

fn marker(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let words = |count: usize| Literal::usize_unsuffixed(count.div_ceil(64).max(1));
    let (scopes, operations) = (words(plan.model.scopes.len()), words(plan.model.operations.len()));
    let schemes = Literal::usize_unsuffixed(plan.model.schemes.len());
    let order = plan.model.check_order.iter().rev().fold(quote!(#core::order::Done), |rest, stage| {
        let stage = match stage {
            Stage::Authentication => quote!(Authentication),
            Stage::Enablement => quote!(Enablement),
            Stage::Scopes => quote!(Scopes),
            Stage::Query => quote!(Query),
        };
        quote!(#core::order::Then<#core::order::#stage, #rest>)
    });
    let title = text::prose(&plan.model.title);
    let title = if title.is_empty() { "the document".to_owned() } else { title };
    let doc =
        format!(" The policy of {title}, as a type: it keeps its bits and ids apart from those of other policies.");
    quote! {
        #[doc = #doc]
        #[allow(clippy::doc_markdown, reason = "the document's own words")]
        #[derive(
            ::core::clone::Clone,
            ::core::marker::Copy,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::core::hash::Hash
        )]
        pub enum Api {}
        impl #core::Document for Api {
            type Words = [u64; #scopes];
            type OperationWords = [u64; #operations];
            type Grants = [::core::option::Option<#core::ScopeSet<Self>>; #schemes];
            type Order = #order;
            const DEFINITION: &'static #core::PolicyDefinition = &DEFINITION;
        }
        /// What the document says.
        #[allow(dead_code, reason = "a crate may use the types alone")]
        pub static POLICY: #core::Policy<Api> = #core::Policy::new();
    }
}

/// `Some("…")` or `None`, by paths that nothing can shadow.
fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

fn table(name: &str, element: &TokenStream, rows: &[TokenStream]) -> TokenStream {
    let name = format_ident!("{name}");
    let count = Literal::usize_unsuffixed(rows.len());
    quote!(static #name: [#element; #count] = [#(#rows),*];)
}

fn scopes(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let rows = plan.model.scopes.iter().map(|scope| {
        let (name, description, declared) = (&scope.name, option(plan.description(scope)), scope.declared);
        quote!(#core::ScopeDefinition::new(#name, #description, #declared))
    });
    table("SCOPES", &quote!(#core::ScopeDefinition), &rows.collect::<Vec<_>>())
}

/// Where each scope is found by its name.
fn scope_places(plan: &Plan<'_>) -> TokenStream {
    let index = scope_index(plan.model.scopes.iter().map(|scope| scope.name.as_str()));
    let index: Vec<TokenStream> =
        index.iter().map(|scope| Literal::u16_unsuffixed(*scope)).map(|scope| quote!(#scope)).collect();
    table("SCOPE_INDEX", &quote!(u16), &index)
}

fn schemes(plan: &Plan<'_>) -> Result<TokenStream, GenerateError> {
    let core = &plan.core;
    let rows = plan.model.schemes.iter().map(|scheme| {
        let name = &scheme.name;
        // As it shows itself for debugging it is Rust: `ApiKeyHeader("X-Key")`.
        let kind = syn::parse_str::<syn::Expr>(&format!("{:?}", scheme.kind));
        let kind = kind.map_err(|error| GenerateError::IllFormedSource(error.to_string()))?;
        Ok(quote!(#core::SchemeDefinition::new(#name, #core::SchemeKind::#kind)))
    });
    Ok(table("SCHEMES", &quote!(#core::SchemeDefinition), &rows.collect::<Result<Vec<_>, GenerateError>>()?))
}

/// The operations, and before them their requirements: one constant for each that differs, however many share it.
fn operations(plan: &Plan<'_>) -> Result<TokenStream, GenerateError> {
    let core = &plan.core;
    let mut shared: HashMap<Vec<u16>, Ident> = HashMap::new();
    let mut requirements = Vec::new();
    let mut rows = Vec::with_capacity(plan.operations.len());
    for operation in &plan.operations {
        let requirement = if operation.alternatives.is_empty() {
            quote!(#core::Requirement::NONE)
        } else {
            let next = format_ident!("REQUIREMENT_{}", shared.len());
            let words = operation.words()?;
            let name = shared.entry(words.clone()).or_insert_with(|| {
                let words = words.iter().map(|word| Literal::u16_unsuffixed(*word));
                requirements.push(
                    quote!(const #next: #core::Requirement<'static> = #core::Requirement::from_words(&[#(#words),*]);),
                );
                next
            });
            quote!(#name)
        };
        let access = format_ident!("{}", format!("{:?}", operation.access()));
        let index = Literal::u32_unsuffixed(operation.index);
        let (method, template, location) = (&operation.model.method, &operation.template, &operation.location);
        let type_name = if plan.options.types { operation.name.to_string() } else { String::new() };
        let operation_id = option(operation.model.operation_id.as_deref());
        let summary = option(operation.model.summary.as_deref().filter(|_| plan.options.notes));
        let query = &operation.model.query;
        let (names, prefixes, any) = (&query.names, &query.prefixes, query.any);
        rows.push(quote! {
            #core::OperationDefinition::new(#core::__private::OperationParts {
                index: #index,
                method: #method,
                template: #template,
                operation_id: #operation_id,
                type_name: #type_name,
                summary: #summary,
                access: #core::Access::#access,
                requirement: #requirement,
                query: #core::QueryAllowList::new(&[#(#names),*], &[#(#prefixes),*], #any),
                location: #location,
            })
        });
    }
    let rows = table("OPERATIONS", &quote!(#core::OperationDefinition), &rows);
    Ok(quote!(#(#requirements)* #rows))
}

fn webhooks(plan: &Plan<'_>) -> TokenStream {
    let core = &plan.core;
    let rows = plan.model.webhooks.iter().map(|webhook| {
        let (name, summary) = (&webhook.name, option(webhook.summary.as_deref().filter(|_| plan.options.notes)));
        let follow_up = webhook.follow_up.iter().map(|operation| Literal::usize_unsuffixed(*operation));
        quote!(#core::WebhookDefinition::new(#name, #summary, &[#(#follow_up),*]))
    });
    table("WEBHOOKS", &quote!(#core::WebhookDefinition), &rows.collect::<Vec<_>>())
}

/// Method and template to the operation's number. A number and no reference: references make the evaluation of a large
/// map quadratic.
fn index(plan: &Plan<'_>) -> Result<TokenStream, GenerateError> {
    let core = &plan.core;
    let mut map = phf_codegen::Map::new();
    for operation in &plan.operations {
        map.entry((operation.model.method.as_str(), operation.template.as_str()), operation.index.to_string());
    }
    let path = quote!(#core::__private::phf).to_string().replace(' ', "");
    let map = map.phf_path(path).build().to_string();
    let map = syn::parse_str::<syn::Expr>(&map).map_err(|error| GenerateError::IllFormedSource(error.to_string()))?;
    Ok(quote! {
        #[allow(clippy::unreadable_literal, reason = "a hash key is not for reading")]
        static INDEX: #core::__private::phf::Map<(&'static str, &'static str), u32> = #map;
    })
}
