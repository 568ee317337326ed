//! The command lines of the programs: a few flags with values, and `--help`.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::workload::Workload;

/// Flags and their values, as given.
#[derive(Clone, Debug, Default)]
pub struct Arguments(Vec<(String, String)>);

impl Arguments {
    /// Reads the command line. Every flag has a value, and `help` must name it.
    ///
    /// # Errors
    /// The exit code: zero after `--help`, which prints the text, and two for a flag that the text does not name.
    pub fn read(help: &str) -> Result<Self, ExitCode> {
        let mut given = std::env::args().skip(1);
        let mut read = Vec::new();
        while let Some(flag) = given.next() {
            if matches!(flag.as_str(), "--help" | "-h") {
                println!("{help}");
                return Err(ExitCode::SUCCESS);
            }
            let known = flag.starts_with("--") && help.contains(&format!("{flag} "));
            match given.next() {
                Some(value) if known => read.push((flag, value)),
                _ => {
                    eprintln!("`{flag}` is not understood\n\n{help}");
                    return Err(ExitCode::from(2));
                }
            }
        }
        Ok(Self(read))
    }

    /// The value of a flag.
    #[must_use]
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == flag).map(|(_, value)| value.as_str())
    }

    /// The number that a flag gives, or the default.
    ///
    /// # Errors
    /// The value is not a number.
    pub fn number(&self, flag: &str, default: u32) -> Result<u32, ExitCode> {
        let Some(value) = self.value(flag) else { return Ok(default) };
        value.parse().map_err(|_| {
            eprintln!("`{flag} {value}`: a number is needed");
            ExitCode::from(2)
        })
    }

    /// The workloads that `--only w1,w2` names, or all three, from the folder that `--workloads` names.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn workloads(&self) -> Result<Vec<(&'static str, Workload)>, ExitCode> {
        let home = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/workloads");
        let folder = PathBuf::from(self.value("--workloads").unwrap_or(home));
        let asked = |name: &str| self.value("--only").is_none_or(|only| only.split(',').any(|ask| ask == name));
        ["w1", "w2", "w3"]
            .into_iter()
            .filter(|name| asked(name))
            .map(|name| match Workload::read(&folder.join(name).with_extension("tsv")) {
                Ok(workload) => Ok((name, workload)),
                Err(error) => {
                    eprintln!("{}: {error}; name the folder with --workloads", folder.join(name).display());
                    Err(ExitCode::FAILURE)
                }
            })
            .collect()
    }
}
