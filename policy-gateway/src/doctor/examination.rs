//! Sends the requests, one after the other.

use std::io::{IsTerminal, Write as _, stderr};
use std::sync::Arc;
use std::time::Duration;

use super::findings;
use super::plan::{Dialect, IDENTITY, Plan};
use super::report::{Check, Report};
use super::seen::{NONCE, Record, Seen};
use super::target::Place;
use super::vectors::{DENIED, ROUTING, VECTORS, Vector};
use super::way::{Sent, Way};

/// An examination in progress.
pub(crate) struct Examination<'e> {
    pub(crate) place: &'e Place,
    pub(crate) way: &'e Way,
    pub(crate) record: Arc<Record>,
    /// How the doctor is asked, where it is the authorizer.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) identity_headers: &'e [String],
    /// Header fields for every request after the first, each with its line end.
    pub(crate) fields: String,
    pub(crate) routes: &'e [String],
    pub(crate) patience: Duration,
    pub(crate) report: Report,
}

impl Examination<'_> {
    /// Sends a nonce and nothing else.
    ///
    /// # Errors
    /// It did not arrive.
    pub(crate) async fn begin(&mut self) -> Result<(), String> {
        let nonce = nonce()?;
        self.record.begin(Plan::Allow);
        let path = self.place.base_or_root();
        let fields = format!("{NONCE}: {nonce}\r\n");
        let sent = Sent { method: "GET", target: path, host: Some(&self.place.host), fields: &fields, body: "" };
        let answer = self.way.ask(&sent, self.patience).await;
        let answer = answer.map_err(|error| format!("`{}` cannot be reached: {error}", self.way.address()))?;
        let (asked, called) = self.record.of(&nonce);
        if called.is_some() {
            return Ok(());
        }
        let answered = answer.map_or("did not answer".to_owned(), |status| format!("answered {status}"));
        Err(match (asked, self.dialect) {
            (Some(_), _) => format!(
                "the proxy {answered}: it asked the doctor, and did not forward `{path}` to the address of --echo"
            ),
            (None, Some(_)) => {
                format!(
                    "the proxy {answered}: it forwarded `{path}` to somebody else than --echo, or asked somebody else than --authorizer"
                )
            }
            (None, None) => format!(
                "the proxy {answered}: `{path}` did not arrive at --echo. Give a URL whose path anybody may call, or let the doctor be \
                 the authorizer with --authorizer"
            ),
        })
    }

    /// Sends everything else.
    ///
    /// # Errors
    /// The proxy can no longer be reached.
    pub(crate) async fn run(&mut self) -> Result<(), String> {
        for vector in VECTORS {
            let mut check = self.send(vector, "", Plan::Allow).await?;
            check.findings = if self.dialect.is_some() {
                findings::compared(check.authorizer.as_ref(), check.service.as_ref(), self.joins())
            } else {
                findings::rewritten(&check.method, &check.target, check.service.as_ref()).into_iter().collect()
            };
            check.findings.extend(findings::tunnelled(check.service.as_ref()));
            self.report.checks.push(check);
        }
        self.headers().await?;
        if self.dialect.is_some() {
            self.refusals().await?;
        }
        self.progress("");
        Ok(())
    }

    /// Which headers a client can forge or take away.
    async fn headers(&mut self) -> Result<(), String> {
        let plain = Vector { method: "GET", target: "{base}/a", fields: "", body: "" };
        let mut tried: Vec<(String, String, Plan)> =
            ROUTING.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned(), Plan::Allow)).collect();
        for name in self.identity_headers {
            for alias in [name.clone(), name.replace('-', "_"), name.replace('-', ".")] {
                for plan in [Plan::Allow, Plan::AllowNobody] {
                    tried.push((alias.clone(), "forged-by-doctor".to_owned(), plan));
                }
            }
        }
        for (name, value, plan) in tried {
            let mut check = self.send(&plain, &format!("{name}: {value}\r\n"), plan).await?;
            // Some header changed what is decided, or what arrives.
            let mut found = match self.dialect {
                Some(_) => findings::compared(check.authorizer.as_ref(), check.service.as_ref(), self.joins()),
                None => Vec::new(),
            };
            found.extend(findings::forged(&name, &value, check.service.as_ref()));
            check.findings = found;
            self.report.checks.push(check);
        }
        if self.dialect.is_none() {
            return Ok(());
        }
        let without = self.send(&plain, "", Plan::Allow).await?;
        for name in self.identity_headers {
            // One that the proxy does not hand on cannot be taken away.
            let handed_on = |check: &Check| {
                check.service.as_ref().is_some_and(|seen| seen.values(name).any(|value| value == IDENTITY))
            };
            if handed_on(&without) {
                let mut check = self.send(&plain, &format!("Connection: close, {name}\r\n"), Plan::Allow).await?;
                check.findings = findings::removed(name, check.service.as_ref()).into_iter().collect();
                self.report.checks.push(check);
            } else {
                self.report.not_handed_on.push(name.clone());
            }
        }
        Ok(())
    }

    /// Whether a denial holds, and what becomes of a request without a decision.
    async fn refusals(&mut self) -> Result<(), String> {
        for vector in DENIED {
            self.refused(vector, Plan::Deny, None).await?;
        }
        let plain = Vector { method: "GET", target: "{base}/a", fields: "", body: "" };
        for plan in [Plan::Fail, Plan::Overloaded, Plan::Close, Plan::Silence] {
            self.refused(&plain, plan, None).await?;
        }
        for route in self.routes {
            for plan in [Plan::Deny, Plan::Fail] {
                self.refused(&plain, plan, Some(route)).await?;
            }
        }
        Ok(())
    }

    async fn refused(&mut self, vector: &Vector, plan: Plan, route: Option<&str>) -> Result<(), String> {
        let mut check = self.send_to(vector, "", plan, route).await?;
        check.findings =
            findings::refused(plan, check.authorizer.as_ref(), check.service.as_ref()).into_iter().collect();
        self.report.checks.push(check);
        Ok(())
    }

    async fn send(&mut self, vector: &Vector, fields: &str, plan: Plan) -> Result<Check, String> {
        self.send_to(vector, fields, plan, None).await
    }

    async fn send_to(
        &mut self,
        vector: &Vector,
        fields: &str,
        plan: Plan,
        route: Option<&str>,
    ) -> Result<Check, String> {
        let target = route.map_or_else(|| self.place.target(vector.target), str::to_owned);
        self.progress(&format!("{} {target}", vector.method));
        let nonce = nonce()?;
        self.record.begin(plan);
        let given = vector.fields.replace("{host}", &self.place.host);
        let host = (!given.starts_with("Host:")).then_some(self.place.host.as_str());
        let own = &self.fields;
        // As the authorizer, the doctor may see no header but some: the query has the nonce, too.
        let marked = if self.dialect.is_some() { marked(&target, &nonce) } else { target.clone() };
        let all = format!("{NONCE}: {nonce}\r\n{own}{given}{fields}");
        let sent = Sent { method: vector.method, target: &marked, host, fields: &all, body: vector.body };
        let answer = self.way.ask(&sent, self.patience).await;
        let answer = answer.map_err(|error| format!("`{}` can no longer be reached: {error}", self.way.address()))?;
        let (authorizer, service) = self.record.of(&nonce);
        let fields = format!("{given}{fields}").trim_end().replace("\r\n", ", ");
        let plan = if self.dialect.is_some() { plan } else { Plan::Allow };
        let (authorizer, service) =
            (authorizer.map(|seen| without(seen, &nonce)), service.map(|seen| without(seen, &nonce)));
        let method = vector.method.to_owned();
        Ok(Check { plan, method, target, fields, answer, authorizer, service, findings: Vec::new() })
    }

    /// Whether the proxy joins repeated fields when it asks. The gateway denies a joined `Authorization`.
    fn joins(&self) -> bool {
        self.dialect == Some(Dialect::EnvoyHttp)
    }

    /// Shows on a terminal what is being done.
    fn progress(&self, what: &str) {
        if stderr().is_terminal() {
            let what: String = what.chars().filter(|letter| !letter.is_control()).take(60).collect();
            let _ = write!(stderr(), "\r\x1b[K{what}");
        }
    }
}

/// The target with the nonce at the end of its query.
fn marked(target: &str, nonce: &str) -> String {
    let (front, fragment) = target.find('#').map_or((target, ""), |at| target.split_at(at));
    if !front.contains('/') {
        return target.to_owned();
    }
    let between = if front.contains('?') { '&' } else { '?' };
    format!("{front}{between}{nonce}{fragment}")
}

/// A word that nobody has sent before.
fn nonce() -> Result<String, String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system has no random bytes: {error}"))?;
    Ok(format!("doctor-{}", data_encoding::HEXLOWER.encode(&bytes)))
}

/// A text without the nonce, so that two reports can be compared.
fn unmarked(text: &str, nonce: &str) -> String {
    text.replace(&format!("?{nonce}"), "").replace(&format!("&{nonce}"), "").replace(nonce, "NONCE")
}

fn without(mut seen: Seen, nonce: &str) -> Seen {
    seen.target = unmarked(&seen.target, nonce);
    for (_, value) in &mut seen.headers {
        *value = unmarked(value, nonce);
    }
    seen
}
