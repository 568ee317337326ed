//! What reading a document costs, and what is found in it: `cargo run -p policy-spec --example cost -- openapi.yaml …`.
//!
//! Without `--release`, as a build script runs. A `.toml` among the arguments configures the documents after it.
//! One document per run gives the peak of memory that belongs to it alone.
#![allow(clippy::print_stdout, reason = "it is a command")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use policy_spec::{Configuration, ConfigurationError, Settings};

fn main() -> Result<(), ConfigurationError> {
    let mut settings = Settings::default();
    for argument in std::env::args().skip(1) {
        let path = Path::new(&argument);
        if path.extension().is_some_and(|extension| extension == "toml") {
            settings = Configuration::load(path)?.settings;
        } else {
            read(path, &settings);
        }
    }
    Ok(())
}

fn read(path: &Path, settings: &Settings) {
    let (start, on_cpu) = (Instant::now(), cpu_time());
    let loaded = policy_spec::load(path, settings);
    let spent = cpu_time().zip(on_cpu).map_or_else(|| start.elapsed(), |(now, then)| now.saturating_sub(then));
    let mut codes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in &loaded.findings {
        *codes.entry((finding.level.as_str(), finding.code.as_str())).or_default() += 1;
    }
    let operations = loaded.readable().map_or(0, |model| model.operations.len());
    let verdict = if loaded.model.is_some() { "policy" } else { "no policy" };
    let peak = peak_memory().map_or_else(|| "?".to_owned(), |kib| format!("{:.1}", kib as f64 / 1024.0));
    println!("{}: {operations} operations, {verdict}, {:.0} ms, {peak} MiB", path.display(), spent.as_secs_f64() * 1e3);
    for ((level, code), count) in codes {
        println!("  {level} {code}: {count}");
    }
}

/// What this thread spent on a processor, which other programs on the machine do not change. Linux only.
fn cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The most memory that this process had so far, in KiB. Linux only.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
