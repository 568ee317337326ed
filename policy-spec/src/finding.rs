//! Findings: what is wrong with a document, where, and what to do about it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level as Title, Origin, Renderer, Snippet};

use crate::likely::did_you_mean;
use crate::model::OperationModel;
use crate::source::{FileId, Sources, Span};

pub use crate::code::Code;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Worth a look; the model is still exact.
    Warning,
    /// There is no policy while this stands.
    Error,
}

impl Level {
    /// `note`, `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place and what to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text to underline.
    pub span: Span,
    /// What stands beside the underline; may be empty.
    pub text: String,
}

/// One thing that is wrong, or looks wrong.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let document = "openapi: 3.1.0
/// info: { title: Notes, version: '1' }
/// paths:
///   /notes:
///     get: { security: [{ Tokn: [] }] }
/// components:
///   securitySchemes:
///     Token: { type: http, scheme: bearer }
/// ";
/// let loaded = policy_spec::read("notes.yaml", document.as_bytes(), &policy_spec::Settings::default());
/// let errors = loaded.findings.iter().filter(|finding| finding.level == policy_spec::Level::Error);
/// let [finding] = &*errors.collect::<Vec<_>>() else { return Err("one error".into()) };
/// assert_eq!(finding.code.as_str(), "scheme-unresolved");
/// println!("{}", finding.render(&loaded.sources, false));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code.
    pub code: Code,
    /// How bad it is.
    pub level: Level,
    /// What is wrong: lower case, input in backticks.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that take part.
    pub secondary: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// The reason that a waiver of the configuration gives for accepting it. A waived finding is no error, whatever its level.
    pub waived: Option<String>,
    /// Whether the rule that found it decides its level, and not the configuration.
    pub(crate) settled: bool,
}

/// A warning of a code whose other findings are errors. The configuration cannot change its level.
#[cfg(feature = "overlays")]
pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Finding {
    Finding { level: Level::Warning, ..Finding::new(code, span, message) }.settled()
}

impl Finding {
    /// A finding at the level of its code.
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            level: code.level(),
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            waived: None,
            settled: false,
        }
    }

    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { level: Level::Error, ..Self::new(code, span, message) }
    }

    /// An error that no configuration can lower, though other findings of its code can be.
    pub(crate) fn settled(mut self) -> Self {
        self.settled = true;
        self
    }

    /// Whether there is no policy because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == Level::Error && self.waived.is_none()
    }

    /// Whether it is about an operation: one of its labels points into the operation's text.
    ///
    /// A finding about two routes points at the keys of their paths, which all methods share. So it names the operations as well.
    #[must_use]
    pub fn is_about(&self, operation: &OperationModel) -> bool {
        std::iter::once(&self.primary)
            .chain(&self.secondary)
            .any(|label| operation.spans.iter().any(|span| span.covers(label.span)))
            && (!self.is_of_routes() || self.message.contains(&format!("`{}`", operation.key())))
    }

    /// Whether it compares a route with others.
    pub(crate) fn is_of_routes(&self) -> bool {
        matches!(self.code, Code::TemplateCollision | Code::AmbiguousTemplates | Code::ShadowedRoute)
    }

    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the question whether a name is meant, if one is near.
    pub(crate) fn near(self, near: Option<&str>) -> Self {
        if near.is_some() { self.help(did_you_mean(near, "")) } else { self }
    }

    /// The finding as `rustc` would print it, with ANSI colours if asked. Ends without a newline.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        self.render_noting(sources, color, &[])
    }

    /// Like [`render`](Finding::render), with notes of the caller's below.
    #[must_use]
    pub fn render_noting(&self, sources: &Sources, color: bool, notes: &[&str]) -> String {
        let title = match self.level {
            Level::Note => Title::NOTE,
            Level::Warning => Title::WARNING,
            Level::Error => Title::ERROR,
        };
        let mut group =
            title.primary_title(self.message.as_str()).id(self.code.as_str()).elements(Vec::<Element<'_>>::new());
        let mut shown = Vec::new();
        for label in std::iter::once(&self.primary).chain(&self.secondary) {
            let file = label.span.file;
            if !shown.contains(&file) {
                shown.push(file);
                group = group.elements(self.excerpt(sources, file));
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Title::HELP.message(help.as_str()));
        }
        if let Some(reason) = &self.waived {
            group = group.element(Title::NOTE.message(format!("waived: {reason}")));
        }
        for note in notes {
            group = group.element(Title::NOTE.message(*note));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let report: [Group<'_>; 1] = [group];
        without_empty_origins(&renderer.render(&report))
    }

    /// The lines of one file that labels point to. Only these lines are handed to the renderer, since documents can be large. Of a
    /// very long line, such as JSON on one line, it gets the surroundings of the first label.
    fn excerpt<'s>(&'s self, sources: &'s Sources, file: FileId) -> Vec<Element<'s>> {
        let labels: Vec<_> = std::iter::once((&self.primary, AnnotationKind::Primary))
            .chain(self.secondary.iter().map(|label| (label, AnnotationKind::Context)))
            .filter(|(label, _)| label.span.file == file)
            .map(|(label, kind)| (label, kind, first_line(sources, label.span)))
            .collect();
        let Some((_, _, main)) = labels.first() else { return Vec::new() };
        let main = main.clone();
        let long = labels.iter().any(|(_, _, range)| {
            let (_, start) = sources.line_of(file, range.start);
            sources.end_of_line(file, range.start).saturating_sub(start) > LONG_LINE
        });
        let window = if long {
            let (_, start) = sources.line_of(file, main.start);
            let end = sources.end_of_line(file, main.start);
            let text = sources.text(file);
            floor(text, main.start.saturating_sub(AROUND).max(start))
                ..floor(text, main.start.saturating_add(2 * AROUND).min(end))
        } else {
            let first = labels.iter().map(|(_, _, range)| range.start).min().unwrap_or(0);
            let last = labels.iter().map(|(_, _, range)| range.end).max().unwrap_or(0);
            sources.line_of(file, first).1..sources.end_of_line(file, last)
        };
        let location = sources.location(Span { file, start: main.start, end: main.start });
        let text = sources.text(file).get(window.clone()).unwrap_or("");
        let mut snippet = Snippet::source(text).line_start(sources.line_of(file, window.start).0);
        let mut elements: Vec<Element<'_>> = Vec::new();
        if long {
            // The excerpt has columns of its own, so the column in the file is said here.
            elements.push(Origin::path(sources.name(file)).line(location.line).char_column(location.column).into());
        } else {
            snippet = snippet.path(sources.name(file));
        }
        let mut elsewhere: Vec<Element<'_>> = Vec::new();
        for (label, kind, range) in labels {
            if range.start < window.start || range.start > window.end {
                let place = sources.location(label.span);
                elsewhere.push(Title::NOTE.message(format!("{place}: {}", label.text)).into());
                continue;
            }
            let end = range.end.clamp(range.start, window.end);
            let span = range.start - window.start..end - window.start;
            let text = (!label.text.is_empty()).then_some(label.text.as_str());
            snippet = snippet.annotation(kind.span(span).label(text));
        }
        elements.push(snippet.into());
        elements.append(&mut elsewhere);
        elements
    }
}

/// The first three of `count` things, and how many more there are: "`a`, `b`, `c` and 7 more".
pub(crate) fn named<T: AsRef<str>>(shown: &[T], count: usize) -> String {
    let first: Vec<&str> = shown.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = count.saturating_sub(first.len());
    match (first.split_last(), more) {
        (None, _) => String::new(),
        (Some((last, [])), 0) => (*last).to_owned(),
        (Some((last, others)), 0) => format!("{} and {last}", others.join(", ")),
        (Some(_), more) => format!("{} and {more} more", first.join(", ")),
    }
}

/// How many others a finding names. If each finding named all others, the text would grow with the square of the document.
pub(crate) const NAMED: usize = 3;

/// A line of more bytes is shown in part.
const LONG_LINE: usize = 600;
/// How many bytes of it stand before the label.
const AROUND: usize = 40;

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The part of a span on its first line. Nobody needs a whole path item underlined.
fn first_line(sources: &Sources, span: Span) -> Range<usize> {
    let text = sources.text(span.file);
    let (start, end) = (floor(text, span.start), floor(text, span.end.max(span.start)));
    let covered = text.get(start..end).unwrap_or("");
    let line = covered.find(['\n', '\r']).map_or(covered, |at| covered.get(..at).unwrap_or(covered));
    start..start + line.trim_end().len()
}

/// Drops the `:::` lines that the renderer draws for excerpts whose place stands in the output already.
fn without_empty_origins(rendered: &str) -> String {
    let empty = |line: &&str| {
        let styles = line.split('\u{1b}').enumerate().map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('m').map_or("", |(_, text)| text),
        });
        styles.collect::<String>().trim() == ":::"
    };
    rendered.lines().filter(|line| !empty(line)).collect::<Vec<_>>().join("\n")
}
