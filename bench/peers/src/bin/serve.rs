//! What a guard costs a service: requests over loopback, to the same service unguarded, guarded by this and by a peer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use policy_bench::arguments::Arguments;
use policy_bench_peers::services::{KEY, guarded, protected, unguarded};

const HELP: &str = "Prints how many requests a second a guarded service answers beside the same service unguarded.

Usage: serve [--rounds N] [--milliseconds N] [--connections N]

  --rounds N         how often each service has its turn (31)
  --milliseconds N   how long a turn is (200)
  --connections N    kept alive, each with a thread that waits for every answer (2)

Each service runs on a thread of its own, on one thread of tokio. Ratios are of the medians; the time that the service's
thread computed for a request, which other load disturbs less, stands beside.";

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

struct Service {
    name: &'static str,
    address: SocketAddr,
    /// Where the system says what its thread computed.
    task: String,
    answered: Vec<f64>,
    computed: Vec<f64>,
}

fn measure(rounds: u32, turn: Duration, connections: u32) -> io::Result<()> {
    let mut services = [
        serve("unguarded", unguarded)?,
        serve("guarded by this", guarded)?,
        serve("guarded by protect-axum 0.2", protected)?,
    ];
    for service in &services {
        check(service)?;
    }
    for round in 0..rounds {
        eprint!("\rround {} of {rounds}", round + 1);
        for service in &mut services {
            let before = computed(&service.task)?;
            let start = Instant::now();
            let count = ask(service.address, start + turn, connections)?;
            service.answered.push(count as f64 / start.elapsed().as_secs_f64());
            service.computed.push((computed(&service.task)? - before) / count as f64);
        }
    }
    eprintln!();
    println!("| service | requests a second | ratio | computed for a request | ratio |");
    println!("|---|--:|--:|--:|--:|");
    let mut base = None;
    for service in &mut services {
        let (answered, computed) = (median(&mut service.answered), median(&mut service.computed));
        let (first_answered, first_computed) = *base.get_or_insert((answered, computed));
        println!(
            "| {} | {answered:.0} | {:.3} | {:.2} µs | {:.3} |",
            service.name,
            answered / first_answered,
            computed / 1e3,
            computed / first_computed,
        );
    }
    Ok(())
}

/// A service on a thread of its own, until the program ends.
fn serve(name: &'static str, app: fn() -> Router) -> io::Result<Service> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            let task = std::fs::read_link("/proc/thread-self")?.display().to_string();
            let _ = tell.send((listener.local_addr()?, task));
            axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| {
                let _ = stream.set_nodelay(true);
            }), app()).await
        })
    });
    let (address, task) = told.recv().map_err(io::Error::other)?;
    Ok(Service { name, address, task: format!("/proc/{task}/schedstat"), answered: Vec::new(), computed: Vec::new() })
}

/// Nanoseconds that a thread computed so far.
fn computed(task: &str) -> io::Result<f64> {
    let text = std::fs::read_to_string(task)?;
    text.split(' ').next().and_then(|number| number.parse().ok()).ok_or_else(|| io::Error::other("no schedstat"))
}

/// The same bytes for everybody, and a guard that guards.
fn check(service: &Service) -> io::Result<()> {
    let mut answer = Vec::new();
    let mut stream = TcpStream::connect(service.address)?;
    exchange(&mut stream, &request(0), &mut answer)?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other(format!("{}: {}", service.name, String::from_utf8_lossy(&answer))));
    }
    if service.name != "unguarded" {
        exchange(&mut stream, b"GET /v1/notes/n1 HTTP/1.1\r\nHost: localhost\r\n\r\n", &mut answer)?;
        if !answer.starts_with(b"HTTP/1.1 401") {
            return Err(io::Error::other(format!("{} does not guard", service.name)));
        }
    }
    Ok(())
}

/// Asks until then; how many answers came.
fn ask(address: SocketAddr, until: Instant, connections: u32) -> io::Result<u64> {
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            thread::spawn(move || -> io::Result<u64> {
                let mut stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                let requests: Vec<Vec<u8>> = (0..8).map(request).collect();
                let mut answer = Vec::new();
                let mut count = 0;
                while Instant::now() < until {
                    for request in &requests {
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

fn request(number: usize) -> Vec<u8> {
    let path = if number % 4 == 0 { "/v1/notes".to_owned() } else { format!("/v1/notes/n{number}") };
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\nAccept: application/json\r\n\r\n")
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

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
