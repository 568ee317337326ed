//! Findings: what is wrong with a document, where, and what to do about it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Renderer, Snippet};

use crate::source::{FileId, Sources, Span};

pub use crate::code::Code;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth a look; the model is still exact.
    Warning,
    /// There is no model while this stands.
    Error,
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
}

impl Finding {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            level: Level::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(code, span, message) }
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

    /// The finding as `rustc` would print it, with ANSI colours if asked. Ends without a newline.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let title = match self.level {
            Level::Warning => Title::WARNING,
            Level::Error => Title::ERROR,
        };
        let mut group = title.primary_title(self.message.as_str()).id(self.code.as_str()).element(self.snippet(
            sources,
            self.primary.span.file,
            true,
        ));
        let mut shown = vec![self.primary.span.file];
        for label in &self.secondary {
            if !shown.contains(&label.span.file) {
                shown.push(label.span.file);
                group = group.element(self.snippet(sources, label.span.file, false));
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Title::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let report: [Group<'_>; 1] = [group];
        renderer.render(&report)
    }

    /// The lines of one file that labels point to. Only those lines are handed over: documents can be large.
    fn snippet<'s>(
        &'s self,
        sources: &'s Sources,
        file: FileId,
        primary: bool,
    ) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
        let labels = primary.then_some((&self.primary, AnnotationKind::Primary)).into_iter().chain(
            self.secondary.iter().filter(|label| label.span.file == file).map(|label| (label, AnnotationKind::Context)),
        );
        let labels: Vec<_> = labels.map(|(label, kind)| (label, kind, first_line(sources, label.span))).collect();
        let first = labels.iter().map(|(_, _, range)| range.start).min().unwrap_or(0);
        let last = labels.iter().map(|(_, _, range)| range.end).max().unwrap_or(0);
        let (line, start) = sources.line_of(file, first);
        let text = sources.text(file).get(start..sources.end_of_line(file, last)).unwrap_or("");
        Snippet::source(text).line_start(line).path(sources.name(file)).annotations(labels.into_iter().map(
            |(label, kind, range)| {
                let span = range.start.saturating_sub(start)..range.end.saturating_sub(start);
                let text = (!label.text.is_empty()).then_some(label.text.as_str());
                kind.span(span).label(text)
            },
        ))
    }
}

/// The part of a span on its first line: underlining a whole path item helps nobody.
fn first_line(sources: &Sources, span: Span) -> Range<usize> {
    let text = sources.text(span.file);
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(span.start), floor(span.end.max(span.start)));
    let covered = text.get(start..end).unwrap_or("");
    let line = covered.find(['\n', '\r']).map_or(covered, |at| covered.get(..at).unwrap_or(covered));
    start..start + line.trim_end().len()
}
