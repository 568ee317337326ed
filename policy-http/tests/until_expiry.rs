//! What outlives its credential ends with it, at the second.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use common::Api;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use policy_core::{Holder, Principal};
use policy_http::{CredentialExpired, Expiry, ManualClock, UntilExpiry, until_expiry};
use tokio::time::{Instant, Interval, interval, sleep};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn expiry(in_seconds: u64) -> Expiry {
    let principal = Principal::<Api>::new("ali").with_expiry(1_000 + in_seconds);
    Expiry::by(&ManualClock::at(1_000), &principal)
}

/// A tick each second, for ever, as a stream and as a body. Says when it was dropped.
struct Ticks(Interval, Arc<AtomicUsize>);

impl Ticks {
    fn new() -> (Self, Arc<AtomicUsize>) {
        let dropped = Arc::new(AtomicUsize::new(0));
        (Self(interval(seconds(1)), Arc::clone(&dropped)), dropped)
    }
}

impl Drop for Ticks {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

impl Stream for Ticks {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        self.0.poll_tick(context).map(|_| Some(()))
    }
}

impl Body for Ticks {
    type Data = VecDeque<u8>;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<VecDeque<u8>>, Infallible>>> {
        self.0.poll_tick(context).map(|_| Some(Ok(Frame::data(VecDeque::from([b'.'])))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(1_000_000)
    }
}

async fn items<S: Stream>(stream: S) -> usize {
    let mut stream = pin!(stream);
    let mut count = 0;
    while poll_fn(|context| stream.as_mut().poll_next(context)).await.is_some() {
        count += 1;
    }
    assert!(poll_fn(|context| stream.as_mut().poll_next(context)).await.is_none(), "what has ended stays so");
    count
}

/// The frames of a body, and whether it ended as an error.
async fn frames<B: Body<Error = Box<dyn std::error::Error + Send + Sync>>>(body: B) -> (usize, bool) {
    let mut body = pin!(body);
    let mut count = 0;
    loop {
        match poll_fn(|context| body.as_mut().poll_frame(context)).await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => {
                assert!(error.is::<CredentialExpired>());
                assert!(poll_fn(|context| body.as_mut().poll_frame(context)).await.is_none());
                return (count, true);
            }
            None => return (count, false),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_a_body_and_a_future_end_at_the_expiry() {
    let (ticks, dropped) = Ticks::new();
    let began = Instant::now();
    let stream = UntilExpiry::new(expiry(10), ticks);
    assert_eq!(Stream::size_hint(&stream), (0, None));
    assert_eq!(items(stream).await, 10, "ten ticks, the first at once");
    assert_eq!((began.elapsed(), dropped.load(Ordering::SeqCst)), (seconds(10), 1));

    let body = UntilExpiry::new(expiry(10), Ticks::new().0);
    assert_eq!(Body::size_hint(&body).exact(), None, "no promise of a length that it may not keep");
    assert_eq!(frames(body).await, (10, true), "a part is not the whole");
    assert_eq!(frames(UntilExpiry::new(expiry(10), Ticks::new().0).ending()).await, (10, false));

    let began = Instant::now();
    assert_eq!(UntilExpiry::new(expiry(5), pending::<()>()).await, Err(CredentialExpired));
    assert_eq!(began.elapsed(), seconds(5));
    assert_eq!(UntilExpiry::new(expiry(5), async { sleep(seconds(4)).await }).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_has_expired_sends_nothing_and_what_does_not_expire_goes_on() {
    assert_eq!(items(UntilExpiry::new(expiry(0), Ticks::new().0)).await, 0);
    let year = async { sleep(seconds(365 * 86_400)).await };
    assert_eq!(UntilExpiry::new(Expiry::NEVER, year).await, Ok(()));
    assert_eq!(Expiry::of(&Principal::<Api>::new("ali")), Expiry::NEVER);
    assert_eq!(Expiry::of(&Principal::<Api>::new("ali").with_expiry(u64::MAX)), Expiry::NEVER);
    let body = UntilExpiry::new(Expiry::NEVER, Ticks::new().0);
    assert_eq!(Body::size_hint(&body).exact(), Some(1_000_000));
}

/// Holds a principal, as a permit does.
struct Held(Principal<Api>);

impl Holder for Held {
    type Document = Api;

    fn principal(&self) -> &Principal<Api> {
        &self.0
    }
}

#[tokio::test(start_paused = true)]
async fn the_expiry_is_that_of_the_permit() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let held = Held(Principal::new("ali").with_expiry(now + 100));
    let began = Instant::now();
    assert_eq!(until_expiry(&held, pending::<()>()).await, Err(CredentialExpired));
    assert!((seconds(98)..=seconds(100)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_credential_is_checked_again_until_the_answer_is_no() {
    // Renewed once for six seconds, checked at least each four: after 4, 8, and 10 when the renewal ends.
    let began = Instant::now();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&asked);
    let stream = UntilExpiry::new(expiry(5), Ticks::new().0).rechecked(seconds(4), move || {
        times.lock().unwrap().push(began.elapsed().as_secs());
        let round = times.lock().unwrap().len();
        async move { (round < 3).then(|| if round == 1 { expiry(6) } else { expiry(2) }) }
    });
    assert_eq!(items(stream).await, 10);
    assert_eq!(*asked.lock().unwrap(), [4, 8, 10]);

    // While the question is open, nothing is sent.
    let stream = UntilExpiry::new(expiry(3), Ticks::new().0).rechecked(seconds(60), || async {
        sleep(seconds(20)).await;
        None
    });
    let began = Instant::now();
    assert_eq!(items(stream).await, 3);
    assert_eq!(began.elapsed(), seconds(23));

    // A credential without an expiry that is revoked.
    let mut rounds = 0;
    let body = UntilExpiry::new(Expiry::NEVER, Ticks::new().0).rechecked(seconds(30), move || {
        rounds += 1;
        let good = rounds < 3;
        async move { good.then_some(Expiry::NEVER) }
    });
    assert_eq!(frames(body).await, (90, true));
}
