//! Load: as much as there can be, and at a given rate.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::wire::{Answer, Wire};

/// A request, and whether an answer is right.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_right: fn(&Answer) -> bool,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Answers a second.
    pub(crate) rate: f64,
    pub(crate) median: Duration,
    /// 99 of 100 are within it.
    pub(crate) p99: Duration,
}

/// Asks on so many connections, each as soon as it has its answer.
pub(crate) fn all_out(address: SocketAddr, asked: &[Asked], connections: usize, time: Duration) -> Measured {
    run(address, asked, connections, time, None)
}

/// Asks so many times a second altogether. A request that waits for the one before it has waited since its turn.
pub(crate) fn paced(address: SocketAddr, asked: &[Asked], connections: usize, time: Duration, rate: f64) -> Measured {
    run(address, asked, connections, time, Some(Duration::from_secs_f64(connections as f64 / rate)))
}

fn run(address: SocketAddr, asked: &[Asked], connections: usize, time: Duration, pace: Option<Duration>) -> Measured {
    let ended = AtomicBool::new(false);
    let began = Instant::now();
    let mut took: Vec<Duration> = std::thread::scope(|scope| {
        let ended = &ended;
        let workers: Vec<_> = (0..connections)
            .map(|worker| scope.spawn(move || work(address, asked, worker, connections, pace, ended)))
            .collect();
        std::thread::sleep(time);
        ended.store(true, Ordering::Relaxed);
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort_unstable();
    let at =
        |share: f64| took.get(((took.len().saturating_sub(1)) as f64 * share) as usize).copied().unwrap_or_default();
    Measured { rate, median: at(0.5), p99: at(0.99) }
}

fn work(
    address: SocketAddr,
    asked: &[Asked],
    worker: usize,
    workers: usize,
    pace: Option<Duration>,
    ended: &AtomicBool,
) -> Vec<Duration> {
    let mut wire = Wire::open(address).unwrap();
    let mut took = Vec::new();
    let mut turn = Instant::now() + pace.unwrap_or_default().mul_f64(worker as f64 / workers as f64);
    for asked in asked.iter().cycle().skip(worker) {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let mut began = Instant::now();
        if let Some(pace) = pace {
            if let Some(early) = turn.checked_duration_since(began) {
                std::thread::sleep(early);
                // The sleep may have been longer than was asked for. That is no time of the server.
                began = Instant::now();
            } else {
                began = turn;
            }
            turn += pace;
        }
        let answer = wire.ask(&asked.bytes).unwrap();
        assert!((asked.is_right)(&answer), "{answer:?} to {}", String::from_utf8_lossy(&asked.bytes));
        took.push(began.elapsed());
    }
    took
}
