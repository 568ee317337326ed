//! What routing costs beside its peers: one run, one thread, thread CPU time, ratios.
//!
//! `cargo run --release -p policy-bench [folder of the workloads [w1 w2 w3]]`
//!
//! Every answer is checked against an oracle before anything is measured. Rows that need more than a router (a decision,
//! other engines) are further [`Contender`]s over the same requests: see `contenders`.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

mod contenders;
mod measure;
mod oracle;
mod requests;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use contenders::{Contender, Floor, MatchIt, Ours, PathTreeRouter, WayFind};
use measure::{measure, pass};
use oracle::Oracle;
use requests::{Request, requests};
use workload::Workload;

fn main() -> ExitCode {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/workloads")), PathBuf::from);
    println!("| workload | contender | min ns | median ns | ÷ matchit (min) | ÷ matchit (median) |");
    println!("|---|---|--:|--:|--:|--:|");
    let asked: Vec<String> = std::env::args().skip(2).collect();
    for name in ["w1", "w2", "w3"].into_iter().filter(|name| asked.is_empty() || asked.iter().any(|ask| ask == name)) {
        match Workload::read(&folder.join(name).with_extension("tsv")) {
            Ok(workload) => run(name, &workload),
            Err(error) => {
                eprintln!("{name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn run(name: &str, workload: &Workload) {
    // What every contender can hold.
    let plain: Vec<(&str, &str)> = workload.plain();
    let oracle = Oracle::new(&plain);
    let mut requests = requests(&plain, &oracle);
    let built = (Ours::new(&plain), MatchIt::new(&plain), WayFind::new(&plain), PathTreeRouter::new(&plain));
    let (Ok(ours), Ok(matchit), Ok(wayfind), Ok(path_tree)) = built else {
        eprintln!("{name}: a contender does not take these operations");
        return;
    };
    check(name, &mut requests, &[&ours], true);
    check(name, &mut requests, &[&matchit, &wayfind, &path_tree], false);
    let figures = measure(
        [
            &|requests| pass(&Floor, requests),
            &|requests| pass(&matchit, requests),
            &|requests| pass(&ours, requests),
            &|requests| pass(&wayfind, requests),
            &|requests| pass(&path_tree, requests),
        ],
        &requests,
    );
    let names = [Floor.name(), matchit.name(), ours.name(), wayfind.name(), path_tree.name()];
    let [_, base, ..] = figures;
    for (contender, figures) in names.iter().zip(&figures) {
        let (minimum, median) = (figures.minimum / base.minimum, figures.median / base.median);
        let (least, middle) = (figures.minimum, figures.median);
        println!("| {name} | {contender} | {least:.1} | {middle:.1} | {minimum:.3} | {median:.3} |");
    }
    eprintln!(
        "{name}: {} operations of {}, {} requests, {} bytes a path",
        plain.len(),
        workload.len(),
        requests.len(),
        requests.iter().map(|request| request.path.len()).sum::<usize>() / requests.len().max(1),
    );
}

/// Removes requests that a peer answers otherwise than the oracle; says so. A difference of ours ends the run.
fn check(name: &str, requests: &mut Vec<Request>, contenders: &[&dyn Contender], is_ours: bool) {
    for contender in contenders {
        let before = requests.len();
        requests.retain(|request| {
            let right = contender.route(request.method, &request.path) == request.operation;
            if !right && is_ours {
                eprintln!("{name}: wrong answer for {} {}", request.method, request.path);
                std::process::exit(1);
            }
            right
        });
        if requests.len() < before {
            eprintln!("{name}: {} answers {} requests otherwise; left out", contender.name(), before - requests.len());
        }
    }
}
