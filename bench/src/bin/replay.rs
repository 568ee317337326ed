//! Measures how many lines of a decision log `cargo policy replay` decides in a second, and the memory that it takes.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use policy_bench::arguments::Arguments;
use policy_bench::document::{document, numbered};
use policy_bench::workload::Workload;

const HELP: &str = "Prints how many lines of a decision log `cargo policy replay` decides in a second of one core.

Usage: replay [--workloads FOLDER] [--only w1,w2,w3] [--lines N] [--clients N] [--cargo-policy PROGRAM]

  --workloads FOLDER       where w1.tsv, w2.tsv and w3.tsv are
  --only NAMES             of the workloads, these
  --lines N                how many lines the log has (1000000)
  --clients N              of how many clients (1000)
  --cargo-policy PROGRAM   what replays; beside this program unless it is given

The log is written to the folder for temporary files, and removed. One line in ten lacks a scope, and one in twenty has query names.";

fn main() -> ExitCode {
    let run = || -> Result<(), ExitCode> {
        let arguments = Arguments::read(HELP)?;
        let lines = arguments.number("--lines", 1_000_000)?;
        let clients = arguments.number("--clients", 1_000)?.max(1);
        let program = match arguments.value("--cargo-policy") {
            Some(program) => PathBuf::from(program),
            None => std::env::current_exe().unwrap_or_default().with_file_name("cargo-policy"),
        };
        println!("| workload | lines | bytes a line | seconds | of them CPU | lines a second of CPU | peak memory |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        for (name, workload) in arguments.workloads()? {
            let row = measure(&workload, lines, clients, &program).map_err(|error| {
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            })?;
            println!("| {name} | {row} |");
        }
        Ok(())
    };
    run().map_or_else(|code| code, |()| ExitCode::SUCCESS)
}

fn measure(workload: &Workload, lines: u32, clients: u32, program: &Path) -> io::Result<String> {
    let folder = std::env::temp_dir().join(format!("policy-bench-replay-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let measured = measure_in(&folder, workload, lines, clients, program);
    fs::remove_dir_all(&folder)?;
    measured
}

fn measure_in(folder: &Path, workload: &Workload, lines: u32, clients: u32, program: &Path) -> io::Result<String> {
    let (api, log) = (folder.join("api.json"), folder.join("log"));
    fs::write(&api, document(workload.operations(), false))?;
    let config = folder.join("policy.toml");
    fs::write(&config, "[levels]\nambiguous-templates = \"allow\"\ntemplate-collision = \"allow\"\n")?;
    let bytes = write(&log, workload, lines, clients)?;
    let begin = Instant::now();
    let mut child = Command::new(program)
        .arg("replay")
        .arg(&log)
        .arg("--document")
        .arg(&api)
        .arg("--config")
        .arg(&config)
        .args(["--format", "json", "--output"])
        .arg(folder.join("answer.json"))
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", program.display())))?;
    let status = PathBuf::from(format!("/proc/{}", child.id()));
    // What the system says of a process is gone when it has ended, so that it is read until then.
    let (mut peak, mut cpu) = (0, Duration::ZERO);
    let code = loop {
        if let Some(code) = child.try_wait()? {
            break code;
        }
        peak = peak_kib(&status).unwrap_or(peak);
        cpu = cpu_time(&status).unwrap_or(cpu);
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = begin.elapsed().as_secs_f64();
    let answer = fs::read_to_string(folder.join("answer.json"))?;
    let replayed = format!("\"replayed\": {lines},");
    if !code.success() || !answer.contains(&replayed) {
        return Err(io::Error::other(format!("{code}; not all lines were replayed")));
    }
    let cpu = if cpu.is_zero() { seconds } else { cpu.as_secs_f64() };
    Ok(format!(
        "{lines} | {} | {seconds:.2} | {cpu:.2} | {:.0} | {} MiB",
        bytes / u64::from(lines.max(1)),
        f64::from(lines) / cpu,
        peak / 1024
    ))
}

/// The largest memory so far, in KiB.
fn peak_kib(process: &Path) -> Option<u64> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The time that the process has had so far. Its clock has a hundred ticks a second on Linux.
fn cpu_time(process: &Path) -> Option<Duration> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse().unwrap_or(0_u64)).sum();
    Some(Duration::from_millis(ticks * 10))
}

/// Writes the log, and says how long it is.
fn write(log: &Path, workload: &Workload, lines: u32, clients: u32) -> io::Result<u64> {
    let mut out = BufWriter::new(File::create(log)?);
    let operations = workload.operations();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in 0..lines {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let pick = usize::try_from(state >> 33).unwrap_or(0) % operations.len().max(1);
        let Some(operation) = operations.get(pick) else { break };
        let scopes = if at % 10 == 0 {
            operation.scopes.split_once(' ').map_or("", |(_, rest)| rest)
        } else {
            &operation.scopes
        };
        let names = if at % 20 == 0 { r#"["page","per_page"]"# } else { "[]" };
        let client = (state >> 7) % u64::from(clients);
        let route = numbered(&operation.template);
        writeln!(
            out,
            r#"{{"schema":1,"unix_ms":{},"decision":"allow","document":"files","method":"{}","route":"{route}","credential_id":"key-{client}","subject":"client-{client}","tenant":"org-{}","granted":{{"OAuth2":"{scopes}"}},"enablement":"enabled","query_names":{names},"latency_us":41,"fingerprint":"0123456789abcdef"}}"#,
            1_814_356_800_000 + u64::from(at),
            operation.method,
            client % 50,
        )?;
    }
    out.flush()?;
    Ok(fs::metadata(log)?.len())
}
