//! Operations and paths: the router says what a naive matcher says.
//!
//! Each line is an operation (`GET /a/{b}`) up to the first empty line, and a path behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy_fuzz::naive::{Answer, Naive};
use policy_router::{Match, PathFault, Router};

fn answer(found: Match<'_, '_>) -> Answer {
    match found {
        Match::Found { operation, parameters } => Answer::Found(
            operation,
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ),
        Match::MethodNotAllowed(allowed) => Answer::MethodNotAllowed(allowed.map(str::to_owned).collect()),
        Match::NotFound => Answer::NotFound,
    }
}

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut operations: Vec<(&str, &str)> = Vec::new();
    for line in lines.by_ref().take_while(|line| !line.is_empty()).take(24) {
        let Some((method, template)) = str::from_utf8(line).ok().and_then(|line| line.split_once(' ')) else {
            continue;
        };
        // The naive matcher tries every way to split a segment, which takes long where there are many.
        if template.matches('{').count() > 8 || template.len() > 80 {
            continue;
        }
        operations.push((method, template));
        // What cannot be built, with those before it, is left out; the others are tried.
        if Router::build(operations.iter().copied()).is_err() {
            operations.pop();
        }
    }
    let Ok(router) = Router::build(operations.iter().copied()) else { return };
    let naive = Naive::new(&operations);
    for path in lines.take(24).chain(operations.iter().map(|(_, template)| template.as_bytes())) {
        if path.len() > 120 {
            continue;
        }
        let _ = PathFault::of(path);
        for method in operations.iter().map(|(method, _)| *method).take(3).chain(["OPTIONS"]) {
            let (said, expected) = (answer(router.find(method, path)), naive.find(method, path));
            assert_eq!(said, expected, "{method} {} of {operations:?}", String::from_utf8_lossy(path));
        }
    }
});
