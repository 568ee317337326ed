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
/// It opens nothing that the policy closes: a request is decided whatever its origin, and CORS only tells the browser
/// who may read the answer. A preflight is answered by the guard from the document's own methods, and reaches no handler.
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
    /// With the value that says so.
    Any(Arc<HeaderValue>),
    Listed(Vec<Arc<HeaderValue>>),
}

/// `Access-Control-Expose-Headers` of an answer and of a denial, written once.
#[derive(Clone, Debug)]
struct Exposed {
    answer: Option<Arc<HeaderValue>>,
    denial: Option<Arc<HeaderValue>>,
}

impl Cors {
    /// These origins and no others, compared byte by byte. Requests come without cookies and client certificates.
    ///
    /// # Errors
    /// [`CorsError`]: a text is not an origin as browsers send it, and would never match.
    pub fn origins<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self, CorsError> {
        let origins: Result<Vec<_>, _> =
            origins.into_iter().map(|origin| origin::parse(origin.as_ref()).map(Arc::new)).collect();
        Ok(Self::new(Origins::Listed(origins?), false))
    }

    /// These origins and no others, whose requests may come with the browser's own credentials: cookies, client
    /// certificates, HTTP authentication that it remembers. An API whose callers send a key or token does not need it.
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

    /// Request headers that scripts may set, beside those that carry the document's own credentials.
    #[must_use]
    pub fn allow_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.headers.extend(names);
        self
    }

    /// Response headers that scripts may read, beside those that the Fetch standard always shows them. Of a denial, the
    /// challenge and `Retry-After` are always shown.
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.expose.extend(names);
        self.exposed = Exposed::of(&self.expose);
        self
    }

    /// How long a browser may keep the answer to a preflight; five seconds where nothing is said.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The value of `Access-Control-Allow-Origin`, where the request's origin may read the answer.
    fn allowed_origin(&self, request: &impl Head) -> Option<Arc<HeaderValue>> {
        let mut sent = request.header("origin");
        let (sent, None) = (sent.next()?, sent.next()) else { return None };
        match &self.origins {
            Origins::Any(any) => Some(Arc::clone(any)),
            Origins::Listed(origins) => origins.iter().find(|origin| origin.as_bytes() == sent).cloned(),
        }
    }

    /// What an answer to the request needs.
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

/// A text that was to be an origin and is none.
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
