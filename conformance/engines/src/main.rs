//! Exports documents for Cedar and Rego by `cargo policy export`, asks the engines themselves about every operation and many callers, and
//! compares each answer with that of `policy_spec::Engine`.

mod cases;
#[path = "../../../bench/src/document.rs"]
#[allow(dead_code)]
mod document;
mod documents;
mod engines;
#[path = "../../../bench/src/workload.rs"]
#[allow(dead_code)]
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use policy_core::ScopeString;
use policy_core::owned::{OwnedOperation, Request};
use policy_spec::Engine;

use cases::{Caller, callers};
use documents::Document;
use engines::{Cedar, Rego};

const HELP: &str = "Compares exported policies with the decision, on the engines that they are for.

Usage: exported-policies [--small] [--cargo-policy PROGRAM] [--workloads FOLDER] [--corpus FOLDER] [--random N] [--only NAMES]

  --small                  the documents of this repository and W1 alone: for every change
  --cargo-policy PROGRAM   what exports (../../target/debug/cargo-policy)
  --workloads FOLDER       where w1.tsv and w2.tsv are (../../../shared/workloads)
  --corpus FOLDER          where the public documents are (../../../shared/corpus)
  --random N               so many random callers for each operation (8)
  --only NAMES             of the documents, those with these names, separated by commas";

/// What the command line says.
struct Arguments {
    small: bool,
    program: PathBuf,
    workloads: PathBuf,
    corpus: PathBuf,
    random: u32,
    only: Option<String>,
}

impl Arguments {
    fn read() -> Result<Option<Self>> {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut read = Self {
            small: false,
            program: here.join("../../target/debug/cargo-policy"),
            workloads: here.join("../../../shared/workloads"),
            corpus: here.join("../../../shared/corpus"),
            random: 8,
            only: None,
        };
        let mut given = std::env::args().skip(1);
        while let Some(flag) = given.next() {
            let mut value = || given.next().with_context(|| format!("`{flag}` needs a value\n\n{HELP}"));
            match flag.as_str() {
                "-h" | "--help" => return Ok(None),
                "--small" => read.small = true,
                "--cargo-policy" => read.program = value()?.into(),
                "--workloads" => read.workloads = value()?.into(),
                "--corpus" => read.corpus = value()?.into(),
                "--only" => read.only = Some(value()?),
                "--random" => read.random = value()?.parse()?,
                _ => bail!("`{flag}` is not understood\n\n{HELP}"),
            }
        }
        Ok(Some(read))
    }
}

fn main() -> ExitCode {
    let run = || -> Result<bool> {
        let Some(arguments) = Arguments::read()? else {
            println!("{HELP}");
            return Ok(true);
        };
        ensure!(
            arguments.program.is_file(),
            "there is no `{}`; build it: cargo build -p cargo-scope-policy",
            arguments.program.display()
        );
        println!("| document | operations | callers | allowed | Cedar differs | Rego differs | seconds |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        let mut agrees = true;
        let is_wanted = |name: &str| arguments.only.as_ref().is_none_or(|only| only.split(',').any(|one| one == name));
        for document in documents::all(&arguments)?.iter().filter(|document| is_wanted(&document.name)) {
            agrees &= compare(document, &arguments).with_context(|| document.name.clone())?;
        }
        Ok(agrees)
    };
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Asks both engines about every caller of every operation. Says whether they agree with the decision.
fn compare(document: &Document, arguments: &Arguments) -> Result<bool> {
    let start = Instant::now();
    let engine = document.engine()?;
    let cedar = Cedar::new(&document.exported("cedar", &arguments.program)?)?;
    let mut rego = Rego::new(&document.exported("rego", &arguments.program)?)?;
    let (mut asked, mut allowed, mut differ) = (0_u64, 0_u64, [0_u64; 2]);
    let mut operations = 0_u64;
    for operation in engine.policy().operations() {
        operations += 1;
        let name = operation.to_string();
        let said = engine.served().operations.get(operation.index()).context("an operation without a place")?;
        let cases = callers(&engine, said, arguments.random, operations);
        for caller in &cases {
            let expected = decision(&engine, operation, caller)?;
            let found = [cedar.allows(&name, caller)?, rego.allows(&name, caller)?];
            asked += 1;
            allowed += u64::from(expected);
            for (language, (count, found)) in ["cedar", "rego"].into_iter().zip(differ.iter_mut().zip(found)) {
                if found != expected {
                    *count += 1;
                    if *count <= 5 {
                        eprintln!(
                            "{}: {name}, {caller:?}: {language} says {found}, the decision {expected}",
                            document.name
                        );
                    }
                }
            }
        }
        // What no operation is called is never allowed, whoever asks.
        for other in [format!("{name} "), name.to_lowercase(), format!("{name}\" || true"), String::new()] {
            let is_none = engine.policy().operations().all(|known| known.to_string() != other);
            for caller in cases.iter().filter(|_| is_none) {
                asked += 1;
                differ[0] += u64::from(cedar.allows(&other, caller)?);
                differ[1] += u64::from(rego.allows(&other, caller)?);
            }
            if operations > 3 {
                break;
            }
        }
    }
    println!(
        "| {} | {operations} | {asked} | {allowed} | {} | {} | {:.1} |",
        document.name,
        differ[0],
        differ[1],
        start.elapsed().as_secs_f64()
    );
    ensure!(operations > 0 && asked > operations, "nothing was compared");
    Ok(differ == [0, 0])
}

/// What the document's own policy says of schemes and scopes: everything else about the request is as it should be.
fn decision(engine: &Engine, operation: OwnedOperation<'_>, caller: &Caller) -> Result<bool> {
    let policy = engine.policy();
    let texts: Vec<(&str, String)> = caller
        .grants
        .iter()
        .map(|(scheme, scopes)| (scheme.as_str(), scopes.iter().cloned().collect::<Vec<_>>().join(" ")))
        .collect();
    let mut grants = Vec::new();
    for (scheme, text) in &texts {
        let scopes = ScopeString::new(text).map_err(|error| anyhow::anyhow!("{text:?}: {error}"))?;
        grants.extend(policy.grant(scheme, scopes));
    }
    let caller = if caller.grants.is_empty() { Ok(None) } else { Ok(Some(grants.as_slice())) };
    Ok(operation.decide(&Request { caller, enabled: Ok(true), query: None }).is_allowed())
}
