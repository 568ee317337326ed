//! What the doctor is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::plan::Dialect;

/// Sends requests through a running proxy, and shows where its authorizer and its service would see different ones.
///
/// The doctor listens as the service behind the proxy (--echo), and best also as its authorizer (--authorizer). Point a test copy of
/// your proxy at both addresses, start the doctor, and read what it found. Without --authorizer, your own gateway goes on deciding, and
/// the doctor sees only what was sent and what arrived.
///
/// The first request has nothing but a random word. Until that word has arrived at --echo, nothing else is sent: an address that was
/// mistyped gets no vector and no credential.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub struct Doctor {
    /// Where the proxy listens, such as `http://127.0.0.1:8080` or `https://api.example.com`, and the path below which requests are sent
    #[arg(value_name = "URL")]
    pub url: String,
    /// Where to connect in place of the URL's host: the test copy of a proxy that answers for that name
    #[arg(long, value_name = "ADDRESS")]
    pub connect: Option<SocketAddr>,
    /// The authorities that sign the proxy's certificate, in PEM, in place of the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Speaks HTTP/2: over TLS, or with an http URL by prior knowledge. Proxies read it by another parser, so try both
    #[arg(long)]
    pub http2: bool,
    /// The address at which the doctor answers as the service behind the proxy
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000")]
    pub echo: SocketAddr,
    /// The address at which the doctor answers as the authorizer. It allows what it is asked, except where a denial or a failure is what
    /// is tried
    #[arg(long, value_name = "ADDRESS", requires = "dialect")]
    pub authorizer: Option<SocketAddr>,
    /// How the proxy asks
    #[arg(long, value_enum, requires = "authorizer")]
    pub dialect: Option<Dialect>,
    /// The prefix that the proxy puts before the path when it asks (`path_prefix` of Envoy's HTTP service)
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub path_prefix: String,
    /// The header in which nginx tells the host (`host-header` of the listener)
    #[arg(long, value_name = "NAME", default_value = "X-Original-Host")]
    pub host_header: String,
    /// Another path at which a denial must hold: one for each route of the proxy. May be repeated
    #[arg(long = "route", value_name = "PATH")]
    pub routes: Vec<String>,
    /// The headers by which the service learns who calls
    #[arg(
        long = "identity-header",
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "X-Subject,X-Client,X-Tenant,X-Scopes,X-Operation"
    )]
    pub identity_headers: Vec<String>,
    /// A header to send with every request after the first: `Authorization: Bearer …`. May be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// How long one answer may take, in seconds. A proxy that waits longer for a silent authorizer is not seen to fail open
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub timeout: u64,
    /// How long everything may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub limit: u64,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table, and each finding with what to do.
    Text,
    /// One JSON object.
    Json,
}

const HELP: &str = "\
Examples:
  Envoy with gRPC, whose cluster of the service is 127.0.0.1:9000 and whose ext_authz cluster is 127.0.0.1:9191:
      policy-gateway doctor http://127.0.0.1:8080 --authorizer 127.0.0.1:9191 --dialect envoy-grpc
  Traefik or Caddy, with a second route:
      policy-gateway doctor http://127.0.0.1:8080 --authorizer 127.0.0.1:9191 --dialect forward-auth --route /admin/
  A proxy with TLS, whose test copy listens at 127.0.0.1:8443 with a certificate of a private authority:
      policy-gateway doctor https://api.example.com --connect 127.0.0.1:8443 --ca authority.pem
  Beside the gateway that is in use, below a path that anybody may call:
      policy-gateway doctor http://127.0.0.1:8080/v1/status

Exit codes:
  0  nothing differs, and nothing can be forged
  1  something differs or can be forged, or a request passed without the authorizer's word
  2  the examination could not be made";
