//! The listeners: sockets on which proxies ask.
//!
//! A listener has one address, one dialect and its limits. What exceeds a limit is denied at once, in the dialect's own form, wherever an
//! answer can be made: a closed connection looks like a failure to a proxy, and one that is set to let requests through at failures does.

mod activity;
mod address;
mod bind;
mod connection;
mod decides;
mod faults;
mod guarded_io;
mod limits;
mod serving;
mod threads;
mod tls;

pub use self::address::Address;
pub use self::bind::BindError;
pub use self::decides::Decides;
pub use self::faults::SettingFault;
pub use self::limits::Limits;
pub use self::serving::{Ended, Listener, serve};
pub use self::tls::{Tls, TlsFault, TlsFiles};
pub use crate::dialects::Refusal;

use crate::dialects::Dialect;

/// What a listener is told.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Its name, by which the authorizer knows what applies to it.
    pub name: String,
    /// Where it listens.
    pub address: Address,
    /// How it is asked.
    pub dialect: Dialect,
    /// Its certificates, where it speaks TLS.
    pub tls: Option<Tls>,
    /// What its askers may take.
    pub limits: Limits,
}

impl ListenerSettings {
    /// A listener with the dialect's limits, and without TLS.
    #[must_use]
    pub fn new(name: impl Into<String>, address: Address, dialect: Dialect) -> Self {
        let limits = Limits::of(&dialect);
        Self { name: name.into(), address, dialect, tls: None, limits }
    }
}
