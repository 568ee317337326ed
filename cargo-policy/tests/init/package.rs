//! A package of a test's own, and the program that sets it up.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `cargo new` writes.
pub(crate) const HELLO: &str = "fn main() {\n    println!(\"Hello, world!\");\n}\n";

/// The document of the README.
pub(crate) const CLINIC: &str = include_str!("clinic.yaml");

pub(crate) struct Package(pub(crate) PathBuf);

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

pub(crate) fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl Package {
    /// As `cargo new` leaves it, in an empty folder.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("init").join(name);
        let _ = fs::remove_dir_all(&folder);
        let package = Self(folder);
        let name = name.rsplit('/').next().unwrap();
        package.write(
            "Cargo.toml",
            &format!("[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n"),
        );
        package.write("src/main.rs", HELLO);
        package
    }

    /// The same with a document.
    pub(crate) fn with(name: &str, document: &str) -> Self {
        let package = Self::new(name);
        package.write("openapi.yaml", document);
        package
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// Every file with its content.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                    found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(&self.0, &self.0, &mut found);
        found
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-policy"));
        command.args(arguments).current_dir(&self.0);
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        let ran = ran(command.output().unwrap());
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
    }

    /// Sets the package up for axum, with the crates of this checkout.
    pub(crate) fn init(&self, arguments: &[&str]) -> Ran {
        let root = root();
        let mut all = vec!["init", "--source", root.to_str().unwrap()];
        if !arguments.contains(&"--framework") {
            all.extend(["--framework", "axum"]);
        }
        all.extend(arguments);
        self.run(&all)
    }
}

/// Whether rustfmt would leave the files as they are, by its own defaults.
pub(crate) fn assert_formatted(package: &Package) {
    let defaults = Path::new(env!("CARGO_TARGET_TMPDIR")).join("init/rustfmt.toml");
    fs::write(&defaults, "").unwrap();
    let files = package.files();
    let files = files.keys().filter(|name| name.ends_with(".rs") && (name.starts_with("src/") || *name == "build.rs"));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--check", "--edition", "2024", "--config", "skip_children=true", "--config-path"]).arg(defaults);
    rustfmt.args(files.map(|name| package.0.join(name)));
    let ran = ran(rustfmt.output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
}
