//! Reads JSON into a tree with spans.
//!
//! JSON could be read as YAML, but that is slow. A build script runs unoptimised, and the largest published documents are JSON: of
//! GitHub's 13 MB, the YAML parser's events alone take 1.5 s. So this file walks the structure of JSON by itself. Escapes and numbers
//! are read in `json/lexer.rs`.
//!
//! Bodies, responses, examples and schemas are hardly ever needed for a policy. [`crate::passage`] finds where they end without
//! reading them. When somebody looks at such a value, [`Node::kind`] reads it *late*, from the text.

mod lexer;

use std::rc::Rc;

use self::lexer::{Fault, check_word};
use crate::finding::{Code, Finding};
use crate::late::{LateText, is_late};
use crate::parse::{MAX_FINDINGS, quoted_merge, repeated_key, too_deep};
use crate::passage::{after_space, end_of_string, end_of_word, pass};
use crate::source::Span;
use crate::tree::{Entry, Kind, Node, Seen};

/// The whole file. `Err` is why it is no JSON.
pub(crate) fn read(json: &Rc<LateText>, findings: &mut Vec<Finding>) -> Result<Rc<Node>, Finding> {
    let mut reader = Reader { json, at: 0, depth: 0, late: false, findings };
    let node = reader.value(false)?;
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.error("something follows the document's end")),
    }
}

/// A value that was passed over before.
pub(crate) fn read_late(json: &Rc<LateText>, span: Span, findings: &mut Vec<Finding>) -> Kind {
    // Only one level is read: whoever looks at `schemas` looks for one schema among them.
    let mut reader = Reader { json, at: span.start, depth: 0, late: true, findings };
    match reader.collection() {
        Ok(kind) => kind,
        Err(finding) => {
            findings.push(finding);
            Kind::Mapping(Vec::new())
        }
    }
}

/// A text as a JSON string, which YAML and TOML read as well.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            ..' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader<'j, 'f> {
    json: &'j Rc<LateText>,
    at: usize,
    depth: usize,
    /// Whether the collections within this one are read late.
    late: bool,
    findings: &'f mut Vec<Finding>,
}

impl<'j> Reader<'j, '_> {
    fn bytes(&self) -> &'j [u8] {
        self.json.text.as_bytes()
    }

    fn rest(&self) -> &'j str {
        self.json.text.get(self.at..).unwrap_or("")
    }

    /// The next byte that is no white space. Afterwards the position is at this byte.
    fn peek(&mut self) -> Option<u8> {
        self.at = after_space(self.bytes(), self.at);
        self.bytes().get(self.at).copied()
    }

    fn value(&mut self, late: bool) -> Result<Rc<Node>, Finding> {
        let next = self.peek();
        let start = self.at;
        let span = |end: usize| Span { file: self.json.file, start, end };
        match next {
            Some(b'{' | b'[') if (late || self.late) && self.pass() => {
                Ok(Rc::new(Node::late(span(self.at), Rc::clone(self.json))))
            }
            Some(b'{' | b'[') => {
                self.at = start;
                let kind = self.collection()?;
                Ok(Rc::new(Node::new(Span { file: self.json.file, start, end: self.at }, kind)))
            }
            Some(b'"') => {
                let text = self.string()?;
                Ok(Rc::new(Node::new(
                    Span { file: self.json.file, start, end: self.at },
                    Kind::Scalar { text, plain: false },
                )))
            }
            Some(_) => {
                let end = end_of_word(self.bytes(), start);
                let text = self.json.text.get(start..end).unwrap_or("");
                check_word(text).map_err(|fault| self.syntax(&Fault { at: start + fault.at, ..fault }))?;
                self.at = end;
                Ok(Rc::new(Node::new(
                    Span { file: self.json.file, start, end },
                    Kind::Scalar { text: text.to_owned(), plain: true },
                )))
            }
            None => Err(self.error("the document ends within a value")),
        }
    }

    /// Reads a mapping or a list. The position is at its bracket.
    fn collection(&mut self) -> Result<Kind, Finding> {
        let mapping = self.peek() == Some(b'{');
        let close = if mapping { b'}' } else { b']' };
        if self.depth >= self.json.depth {
            return Err(too_deep(self.here(), self.json.depth));
        }
        self.depth += 1;
        self.at += 1;
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        let mut seen = Seen::default();
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            loop {
                if mapping {
                    self.entry(&mut entries, &mut seen)?;
                } else {
                    items.push(self.value(false)?);
                }
                let next = self.peek();
                self.at += 1;
                match next {
                    Some(b',') => {}
                    Some(byte) if byte == close => break,
                    _ => {
                        self.at -= 1;
                        return Err(self.error(if mapping {
                            "expected `,` or `}` here"
                        } else {
                            "expected `,` or `]` here"
                        }));
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(if mapping { Kind::Mapping(entries) } else { Kind::Sequence(items) })
    }

    fn entry(&mut self, entries: &mut Vec<Entry>, seen: &mut Seen) -> Result<(), Finding> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in double quotes here"));
        }
        let start = self.at;
        let key = self.string()?;
        let key_span = Span { file: self.json.file, start, end: self.at };
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:` here"));
        }
        self.at += 1;
        let value = self.value(is_late(&key))?;
        self.findings.extend(quoted_merge(&key, key_span, &value));
        if seen.index_of(&key, entries).is_none() {
            entries.push(Entry { key, key_span, value });
        } else {
            let finding = repeated_key(&key, key_span, entries);
            if self.findings.len() >= MAX_FINDINGS {
                return Err(finding);
            }
            self.findings.push(finding);
        }
        Ok(())
    }

    /// Reads a string. The position is at its quote.
    fn string(&mut self) -> Result<String, Finding> {
        let end = end_of_string(self.bytes(), self.at + 1);
        if self.bytes().get(end) == Some(&b'"')
            && let Some(text) = self.json.text.get(self.at + 1..end)
        {
            self.at = end + 1;
            return Ok(text.to_owned());
        }
        // It has escapes or is ill-formed.
        let (text, end) = lexer::string(&self.json.text, self.at).map_err(|fault| self.syntax(&fault))?;
        self.at = end;
        Ok(text)
    }

    /// Passes over a collection if it is well-formed and holds no key twice. If it is not, this is false, and the collection is read
    /// in full: that says what is wrong, and where.
    fn pass(&mut self) -> bool {
        let end = pass(self.bytes(), self.at, self.json.depth.saturating_sub(self.depth));
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    fn here(&self) -> Span {
        let end = self.rest().chars().next().map_or(self.at, |c| self.at + c.len_utf8());
        Span { file: self.json.file, start: self.at, end }
    }

    fn error(&self, message: &str) -> Finding {
        Finding::error(Code::ParseError, self.here(), message).label("the text cannot be read from here on")
    }

    /// The finding for a scalar that is none.
    fn syntax(&mut self, fault: &Fault) -> Finding {
        self.at = fault.at.min(self.json.text.len());
        while !self.json.text.is_char_boundary(self.at) {
            self.at -= 1;
        }
        self.error(fault.what)
    }
}
