//! What a guard adds to a clean build: a small axum service is built without one and as the README's quick start guards it.
#![allow(clippy::print_stdout, reason = "a program that prints a table")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs, io};

use policy_bench::arguments::Arguments;

const HELP: &str = "Prints what the guard adds to a clean build of a small axum service.

Usage: added [--runs N] [--profiles debug,release]

  --runs N          the least of so many builds is printed (3)
  --profiles NAMES  debug, release, or both

The guarded service is that of the README's quick start. Both are built from nothing, in turns, in target/bench-added. Seconds are
those that all processes of a build computed. A busy machine makes them longer, for both services, so the ratio is printed too.";

const DEPENDENCIES: &str =
    "axum = \"0.8\"\ntokio = { version = \"1\", features = [\"macros\", \"net\", \"rt-multi-thread\"] }\n";

fn main() -> ExitCode {
    let arguments = match Arguments::read(HELP) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let runs = match arguments.number("--runs", 3) {
        Ok(runs) => runs.max(1),
        Err(code) => return code,
    };
    match measure(runs, arguments.value("--profiles").unwrap_or("debug,release")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(runs: u32, profiles: &str) -> io::Result<()> {
    let (plain, guarded) = (Service::plain()?, Service::guarded()?);
    for (table, edges) in [("at run time", "normal"), ("at build time", "build")] {
        let before = plain.crates(edges)?;
        let added: Vec<String> = guarded.crates(edges)?.difference(&before).cloned().collect();
        println!("crates added {table}: {} ({})\n", added.len(), added.join(", "));
    }
    println!("| profile | unguarded | guarded | added | guarded ÷ unguarded |\n|---|--:|--:|--:|--:|");
    for profile in profiles.split(',') {
        let mut least = [f64::INFINITY; 2];
        for run in 0..runs {
            eprintln!("{profile}, {} of {runs}", run + 1);
            for (least, service) in least.iter_mut().zip([&plain, &guarded]) {
                *least = least.min(service.build(profile == "release")?);
            }
        }
        let [plain, guarded] = least;
        println!("| {profile} | {plain:.1} s | {guarded:.1} s | {:.1} s | {:.2} |", guarded - plain, guarded / plain);
    }
    Ok(())
}

/// A package in a folder of its own.
struct Service {
    folder: PathBuf,
}

impl Service {
    fn plain() -> io::Result<Self> {
        Self::new("plain", DEPENDENCIES, "", include_str!("../../services/plain.rs"))
    }

    /// The service that a reader of the README has after its sixth step.
    fn guarded() -> io::Result<Self> {
        let readme = fs::read_to_string(root().join("README.md"))?;
        let section = readme.split("\n## ").find(|section| section.starts_with("Guard your own axum service"));
        let mut blocks = Vec::new();
        for block in section.unwrap_or_default().split("\n```").skip(1).step_by(2) {
            let (language, text) = block.split_once('\n').unwrap_or_default();
            blocks.push((language, text));
        }
        let document = blocks.iter().find(|(language, _)| *language == "yaml").map_or("", |(_, text)| *text);
        let rust: Vec<&str> =
            blocks.iter().filter(|(language, _)| *language == "rust,ignore").map(|block| block.1).collect();
        let is_script = |text: &&str| text.starts_with("// build.rs");
        let of_main = |text: &&str| !is_script(text) && !text.contains("#[test]");
        let main = rust.iter().copied().filter(of_main).collect::<Vec<_>>().join("\n");
        if document.is_empty() || !main.contains("fn main()") {
            return Err(io::Error::other("the README's quick start is not where it was"));
        }
        let path = root();
        let path = path.display();
        let dependencies = format!(
            "{DEPENDENCIES}policy-core = {{ path = \"{path}/policy-core\", features = [\"macros\"] }}\n\
             policy-axum = {{ path = \"{path}/adapters/axum\" }}\npolicy-http = {{ path = \"{path}/policy-http\" }}\n"
        );
        let build = format!("policy-build = {{ path = \"{path}/policy-build\" }}\n");
        let service = Self::new("guarded", &dependencies, &build, &main)?;
        let script = rust.iter().copied().find(is_script).unwrap_or_default();
        fs::write(service.folder.join("build.rs"), script)?;
        fs::write(service.folder.join("openapi.yaml"), document)?;
        Ok(service)
    }

    fn new(name: &str, dependencies: &str, build: &str, main: &str) -> io::Result<Self> {
        let folder = root().join("target/bench-added").join(name);
        fs::create_dir_all(folder.join("src"))?;
        fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"added-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n{dependencies}\n[build-dependencies]\n{build}"
            ),
        )?;
        fs::write(folder.join("src/main.rs"), main)?;
        // The same versions as here, so that cargo needs no registry.
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    /// The crates that it depends on: by normal dependencies, or only by those of its build script.
    fn crates(&self, edges: &str) -> io::Result<BTreeSet<String>> {
        let told = self.cargo(&["tree", "--prefix", "none", "--format", "{p}", "--edges", "normal"])?;
        let normal: BTreeSet<String> = names(&told);
        if edges == "normal" {
            return Ok(normal);
        }
        let told = self.cargo(&["tree", "--prefix", "none", "--format", "{p}", "--edges", "normal,build"])?;
        Ok(names(&told).difference(&normal).cloned().collect())
    }

    /// The seconds that a build from nothing computes.
    fn build(&self, release: bool) -> io::Result<f64> {
        let target = self.folder.join("target");
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let before = of_children()?;
        self.cargo(if release { &["build", "--release"] } else { &["build"] })?;
        Ok(of_children()? - before)
    }

    fn cargo(&self, arguments: &[&str]) -> io::Result<String> {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(arguments)
            .arg("--offline")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            // Cargo compiles what it finds by a path incrementally, which takes a third longer, and packages of a registry never.
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
        }
    }
}

/// The repository.
fn root() -> PathBuf {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    bench.parent().unwrap_or(bench).to_owned()
}

/// Name and version of each crate of `cargo tree`, without what is built here.
fn names(tree: &str) -> BTreeSet<String> {
    let lines = tree.lines().filter(|line| !line.starts_with("added-"));
    lines.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

/// The CPU seconds of this process's children that have ended, and of their children.
fn of_children() -> io::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name before the parenthesis may hold spaces. Ticks are hundredths on every Linux.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    Ok(fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
}
