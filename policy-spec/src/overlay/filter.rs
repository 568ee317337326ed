//! Filters: what stands after the `?` of a target [RFC 9535, 2.3.5].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, Literal, Segment, Selector, SingularQuery, SingularQuerySegment,
    Test, TestFunction,
};
use regex::{Regex, RegexBuilder};

use super::target::{Selected, Walk};
use crate::tree::{Kind, Node, Scalar};

/// The regular expressions of a target, each compiled once. A filter can also take an expression from the document.
#[derive(Default)]
pub(super) struct Patterns {
    known: RefCell<HashMap<Pattern, Option<Rc<Regex>>>>,
}

/// An expression, and whether it must match the whole text.
type Pattern = (String, bool);

impl Patterns {
    /// `None` if it is no regular expression, or one that is too large.
    fn compiled(&self, pattern: &str, whole: bool) -> Option<Rc<Regex>> {
        let mut known = self.known.borrow_mut();
        let compiled = known.entry((pattern.to_owned(), whole)).or_insert_with(|| compile(pattern, whole).map(Rc::new));
        compiled.clone()
    }

    fn knows(&self, pattern: &str, whole: bool) -> bool {
        self.known.borrow().contains_key(&(pattern.to_owned(), whole))
    }
}

/// Translates an I-Regexp [RFC 9485] to the syntax of the crate `regex`, which takes time linear in the text.
fn compile(pattern: &str, whole: bool) -> Option<Regex> {
    const LONGEST: usize = 1_000;
    const LARGEST: usize = 1 << 18;
    if pattern.len() > LONGEST {
        return None;
    }
    let (mut written, mut class) = (String::new(), false);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => written.extend(std::iter::once('\\').chain(characters.next())),
            // In `regex` the dot would match `\r` as well.
            '.' if !class => written.push_str("[^\\n\\r]"),
            '[' | ']' => {
                class = character == '[';
                written.push(character);
            }
            _ => written.push(character),
        }
    }
    let anchored = if whole { format!("\\A(?:{written})\\z") } else { written };
    RegexBuilder::new(&anchored).size_limit(LARGEST).dfa_size_limit(LARGEST).build().ok()
}

/// Checks what the grammar does not: which functions exist, and which arguments each takes [RFC 9535, 2.4.3].
pub(super) fn check(segments: &[Segment], patterns: &mut Patterns) -> Result<(), String> {
    for segment in segments {
        match segment {
            Segment::Selector(selector) => check_selector(selector, patterns)?,
            Segment::Selectors(selectors) => {
                selectors.iter().try_for_each(|selector| check_selector(selector, patterns))?;
            }
            Segment::Descendant(inner) => check(std::slice::from_ref(inner), patterns)?,
        }
    }
    Ok(())
}

fn check_selector(selector: &Selector, patterns: &mut Patterns) -> Result<(), String> {
    if let Selector::Filter(filter) = selector { check_filter(filter, patterns) } else { Ok(()) }
}

fn check_filter(filter: &Filter, patterns: &mut Patterns) -> Result<(), String> {
    match filter {
        Filter::Or(parts) | Filter::And(parts) => parts.iter().try_for_each(|part| check_filter(part, patterns)),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => check_filter(expr, patterns),
        Filter::Atom(FilterAtom::Test { expr, .. }) => match expr.as_ref() {
            Test::Function(function) => match function.as_ref() {
                TestFunction::Length(_) | TestFunction::Count(_) | TestFunction::Value(_) => {
                    Err("the result of `length`, `count` and `value` has to be compared".to_owned())
                }
                function => check_function(function, patterns),
            },
            query => check_query(query, patterns),
        },
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            [left, right].into_iter().try_for_each(|side| match side {
                Comparable::Function(function @ (TestFunction::Match(..) | TestFunction::Search(..))) => {
                    check_function(function, patterns)?;
                    Err("the result of `match` and `search` cannot be compared".to_owned())
                }
                Comparable::Function(function) => check_function(function, patterns),
                Comparable::Literal(_) | Comparable::SingularQuery(_) => Ok(()),
            })
        }
    }
}

fn check_query(test: &Test, patterns: &mut Patterns) -> Result<(), String> {
    match test {
        Test::RelQuery(segments) => check(segments, patterns),
        Test::AbsQuery(query) => check(&query.segments, patterns),
        Test::Function(function) => check_function(function, patterns),
    }
}

fn check_function(function: &TestFunction, patterns: &mut Patterns) -> Result<(), String> {
    match function {
        TestFunction::Custom(name, _) => Err(format!("`{}` is no function of RFC 9535", name.escape_debug())),
        TestFunction::Length(argument) => check_value(argument, patterns),
        TestFunction::Count(argument) | TestFunction::Value(argument) => match argument {
            FnArg::Test(test) if !matches!(test.as_ref(), Test::Function(_)) => check_query(test, patterns),
            _ => Err("`count` and `value` take a query".to_owned()),
        },
        TestFunction::Match(text, pattern) | TestFunction::Search(text, pattern) => {
            check_value(text, patterns)?;
            check_value(pattern, patterns)?;
            match pattern {
                FnArg::Literal(Literal::String(pattern)) => {
                    let whole = matches!(function, TestFunction::Match(..));
                    let compiled = patterns.compiled(pattern, whole);
                    compiled.map(drop).ok_or_else(|| {
                        format!("`{}` is no regular expression (RFC 9485), or too large", pattern.escape_debug())
                    })
                }
                _ => Ok(()),
            }
        }
    }
}

/// Checks an argument that has to be one value: a literal, a query that selects at most one value, or a function that gives one.
fn check_value(argument: &FnArg, patterns: &mut Patterns) -> Result<(), String> {
    let single = "a query in place of a value selects one by names and indices alone";
    match argument {
        FnArg::Literal(_) => Ok(()),
        FnArg::Filter(_) => Err("a comparison is no value".to_owned()),
        FnArg::Test(test) => match test.as_ref() {
            Test::RelQuery(segments) if !is_singular(segments) => Err(single.to_owned()),
            Test::AbsQuery(query) if !is_singular(&query.segments) => Err(single.to_owned()),
            Test::Function(function) if matches!(**function, TestFunction::Match(..) | TestFunction::Search(..)) => {
                Err("the result of `match` and `search` is no value".to_owned())
            }
            test => check_query(test, patterns),
        },
    }
}

fn is_singular(segments: &[Segment]) -> bool {
    segments.iter().all(|segment| matches!(segment, Segment::Selector(Selector::Name(_) | Selector::Index(_))))
}

/// Whether a value passes a filter.
pub(super) fn holds(walk: &mut Walk<'_, '_>, filter: &Filter, node: &Rc<Node>) -> bool {
    // Once the budget is spent, no value passes.
    if !walk.budget.spend(1) {
        return false;
    }
    match filter {
        Filter::Or(parts) => parts.iter().any(|part| holds(walk, part, node)),
        Filter::And(parts) => parts.iter().all(|part| holds(walk, part, node)),
        Filter::Atom(FilterAtom::Filter { expr, not }) => holds(walk, expr, node) != *not,
        Filter::Atom(FilterAtom::Test { expr, not }) => passes(walk, expr, node) != *not,
        Filter::Atom(FilterAtom::Comparison(comparison)) => compares(walk, comparison, node),
    }
}

fn passes(walk: &mut Walk<'_, '_>, test: &Test, node: &Rc<Node>) -> bool {
    match test {
        Test::Function(function) => match function.as_ref() {
            TestFunction::Match(text, pattern) => matches(walk, text, pattern, true, node),
            TestFunction::Search(text, pattern) => matches(walk, text, pattern, false, node),
            _ => false,
        },
        query => !selected(walk, query, node).is_empty(),
    }
}

fn selected(walk: &mut Walk<'_, '_>, test: &Test, node: &Rc<Node>) -> Vec<Selected> {
    let (start, segments) = match test {
        Test::RelQuery(segments) => (node, segments),
        Test::AbsQuery(query) => (walk.root, &query.segments),
        Test::Function(_) => return Vec::new(),
    };
    let start = Selected::start(start);
    walk.segments(start, segments)
}

/// One side of a comparison.
enum Side {
    /// No value at all. It is equal to nothing but another side without a value.
    Nothing,
    Node(Rc<Node>),
    Literal(Literal),
}

/// The value of a side, as JSON.
#[derive(Clone, Copy)]
enum Json<'s> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(&'s str),
    Collection(&'s Node),
    /// A value with a YAML tag that JSON does not have.
    Unknown,
}

impl Side {
    fn json(&self) -> Option<Json<'_>> {
        match self {
            Self::Nothing => None,
            Self::Node(node) => Some(json(node)),
            Self::Literal(literal) => Some(match literal {
                Literal::Int(value) => Json::Integer(*value),
                Literal::Float(value) => Json::Float(*value),
                Literal::String(text) => Json::Text(text),
                Literal::Bool(value) => Json::Bool(*value),
                Literal::Null => Json::Null,
            }),
        }
    }
}

fn json(node: &Node) -> Json<'_> {
    match (node.kind(), node.scalar()) {
        (Kind::Mapping(_) | Kind::Sequence(_), _) => Json::Collection(node),
        (_, Some(Scalar::Null)) => Json::Null,
        (_, Some(Scalar::Bool(value))) => Json::Bool(value),
        (_, Some(Scalar::Integer(value))) => Json::Integer(value),
        (_, Some(Scalar::Float(value))) => Json::Float(value),
        (_, Some(Scalar::String(text))) => Json::Text(text),
        (_, None) => Json::Unknown,
    }
}

fn compares(walk: &mut Walk<'_, '_>, comparison: &Comparison, node: &Rc<Node>) -> bool {
    let (left, right) = comparison.vals();
    let (left, right) = (side(walk, left, node), side(walk, right, node));
    match comparison {
        Comparison::Eq(..) => same(walk, &left, &right),
        Comparison::Ne(..) => !same(walk, &left, &right),
        Comparison::Lt(..) => less(&left, &right),
        Comparison::Gt(..) => less(&right, &left),
        Comparison::Lte(..) => less(&left, &right) || same(walk, &left, &right),
        Comparison::Gte(..) => less(&right, &left) || same(walk, &left, &right),
    }
}

fn side(walk: &mut Walk<'_, '_>, comparable: &Comparable, node: &Rc<Node>) -> Side {
    match comparable {
        Comparable::Literal(literal) => Side::Literal(literal.clone()),
        Comparable::SingularQuery(query) => {
            let (mut node, segments) = match query {
                SingularQuery::Current(segments) => (Rc::clone(node), segments),
                SingularQuery::Root(segments) => (Rc::clone(walk.root), segments),
            };
            for segment in segments {
                let selector = match segment {
                    SingularQuerySegment::Index(index) => Selector::Index(*index),
                    SingularQuerySegment::Name(name) => Selector::Name(name.clone()),
                };
                let mut found = walk.segments(Selected::start(&node), &[Segment::Selector(selector)]);
                let Some(next) = found.pop() else { return Side::Nothing };
                node = next.node;
            }
            Side::Node(node)
        }
        Comparable::Function(function) => result(walk, function, node),
    }
}

fn result(walk: &mut Walk<'_, '_>, function: &TestFunction, node: &Rc<Node>) -> Side {
    let number = |count: usize| Side::Literal(Literal::Int(i64::try_from(count).unwrap_or(i64::MAX)));
    match function {
        TestFunction::Length(argument) => match value(walk, argument, node).json() {
            Some(Json::Text(text)) => number(text.chars().count()),
            Some(Json::Collection(node)) => {
                number(node.entries().map(<[_]>::len).or(node.items().map(<[_]>::len)).unwrap_or(0))
            }
            _ => Side::Nothing,
        },
        TestFunction::Count(FnArg::Test(test)) => number(selected(walk, test, node).len()),
        TestFunction::Value(FnArg::Test(test)) => match selected(walk, test, node).as_slice() {
            [one] => Side::Node(Rc::clone(&one.node)),
            _ => Side::Nothing,
        },
        _ => Side::Nothing,
    }
}

/// The one value of an argument.
fn value(walk: &mut Walk<'_, '_>, argument: &FnArg, node: &Rc<Node>) -> Side {
    match argument {
        FnArg::Literal(literal) => Side::Literal(literal.clone()),
        FnArg::Filter(_) => Side::Nothing,
        FnArg::Test(test) => match test.as_ref() {
            Test::Function(function) => result(walk, function, node),
            query => selected(walk, query, node).pop().map_or(Side::Nothing, |found| Side::Node(found.node)),
        },
    }
}

fn same(walk: &mut Walk<'_, '_>, left: &Side, right: &Side) -> bool {
    match (left.json(), right.json()) {
        (None, None) => true,
        (Some(left), Some(right)) => equal(walk, left, right),
        _ => false,
    }
}

fn equal(walk: &mut Walk<'_, '_>, left: Json<'_>, right: Json<'_>) -> bool {
    if !walk.budget.spend(1) {
        return false;
    }
    match (left, right) {
        (Json::Null, Json::Null) => true,
        (Json::Bool(left), Json::Bool(right)) => left == right,
        (Json::Text(left), Json::Text(right)) => left == right,
        (Json::Integer(left), Json::Integer(right)) => left == right,
        (Json::Float(left), Json::Float(right)) => left == right,
        (Json::Integer(left), Json::Float(right)) => left as f64 == right,
        (Json::Float(left), Json::Integer(right)) => left == right as f64,
        (Json::Collection(left), Json::Collection(right)) => match (left.kind(), right.kind()) {
            (Kind::Sequence(left), Kind::Sequence(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| equal(walk, json(left), json(right)))
            }
            (Kind::Mapping(left), Kind::Mapping(right)) => {
                left.len() == right.len()
                    && left.iter().all(|entry| {
                        let other = right.iter().find(|other| other.key == entry.key);
                        walk.budget.spend(1 + right.len() / 16)
                            && other.is_some_and(|other| equal(walk, json(&entry.value), json(&other.value)))
                    })
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the left side is less. Only numbers and strings have an order.
fn less(left: &Side, right: &Side) -> bool {
    match (left.json(), right.json()) {
        (Some(Json::Text(left)), Some(Json::Text(right))) => left < right,
        (Some(Json::Integer(left)), Some(Json::Integer(right))) => left < right,
        (Some(Json::Float(left)), Some(Json::Float(right))) => left < right,
        (Some(Json::Integer(left)), Some(Json::Float(right))) => (left as f64) < right,
        (Some(Json::Float(left)), Some(Json::Integer(right))) => left < right as f64,
        _ => false,
    }
}

fn matches(walk: &mut Walk<'_, '_>, text: &FnArg, pattern: &FnArg, whole: bool, node: &Rc<Node>) -> bool {
    /// What compiling an expression counts in the budget: about as much time as looking at so many values.
    const COMPILING: usize = 5_000;
    let (text, pattern) = (value(walk, text, node), value(walk, pattern, node));
    let (Some(Json::Text(text)), Some(Json::Text(pattern))) = (text.json(), pattern.json()) else { return false };
    let compiling = if walk.patterns.knows(pattern, whole) { 0 } else { COMPILING };
    walk.budget.spend(compiling + 1 + (text.len() + pattern.len()) / 64)
        && walk.patterns.compiled(pattern, whole).is_some_and(|regex| regex.is_match(text))
}
