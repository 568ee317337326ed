//! The counters in Prometheus' text format, which other collectors read too.

use std::fmt::{self, Write as _};

use policy_core::Document;

use super::{Count, Counters};

/// The numbers of [`Counters`] in Prometheus' text exposition format: one counter, `policy_decisions_total`, by method, route,
/// decision, stage and reason. It displays as the body of an answer with [`CONTENT_TYPE`](Self::CONTENT_TYPE).
///
/// A number that is zero has no line. Labels have nothing of a request or its caller. So the number of lines is bounded by the
/// operations of the policy and the reasons.
///
/// ```
/// use policy_core::Document;
/// use policy_http::{Counters, Prometheus};
///
/// /// What a route for metrics answers.
/// fn metrics<D: Document>(counters: &Counters<D>) -> http::Response<String> {
///     let mut response = http::Response::new(counters.prometheus().to_string());
///     let content_type = http::HeaderValue::from_static(Prometheus::<D>::CONTENT_TYPE);
///     response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
///     response
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Prometheus<'c, D: Document> {
    pub(super) counters: &'c Counters<D>,
}

impl<D: Document> Prometheus<'_, D> {
    /// The media type of the text.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";
}

impl<D: Document> fmt::Display for Prometheus<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("# HELP policy_decisions_total Decisions of the scope policy.\n")?;
        f.write_str("# TYPE policy_decisions_total counter\n")?;
        self.counters.counts().try_for_each(|count| line(f, count))
    }
}

fn line<D: Document>(f: &mut fmt::Formatter<'_>, count: Count<D>) -> fmt::Result {
    let labels = [
        ("method", count.operation.map(|operation| operation.method())),
        ("route", count.operation.map(|operation| operation.template())),
        ("decision", Some(count.verdict.as_str())),
        ("stage", count.stage.map(|stage| stage.as_str())),
        ("reason", count.reason),
    ];
    f.write_str("policy_decisions_total")?;
    let mut between = '{';
    for (name, value) in labels.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        write!(f, "{between}{name}=\"{}\"", LabelValue(value))?;
        between = ',';
    }
    writeln!(f, "}} {}", count.number)
}

/// The value of a label, escaped: a template may have any character.
#[derive(Clone, Copy, Debug)]
pub struct LabelValue<'t>(
    /// The value.
    pub &'t str,
);

impl fmt::Display for LabelValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '\\' => f.write_str("\\\\"),
            '"' => f.write_str("\\\""),
            '\n' => f.write_str("\\n"),
            other => f.write_char(other),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::LabelValue;

    #[test]
    fn a_value_ends_where_it_ends() {
        assert_eq!(LabelValue("/v1/{id}").to_string(), "/v1/{id}");
        assert_eq!(LabelValue("a\"b\\c\nd").to_string(), r#"a\"b\\c\nd"#);
    }
}
