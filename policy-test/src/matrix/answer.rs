//! What a service answered.

/// The part of an answer by which it is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it has `WWW-Authenticate`.
    pub has_challenge: bool,
    /// Whether it lists methods: `Allow` or `Access-Control-Allow-Methods`.
    pub lists_methods: bool,
    /// The beginning of its body, where that was read.
    pub body: Vec<u8>,
    /// Whether the handler ran, where whoever asked knows.
    pub reached: Option<bool>,
}

impl Answer {
    /// An answer by its status and its headers.
    pub fn new<'h>(status: u16, headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Self {
        let mut answer = Self { status, ..Self::default() };
        for (name, _) in headers {
            answer.has_challenge |= name.eq_ignore_ascii_case("www-authenticate");
            answer.lists_methods |=
                ["allow", "access-control-allow-methods"].iter().any(|known| name.eq_ignore_ascii_case(known));
        }
        answer
    }

    /// With the beginning of its body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Says whether the operation's handler ran.
    #[must_use]
    pub fn with_reached(mut self, reached: bool) -> Self {
        self.reached = Some(reached);
        self
    }

    /// Whether it is what frameworks answer to OPTIONS by themselves: the methods, and no content but these.
    pub(crate) fn is_list_of_methods(&self) -> bool {
        let is_list = self.body.len() <= 128
            && self.body.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b',' | b' ' | b'\r' | b'\n'));
        matches!(self.status, 200 | 204) && self.lists_methods && is_list
    }
}
