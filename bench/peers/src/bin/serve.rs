//! What a guard costs a service: requests over loopback, to the same service unguarded, guarded by this and by a peer.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use policy_bench::arguments::Arguments;
use policy_bench_peers::reference::Reference;
use policy_bench_peers::services::{KEY, authenticated, guarded, protected, unguarded};

const HELP: &str = "Prints how many requests a second a guarded service answers beside the same service unguarded: a service that does
next to nothing, and the reference API with its database: SQLite, and PostgreSQL where that is installed.

Usage: serve [--rounds N] [--milliseconds N] [--connections N]

  --rounds N         how often each service has its turn (31)
  --milliseconds N   how long a turn is (200)
  --connections N    kept alive, each with a thread that waits for every answer (2)

Each service runs on a thread of its own, on one thread of tokio. Ratios are to the first service in the same round, the
median of all rounds; the first stands there twice, for what the machine does. The time that the service's thread computed
for a request, which other load disturbs less, stands beside; what a database's own thread computes is not in it.";

fn main() -> ExitCode {
    let run = || -> Result<(), ExitCode> {
        let arguments = Arguments::read(HELP)?;
        let rounds = arguments.number("--rounds", 31)?.max(1);
        let turn = Duration::from_millis(u64::from(arguments.number("--milliseconds", 200)?.max(1)));
        let connections = arguments.number("--connections", 2)?.max(1);
        measure(rounds, turn, connections).map_err(|error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        })
    };
    run().err().unwrap_or(ExitCode::SUCCESS)
}

const UNGUARDED: &str = "unguarded";
/// How far it is from the first says how far any other may be without a reason.
const AGAIN: &str = "the same again";

struct Service {
    name: &'static str,
    address: SocketAddr,
    /// Where the system says what its thread computed.
    task: String,
    /// What it is asked, in turn.
    requests: Arc<[Vec<u8>]>,
    answered: Vec<f64>,
    computed: Vec<f64>,
}

fn measure(rounds: u32, turn: Duration, connections: u32) -> Result<(), Box<dyn Error>> {
    let paths = |number| if number % 4 == 0 { "/v1/notes".to_owned() } else { format!("/v1/notes/n{number}") };
    let notes: Vec<String> = (0..8).map(paths).collect();
    let mut small = [
        serve(UNGUARDED, unguarded(), &notes, KEY)?,
        serve(AGAIN, unguarded(), &notes, KEY)?,
        serve("the caller known by hand, nothing decided", authenticated(), &notes, KEY)?,
        serve("guarded by this", guarded(), &notes, KEY)?,
        serve("guarded by protect-axum 0.2", protected(), &notes, KEY)?,
    ];
    compare("A service that does next to nothing", &mut small, rounds, turn, connections)?;

    // It goes on running: the database's connection comes back to its pool there.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let sqlite = runtime.block_on(Reference::on_sqlite())?;
    reference("The reference API on SQLite", &sqlite, rounds, turn, connections)?;
    match runtime.block_on(Reference::on_postgres())? {
        Some(postgres) => reference("The reference API on PostgreSQL", &postgres, rounds, turn, connections),
        None => Ok(()),
    }
}

fn reference(
    title: &str,
    reference: &Reference,
    rounds: u32,
    turn: Duration,
    connections: u32,
) -> Result<(), Box<dyn Error>> {
    let Reference { unguarded, guarded, as_it_is, paths, known_key, stored_key, .. } = reference;
    let mut services = [
        serve(UNGUARDED, unguarded.clone(), paths, known_key)?,
        serve(AGAIN, unguarded.clone(), paths, known_key)?,
        serve("guarded by this, keys in memory", guarded.clone(), paths, known_key)?,
        serve("as it is, keys in the database", as_it_is.clone(), paths, stored_key)?,
    ];
    compare(title, &mut services, rounds, turn, connections)
}

/// All in turns, so that whatever else the machine does meets all.
fn compare(
    title: &str,
    services: &mut [Service],
    rounds: u32,
    turn: Duration,
    connections: u32,
) -> Result<(), Box<dyn Error>> {
    check(services)?;
    for round in 0..rounds {
        eprint!("\r{title}: round {} of {rounds}", round + 1);
        // Forth and back: whoever comes first finds another machine than whoever comes last.
        let mut turns: Vec<&mut Service> = services.iter_mut().collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for service in turns {
            let before = computed(&service.task)?;
            let start = Instant::now();
            let count = ask(service, start + turn, connections)?;
            service.answered.push(count as f64 / start.elapsed().as_secs_f64());
            service.computed.push((computed(&service.task)? - before) / count as f64);
        }
    }
    eprintln!();
    println!("\n{title}\n");
    println!("| service | requests a second | ratio | computed for a request | ratio |");
    println!("|---|--:|--:|--:|--:|");
    let Some(first) = services.first() else { return Ok(()) };
    for service in services.iter() {
        println!(
            "| {} | {:.0} | {:.3} | {:.2} µs | {:.3} |",
            service.name,
            median(service.answered.iter().copied()),
            median(service.answered.iter().zip(&first.answered).map(|(one, first)| one / first)),
            median(service.computed.iter().copied()) / 1e3,
            median(service.computed.iter().zip(&first.computed).map(|(one, first)| one / first)),
        );
    }
    Ok(())
}

/// A service on a thread of its own, until the program ends.
fn serve(name: &'static str, app: Router, paths: &[String], key: &str) -> io::Result<Service> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            let task = std::fs::read_link("/proc/thread-self")?.display().to_string();
            let _ = tell.send((listener.local_addr()?, task));
            let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                let _ = stream.set_nodelay(true);
            });
            axum::serve(listener, app).await
        })
    });
    let (address, task) = told.recv().map_err(io::Error::other)?;
    Ok(Service {
        name,
        address,
        task: format!("/proc/{task}/schedstat"),
        requests: paths.iter().map(|path| request(path, key)).collect(),
        answered: Vec::new(),
        computed: Vec::new(),
    })
}

/// Nanoseconds that a thread computed so far.
fn computed(task: &str) -> io::Result<f64> {
    let text = std::fs::read_to_string(task)?;
    text.split(' ').next().and_then(|number| number.parse().ok()).ok_or_else(|| io::Error::other("no schedstat"))
}

/// Every answer is one with content, of the same length from every service, and a guard guards.
fn check(services: &[Service]) -> Result<(), Box<dyn Error>> {
    let mut expected: Option<Vec<usize>> = None;
    for service in services {
        let mut stream = TcpStream::connect(service.address)?;
        let mut answer = Vec::new();
        let mut lengths = Vec::new();
        for request in service.requests.iter() {
            exchange(&mut stream, request, &mut answer)?;
            if !answer.starts_with(b"HTTP/1.1 200") {
                return Err(format!("{}: {}", service.name, String::from_utf8_lossy(&answer)).into());
            }
            lengths.push(answer.len());
        }
        if *expected.get_or_insert_with(|| lengths.clone()) != lengths {
            return Err(format!("{} answers otherwise", service.name).into());
        }
        if matches!(service.name, UNGUARDED | AGAIN) {
            continue;
        }
        for request in service.requests.iter() {
            let without = String::from_utf8_lossy(request).replace("Authorization:", "Other:");
            exchange(&mut stream, without.as_bytes(), &mut answer)?;
            if !answer.starts_with(b"HTTP/1.1 401") {
                return Err(format!("{} does not guard", service.name).into());
            }
        }
    }
    Ok(())
}

/// Asks until then; how many answers came.
fn ask(service: &Service, until: Instant, connections: u32) -> io::Result<u64> {
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let (address, requests) = (service.address, Arc::clone(&service.requests));
            thread::spawn(move || -> io::Result<u64> {
                let mut stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                let mut answer = Vec::new();
                let mut count = 0;
                while Instant::now() < until {
                    for request in requests.iter() {
                        exchange(&mut stream, request, &mut answer)?;
                        count += 1;
                    }
                }
                Ok(count)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread failed")))).sum()
}

fn request(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nAccept: application/json\r\n\r\n")
        .into_bytes()
}

/// Sends a request and reads one whole answer.
fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()> {
    stream.write_all(request)?;
    answer.clear();
    let mut bytes = [0; 4096];
    loop {
        let read = stream.read(&mut bytes)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend(bytes.get(..read).unwrap_or_default());
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(answer.get(..head).unwrap_or_default()).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if answer.len() >= head + 4 + length.unwrap_or_default() {
            return Ok(());
        }
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
