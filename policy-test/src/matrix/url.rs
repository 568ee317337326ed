//! The matrix over a service behind a base URL.

use std::fmt;
use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::address::{Address, AddressError};
use super::answer::Answer;
use super::certificate::Certificate;
use super::report::Report;
use super::request::Request;
use super::run::{Prepared, Run};
use super::test::{Matrix, MatrixError};
use super::wire::{self, Deadline, Received};

/// How fast requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// How many requests begin in a second, at most.
    pub per_second: u32,
    /// How many are under way at a time, at most.
    pub at_once: usize,
    /// How long all of them may take. What is left then is not asked.
    pub limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_second: 50, at_once: 4, limit: Duration::from_secs(600) }
    }
}

/// Sends requests to one origin and nowhere else. It follows no redirect, keeps no cookie and takes no proxy from the environment.
#[derive(Clone)]
pub struct Client {
    address: Address,
    tls: Option<Arc<ClientConfig>>,
    /// The same with a client certificate.
    certified: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for this address. It trusts the certificate authorities of the system, or those of `authorities`, in PEM.
    ///
    /// # Errors
    /// No certificate authority can be read.
    pub fn new(address: Address, authorities: Option<&[u8]>) -> Result<Self, AddressError> {
        let tls = if address.is_https { Some(Arc::new(tls(authorities)?)) } else { None };
        Ok(Self { address, tls, certified: None, timeout: Duration::from_secs(10) })
    }

    /// With a client certificate: its chain and its key, in PEM. Where the document has a scheme of client certificates, requests without
    /// that credential come without it.
    ///
    /// # Errors
    /// They cannot be read, do not belong together, or the connection is not encrypted.
    pub fn with_certificate(mut self, chain: &[u8], key: &[u8]) -> Result<Self, AddressError> {
        let wrong = |why: String| AddressError(format!("the client certificate cannot be used: {why}"));
        let plain = self.tls.as_ref().ok_or_else(|| wrong("the address begins with `http://`".to_owned()))?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("there is no certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| wrong(format!("its key: {error}")))?;
        let both = CertifiedKey::from_der(chain, key, &rustls::crypto::aws_lc_rs::default_provider());
        let both = both.map_err(|error| wrong(error.to_string()))?;
        let mut certified = ClientConfig::clone(plain);
        certified.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(both));
        // A session that was begun with a certificate is not gone on with by somebody without it.
        certified.resumption = Resumption::disabled();
        self.certified = Some(Arc::new(certified));
        Ok(self)
    }

    /// How long one request may take, with its connection; ten seconds, where nothing is said.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Where it sends requests.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends one request, byte for byte.
    ///
    /// # Errors
    /// What happened instead of an answer.
    pub fn ask(&self, request: &Request) -> Result<Answer, String> {
        let prefix = self.address.path.as_deref().unwrap_or(&request.base);
        let (media, body) = request.body.as_ref().map(|(media, body)| (media.as_str(), body.as_str())).unzip();
        let media = media.map(|media| ("Content-Type".to_owned(), media.to_owned()));
        let headers: Vec<(String, String)> = request.headers_at(prefix).into_iter().chain(media).collect();
        let target = format!("{prefix}{}", request.target);
        let target = if target.starts_with('/') { target } else { format!("/{target}") };
        let wants_body = request.method == "OPTIONS";
        let tls = match &request.certificate {
            Certificate::Without => self.tls.as_ref(),
            Certificate::IfAny => self.certified.as_ref().or(self.tls.as_ref()),
            Certificate::Of(scheme) => {
                Some(self.certified.as_ref().ok_or_else(|| format!("there is no client certificate for `{scheme}`"))?)
            }
        };
        let (status, headers, body) = self
            .send(tls, &request.method, &target, &headers, body.unwrap_or_default(), wants_body)
            .map_err(|error| told(&error))?;
        Ok(wire::answer(status, &headers, body))
    }

    /// Posts a form to the address itself, and reads what comes back: for endpoints that hand out tokens.
    ///
    /// # Errors
    /// What happened instead of an answer.
    pub fn post_form(&self, headers: &[(String, String)], form: &str) -> Result<(u16, Vec<u8>), String> {
        let media = ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let headers: Vec<(String, String)> = headers.iter().cloned().chain([media]).collect();
        let path = self.address.path.as_deref().unwrap_or("/");
        let answer = self.send(self.tls.as_ref(), "POST", path, &headers, form, true).map_err(|error| told(&error))?;
        Ok((answer.0, answer.2))
    }

    fn send(
        &self,
        tls: Option<&Arc<ClientConfig>>,
        method: &str,
        target: &str,
        headers: &[(String, String)],
        body: &str,
        wants_body: bool,
    ) -> io::Result<Received> {
        let end = Instant::now() + self.timeout;
        let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address.authority());
        text.push_str("User-Agent: cargo-policy-verify\r\nAccept: */*\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        // A request by a method that may have a body says that it has none.
        if !body.is_empty() || !matches!(method, "GET" | "HEAD" | "OPTIONS" | "get" | "head" | "TRACE") {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let mut stream = self.connect(end)?;
        match tls {
            None => wire::exchange(&mut stream, text.as_bytes(), wants_body, end),
            Some(tls) => {
                let name = ServerName::try_from(self.address.host.clone()).map_err(io::Error::other)?;
                let connection = ClientConnection::new(Arc::clone(tls), name).map_err(io::Error::other)?;
                wire::exchange(&mut StreamOwned::new(connection, stream), text.as_bytes(), wants_body, end)
            }
        }
    }

    fn connect(&self, end: Instant) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in (self.address.host.as_str(), self.address.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(end)?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "there was no answer in time".to_owned(),
        _ => format!("there was no answer: {error}"),
    }
}

fn left(end: Instant) -> io::Result<Duration> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn tls(authorities: Option<&[u8]>) -> Result<ClientConfig, AddressError> {
    let certificates = match authorities {
        Some(pem) => CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| AddressError(format!("the certificate authorities cannot be read: {error}")))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    if roots.add_parsable_certificates(certificates).0 == 0 {
        return Err(AddressError("there is no certificate authority to trust; give one in PEM".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| AddressError(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl Deadline for TcpStream {
    fn ends_at(&self, moment: Instant) -> io::Result<()> {
        let left = left(moment)?;
        self.set_read_timeout(Some(left))?;
        self.set_write_timeout(Some(left))
    }
}

impl Deadline for StreamOwned<ClientConnection, TcpStream> {
    fn ends_at(&self, moment: Instant) -> io::Result<()> {
        self.sock.ends_at(moment)
    }
}

impl Run {
    /// Sends the requests to a service, and judges the answers. `progress` is told how many of how many were sent.
    pub fn over(
        &self,
        client: &Client,
        pace: &Pace,
        prepared: Vec<Prepared>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Report {
        let began = Instant::now();
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let answers: Vec<Mutex<Result<Answer, String>>> =
            prepared.iter().map(|_| Mutex::new(Err("the time was up before it was asked".to_owned()))).collect();
        let between = Duration::from_secs(1) / pace.per_second.max(1);
        let turn = Mutex::new(began);
        let work = || {
            while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < prepared.len()) {
                let (Some(one), Some(place)) = (prepared.get(at), answers.get(at)) else { break };
                let answer = match &one.request {
                    Err(why) => Err(why.clone()),
                    Ok(_) if began.elapsed() >= pace.limit => continue,
                    Ok(request) => {
                        wait(&turn, between);
                        client.ask(request)
                    }
                };
                if let Ok(mut place) = place.lock() {
                    *place = answer;
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, prepared.len());
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..pace.at_once.clamp(1, 256) {
                scope.spawn(work);
            }
        });
        let lost = || Err("there was no answer".to_owned());
        let answers = answers.into_iter().map(|answer| answer.into_inner().unwrap_or_else(|_| lost())).collect();
        let mut report = self.finish(prepared, answers);
        report.origin = client.address.origin();
        report.prefix.clone_from(&client.address.path);
        report
    }
}

/// Waits for the next moment at which a request may begin.
fn wait(turn: &Mutex<Instant>, between: Duration) {
    let Ok(mut next) = turn.lock() else { return };
    let now = Instant::now();
    let begins = (*next).max(now);
    *next = begins + between;
    drop(next);
    std::thread::sleep(begins.saturating_duration_since(now));
}

impl Matrix {
    /// Sends the requests to a service behind a base URL, such as `http://127.0.0.1:3000`. Without
    /// [`everything`](Self::everything) only such requests are sent as are [safe](Self::safe_only), and coverage has gaps.
    ///
    /// # Errors
    /// [`MatrixError`]: the document or the address cannot be used.
    pub fn at(self, url: &str) -> Result<Report, MatrixError> {
        let wrong = |error: AddressError| MatrixError(error.to_string());
        let client = Client::new(Address::read(url).map_err(wrong)?, None).map_err(wrong)?;
        let run = self.run(false)?;
        let prepared = run.prepare(&self);
        let pace = Pace { per_second: 1_000, ..Pace::default() };
        Ok(run.over(&client, &pace, prepared, &|_, _| {}))
    }
}
