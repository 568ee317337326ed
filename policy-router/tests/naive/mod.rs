//! A matcher written from the documentation alone: sort the templates, try each. Slow and plain.

use std::cmp::Ordering;

/// What a request leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Found(usize, Vec<(String, String)>),
    MethodNotAllowed(Vec<String>),
    NotFound,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Parameter(String),
}

/// Operations in the documented order.
pub struct Naive {
    operations: Vec<(usize, String, Vec<Vec<Piece>>)>,
}

impl Naive {
    pub fn new<M: AsRef<str>, T: AsRef<str>>(operations: &[(M, T)]) -> Self {
        let mut operations: Vec<_> = operations
            .iter()
            .enumerate()
            .map(|(index, (method, template))| {
                let segments = template.as_ref()[1..].split('/').map(pieces).collect::<Vec<_>>();
                (index, method.as_ref().to_owned(), segments)
            })
            .collect();
        operations.sort_by(|(_, _, one), (_, _, other)| compare(one, other));
        Self { operations }
    }

    pub fn find(&self, method: &str, path: &[u8]) -> Answer {
        let Some(segments) = admissible(path) else { return Answer::NotFound };
        let mut allowed = Vec::new();
        for (index, known, template) in &self.operations {
            let Some(parameters) = split_all(template, &segments) else { continue };
            if known == method {
                return Answer::Found(*index, parameters);
            }
            allowed.push(known.clone());
        }
        allowed.sort();
        allowed.dedup();
        if allowed.is_empty() { Answer::NotFound } else { Answer::MethodNotAllowed(allowed) }
    }
}

fn pieces(segment: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut characters = segment.chars();
    while let Some(character) = characters.next() {
        if character == '{' {
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Parameter(characters.by_ref().take_while(|character| *character != '}').collect()));
        } else {
            literal.push(character);
        }
    }
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

fn class(segment: &[Piece]) -> u8 {
    match segment {
        [Piece::Literal(_)] => 0,
        [Piece::Parameter(_)] => 2,
        _ => 1,
    }
}

fn compare(one: &[Vec<Piece>], other: &[Vec<Piece>]) -> Ordering {
    for (a, b) in one.iter().zip(other) {
        let ordering = class(a).cmp(&class(b)).then_with(|| match class(a) {
            0 => a[0].text().cmp(b[0].text()),
            1 => {
                let literal = |segment: &[Piece]| segment.iter().map(|piece| piece.text().len()).sum::<usize>();
                let parameters = |segment: &[Piece]| segment.iter().filter(|piece| piece.is_parameter()).count();
                let erased = |segment: &[Piece]| -> Vec<u8> {
                    segment
                        .iter()
                        .flat_map(|piece| if piece.is_parameter() { vec![0] } else { piece.text().as_bytes().to_vec() })
                        .collect()
                };
                literal(b)
                    .cmp(&literal(a))
                    .then(parameters(a).cmp(&parameters(b)))
                    .then_with(|| erased(a).cmp(&erased(b)))
            }
            _ => Ordering::Equal,
        });
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    one.len().cmp(&other.len())
}

impl Piece {
    /// A literal's text; nothing for a parameter.
    fn text(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Parameter(_) => "",
        }
    }

    fn is_parameter(&self) -> bool {
        matches!(self, Self::Parameter(_))
    }
}

/// The segments of a path that is a route at all. The last may be empty.
fn admissible(path: &[u8]) -> Option<Vec<&str>> {
    let text = std::str::from_utf8(path).ok()?;
    if !text.is_ascii() || text.chars().any(|c| c.is_ascii_control() || c == '\\' || c == '?' || c == '#') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    if ["%2f", "%5c", "%2e"].iter().any(|encoded| lower.contains(encoded)) {
        return None;
    }
    let segments: Vec<&str> = text.strip_prefix('/')?.split('/').collect();
    let inner = &segments[..segments.len() - 1];
    if inner.contains(&"") || segments.contains(&".") || segments.contains(&"..") {
        return None;
    }
    Some(segments)
}

fn split_all(template: &[Vec<Piece>], segments: &[&str]) -> Option<Vec<(String, String)>> {
    if template.len() != segments.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (pieces, segment) in template.iter().zip(segments) {
        let values = split(pieces, segment)?;
        if values.iter().any(|(_, value)| value == "." || value == "..") {
            return None;
        }
        parameters.extend(values);
    }
    Some(parameters)
}

/// Leftmost and shortest, with all the trying that the words ask for.
fn split(pieces: &[Piece], segment: &str) -> Option<Vec<(String, String)>> {
    match pieces {
        [] => segment.is_empty().then(Vec::new),
        [Piece::Literal(text), rest @ ..] => split(rest, segment.strip_prefix(text.as_str())?),
        [Piece::Parameter(name), rest @ ..] => (1..=segment.len()).find_map(|length| {
            let mut values = split(rest, &segment[length..])?;
            values.insert(0, (name.clone(), segment[..length].to_owned()));
            Some(values)
        }),
    }
}
