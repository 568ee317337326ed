//! From `[[listeners]]` to the settings of a listener.

use std::path::Path;

use http::HeaderName;
use policy_spec::toml_file::Range;

use crate::configuration::{self, At, Bind, Configuration};
use crate::dialects::{AuthZen, Dialect, EnvoyGrpc, EnvoyHttp, EnvoyTarget, ForwardAuth, Nginx};
use crate::listener::{Address, ListenerSettings, Tls, TlsFiles};
use crate::loading::{Faults, Mode, Refusal};

/// The settings of every listener.
///
/// # Errors
/// Everything that is wrong with them, certificates that cannot be read included.
pub(crate) fn settings(configuration: &Configuration, mode: Mode) -> Result<Vec<ListenerSettings>, Refusal> {
    let mut faults = Faults::default();
    let mut all = Vec::new();
    for listener in &configuration.listeners {
        let mut settings = ListenerSettings::new(&listener.name.value, address(&listener.bind), dialect(listener));
        let limits = &mut settings.limits;
        limits.drain = configuration.drain;
        limits.decision = listener.timeout.unwrap_or(limits.decision);
        let said = &listener.limits;
        for (limit, said) in [
            (&mut limits.concurrency, said.concurrent),
            (&mut limits.connections, said.connections),
            (&mut limits.head_bytes, said.header_bytes),
            (&mut limits.body_bytes, said.body_bytes),
            (&mut limits.evaluations, said.evaluations),
        ] {
            *limit = said.unwrap_or(*limit);
        }
        limits.head = said.head.unwrap_or(limits.head);
        limits.idle = said.idle.unwrap_or(limits.idle);
        if let Some(said) = listener.tls.as_ref().filter(|_| mode != Mode::Offline) {
            settings.tls = certificates(said, &mut faults, |files| Tls::new(files).map_err(|error| error.to_string()));
        }
        for fault in settings.faults() {
            faults.add(listener.name.place.clone(), fault.to_string(), "");
        }
        all.push(settings);
    }
    let refusal = faults.into_refusal(configuration);
    if refusal.is_empty() { Ok(all) } else { Err(refusal) }
}

/// Gives each listener the certificates that its files have now.
///
/// # Errors
/// Files that cannot be used. No listener has other certificates then.
pub(crate) fn renew(configuration: &Configuration, known: &[(String, Tls)]) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    // First all are judged and then all are taken.
    for is_judged in [false, true] {
        for listener in &configuration.listeners {
            let tls = known.iter().find(|(name, _)| *name == listener.name.value).map(|(_, tls)| tls);
            let (Some(said), Some(tls)) = (&listener.tls, tls) else { continue };
            certificates(said, &mut faults, |files| {
                if is_judged { tls.replace(files) } else { Tls::new(files).map(|_| ()) }
                    .map_err(|error| error.to_string())
            });
        }
        if !faults.is_empty() {
            return Err(faults.into_refusal(configuration));
        }
    }
    Ok(())
}

/// Reads the files of a certificate, and makes something of them.
fn certificates<T>(
    said: &configuration::Tls,
    faults: &mut Faults,
    make: impl FnOnce(&TlsFiles<'_>) -> Result<T, String>,
) -> Option<T> {
    let mut read = |file: &At<std::path::PathBuf>| {
        let found = crate::file::read(&file.value);
        if let Err(error) = &found {
            faults.add(
                file.place.clone(),
                unreadable(&file.value, error),
                "the path is relative to the folder of this file",
            );
        }
        found.ok()
    };
    let (certificates, key) = (read(&said.certificate), read(&said.key));
    let authorities = match &said.client_ca {
        None => None,
        Some(file) => Some(read(file)?),
    };
    let (certificates, key) = (certificates?, key?);
    let files = TlsFiles { certificates: &certificates, key: &key, client_authorities: authorities.as_deref() };
    match make(&files) {
        Ok(made) => Some(made),
        Err(error) => {
            let place: Range = said.certificate.place.clone();
            faults.add(place, error, "");
            None
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("`{}` cannot be read: {error}", path.display())
}

fn address(bind: &Bind) -> Address {
    match bind {
        Bind::Address(address) => Address::Tcp(*address),
        Bind::Socket { path, mode } => {
            Address::Unix { path: path.clone(), mode: mode.unwrap_or(Address::DEFAULT_MODE) }
        }
    }
}

fn dialect(listener: &configuration::Listener) -> Dialect {
    // That a header has a name was judged when the file was read.
    let document = || listener.document_from.as_ref().and_then(|from| HeaderName::from_bytes(from.as_bytes()).ok());
    match listener.dialect {
        configuration::Dialect::EnvoyGrpc => Dialect::EnvoyGrpc(match &listener.document_from {
            Some(document) => EnvoyGrpc { document: document.clone() },
            None => EnvoyGrpc::default(),
        }),
        configuration::Dialect::EnvoyHttp => {
            let target = match &listener.path_header {
                Some(header) => EnvoyTarget::Header(header.clone()),
                None => EnvoyTarget::Prefix(listener.path_prefix.clone().unwrap_or_default()),
            };
            Dialect::EnvoyHttp(EnvoyHttp { target, document: document() })
        }
        configuration::Dialect::ForwardAuth => Dialect::ForwardAuth(ForwardAuth { document: document() }),
        configuration::Dialect::Nginx => {
            Dialect::Nginx(Nginx { host: listener.host_header.clone(), document: document() })
        }
        configuration::Dialect::Authzen => {
            Dialect::AuthZen(AuthZen { policy_decision_point: listener.public_url.clone().unwrap_or_default() })
        }
    }
}
