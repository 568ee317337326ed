//! The command, and the documents it is run on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::oracle;

/// A folder of one test, gone at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("audit-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn with(file: &str, text: &str) -> Self {
        let folder = Self::new();
        fs::write(folder.0.join(file), text).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file of the repository.
pub(crate) fn repository(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).unwrap()
}

/// A folder with a copy of a document of the tests.
pub(crate) fn folder_of(document: &str) -> Folder {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/documents").join(document);
    Folder::with(document, &fs::read_to_string(file).unwrap())
}

/// `cargo policy audit …`, in a folder.
pub(crate) fn audit(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-policy"))
        .current_dir(folder)
        .args(["policy", "audit"])
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Its standard output, where it succeeds.
#[track_caller]
pub(crate) fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = audit(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A real document, with the arguments that read it as its vendor means it.
pub(crate) struct Real {
    /// Its file, in the corpus.
    pub(crate) file: &'static str,
    arguments: Vec<String>,
    pub(crate) path: PathBuf,
    pub(crate) config: oracle::Config,
}

impl Real {
    pub(crate) fn audited(&self, format: &str) -> String {
        let folder = Folder::new();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        shown(&folder.0, &[&arguments[..], &["--format", format]].concat())
    }

    /// How many operations it has, by the JSON, which equals the oracle.
    pub(crate) fn count(&self) -> usize {
        let audit: serde_json::Value = serde_json::from_str(&self.audited("json")).unwrap();
        audit["operations"].as_array().unwrap().len()
    }
}

/// Every document of the corpus; empty where it is not beside the workspace.
pub(crate) fn corpus() -> Vec<Real> {
    let Some(folder) = oracle::corpus_folder() else {
        eprintln!("skipped: the corpus is not beside the workspace");
        return Vec::new();
    };
    let configurations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy-spec/tests/corpus");
    let real = |(file, config): (&'static str, oracle::Config)| {
        let path = folder.join(file);
        let mut arguments = vec![path.to_str().unwrap().to_owned()];
        let configuration = configurations.join(Path::new(file).with_extension("toml").file_name().unwrap());
        if configuration.exists() {
            arguments.extend(["--config".to_owned(), configuration.to_str().unwrap().to_owned()]);
        }
        Real { file, arguments, path, config }
    };
    oracle::corpus().into_iter().map(real).collect()
}
