//! The table of ratios. Every answer is checked first. Then all contenders are measured in turns.

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::contenders::{ByHand, Contender, Decided, MatchIt, Ours, PathTreeRouter, WayFind};
use crate::floors::{Hash, Segments, Told, Verified, Visited};
use crate::measure::{Figures, measure};
use crate::oracle::Oracle;
use crate::requests::{Outcome, Request, requests};
use crate::tables;
use crate::workload::{Operation, Workload};

/// The flags of programs that print the table.
pub const HELP: &str = "Prints what a route and a decision cost beside their peers, as ratios of one run.

Usage: decide [--workloads FOLDER] [--only w1,w2,w3] [--passes N] [--in-a-row N]

  --workloads FOLDER   where w1.tsv, w2.tsv and w3.tsv are
  --only NAMES         of the workloads, these
  --passes N           how often everybody is asked everything (31)
  --in-a-row N         ask few requests, each so often in a row: what is left when a processor guesses everything right (1)

Thread CPU time in nanoseconds for a request, the least and the middle of all passes, taken in turns on one thread. Ratios
are to matchit for routers, to `by hand` for decisions. Every answer is checked against an oracle before.";

/// More contenders of an operation list: other engines.
pub type Engines = dyn Fn(&[&Operation], &[String]) -> Result<Vec<Box<dyn Contender>>, String>;

/// Reads the command line and prints the table.
#[must_use]
pub fn run(engines: &Engines) -> ExitCode {
    let run = || -> Result<(), ExitCode> {
        let arguments = Arguments::read(HELP)?;
        let (passes, in_a_row) = (arguments.number("--passes", 31)?, arguments.number("--in-a-row", 1)?);
        println!("| | contender | min ns | median ns | ratio (min) | ratio (median) | allocations |");
        println!("|---|---|--:|--:|--:|--:|--:|");
        for (name, workload) in arguments.workloads()? {
            rows(name, &workload, passes, in_a_row, engines).map_err(|error| {
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            })?;
        }
        Ok(())
    };
    run().err().unwrap_or(ExitCode::SUCCESS)
}

fn rows(name: &str, workload: &Workload, passes: u32, in_a_row: u32, engines: &Engines) -> Result<(), String> {
    // The operations that every router accepts.
    let operations = workload.plain();
    let mut requests = requests(&operations, &Oracle::new(&operations));
    let callers = requests.callers.clone();
    let routers: Vec<Box<dyn Contender>> = vec![
        Box::new(Verified::new(&operations)),
        Box::new(Visited::new(&operations)?),
        Box::new(Ours::new(&operations)?),
        Box::new(MatchIt::new(&operations)?),
        Box::new(WayFind::new(&operations)?),
        Box::new(PathTreeRouter::new(&operations)),
    ];
    let mut deciders: Vec<Box<dyn Contender>> = vec![
        Box::new(Told::new(&operations, Some(&callers))?),
        Box::new(Told::new(&operations, None)?),
        Box::new(Decided::new(&operations, Some(&callers))?),
        Box::new(Decided::new(&operations, None)?),
        Box::new(ByHand::new(&operations, true)?),
        Box::new(ByHand::new(&operations, false)?),
    ];
    let built = tables::contenders(name, &operations, &callers);
    let ours = 4 + built.len();
    deciders.splice(4..4, built);
    deciders.extend(engines(&operations, &callers)?);
    for (at, router) in routers.iter().enumerate() {
        check(name, &mut requests.all, router.as_ref(), at < 3, |request| request.routed)?;
    }
    for (at, decider) in deciders.iter().enumerate() {
        check(name, &mut requests.all, decider.as_ref(), at < ours, |request| request.decided)?;
    }
    eprintln!(
        "{name}: {} operations of {}, {} requests, {} bytes a path, {} bytes a grant",
        operations.len(),
        workload.operations().len(),
        requests.all.len(),
        average(&requests.all, |request| request.path.len()),
        average(&requests.all, |request| request.grant.len()),
    );
    let everybody: Vec<&dyn Contender> = [&Hash as &dyn Contender, &Segments]
        .into_iter()
        .chain(routers.iter().chain(&deciders).map(AsRef::as_ref))
        .collect();
    if in_a_row > 1 {
        requests.all = repeated(&requests.all, in_a_row as usize);
    }
    let figures = measure(&everybody, &requests.all, passes);
    let base_of = |base: &str| {
        let at = everybody.iter().position(|contender| contender.name() == base);
        at.and_then(|at| figures.get(at)).copied().ok_or_else(|| format!("{base} was not measured"))
    };
    let (router, decider) = (base_of(MATCHIT)?, base_of(BY_HAND)?);
    for (at, (contender, figures)) in everybody.iter().zip(&figures).enumerate() {
        let base = if at < routers.len() + 2 { router } else { decider };
        println!("| {name} | {} | {} |", contender.name(), row(figures, &base));
    }
    Ok(())
}

/// As many requests as before, but only a few different ones, each repeated in a row.
fn repeated(requests: &[Request], times: usize) -> Vec<Request> {
    let apart = requests.iter().step_by(times);
    apart.flat_map(|request| std::iter::repeat_n(request, times)).cloned().collect()
}

const MATCHIT: &str = "matchit 0.9";
const BY_HAND: &str = "by hand: matchit, HashSet<String>";

fn row(figures: &Figures, base: &Figures) -> String {
    let Figures { minimum, median, allocations } = figures;
    let (least, middle) = (minimum / base.minimum, median / base.median);
    format!("{minimum:.1} | {median:.1} | {least:.3} | {middle:.3} | {allocations:.1}")
}

fn average(requests: &[Request], of: impl Fn(&Request) -> usize) -> usize {
    requests.iter().map(of).sum::<usize>() / requests.len().max(1)
}

/// Removes the requests that another contender answers otherwise than the oracle, and says so. If this project answers otherwise, the run
/// fails.
fn check(
    name: &str,
    requests: &mut Vec<Request>,
    contender: &dyn Contender,
    is_ours: bool,
    right: impl Fn(&Request) -> Outcome,
) -> Result<(), String> {
    let before = requests.len();
    let right = |request: &Request| match right(request) {
        Outcome::Denied(_) if !contender.counts_missing() => Outcome::Denied(0),
        outcome => outcome,
    };
    let wrong = requests.iter().find(|request| contender.answer(request) != right(request));
    if let Some(request) = wrong
        && is_ours
    {
        let answer = contender.answer(request);
        return Err(format!("{}: {answer:?} for {request:?}", contender.name()));
    }
    requests.retain(|request| contender.answer(request) == right(request));
    if requests.len() < before {
        eprintln!("{name}: {} answers {} requests otherwise; left out", contender.name(), before - requests.len());
    }
    Ok(())
}
