//! A policy's source as it stood at a commit, or as it is staged, in a folder of its own that is removed at the end.
//!
//! Which files belong to a source is known when all of them were read: references lead to references. So those files are written whose
//! names stand in one that was written before. A name may be spelt with escapes; where something is missing in the end, everything that
//! could be a part of a document is written.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use policy_spec::Configuration;
use tempfile::TempDir;

use super::git::{File, Files, Repository};
use crate::failure::Failure;

/// How often a symbolic link may lead to another one.
const MOST_LINKS: usize = 8;

/// The files that were asked for.
#[derive(Debug)]
pub(super) struct Snapshot {
    repository: Repository,
    files: Vec<File>,
    /// The index of each file, by its path.
    by_path: HashMap<String, usize>,
    /// The indices of the files of each name.
    by_name: HashMap<String, Vec<usize>>,
    written: RefCell<BTreeSet<usize>>,
    /// The folder at its top. Its name is not known before, so that nobody can have put anything there.
    pub(super) root: PathBuf,
    /// The folder is removed with this.
    _folder: TempDir,
}

impl Snapshot {
    /// What stands there, with every `policy.toml` among it.
    pub(super) fn new(repository: Repository, of: &Files) -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::new(format!("a folder for the old files cannot be made: {error}"));
        let files = repository.files(of)?;
        let folder = tempfile::Builder::new().prefix("cargo-policy-diff-").tempdir().map_err(failed)?;
        let root = folder.path().canonicalize().map_err(failed)?;
        let by_path = files.iter().enumerate().map(|(at, file)| (file.path.clone(), at)).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            by_name.entry(name.to_owned()).or_default().push(at);
        }
        let configurations = by_name.get(Configuration::FILE).cloned().unwrap_or_default();
        let snapshot = Self { repository, files, by_path, by_name, written: RefCell::default(), root, _folder: folder };
        snapshot.write(configurations)?;
        Ok(snapshot)
    }

    pub(super) fn has_file(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        let below = format!("{path}/");
        path.is_empty() || self.files.iter().any(|file| file.path.starts_with(&below))
    }

    /// Writes files, by their paths, and all whose names stand in them.
    pub(super) fn with_parts(&self, paths: &[String]) -> Result<(), Failure> {
        let mut next: Vec<usize> = paths.iter().filter_map(|path| self.by_path.get(path).copied()).collect();
        while !next.is_empty() {
            let texts = self.write(std::mem::take(&mut next))?;
            let mut named = BTreeSet::new();
            for text in &texts {
                named.extend(self.named_in(text));
            }
            let written = self.written.borrow();
            next = named.into_iter().filter(|at| !written.contains(at)).collect();
        }
        Ok(())
    }

    /// Writes everything that could be a part of a document.
    pub(super) fn with_everything(&self) -> Result<(), Failure> {
        let is_part =
            |path: &str| [".yaml", ".yml", ".json"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
        let written = self.written.borrow().clone();
        let files = self.files.iter().enumerate().filter(|(at, file)| is_part(&file.path) && !written.contains(at));
        self.write(files.map(|(at, _)| at).collect()).map(|_| ())
    }

    /// The files whose names stand in a text.
    fn named_in(&self, text: &str) -> BTreeSet<usize> {
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let words: BTreeSet<&str> = text.split(|c| !is_of_name(c)).collect();
        let plain = words.into_iter().filter_map(|word| self.by_name.get(word));
        let is_odd = |name: &&String| !name.chars().all(is_of_name);
        let odd = self.by_name.keys().filter(is_odd).filter(|name| text.contains(name.as_str()));
        plain.chain(odd.filter_map(|name| self.by_name.get(name))).flatten().copied().collect()
    }

    /// Writes files, and gives their texts.
    fn write(&self, files: Vec<usize>) -> Result<Vec<String>, Failure> {
        let chosen: Vec<(usize, &File)> = files.into_iter().filter_map(|at| Some((at, self.files.get(at)?))).collect();
        let only: Vec<&File> = chosen.iter().map(|(_, file)| *file).collect();
        let mut texts = Vec::with_capacity(chosen.len());
        for ((at, file), mut bytes) in chosen.into_iter().zip(self.repository.contents(&only)?) {
            self.written.borrow_mut().insert(at);
            if file.is_link {
                match self.target(file, &bytes)? {
                    Some(content) => bytes = content,
                    // It leads out of the tree, or to a folder: it is not there, and a reference to it is an error.
                    None => continue,
                }
            }
            let path = self.root.join(&file.path);
            let failed = |error: std::io::Error| Failure::file("write", &path, &error);
            fs::create_dir_all(path.parent().unwrap_or(&self.root)).map_err(failed)?;
            fs::write(&path, &bytes).map_err(failed)?;
            texts.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(texts)
    }

    /// What a symbolic link leads to, within the tree.
    fn target(&self, link: &File, to: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let (mut from, mut to) = (link, String::from_utf8_lossy(to).into_owned());
        for _ in 0..MOST_LINKS {
            let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let Some(path) = within(folder, &to) else { return Ok(None) };
            let Some(file) = self.by_path.get(&path).and_then(|at| self.files.get(*at)) else { return Ok(None) };
            let content = self.repository.contents(&[file])?.pop().unwrap_or_default();
            if !file.is_link {
                return Ok(Some(content));
            }
            (from, to) = (file, String::from_utf8_lossy(&content).into_owned());
        }
        Ok(None)
    }
}

/// `folder/path` without `.` and `..`; `None` where it leaves the tree.
pub(super) fn within(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || Path::new(path).is_absolute() {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_path_stays_within_the_tree() {
        for (folder, path, expected) in [
            ("", "a.yaml", Some("a.yaml")),
            ("api", "../a.yaml", Some("a.yaml")),
            ("api/v1", "./b/../a.yaml", Some("api/v1/a.yaml")),
            ("api", "../../a.yaml", None),
            ("", "/etc/passwd", None),
        ] {
            assert_eq!(within(folder, path).as_deref(), expected, "{folder} {path}");
        }
    }
}
