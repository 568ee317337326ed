//! `src/api/mod.rs`: the guard, with each operation of the document in its list.

use super::framework::Framework;
use super::set_up::{Entries, SetUp};
use super::written::comment;

pub(super) fn text(set_up: &SetUp) -> String {
    let entries = set_up.entries();
    let stubs = entries == Entries::Stubs && !set_up.facts.operations.is_empty();
    let elsewhere = set_up.has_old_routes();
    let names_operations = !stubs && !set_up.facts.operations.is_empty();
    let adapter = set_up.framework.adapter();

    let mut text = comment("//!", &format!("The guarded routes of {}.", set_up.title()));
    text.push_str(&format!(
        "//!\n//! `{}` says who may call what, and `policy` is compiled of it.\n\n",
        set_up.document
    ));
    text.push_str("mod callers;\n");
    if stubs {
        text.push_str("mod handlers;\n");
    }
    text.push_str("pub mod policy;\n#[cfg(test)]\nmod tests;\n\n");
    let hyper = set_up.framework == Framework::Hyper;
    let guard = format!("{adapter}::Guard");
    let mut imports = vec![guard.as_str(), "policy_core::handlers", "policy_http::{Authenticator, EnableAll}"];
    if elsewhere {
        imports.push("axum::Router");
    }
    if hyper {
        imports.extend(["bytes::Bytes", "http_body_util::Full", "hyper::body::Incoming"]);
    }
    imports.sort_unstable();
    imports.iter().for_each(|import| text.push_str(&format!("use {import};\n")));
    text.push_str("\npub use callers::callers;\n");
    let router = if hyper { ", ROUTER" } else { "" };
    let operations = if names_operations { ", operations" } else { "" };
    text.push_str(&format!("use policy::{{Api, POLICY{router}{operations}}};\n\n"));
    text.push_str(
        "/// Every operation of the document stands in this list once. One that is missing does not compile.\n",
    );
    text.push_str(&function(set_up, elsewhere));
    text.push_str(&list(set_up, entries));
    text.push_str(match (elsewhere, hyper) {
        (true, _) => "        ])\n        .elsewhere(old)\n}\n",
        (false, true) => "        ])\n}\n",
        (false, false) => "    ])\n}\n",
    });
    text
}

/// From the function's name to the opening bracket of the list.
fn function(set_up: &SetUp, elsewhere: bool) -> String {
    let adapter = set_up.framework.adapter();
    if elsewhere {
        return format!(
            "///\n/// **Nothing is checked** where `elsewhere!` leaves an operation to `old`, the routes that served it until now.\n\
             pub fn guard<A: Authenticator<Api>>(authenticator: A, old: Router) -> Guard<Api, A, EnableAll, ()> {{\n    \
             {adapter}::guard(&POLICY, authenticator, EnableAll)\n        .handlers(handlers![\n"
        );
    }
    if set_up.framework == Framework::Hyper {
        return "pub fn guard<A: Authenticator<Api>>(\n    authenticator: A,\n) -> Guard<Api, A, EnableAll, (), Incoming, Full<Bytes>> {\n    \
                policy_hyper::guard(&POLICY, authenticator, EnableAll, Full::from)\n        .router(&ROUTER)\n        \
                .handlers(handlers![\n"
            .to_owned();
    }
    let guard =
        if set_up.framework == Framework::Axum { "Guard<Api, A, EnableAll, ()>" } else { "Guard<Api, A, EnableAll>" };
    format!(
        "pub fn guard<A: Authenticator<Api>>(authenticator: A) -> {guard} {{\n    \
         {adapter}::guard(&POLICY, authenticator, EnableAll).handlers(handlers![\n"
    )
}

fn list(set_up: &SetUp, entries: Entries) -> String {
    let indent =
        if set_up.has_old_routes() || set_up.framework == Framework::Hyper { "            " } else { "        " };
    // The comment also keeps rustfmt from joining the lines.
    let mut text = format!("{indent}// Routes outside of the document are added by `unguarded` and `beside`.\n");
    for operation in &set_up.facts.operations {
        let entry = match entries {
            Entries::Stubs => format!("handlers::{}", operation.function),
            Entries::Pending => call("pending", &operation.name, "no handler yet", indent),
            Entries::Elsewhere => call("elsewhere", &operation.name, "the old routes", indent),
        };
        text.push_str(&format!("{indent}{entry},\n"));
    }
    text
}

/// An entry that is a call, on several lines where rustfmt would break it.
fn call(macro_name: &str, operation: &str, reason: &str, indent: &str) -> String {
    const WIDEST: usize = 60;
    let arguments = format!("operations::{operation}, \"{reason}\"");
    if arguments.len() <= WIDEST {
        return format!("{macro_name}!({arguments})");
    }
    format!("{macro_name}!(\n{indent}    operations::{operation},\n{indent}    \"{reason}\"\n{indent})")
}
