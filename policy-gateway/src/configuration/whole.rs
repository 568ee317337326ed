//! What the parts of the file mean together: names that are given twice, and names of what does not exist.

use std::net::SocketAddr;

use policy_spec::likely;

use super::fields::{At, Reading};
use super::listener::{Bind, Dialect};
use super::policy::Enablement;
use super::scheme::By;
use super::{Configuration, PolicyEntry};

/// Judges the file as a whole. Where a part could not be read, nothing is said of names that it may have.
pub(super) fn judge(reading: &mut Reading, whole: &Configuration, complete: bool) {
    let listeners: Vec<&At<String>> = whole.listeners.iter().map(|listener| &listener.name).collect();
    let stores: Vec<&At<String>> = whole.stores.iter().map(|store| &store.name).collect();
    let policies: Vec<&At<String>> = whole.policies.iter().map(|policy| &policy.name).collect();
    for (what, names) in [("listeners", &listeners), ("stores", &stores), ("policies", &policies)] {
        twice(reading, what, names);
    }
    addresses(reading, whole);
    if !complete {
        return;
    }
    for (key, what, is_empty) in [
        ("listeners", "nobody can ask", listeners.is_empty()),
        ("policies", "every request is denied", policies.is_empty()),
    ] {
        if is_empty {
            reading.refuse(0..0, format!("the file has no `[[{key}]]`: {what}"), "add one");
        }
    }
    for policy in &whole.policies {
        for name in &policy.listeners {
            known(reading, "listener", name, &listeners);
        }
        if let Enablement::Store(store) = &policy.enablement {
            known(reading, "store", store, &stores);
        }
        for scheme in &policy.schemes {
            if let By::Store(store) = &scheme.by {
                known(reading, "store", store, &stores);
            }
        }
        selection(reading, whole, policy);
    }
}

fn twice(reading: &mut Reading, what: &str, names: &[&At<String>]) {
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|earlier| earlier.value == name.value) {
            let message = format!("two {what} are called `{}`", name.value.escape_debug());
            reading.refuse(name.place.clone(), message, "give each a name of its own");
        }
    }
}

fn known(reading: &mut Reading, what: &str, name: &At<String>, names: &[&At<String>]) {
    if names.iter().any(|known| known.value == name.value) {
        return;
    }
    let words = names.iter().map(|known| known.value.as_str());
    let help = match likely(&name.value, words.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("add `[[{what}s]]`"),
        None => format!("write one of `{}`", words.collect::<Vec<_>>().join("`, `")),
    };
    reading.refuse(name.place.clone(), format!("there is no {what} `{}`", name.value.escape_debug()), &help);
}

/// No two may listen at one place.
fn addresses(reading: &mut Reading, whole: &Configuration) {
    let admin = whole.admin.as_ref();
    for (at, listener) in whole.listeners.iter().enumerate() {
        let is_free = |address: &SocketAddr| address.port() == 0;
        let earlier = whole.listeners.iter().take(at).find(|earlier| match (&earlier.bind, &listener.bind) {
            (Bind::Address(one), Bind::Address(other)) => one == other && !is_free(one),
            (Bind::Socket { path: one, .. }, Bind::Socket { path: other, .. }) => one == other,
            _ => false,
        });
        if let Some(earlier) = earlier {
            let message = format!("`{}` listens where `{}` does", listener.name.value, earlier.name.value);
            reading.refuse(
                listener.name.place.clone(),
                message,
                "a listener has one dialect and an address of its own",
            );
        }
        if let (Some(admin), Bind::Address(address)) = (admin, &listener.bind)
            && admin.value == *address
            && !is_free(address)
        {
            let message = format!("`admin` listens where `{}` does", listener.name.value);
            reading.refuse(
                admin.place.clone(),
                message,
                "whoever asks for decisions need not see the metrics: choose another port",
            );
        }
    }
}

/// What tells a policy from the others must be something that its listeners tell.
fn selection(reading: &mut Reading, whole: &Configuration, policy: &PolicyEntry) {
    let serving = |listener: &&super::Listener| {
        policy.listeners.is_empty() || policy.listeners.iter().any(|name| name.value == listener.name.value)
    };
    for listener in whole.listeners.iter().filter(serving) {
        let name = &listener.name.value;
        if let Some(removed) = policy.removed_headers.first()
            && matches!(listener.dialect, Dialect::ForwardAuth | Dialect::Nginx)
        {
            let message = format!(
                "the listener `{name}` cannot have `{}` removed: no answer of `{}` can say so",
                removed.value,
                listener.dialect.as_str()
            );
            let help =
                "remove it in the proxy's own configuration, and leave it out here; or name the policy's `listeners`";
            reading.refuse(removed.place.clone(), message, help);
        }
        if let Some(key) = &policy.document_key
            && listener.document_from.is_none()
        {
            let help =
                "add `document-from` to the listener, and let the proxy set it; or name the policy's `listeners`";
            reading.refuse(
                key.place.clone(),
                format!("the listener `{name}` does not say which document applies"),
                help,
            );
        }
        if let Some(host) = policy.hosts.first()
            && !listener.by_host
        {
            let help = "add `by-host = true` to the listener, if the proxy routes by the host; or name the policy's `listeners`";
            reading.refuse(host.place.clone(), format!("the listener `{name}` does not look at the host"), help);
        }
    }
}
