//! Thread CPU time of a pass over all requests.

use std::hint::black_box;

use cpu_time::ThreadTime;

use crate::contenders::Contender;
use crate::requests::Request;

/// Nanoseconds for a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) minimum: f64,
    pub(crate) median: f64,
}

const PASSES: usize = 61;
/// A pass asks at least this often, so that the clock's own cost does not count.
const ASKED: usize = 32_768;

/// A contender, asked every request once.
type Pass<'c> = dyn Fn(&[Request]) + 'c;

/// Measures all in turns, pass by pass, so that whatever else the machine does meets each of them.
pub(crate) fn measure<const N: usize>(passes: [&Pass<'_>; N], requests: &[Request]) -> [Figures; N] {
    let repeat = ASKED.div_ceil(requests.len().max(1));
    let mut times = [(); N].map(|()| Vec::with_capacity(PASSES));
    for _ in 0..PASSES {
        for (times, pass) in times.iter_mut().zip(passes) {
            // What the others left in the caches is not part of the pass.
            pass(requests);
            let start = ThreadTime::now();
            for _ in 0..repeat {
                pass(requests);
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / (repeat * requests.len()) as f64);
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        let at = |index: usize| times.get(index).copied().unwrap_or(f64::NAN);
        Figures { minimum: at(0), median: at(PASSES / 2) }
    })
}

/// Every request once. Generic, so that a contender is compiled as its user would have it.
pub(crate) fn pass<C: Contender>(contender: &C, requests: &[Request]) {
    for request in requests {
        black_box(contender.route(black_box(request.method), black_box(&request.path)));
    }
}
