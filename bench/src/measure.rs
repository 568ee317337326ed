//! Thread CPU time of a pass over all requests.

use cpu_time::ThreadTime;

use crate::contenders::Contender;
use crate::requests::Request;

/// Nanoseconds for a request.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// The least of all passes.
    pub minimum: f64,
    /// The middle of all passes.
    pub median: f64,
    /// Allocations for a request, on average.
    pub allocations: f64,
}

/// The least number of requests in a pass, so that the clock's own cost does not count.
const ASKED: usize = 32_768;

/// Measures all contenders in turns, pass by pass, so that other load on the machine affects each of them.
#[must_use]
pub fn measure(contenders: &[&dyn Contender], requests: &[Request], passes: u32) -> Vec<Figures> {
    let repeat = ASKED.div_ceil(requests.len().max(1));
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..passes.max(1) {
        for (times, contender) in times.iter_mut().zip(contenders) {
            // Fills the caches again, which the other contenders have used.
            contender.pass(requests);
            let start = ThreadTime::now();
            for _ in 0..repeat {
                contender.pass(requests);
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / (repeat * requests.len()) as f64);
        }
    }
    let figures = times.into_iter().zip(contenders).map(|(mut times, contender)| {
        times.sort_by(f64::total_cmp);
        let counted = allocation_counter::measure(|| contender.pass(requests));
        Figures {
            minimum: times.first().copied().unwrap_or(f64::NAN),
            median: times.get(times.len() / 2).copied().unwrap_or(f64::NAN),
            allocations: counted.count_total as f64 / requests.len().max(1) as f64,
        }
    });
    figures.collect()
}
