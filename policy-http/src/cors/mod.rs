//! Cross-origin resource sharing (the Fetch standard's “CORS protocol”), answered from the document. Off until it is configured.

mod origin;
mod preflight;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};

pub(crate) use preflight::preflight;

use crate::added_headers::AddedHeaders;
use crate::head::Head;

/// Which other origins' scripts may read the answers of a guarded API.
///
/// CORS does not change who may call an operation. A request is decided in the same way whatever its origin, and CORS only tells the
/// browser which scripts may read the answer. The guard answers a preflight from the document's methods. It reaches no handler.
///
/// ```
/// use std::time::Duration;
/// use policy_http::Cors;
///
/// let cors = Cors::origins(["https://app.example.com"])?
///     .allow_headers([http::header::CONTENT_TYPE])
///     .max_age(Duration::from_secs(600));
/// # Ok::<_, policy_http::CorsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Origins,
    credentials: bool,
    headers: Vec<HeaderName>,
    expose: Vec<HeaderName>,
    max_age: Option<Duration>,
    exposed: Exposed,
}

#[derive(Clone, Debug)]
enum Origins {
    /// Every origin, with the header value `*`.
    Any(Arc<HeaderValue>),
    Listed(Vec<Arc<HeaderValue>>),
}

/// `Access-Control-Expose-Headers` for answers and for denials, each made once.
#[derive(Clone, Debug)]
struct Exposed {
    answer: Option<Arc<HeaderValue>>,
    denial: Option<Arc<HeaderValue>>,
}

impl Cors {
    /// Only these origins, compared byte by byte. Requests come without cookies and client certificates.
    ///
    /// # Errors
    /// [`CorsError`] if a text is not an origin as browsers send it. It would never match.
    pub fn origins<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, CorsError> {
        let origins: Result<Vec<_>, _> =
            origins.into_iter().map(|origin| origin::parse(origin.as_ref()).map(Arc::new)).collect();
        Ok(Self::new(Origins::Listed(origins?), false))
    }

    /// Only these origins. Their requests may come with credentials of the browser: cookies, client certificates, and remembered HTTP
    /// authentication. An API whose callers send a key or a token does not need this.
    ///
    /// There is no such constructor for [any origin](Self::any_origin).
    ///
    /// # Errors
    /// [`CorsError`], as [`origins`](Self::origins).
    pub fn origins_with_credentials<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, CorsError> {
        Ok(Self { credentials: true, ..Self::origins(origins)? })
    }

    /// Every origin, and never with credentials.
    #[must_use]
    pub fn any_origin() -> Self {
        Self::new(Origins::Any(Arc::new(HeaderValue::from_static("*"))), false)
    }

    fn new(origins: Origins, credentials: bool) -> Self {
        let (headers, expose) = (Vec::new(), Vec::new());
        let exposed = Exposed::of(&expose);
        Self { origins, credentials, headers, expose, max_age: None, exposed }
    }

    /// Request headers that scripts may set. Headers with credentials of the document are always allowed.
    #[must_use]
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers.extend(names);
        self
    }

    /// Response headers that scripts may read, besides those that the Fetch standard always shows. Of a denial, the challenge and
    /// `Retry-After` are always shown.
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.expose.extend(names);
        self.exposed = Exposed::of(&self.expose);
        self
    }

    /// How long a browser may keep the answer to a preflight. Without this, browsers keep it for five seconds.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The value of `Access-Control-Allow-Origin`. `None` if the request's origin may not read the answer.
    fn allowed_origin(&self, request: &impl Head) -> Option<Arc<HeaderValue>> {
        let mut sent = request.header("origin");
        let (sent, None) = (sent.next()?, sent.next()) else { return None };
        match &self.origins {
            Origins::Any(any) => Some(Arc::clone(any)),
            Origins::Listed(origins) => origins.iter().find(|origin| origin.as_bytes() == sent).cloned(),
        }
    }

    /// The headers that an answer to the request needs.
    pub(crate) fn added(&self, request: &impl Head, denied: bool) -> AddedHeaders {
        let expose = if denied { &self.exposed.denial } else { &self.exposed.answer };
        AddedHeaders {
            allow_origin: self.allowed_origin(request),
            allow_credentials: self.credentials,
            expose: expose.clone(),
            // A cache must not give one origin the answer that another got.
            varies: matches!(self.origins, Origins::Listed(_)),
            shadow: None,
        }
    }
}

impl Exposed {
    fn of(names: &[HeaderName]) -> Self {
        let challenge = [WWW_AUTHENTICATE, RETRY_AFTER];
        let denial: Vec<_> =
            names.iter().chain(challenge.iter().filter(|name| !names.contains(name))).cloned().collect();
        Self { answer: join(names).map(Arc::new), denial: join(&denial).map(Arc::new) }
    }
}

/// Names, as a list in one field. `None` for no names.
fn join<T: AsRef<str>>(names: &[T]) -> Option<HeaderValue> {
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    HeaderValue::try_from(names.join(", ")).ok()
}

/// A text that is not an origin as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsError {
    origin: String,
    because: Cow<'static, str>,
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an origin that a browser sends: {}", self.origin.escape_debug(), self.because)
    }
}

impl std::error::Error for CorsError {}
