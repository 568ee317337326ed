//! What a guard adds to an allowed request: nanoseconds and allocations, guarded against unguarded in one run.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cpu_time::ThreadTime;
use policy_core::{AuthenticationFailure, Document, Policy, Principal, Scheme};
use policy_http::{Authenticator, Credential};

const PASSES: usize = 41;
const ASKED: usize = 4_000;

/// An authenticator that knows one caller with every scope. It clones the caller, as an authenticator with a cache does.
#[derive(Debug)]
pub struct Known<D: Document>(Principal<D>);

/// The credential that [`Known`] knows, as the header `Authorization`.
pub const AUTHORIZATION: &str = "Bearer token";

impl<D: Document> Known<D> {
    /// The caller, known by this scheme.
    #[must_use]
    pub fn by(scheme: Scheme<D>) -> Self {
        Self(Principal::new("ali").with_grant(scheme, Policy::<D>::new().scopes().collect()))
    }
}

impl<D: Document> Authenticator<D> for Known<D> {
    async fn authenticate(&self, credential: &Credential<'_, D>) -> Result<Principal<D>, AuthenticationFailure> {
        match credential.secret() {
            "token" => Ok(self.0.clone()),
            _ => Err(AuthenticationFailure::Invalid),
        }
    }
}

/// One service's cost of a request.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// The least of all passes.
    pub nanoseconds: f64,
    /// In one request.
    pub allocations: u64,
}

/// What a guard adds.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// With the guard.
    pub guarded: Cost,
    /// Without.
    pub unguarded: Cost,
}

impl Added {
    /// How many allocations more there are with the guard.
    #[must_use]
    pub fn allocations(&self) -> i128 {
        i128::from(self.guarded.allocations) - i128::from(self.unguarded.allocations)
    }
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { guarded, unguarded } = self;
        writeln!(f, "            ns/request  allocations")?;
        for (name, cost) in [("guarded", guarded), ("unguarded", unguarded)] {
            writeln!(f, "{name:<10}{:>12.0}{:>13}", cost.nanoseconds, cost.allocations)?;
        }
        let more = self.allocations();
        write!(f, "{:<10}{:>12.0}{more:>13}", "added", guarded.nanoseconds - unguarded.nanoseconds)
    }
}

/// Measures both in turns, so that other load on the machine affects both. Each closure sends one request that is allowed, and drops
/// the answer.
///
/// With the arguments `guarded N` or `unguarded N`, the program only sends N requests to that service, and ends. Then valgrind can count
/// the instructions of each, which do not depend on other load.
pub fn compare(guarded: impl Fn(), unguarded: impl Fn()) -> Added {
    let mut least = [f64::INFINITY; 2];
    let services: [&dyn Fn(); 2] = [&guarded, &unguarded];
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, count] = arguments.as_slice() {
        let service: &dyn Fn() = if name == "guarded" { &guarded } else { &unguarded };
        (0..count.parse().unwrap_or(0)).for_each(|_: u64| service());
        std::process::exit(0);
    }
    for _ in 0..PASSES {
        for (least, service) in least.iter_mut().zip(services) {
            let start = ThreadTime::now();
            for _ in 0..ASKED {
                black_box(service)();
            }
            *least = least.min(start.elapsed().as_secs_f64() * 1e9 / ASKED as f64);
        }
    }
    let [guarded, unguarded] = services.map(|service| allocation_counter::measure(service).count_total);
    let [with, without] = least;
    Added {
        guarded: Cost { nanoseconds: with, allocations: guarded },
        unguarded: Cost { nanoseconds: without, allocations: unguarded },
    }
}

/// The outcome of a future that never waits, such as the call of a service in this process.
///
/// # Panics
/// The future waits.
#[expect(clippy::panic, reason = "a measurement that does not run to its end measures nothing")]
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the service waits for something"),
    }
}
