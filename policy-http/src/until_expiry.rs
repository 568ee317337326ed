//! Ends long answers when their credential expires. It needs the feature `until-expiry`.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use policy_core::{Document, Holder, Principal};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::clock::{Clock, SystemClock};

/// Lets a stream of events, a body or the life of an upgraded connection run no longer than the credential that opened it.
///
/// `permit` is the permit or an adapter's wrapper of it. If the credential has no expiry, the answer goes on, unless the credential is
/// [checked again](UntilExpiry::rechecked).
///
/// ```
/// use policy_core::Holder;
/// use policy_http::{CredentialExpired, until_expiry};
///
/// # struct Socket; impl Socket { async fn next(&mut self) -> Option<String> { None } }
/// /// A loop over the messages of a WebSocket, say.
/// async fn talk(permit: impl Holder, mut socket: Socket) {
///     let conversation = async { while let Some(_message) = socket.next().await {} };
///     if let Err(CredentialExpired) = until_expiry(&permit, conversation).await {
///         // Say goodbye, and close.
///     }
/// }
/// ```
///
/// It uses tokio's timer, and so needs a tokio runtime.
pub fn until_expiry<T>(permit: &impl Holder, inner: T) -> UntilExpiry<T> {
    UntilExpiry::new(Expiry::of(permit.principal()), inner)
}

/// When a credential ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry(Option<Instant>);

impl Expiry {
    /// The credential does not expire.
    pub const NEVER: Self = Self(None);

    /// The expiry of a principal's credential.
    #[must_use]
    pub fn of<D: Document>(principal: &Principal<D>) -> Self {
        Self::by(&SystemClock, principal)
    }

    /// The expiry of a principal's credential, by another clock.
    #[must_use]
    pub fn by<D: Document>(clock: &dyn Clock, principal: &Principal<D>) -> Self {
        let left = principal.expires_at().map(|end| end.saturating_sub(clock.unix_seconds()));
        // A time that is too far away for the timer counts as never.
        Self(left.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds))))
    }

    /// The earlier of this and a time from now.
    fn within(self, time: Duration) -> Self {
        let limit = Instant::now().checked_add(time);
        Self(match (self.0, limit) {
            (Some(end), Some(limit)) => Some(end.min(limit)),
            (end, limit) => end.or(limit),
        })
    }
}

type Question = Pin<Box<dyn Future<Output = Option<Expiry>> + Send>>;

/// How a credential is checked again, and how often.
struct Recheck {
    every: Duration,
    ask: Box<dyn FnMut() -> Question + Send>,
}

pin_project! {
    /// Something that ends with a credential; [`until_expiry`] makes one.
    ///
    /// - A [`Future`] answers [`CredentialExpired`] then.
    /// - A [`Stream`] has no further item.
    /// - A [`Body`] ends with an error, so that nobody takes a part for the whole. With [`ending`](Self::ending) it ends as if it were
    ///   complete. That is right if each event stands for itself (`text/event-stream`).
    ///
    /// The value inside is dropped at that moment.
    #[must_use = "it does nothing by itself"]
    pub struct UntilExpiry<T> {
        #[pin]
        inner: Option<T>,
        #[pin]
        sleep: Option<Sleep>,
        recheck: Option<Recheck>,
        question: Option<Question>,
        ending: bool,
    }
}

/// The state of the credential.
enum Credential {
    Good,
    Unknown,
    Expired,
}

impl<T> UntilExpiry<T> {
    /// Ends `inner` at that time.
    pub fn new(expiry: Expiry, inner: T) -> Self {
        let sleep = expiry.0.map(sleep_until);
        Self { inner: Some(inner), sleep, recheck: None, question: None, ending: false }
    }

    /// Lets a body end as if it were complete.
    pub fn ending(mut self) -> Self {
        self.ending = true;
        self
    }

    /// Checks the credential again at its expiry, and at least once in `every`. So a credential that was renewed lives on, and one that
    /// was revoked ends. If `ask` gives `None`, the answer ends. Nothing is sent while `ask` is running.
    ///
    /// ```
    /// use std::time::Duration;
    /// use policy_core::Holder;
    /// use policy_http::{Expiry, UntilExpiry, until_expiry};
    ///
    /// # async fn still_good(_: &str) -> bool { true }
    /// fn live<T>(permit: &impl Holder, events: T) -> UntilExpiry<T> {
    ///     let key = permit.principal().credential_id().unwrap_or_default().to_owned();
    ///     until_expiry(permit, events).rechecked(Duration::from_secs(30), move || {
    ///         let key = key.clone();
    ///         async move { still_good(&key).await.then_some(Expiry::NEVER) }
    ///     })
    /// }
    /// ```
    pub fn rechecked<F, R>(mut self, every: Duration, mut ask: F) -> Self
    where
        F: FnMut() -> R + Send + 'static,
        R: Future<Output = Option<Expiry>> + Send + 'static,
    {
        let first = Expiry(self.sleep.as_ref().map(Sleep::deadline)).within(every);
        self.sleep = first.0.map(sleep_until);
        self.recheck = Some(Recheck { every, ask: Box::new(move || Box::pin(ask())) });
        self
    }

    fn credential(self: Pin<&mut Self>, context: &mut Context<'_>) -> Credential {
        let mut this = self.project();
        loop {
            if let Some(question) = this.question {
                match question.as_mut().poll(context) {
                    Poll::Pending => return Credential::Unknown,
                    Poll::Ready(None) => return Credential::Expired,
                    Poll::Ready(Some(expiry)) => {
                        *this.question = None;
                        let every = this.recheck.as_ref().map_or(Duration::MAX, |recheck| recheck.every);
                        this.sleep.set(expiry.within(every).0.map(sleep_until));
                    }
                }
            }
            match this.sleep.as_mut().as_pin_mut().map(|sleep| sleep.poll(context)) {
                None | Some(Poll::Pending) => return Credential::Good,
                Some(Poll::Ready(())) => match this.recheck {
                    None => return Credential::Expired,
                    Some(recheck) => *this.question = Some((recheck.ask)()),
                },
            }
        }
    }

    /// The result of `poll` for the value inside, while the credential is valid. `None` once it has expired.
    fn while_good<R>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<Option<R>> {
        if self.inner.is_none() {
            return Poll::Ready(None);
        }
        match self.as_mut().credential(context) {
            Credential::Good => {}
            Credential::Unknown => return Poll::Pending,
            Credential::Expired => {
                let mut this = self.project();
                this.inner.set(None);
                *this.question = None;
                return Poll::Ready(None);
            }
        }
        match self.project().inner.as_pin_mut() {
            Some(inner) => poll(inner, context).map(Some),
            None => Poll::Ready(None),
        }
    }
}

impl<F: Future> Future for UntilExpiry<F> {
    type Output = Result<F::Output, CredentialExpired>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.while_good(context, F::poll).map(|output| output.ok_or(CredentialExpired))
    }
}

impl<S: Stream> Stream for UntilExpiry<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.while_good(context, S::poll_next).map(Option::flatten)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.inner.as_ref().map_or(Some(0), |inner| inner.size_hint().1))
    }
}

impl<B> Body for UntilExpiry<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        if self.inner.is_none() {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.as_mut().while_good(context, B::poll_frame)) {
            Some(frame) => frame.map(|frame| frame.map_err(Into::into)),
            None if self.ending => None,
            None => Some(Err(CredentialExpired.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    /// No size is given, since the body may end early.
    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Some(inner) if self.sleep.is_none() => inner.size_hint(),
            _ => SizeHint::default(),
        }
    }
}

impl<T> fmt::Debug for UntilExpiry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UntilExpiry").field("ended", &self.inner.is_none()).finish_non_exhaustive()
    }
}

/// The credential that opened an answer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialExpired;

impl fmt::Display for CredentialExpired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential that opened this answer has ended")
    }
}

impl Error for CredentialExpired {}
