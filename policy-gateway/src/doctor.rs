//! `policy-gateway doctor`: whether a proxy lets its authorizer see what its service gets.
//!
//! The doctor stands on three sides of a running proxy. It is the client, the service behind the proxy, and where it is told so the
//! authorizer. Each request has a word of its own by which the three sides know it. `findings` compares what they saw.

mod arguments;
mod examination;
mod findings;
mod grpc;
mod http2;
mod messages;
mod plan;
mod report;
mod seen;
mod servers;
mod target;
mod vectors;
mod way;
mod wire;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

pub use arguments::{Doctor, Format};
pub use findings::{Code, Finding};
pub use plan::Dialect;
pub use report::{Check, Report};
pub use seen::Seen;

use examination::Examination;
use seen::Record;
use servers::Asked;
use target::Place;
use way::{Version, Way};

impl Doctor {
    /// Examines the proxy and prints the result. Must not be called inside a runtime.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let report = match runtime {
            Ok(runtime) => runtime.block_on(self.examine()),
            Err(error) => Err(format!("the runtime cannot start: {error}")),
        };
        let written = report.and_then(|report| {
            let text = match self.format {
                Format::Text => report.to_text(),
                Format::Json => report.to_json().map_err(|error| error.to_string())? + "\n",
            };
            let mut out = std::io::stdout().lock();
            let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            match written {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(format!("cannot write the output: {error}"))
                }
                _ => Ok(if report.count() == 0 { 0 } else { 1 }),
            }
        });
        match written {
            Ok(code) => code.into(),
            Err(what) => {
                let _ = writeln!(std::io::stderr(), "error: {what}");
                2.into()
            }
        }
    }

    /// Examines the proxy.
    ///
    /// # Errors
    /// Why it cannot be examined, and what to do.
    pub async fn examine(&self) -> Result<Report, String> {
        let place = Place::read(&self.url)?;
        let version = if self.http2 { Version::Two } else { Version::One };
        let way = Way::to(&place, self.connect, self.ca.as_deref(), version)?;
        let fields = fields(&self.headers)?;
        if let Some(name) =
            self.identity_headers.iter().find(|name| http::HeaderName::from_bytes(name.as_bytes()).is_err())
        {
            return Err(format!("`{name}` is no name of a header (--identity-header)"));
        }
        if let Some(route) =
            self.routes.iter().find(|route| !route.starts_with('/') || route.contains(char::is_whitespace))
        {
            return Err(format!("`{route}` is no path: write /admin/ (--route)"));
        }
        let record = Arc::new(Record::new());
        let busy = |address: SocketAddr, option: &str, error: std::io::Error| {
            format!(
                "cannot listen on {address} ({option}): {error}. The proxy must be pointed at the doctor, and what listened there ended"
            )
        };
        servers::echo(self.echo, record.clone()).await.map_err(|error| busy(self.echo, "--echo", error))?;
        let dialect = self.authorizer.and(self.dialect);
        if let (Some(address), Some(dialect)) = (self.authorizer, dialect) {
            let asked = Asked {
                dialect,
                path_prefix: self.path_prefix.clone(),
                host_header: self.host_header.clone(),
                identity_headers: self.identity_headers.clone(),
            };
            let listening = servers::authorizer(address, asked, record.clone()).await;
            listening.map_err(|error| busy(address, "--authorizer", error))?;
        }
        let proxy = if self.http2 { format!("{} by HTTP/2", self.url) } else { self.url.clone() };
        let report = Report { proxy, as_authorizer: dialect.is_some(), ..Report::default() };
        let mut examination = Examination {
            place: &place,
            way: &way,
            record,
            dialect,
            identity_headers: &self.identity_headers,
            fields,
            routes: &self.routes,
            patience: Duration::from_secs(self.timeout),
            report,
        };
        let all = async {
            examination.begin().await?;
            examination.run().await
        };
        match tokio::time::timeout(Duration::from_secs(self.limit), all).await {
            Ok(done) => done.map(|()| examination.report),
            Err(_) => Err(format!("the examination took longer than {} s (--limit)", self.limit)),
        }
    }
}

/// The header fields of the command line, each with its line end.
fn fields(headers: &[String]) -> Result<String, String> {
    let mut fields = String::new();
    for header in headers {
        let (name, value) =
            header.split_once(':').ok_or_else(|| format!("`{header}` is no header: write `Name: value` (--header)"))?;
        let value = value.trim();
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() || http::HeaderValue::from_str(value).is_err() {
            // The value may be a credential.
            return Err(format!(
                "the header `{}` has a name or a value that cannot be sent (--header)",
                name.escape_debug()
            ));
        }
        fields.push_str(&format!("{name}: {value}\r\n"));
    }
    Ok(fields)
}
