//! Counts the instructions of a route and of a decision with valgrind. The counts are the same on every machine of an architecture, so
//! that a slower change is seen in review.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use policy_bench::contenders::{Contender, Decided, Ours};
use policy_bench::oracle::Oracle;
use policy_bench::requests::{Request, Requests, requests};
use policy_bench::workload::Operation;

const HELP: &str = "Counts instructions for a request and compares them with those in bench/instructions.txt.

Usage: instructions [bless]

More than 5 % above what is committed fails. `bless` writes the counts of this run: after a change that is worth them, or
that made them fewer, or with a new compiler. It needs valgrind.";

/// By what factor the counts may grow before the comparison fails.
const TOLERANCE: f64 = 1.05;

const CASES: [&str; 6] =
    ["route-5", "route-1000", "decide-parsed-5", "decide-parsed-1000", "decide-string-5", "decide-string-1000"];

fn main() -> ExitCode {
    let asked = env::args().nth(1);
    let result = match asked.as_deref() {
        None => compare(),
        Some("bless") => bless(),
        Some(case) if CASES.contains(&case) => run(case),
        Some(_) => {
            println!("{HELP}");
            return if asked.as_deref() == Some("--help") { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn committed() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt").to_owned()
}

fn compare() -> Result<ExitCode, String> {
    let text = fs::read_to_string(committed()).map_err(|error| format!("{}: {error}", committed()))?;
    let before: BTreeMap<&str, f64> = text
        .lines()
        .filter_map(|line| {
            let (case, count) = line.split_once(' ')?;
            Some((case, count.trim().parse().ok()?))
        })
        .collect();
    let mut code = ExitCode::SUCCESS;
    for case in CASES {
        let count = count(case)?;
        let Some(before) = before.get(case) else { return Err(format!("{case} is not in {}", committed())) };
        let verdict = if count > before * TOLERANCE {
            code = ExitCode::FAILURE;
            "slower: find out why, or `cargo run --release -p policy-bench --bin instructions bless` and say why it is worth it"
        } else if count * TOLERANCE < *before {
            "faster: `bless` it, so that it stays so"
        } else {
            "as before"
        };
        println!("{case:<20} {count:>9.1} instead of {before:>9.1}: {verdict}");
    }
    Ok(code)
}

fn bless() -> Result<ExitCode, String> {
    let mut text = String::new();
    for case in CASES {
        let line = format!("{case:<20} {:>9.1}\n", count(case)?);
        print!("{line}");
        text.push_str(&line);
    }
    fs::write(committed(), text).map_err(|error| format!("{}: {error}", committed()))?;
    Ok(ExitCode::SUCCESS)
}

/// Instructions for a request of the case: valgrind counts inside of `measured` alone.
fn count(case: &str) -> Result<f64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"])
        .arg(program)
        .arg(case)
        .output()
        .map_err(|error| format!("valgrind: {error}; install it, it is what counts"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<f64>().ok());
    let requests = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().ok();
    match (collected, requests) {
        (Some(collected), Some(requests)) if collected > 0.0 && requests > 0.0 => Ok(collected / requests),
        _ => Err(format!("{case}: valgrind counted nothing: {told}")),
    }
}

fn run(case: &str) -> Result<ExitCode, String> {
    let all = if case.ends_with("-5") { small() } else { large() };
    let operations: Vec<&Operation> = all.iter().collect();
    let Requests { all: requests, callers } = requests(&operations, &Oracle::new(&operations));
    if case.starts_with("route") {
        let ours = Ours::new(&operations)?;
        check(&ours, &requests, |request| ours.answer(request) == request.routed)?;
        measured(&ours, &requests);
    } else {
        let callers = case.contains("parsed").then_some(callers.as_slice());
        let ours = Decided::new(&operations, callers)?;
        check(&ours, &requests, |request| ours.answer(request) == request.decided)?;
        measured(&ours, &requests);
    }
    println!("{}", requests.len());
    Ok(ExitCode::SUCCESS)
}

fn check(ours: &impl Contender, requests: &[Request], is_right: impl Fn(&Request) -> bool) -> Result<(), String> {
    if requests.iter().all(is_right) { Ok(()) } else { Err(format!("{} answers wrongly", ours.name())) }
}

/// The function whose instructions are counted. Valgrind finds it by its name.
#[inline(never)]
fn measured<C: Contender>(contender: &C, requests: &[Request]) {
    black_box(contender).pass(black_box(requests));
}

fn operation(method: &str, template: String, scopes: String) -> Operation {
    Operation { method: method.to_owned(), template, scopes }
}

/// Five routes, each below the one before.
fn small() -> Vec<Operation> {
    let items = "/external/v1/encounters";
    [
        (String::new(), "encounters:read patients:read"),
        ("/{id}".to_owned(), "encounters:read patients:read documents:read"),
        ("/{id}/documents/{id}".to_owned(), "encounters:read documents:read"),
        ("/{id}/documents/{id}/transcript".to_owned(), "encounters:read documents:read"),
        ("/{id}/documents/{id}/audio".to_owned(), "encounters:read documents:read recordings:read"),
    ]
    .map(|(rest, scopes)| operation("GET", format!("{items}{rest}"), scopes.to_owned()))
    .to_vec()
}

/// A thousand routes: fifty collections, in each of which items have four collections of their own.
fn large() -> Vec<Operation> {
    let mut all = Vec::new();
    for collection in 0..50 {
        let path = format!("/api/v2/collection-{collection}");
        let scopes = |action: &str| format!("collection-{collection}:{action} common:{action}");
        for below in ["labels", "members", "comments", "history"] {
            let part = format!("{path}/{{id}}/{below}");
            all.push(operation("GET", part.clone(), scopes("read")));
            all.push(operation("POST", part.clone(), scopes("write")));
            all.push(operation("GET", format!("{part}/{{id}}"), scopes("read")));
            all.push(operation("DELETE", format!("{part}/{{id}}"), scopes("write")));
        }
        all.push(operation("GET", path.clone(), scopes("read")));
        all.push(operation("POST", path.clone(), scopes("write")));
        all.push(operation("GET", format!("{path}/{{id}}"), scopes("read")));
        all.push(operation("DELETE", format!("{path}/{{id}}"), scopes("write")));
    }
    all
}
