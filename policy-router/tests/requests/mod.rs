//! Requests made from templates, and answers made comparable.
#![allow(dead_code, reason = "not every test file uses all of it")]

use crate::naive::Answer;
use policy_router::{Match, OwnedRouter};

/// A path of the template: each parameter gets a value of its own.
pub fn instantiate(template: &str, seed: u64) -> String {
    let mut path = String::new();
    let mut rest = template;
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while let Some((literal, after)) = rest.split_once('{') {
        path.push_str(literal);
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        match state >> 33 & 3 {
            0 => path.push_str(&(state >> 40).to_string()),
            1 => path.push_str(&format!("{:016x}-a.b~{}", state, state >> 50)),
            2 => path.push_str(["me", "mine", "default", "items"][(state >> 60) as usize & 3]),
            _ => path.push_str(&format!("x{}", state >> 58)),
        }
        rest = after.split_once('}').unwrap().1;
    }
    path.push_str(rest);
    path
}

/// What the router says, in the naive matcher's words.
pub fn answer(router: &OwnedRouter, method: &str, path: &[u8]) -> Answer {
    answer_of(router.find(method, path))
}

/// The same of any router's answer.
pub fn answer_of(found: Match<'_, '_>) -> Answer {
    match found {
        Match::Found { operation, parameters } => Answer::Found(
            operation,
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ),
        Match::MethodNotAllowed(allowed) => Answer::MethodNotAllowed(allowed.map(str::to_owned).collect()),
        Match::NotFound => Answer::NotFound,
    }
}
