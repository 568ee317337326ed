//! Requests to every server, one after the other, and what is wrong with their answers.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const TARGET: &str = "/external/v1/encounters?limit=1";
const NEVER: u64 = u64::MAX;
/// For how long after the database has returned a server may still tell of the outage: it connects again.
const RECOVERS_IN: Duration = Duration::from_secs(10);
/// How long a server waits for a database that is gone, before it tells.
const ANSWERS_IN: Duration = Duration::from_secs(10);

/// A key, what it is answered, and since when.
pub(crate) struct Subject {
    id: String,
    request: String,
    began: Instant,
    /// What it is answered after the change.
    after: u16,
    /// Times in microseconds since it began: when the change began, when it was committed, how long it may take until it is known.
    changing: AtomicU64,
    changed: AtomicU64,
    bound: AtomicU64,
    /// How long after the change began to be committed a request was sent that was still allowed.
    last_allowed: AtomicU64,
}

impl Subject {
    /// A key that is always accepted.
    pub(crate) fn for_ever(id: &str, key: &str) -> Self {
        Self::until_changed(id, key, 200)
    }

    /// A key that is accepted until the change, and is then answered otherwise.
    pub(crate) fn until_changed(id: &str, key: &str, after: u16) -> Self {
        let request = format!("GET {TARGET} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
        let [changing, changed] = [NEVER, NEVER].map(AtomicU64::new);
        let [bound, last_allowed] = [0, 0].map(AtomicU64::new);
        Self { id: id.into(), request, began: Instant::now(), after, changing, changed, bound, last_allowed }
    }

    fn at(&self, time: Instant) -> u64 {
        u64::try_from(time.saturating_duration_since(self.began).as_micros()).unwrap()
    }

    /// The change is about to be committed.
    pub(crate) fn changes(&self, bound: Duration) {
        self.bound.store(u64::try_from(bound.as_micros()).unwrap(), Ordering::SeqCst);
        self.changing.store(self.at(Instant::now()), Ordering::SeqCst);
    }

    /// The change is committed.
    pub(crate) fn changed(&self) {
        self.changed.store(self.at(Instant::now()), Ordering::SeqCst);
    }

    pub(crate) fn last_allowed(&self) -> Duration {
        Duration::from_micros(self.last_allowed.load(Ordering::SeqCst))
    }

    /// Which key it is, and when a request with it was sent.
    fn told(&self, sent: Instant) -> String {
        let (id, after, sent) = (&self.id, self.after, self.at(sent));
        let changed = self.changed.load(Ordering::SeqCst);
        if changed == NEVER {
            format!("key {id}, which nothing has changed yet")
        } else {
            let late = i128::from(sent) - i128::from(changed);
            format!("key {id}, asked {late} µs after a change was committed that makes it {after}")
        }
    }

    /// Whether that is a right answer to a request that was sent and answered then.
    fn is_right(&self, sent: Instant, answered: Instant, status: u16) -> bool {
        let (sent, answered) = (self.at(sent), self.at(answered));
        let (changing, changed) = (self.changing.load(Ordering::SeqCst), self.changed.load(Ordering::SeqCst));
        let known = changed.saturating_add(self.bound.load(Ordering::SeqCst));
        if status == 200 && sent >= changing {
            self.last_allowed.fetch_max(sent - changing, Ordering::SeqCst);
        }
        match status {
            200 => self.after == 200 || sent < known,
            status => status == self.after && answered >= changing,
        }
    }
}

/// What came of it.
#[derive(Clone, Default)]
pub(crate) struct Told {
    pub(crate) answers: u64,
    pub(crate) allowed: u64,
    pub(crate) unknown: u64,
    pub(crate) denied: u64,
    pub(crate) outages: u64,
    pub(crate) wrong: Vec<String>,
}

pub(crate) struct Load {
    /// The servers' addresses; none while one is down.
    nodes: Vec<RwLock<Option<String>>>,
    subjects: RwLock<Vec<Arc<Subject>>>,
    /// When the database went, and when it was there again.
    outages: Mutex<Vec<(Instant, Option<Instant>)>>,
    told: Mutex<Told>,
    is_over: AtomicBool,
}

impl Load {
    pub(crate) fn new(addresses: Vec<String>) -> Arc<Self> {
        let nodes = addresses.into_iter().map(|address| RwLock::new(Some(address))).collect();
        let (subjects, outages, told, is_over) = Default::default();
        Arc::new(Self { nodes, subjects, outages, told, is_over })
    }

    pub(crate) fn add(&self, subject: Subject) -> Arc<Subject> {
        let subject = Arc::new(subject);
        self.subjects.write().unwrap().push(Arc::clone(&subject));
        subject
    }

    /// Asks for this one no longer. Each answer to it is judged when this returns, so that what it is answered may change then.
    pub(crate) fn remove(&self, subject: &Arc<Subject>) {
        self.subjects.write().unwrap().retain(|one| !Arc::ptr_eq(one, subject));
        while Arc::strong_count(subject) > 1 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn down(&self, node: usize) {
        *self.nodes[node].write().unwrap() = None;
    }

    pub(crate) fn up(&self, node: usize, address: &str) {
        *self.nodes[node].write().unwrap() = Some(address.to_owned());
    }

    pub(crate) fn outage_begins(&self) {
        self.outages.lock().unwrap().push((Instant::now(), None));
    }

    pub(crate) fn outage_ends(&self) {
        self.outages.lock().unwrap().last_mut().unwrap().1 = Some(Instant::now());
    }

    pub(crate) fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Whether the database was gone, or had just returned, at some time between the two.
    fn was_out(&self, from: Instant, to: Instant) -> bool {
        let outages = self.outages.lock().unwrap();
        outages.iter().any(|(gone, back)| to >= *gone && back.is_none_or(|back| from <= back + RECOVERS_IN))
    }

    fn judge(&self, node: usize, subject: &Subject, sent: Instant, status: u16) {
        let answered = Instant::now();
        let is_right = match status {
            503 => self.was_out(sent, answered),
            _ => subject.is_right(sent, answered, status),
        };
        let mut told = self.told.lock().unwrap();
        told.answers += 1;
        match status {
            200 => told.allowed += 1,
            401 => told.unknown += 1,
            403 => told.denied += 1,
            503 => told.outages += 1,
            _ => {}
        }
        if !is_right && told.wrong.len() < 20 {
            told.wrong.push(format!("server {node} answered {status} to {}", subject.told(sent)));
        }
    }

    /// One connection to one server, and again where it is lost.
    fn ask(&self, node: usize, pause: Duration) {
        let (mut connection, mut next): (Option<(String, BufReader<TcpStream>)>, usize) = (None, node);
        while !self.is_over.load(Ordering::SeqCst) {
            let Some(address) = self.nodes[node].read().unwrap().clone() else {
                connection = None;
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let subject = {
                let subjects = self.subjects.read().unwrap();
                next = next.wrapping_add(1);
                // Every second request is for the youngest one, which the next change is about.
                let chosen = if next.is_multiple_of(2) { subjects.len() - 1 } else { next / 2 % subjects.len() };
                Arc::clone(&subjects[chosen])
            };
            let is_new = connection.as_ref().is_none_or(|(connected, _)| *connected != address);
            let sent = Instant::now();
            let answer = if is_new { connect(&address) } else { Ok(connection.take().unwrap().1) }
                .and_then(|mut stream| exchange(&mut stream, &subject.request).map(|status| (status, stream)));
            match answer {
                Ok((status, stream)) => {
                    self.judge(node, &subject, sent, status);
                    connection = Some((address, stream));
                }
                // A connection that was open before may be closed for good reasons. A new one is refused by a server that is down.
                Err(error) if is_new && self.nodes[node].read().unwrap().as_ref() == Some(&address) => {
                    self.told.lock().unwrap().wrong.push(format!("server {node} does not answer: {error}"));
                }
                Err(_) => connection = None,
            }
            thread::sleep(pause);
        }
    }
}

/// So many threads for each server.
pub(crate) fn start(load: &Arc<Load>, threads: usize, pause: Duration) -> Vec<JoinHandle<()>> {
    let nodes = (0..load.nodes.len()).flat_map(|node| (0..threads).map(move |_| node));
    let start = |node| {
        let load = Arc::clone(load);
        thread::spawn(move || load.ask(node, pause))
    };
    nodes.map(start).collect()
}

fn connect(address: &str) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWERS_IN))?;
    Ok(BufReader::new(stream))
}

/// Sends a request and reads its answer whole; the status.
fn exchange(stream: &mut BufReader<TcpStream>, request: &str) -> io::Result<u16> {
    stream.get_mut().write_all(request.as_bytes())?;
    let (mut line, mut status, mut length) = (String::new(), None, 0);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if status.is_none() {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            break;
        }
    }
    io::copy(&mut stream.take(length), &mut io::sink())?;
    status.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
