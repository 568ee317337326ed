//! Measures what a policy costs to build: the build script as cargo runs it, rustc on the generated source, the size of the data, and
//! the next build after an edit.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use policy_bench::arguments::Arguments;
use policy_bench::document::document;

const HELP: &str = "Prints what a policy costs to build.

Usage: compile [--workloads FOLDER] [--only w1,w2,w3] [--runs N] [--layout tables,types]

  --workloads FOLDER   where w1.tsv, w2.tsv and w3.tsv are
  --only NAMES         of the workloads, these
  --layout NAMES       tables: `.types(false).notes(false)`; types: the defaults
  --runs N             the least of so many runs is printed (3)

Every document is made of a workload, with about a kilobyte for each operation that no policy is made of. A package whose
build script compiles it is built by cargo in target/bench-build; the first run builds its dependencies.";

/// The environment variable that names a file. If it is set, this program runs as rustc's wrapper and writes rustc's cost there.
const NOTES: &str = "POLICY_BENCH_NOTES";
/// The name of the measured crate begins with this, and the layout follows. Cargo would take two packages of one name for the same one.
const CRATE: &str = "policy_cost_";

fn main() -> ExitCode {
    if let Some(notes) = env::var_os(NOTES) {
        return match rustc(Path::new(&notes)) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("rustc: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let run = || -> Result<(), ExitCode> {
        let arguments = Arguments::read(HELP)?;
        let runs = arguments.number("--runs", 3)?.max(1);
        let layouts: Vec<&str> = arguments.value("--layout").unwrap_or("tables,types").split(',').collect();
        println!(
            "| workload | layout | document | script | its peak | check | its peak | debug | release | source | data | edited description |"
        );
        println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (name, workload) in arguments.workloads()? {
            for layout in &layouts {
                eprintln!("{name}, {layout}");
                let texts = [document(workload.operations(), false), document(workload.operations(), true)];
                let row = Package::new(layout, runs).and_then(|package| package.measure(&texts));
                match row {
                    Ok(row) => println!("| {name} | {layout} | {row} |"),
                    Err(error) => {
                        eprintln!("{name}, {layout}: {error}");
                        return Err(ExitCode::FAILURE);
                    }
                }
            }
        }
        Ok(())
    };
    run().err().unwrap_or(ExitCode::SUCCESS)
}

/// A package that holds only a policy.
struct Package {
    layout: String,
    folder: PathBuf,
    runs: u32,
}

impl Package {
    fn new(layout: &str, runs: u32) -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let folder = root.join("target/bench-build").join(layout);
        fs::create_dir_all(folder.join("src"))?;
        let core = root.display();
        write(
            &folder.join("Cargo.toml"),
            &format!(
                "[package]\nname = \"policy-cost-{layout}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
                 policy-core = {{ path = \"{core}/policy-core\" }}\npolicy-router = {{ path = \"{core}/policy-router\" }}\n\n\
                 [build-dependencies]\npolicy-build = {{ path = \"{core}/policy-build\" }}\n"
            ),
        )?;
        let settings = if layout == "tables" { ".types(false).notes(false)" } else { "" };
        write(
            &folder.join("build.rs"),
            &format!(
                "fn main() -> Result<(), policy_build::Report> {{\n    \
                 policy_build::configure(){settings}.compile(\"openapi.json\")?;\n    let status = std::fs::read_to_string(\"/proc/self/status\").unwrap_or_default();\n    \
                 let peak = status.lines().find_map(|line| line.strip_prefix(\"VmHWM:\")).unwrap_or(\"0\");\n    \
                 let peak: String = peak.chars().filter(char::is_ascii_digit).collect();\n    \
                 let stat = std::fs::read_to_string(\"/proc/self/schedstat\").unwrap_or_default();\n    \
                 let time: f64 = stat.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or(f64::NAN);\n    \
                 let _ = std::fs::write(\"cost.txt\", format!(\"{{}} {{peak}}\", time / 1e9));\n    Ok(())\n}}\n"
            ),
        )?;
        // The workloads' requirements are made up, and so are the ambiguities between them.
        write(
            &folder.join("policy.toml"),
            "[levels]\nambiguous-templates = \"allow\"\nand-that-reads-like-or = \"allow\"\ntemplate-collision = \"allow\"\n",
        )?;
        write(&folder.join("src/lib.rs"), "policy_core::include_policy!();\n")?;
        // The same versions as here, so that cargo needs no registry.
        let lock = folder.join("Cargo.lock");
        if !lock.exists() {
            fs::copy(root.join("Cargo.lock"), lock)?;
        }
        Ok(Self { layout: layout.to_owned(), folder, runs })
    }

    fn measure(&self, texts: &[String; 2]) -> io::Result<String> {
        let [text, edited] = texts;
        let document = self.folder.join("openapi.json");
        fs::write(&document, text)?;
        self.cargo(&["check"])?;
        let mut script = (f64::INFINITY, 0.0_f64);
        let mut edit = f64::INFINITY;
        for _ in 0..self.runs {
            fs::write(&document, edited)?;
            let start = Instant::now();
            let told = self.cargo(&["check"])?;
            edit = edit.min(start.elapsed().as_secs_f64());
            let _ = told;
            fs::write(&document, text)?;
            self.cargo(&["check"])?;
            let cost = fs::read_to_string(self.folder.join("cost.txt"))?;
            let mut cost = cost.split(' ').map(|number| number.parse::<f64>().unwrap_or(f64::NAN));
            let (time, peak) = (cost.next().unwrap_or(f64::NAN), cost.next().unwrap_or(f64::NAN));
            script = (script.0.min(time), script.1.max(peak));
        }
        let check = self.rustc_least(&["check"])?;
        let debug = self.rustc_least(&["build"])?;
        let release = self.rustc_least(&["build", "--release"])?;
        let source = fs::metadata(self.generated()?)?.len();
        Ok(format!(
            "{:.1} MB | {:.2} s | {:.0} MB | {:.2} s | {:.0} MB | {:.2} s | {:.2} s | {:.0} KiB | {:.1} KiB | {edit:.2} s",
            text.len() as f64 / 1e6,
            script.0,
            script.1 / 1e3,
            check.0,
            check.1 / 1e3,
            debug.0,
            release.0,
            source as f64 / 1024.0,
            self.data()? as f64 / 1024.0,
        ))
    }

    /// Seconds and peak kilobytes of rustc on the crate, run anew each time.
    fn rustc_least(&self, command: &[&str]) -> io::Result<(f64, f64)> {
        let notes = self.folder.join("rustc.txt");
        let mut least = (f64::INFINITY, 0.0_f64);
        for _ in 0..self.runs {
            // The new file time makes cargo compile the whole crate again.
            let library = self.folder.join("src/lib.rs");
            let text = fs::read_to_string(&library)?;
            fs::write(&library, text)?;
            fs::write(&notes, "")?;
            self.cargo(command)?;
            let told = fs::read_to_string(&notes)?;
            let mut numbers = told.split_whitespace().map(|number| number.parse::<f64>().unwrap_or(f64::NAN));
            let (time, peak) = (numbers.next().unwrap_or(f64::NAN), numbers.next().unwrap_or(f64::NAN));
            least = (least.0.min(time), least.1.max(peak));
        }
        Ok(least)
    }

    fn cargo(&self, command: &[&str]) -> io::Result<String> {
        let notes = self.folder.join("rustc.txt");
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(command)
            .arg("--offline")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("../target"))
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTC_WORKSPACE_WRAPPER", env::current_exe()?)
            .env(NOTES, notes)
            .stdin(Stdio::null())
            .output()?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(told) } else { Err(io::Error::other(told)) }
    }

    /// The newest `policy.rs` of this package.
    fn generated(&self) -> io::Result<PathBuf> {
        newest(&self.folder.join("../target/debug/build"), |path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(&format!("policy-cost-{}-", self.layout)) {
                path.join("out/policy.rs")
            } else {
                PathBuf::new()
            }
        })
    }

    /// Bytes of the sections that hold data in the crate's objects, relocations not counted.
    fn data(&self) -> io::Result<u64> {
        let library = newest(&self.folder.join("../target/release"), |path| {
            if path.ends_with(format!("lib{CRATE}{}.rlib", self.layout)) { path.to_owned() } else { PathBuf::new() }
        })?;
        let output = Command::new("size").args(["-A", "-d"]).arg(library).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let sections = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            let is_data = [".rodata", ".data", ".bss", ".lrodata"].iter().any(|prefix| name.starts_with(prefix));
            if is_data { words.next()?.parse::<u64>().ok() } else { None }
        });
        Ok(sections.sum())
    }
}

/// Writes the file only if the text differs, so that cargo sees no change where there is none.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) { Ok(()) } else { fs::write(path, text) }
}

/// The newest of the files that entries of a folder lead to.
fn newest(folder: &Path, of: impl Fn(&Path) -> PathBuf) -> io::Result<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let path = of(&entry.ok()?.path());
            let time = fs::metadata(&path).ok()?.modified().ok()?;
            Some((time, path))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path).ok_or_else(|| io::Error::other(format!("nothing in {}", folder.display())))
}

/// Runs rustc, and notes its seconds and its peak kilobytes where it compiles the policy.
fn rustc(notes: &Path) -> io::Result<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments.next().ok_or_else(|| io::Error::other("no rustc is named"))?;
    let arguments: Vec<_> = arguments.collect();
    let is_ours = arguments.iter().any(|argument| argument.to_str().is_some_and(|name| name.starts_with(CRATE)));
    let mut child = Command::new(program).args(arguments).spawn()?;
    let (mut peak, mut time) = (0, 0.0_f64);
    let status = loop {
        if is_ours {
            peak = peak.max(peak_of(child.id()));
            time = time.max(time_of(child.id()));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if is_ours {
        fs::write(notes, format!("{time} {peak}"))?;
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The CPU seconds of a process and its threads, so that other load on the machine does not count. They are read while it runs, so the
/// last few milliseconds are missing.
fn time_of(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name before the parenthesis may hold spaces. Ticks are hundredths on every Linux.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory that a process has held, in kilobytes. Zero where the system does not tell.
fn peak_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    peak.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default()
}
