//! An authorizer that decides what a test says.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use policy_gateway::authorizer::{Evaluation, Subject};
use policy_gateway::dialects::Dialect;
use policy_gateway::listener::{Address, Decides, Ended, Listener, ListenerSettings, Refusal};
use policy_gateway::{Admission, Outcome, ProxiedRequest};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// What it decides.
#[derive(Clone, Debug)]
pub enum Word {
    /// With these identity headers, and without those fields of the client.
    Allow(Vec<(&'static str, &'static str)>, Vec<&'static str>),
    Deny(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// By the word in the request's target or the template: `allow`, or else a denial.
    ByTarget,
    /// Never.
    Stall,
    /// As soon as the test lets it.
    Wait,
    Panic,
}

pub fn allow() -> Word {
    Word::Allow(Vec::new(), Vec::new())
}

pub fn deny(status: u16) -> Word {
    Word::Deny(status, Vec::new(), "")
}

pub struct Script {
    pub word: Mutex<Word>,
    pub asked: Mutex<Vec<String>>,
    pub refused: Mutex<Vec<&'static str>>,
    /// The threads that decided.
    pub threads: Mutex<HashSet<ThreadId>>,
    /// A place for each decision that waits and may go on.
    pub goes_on: Semaphore,
    /// A place for each decision that has begun.
    pub begun: Semaphore,
}

impl Script {
    pub fn new(word: Word) -> Arc<Self> {
        Arc::new(Self {
            word: Mutex::new(word),
            asked: Mutex::default(),
            refused: Mutex::default(),
            threads: Mutex::default(),
            goes_on: Semaphore::new(0),
            begun: Semaphore::new(0),
        })
    }

    pub fn say(&self, word: Word) {
        *self.word.lock().unwrap() = word;
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// The one thing that was asked.
    pub fn asked_once(&self) -> String {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    pub fn refused(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.refused.lock().unwrap())
    }

    async fn word(&self, target: &str) -> Outcome {
        self.begun.add_permits(1);
        self.threads.lock().unwrap().insert(std::thread::current().id());
        let word = self.word.lock().unwrap().clone();
        match word {
            Word::Allow(set, remove) => {
                let mut headers = HeaderMap::new();
                for (name, value) in set {
                    headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
                }
                let remove = remove.into_iter().map(HeaderName::from_static).collect();
                Outcome::Allowed(Admission { set: headers, remove })
            }
            Word::Deny(status, headers, body) => denied(status, headers, body),
            Word::ByTarget if target.contains("allow") => Outcome::Allowed(Admission::default()),
            Word::ByTarget => denied(403, Vec::new(), ""),
            Word::Stall => std::future::pending().await,
            Word::Wait => {
                self.goes_on.acquire().await.unwrap().forget();
                Outcome::Allowed(Admission::default())
            }
            Word::Panic => panic!("as the test says"),
        }
    }
}

fn denied(status: u16, headers: Vec<(&'static str, &'static str)>, body: &str) -> Outcome {
    let mut response = Response::new(body.to_owned());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Outcome::Denied(response)
}

impl Decides for Script {
    async fn decide(&self, listener: &str, request: &ProxiedRequest) -> Outcome {
        assert_eq!(listener, "front");
        let mut told = format!("{} {}", request.method, request.target);
        for (what, value) in [("host", &request.host), ("document", &request.document)] {
            if let Some(value) = value {
                told += &format!(" {what}={value}");
            }
        }
        self.asked.lock().unwrap().push(told + &fields(&request.headers));
        self.word(&request.target).await
    }

    async fn evaluate(&self, listener: &str, evaluation: &Evaluation) -> Outcome {
        assert_eq!(listener, "front");
        let Evaluation { document, method, template, subject } = evaluation;
        let subject = match subject {
            Subject::Nobody => "nobody".to_owned(),
            Subject::Presents(headers) => format!("presents{}", fields(headers)),
            Subject::Stored(id) => format!("stored {id}"),
            Subject::Stated(scopes) => format!("stated {scopes:?}"),
        };
        let document = document.as_ref().map_or(String::new(), |document| format!(" document={document}"));
        self.asked.lock().unwrap().push(format!("{method} {template}{document}: {subject}"));
        self.word(template).await
    }

    fn refused(&self, listener: &str, refusal: Refusal) {
        assert_eq!(listener, "front");
        self.refused.lock().unwrap().push(refusal.as_str());
    }
}

fn fields(headers: &HeaderMap) -> String {
    let fields = headers.iter().map(|(name, value)| format!(" {name}: {}", value.as_bytes().escape_ascii()));
    let mut fields: Vec<_> = fields.collect();
    fields.sort();
    fields.into_iter().map(|field| format!(" |{field}")).collect()
}

/// A listener that runs. A clone can ask it, and not end it.
pub struct Running {
    pub script: Arc<Script>,
    pub address: Address,
    stop: Option<oneshot::Sender<()>>,
    ended: Option<JoinHandle<Ended>>,
}

impl Clone for Running {
    fn clone(&self) -> Self {
        Self { script: Arc::clone(&self.script), address: self.address.clone(), stop: None, ended: None }
    }
}

impl Running {
    pub async fn with(settings: ListenerSettings, word: Word) -> Self {
        let listener = Listener::bind(settings).await.unwrap();
        let (script, address) = (Script::new(word), listener.local_address());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = listener.serve(Arc::clone(&script), async {
            let _ = stopped.await;
        });
        Self { script, address, stop: Some(stop), ended: Some(tokio::spawn(serving)) }
    }

    pub async fn of(dialect: Dialect, word: Word) -> Self {
        Self::with(on_loopback(dialect), word).await
    }

    pub fn port(&self) -> SocketAddr {
        match &self.address {
            Address::Tcp(address) => *address,
            Address::Unix { .. } => panic!("it is a Unix socket"),
        }
    }

    /// Tells the listener to end.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub async fn ended(mut self) -> Ended {
        self.stop();
        self.ended.take().unwrap().await.unwrap()
    }
}

pub fn on_loopback(dialect: Dialect) -> ListenerSettings {
    let mut settings = ListenerSettings::new("front", Address::Tcp("127.0.0.1:0".parse().unwrap()), dialect);
    // A loaded machine may take longer than a proxy would wait. Tests of this limit set it.
    settings.limits.decision = std::time::Duration::from_secs(20);
    settings
}
