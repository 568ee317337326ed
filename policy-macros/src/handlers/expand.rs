//! A closure over an adapter's mount, and the const assertion that it is exhaustive.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident};

use crate::core_path;
use crate::handlers::parse::{Entry, Layer, List, Unserved};

pub(crate) fn expand(list: &List) -> TokenStream {
    let core = &list.core;
    let (mut entries, mut singles, mut mounts) = (Vec::new(), Vec::new(), Vec::new());
    for (at, entry) in list.entries.iter().enumerate() {
        // Errors about an entry are reported at the entry.
        let span = match entry {
            Entry::Handler(handler, _) => handler.span(),
            Entry::Pending(unserved) | Entry::Elsewhere(unserved, _) => unserved.operation.span(),
        };
        let span = Span::mixed_site().located_at(span);
        match entry {
            Entry::Handler(handler, layers) => {
                entries.push(quote_spanned!(span=> __handler_list::entry_of(&#handler)));
                mounts.push(quote_spanned!(span=> let mount = mount.handler(#handler);));
                for Layer { method, argument } in layers {
                    // Errors about a layer are reported at the layer.
                    let method = Ident::new("layer", method.span().resolved_at(Span::mixed_site()));
                    mounts.push(quote_spanned!(span=> let mount = mount.#method(#argument);));
                }
            }
            Entry::Pending(Unserved { operation, reason }) => {
                entries.push(quote_spanned!(span=> __handler_list::entry_without_handler::<#operation>()));
                mounts.push(quote_spanned!(span=> let mount = mount.pending::<#operation>(#reason);));
            }
            Entry::Elsewhere(Unserved { operation, reason }, until) => {
                entries.push(quote_spanned!(span=> __handler_list::entry_without_handler::<#operation>()));
                let until = match until {
                    // The day is read when the list is compiled, and a mistake is reported at the day.
                    Some(day) => {
                        let day_span = Span::mixed_site().located_at(day.span());
                        let core = core_path::located_at(core, day_span);
                        quote_spanned!(day_span=> const { #core::handler_list::last_day(#day) })
                    }
                    None => quote_spanned!(span=> ::core::option::Option::None),
                };
                let elsewhere = quote_spanned!(span=> #core::handler_list::Elsewhere::new(#reason, #until));
                mounts.push(quote_spanned!(span=> let mount = mount.elsewhere::<#operation>(#elsewhere);));
            }
        }
        singles.push(quote_spanned!(span=> __handler_list::assert_single(entries, duplicate, #at);));
    }
    let span = Span::mixed_site();
    // The `use` is there because rustc would underline the whole list, not the entry, for a path that begins with `$crate`.
    // One pass finds a duplicate. The assertion that reports it has the span of the second handler.
    quote_spanned! {span=>
        |mount| {
            const _: () = {
                use #core::handler_list as __handler_list;
                let entries = &[#(#entries),*];
                let duplicate = __handler_list::first_duplicate(entries);
                #(#singles)*
                __handler_list::assert_exhaustive(entries);
            };
            #(#mounts)*
            mount
        }
    }
}

/// The errors, as an expression that can stand in place of the list.
pub(crate) fn failed(error: Error) -> TokenStream {
    let errors = error.into_compile_error();
    quote!({
        #errors
        |mount| mount
    })
}
