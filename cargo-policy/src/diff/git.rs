//! What is asked of git: which commit a revision is, which files it or the index has, and the bytes of files. Nothing of the work tree,
//! the index or a branch is touched.
//!
//! A revision comes from a command line or from a pull request, and may be written by anybody. It is resolved to the name of a commit
//! first, and git sees nothing but that name from then on.

use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::escape::visible;
use crate::failure::Failure;

/// A larger file is not read.
const MOST_BYTES: usize = 64 << 20;

/// A repository, by the folder at its top.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) root: PathBuf,
}

/// Where in a repository the files of a state stand.
#[derive(Clone, Debug)]
pub(super) enum Files {
    /// In a commit, by its name.
    Commit(String),
    /// In the index: what the next commit will have.
    Index,
    /// Nowhere: what there is before the first commit.
    Nowhere,
}

/// A file of a commit or of the index.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its path from the top, with `/` between its parts.
    pub(super) path: String,
    /// The name of its content.
    pub(super) id: String,
    /// Whether it is a symbolic link, whose content is where it leads.
    pub(super) is_link: bool,
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-replace-objects", "--no-pager"]).args(arguments).current_dir(folder);
    // A clone that lacks files would fetch them, by a program that its configuration names.
    command.envs([
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("LC_ALL", "C"),
    ]);
    command.stdin(Stdio::null());
    command
}

/// What git prints. `None` where it ends with an error, which it says in the failure if `must` is set.
fn output(folder: &Path, arguments: &[&str]) -> Result<Result<String, String>, Failure> {
    let output = git(folder, arguments).output().map_err(|error| {
        Failure::with_help(
            format!("`git` cannot be run: {error}"),
            "a revision is read by git; install it, or name two files",
        )
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

impl Repository {
    /// The repository that this folder is in.
    pub(super) fn of(folder: &Path) -> Result<Self, Failure> {
        match output(folder, &["rev-parse", "--show-toplevel"])? {
            Ok(root) => {
                let root = PathBuf::from(root);
                Ok(Self { root: root.canonicalize().unwrap_or(root) })
            }
            Err(why) => Err(Failure::with_help(
                format!("a revision needs a git repository: {}", visible(&why)),
                "run it in a work tree, or name two documents: `cargo policy diff old.yaml new.yaml`",
            )),
        }
    }

    /// The name of the commit that a revision is; `None` where it is none.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<String>, Failure> {
        if revision.starts_with('-') || revision.contains(['\0', '\n', '\r']) || revision.is_empty() {
            let what = format!("`{}` is no revision", visible(revision));
            return Err(Failure::with_help(what, "name a branch, a tag or a commit"));
        }
        let commit = format!("{revision}^{{commit}}");
        let found = output(&self.root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
        Ok(found.ok().filter(|id| is_id(id)))
    }

    /// The commit that the current branch and another one have in common, and what the other one is called.
    pub(super) fn merge_base(&self, base: Option<&str>) -> Result<(String, String), Failure> {
        let (name, commit) = match base {
            Some(base) => {
                let unknown = || Failure::with_help(format!("`{}` is no revision", visible(base)), "name a branch");
                (base.to_owned(), self.commit(base)?.ok_or_else(unknown)?)
            }
            None => self.default_branch()?,
        };
        match output(&self.root, &["merge-base", &commit, "HEAD"])? {
            Ok(id) if is_id(&id) => Ok((name, id)),
            _ => Err(Failure::with_help(
                format!("there is no commit that `{}` and this branch have in common here", visible(&name)),
                "a shallow clone lacks it: fetch the history (`fetch-depth: 0`), or name OLD",
            )),
        }
    }

    /// The branch that changes go to: what `origin` says, or else the first of the usual names that is there.
    fn default_branch(&self) -> Result<(String, String), Failure> {
        let said = output(&self.root, &["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])?.ok();
        let configured = output(&self.root, &["config", "--get", "init.defaultBranch"])?.ok();
        let usual = ["origin/main", "origin/master", "main", "master"].map(str::to_owned);
        for name in said.into_iter().chain(usual).chain(configured).filter(|name| !name.starts_with('-')) {
            if let Some(commit) = self.commit(&name)? {
                return Ok((name, commit));
            }
        }
        Err(Failure::with_help(
            "it cannot be told which branch changes go to",
            "name it: `cargo policy diff --base main`, or name OLD",
        ))
    }

    /// What the next commit comes after: the current commit, if there is one.
    pub(super) fn before_the_next(&self) -> Result<Files, Failure> {
        Ok(self.commit("HEAD")?.map_or(Files::Nowhere, Files::Commit))
    }

    /// All files that stand there.
    pub(super) fn files(&self, of: &Files) -> Result<Vec<File>, Failure> {
        let (name, arguments): (&str, &[&str]) = match of {
            Files::Commit(commit) => (commit, &["ls-tree", "-r", "-z", "--full-tree", commit]),
            Files::Index => ("the index", &["ls-files", "--stage", "-z"]),
            Files::Nowhere => return Ok(Vec::new()),
        };
        let listed = output(&self.root, arguments)?
            .map_err(|why| Failure::new(format!("the files of {name} cannot be listed: {}", visible(&why))))?;
        if matches!(of, Files::Commit(_)) {
            return Ok(listed.split('\0').filter_map(of_commit).collect());
        }
        let mut files = Vec::new();
        for line in listed.split('\0') {
            match of_index(line) {
                Some(Entry::Merged(file)) => files.push(file),
                // Git makes no commit of it either.
                Some(Entry::Conflict(path)) => {
                    let what = format!("`{}` has a conflict that nobody solved yet", visible(path));
                    return Err(Failure::with_help(what, "correct it, and stage it by `git add`"));
                }
                None => {}
            }
        }
        Ok(files)
    }

    /// The contents of files, in their order.
    pub(super) fn contents(&self, files: &[&File]) -> Result<Vec<Vec<u8>>, Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("git cannot be asked for files: {error}"));
        let mut child = git(&self.root, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let asked: String = files.iter().map(|file| format!("{}\n", file.id)).collect();
        let mut stdin = child.stdin.take();
        // Git answers while it is asked, so that both go on at once.
        let asking = std::thread::spawn(move || {
            if let Some(stdin) = &mut stdin {
                let _ = stdin.write_all(asked.as_bytes());
            }
        });
        let mut contents = Vec::with_capacity(files.len());
        if let Some(stdout) = child.stdout.take() {
            let mut out = BufReader::new(stdout);
            for file in files {
                contents.push(content(&mut out).map_err(failed)?.ok_or_else(|| {
                    let what = format!("`{}` is not in this clone, and nothing is fetched", visible(&file.path));
                    Failure::with_help(what, "clone it whole, without `--filter`")
                })?);
            }
        }
        let _ = asking.join();
        let _ = child.wait();
        Ok(contents)
    }
}

/// An answer of `cat-file --batch`: a line with the size, the bytes and a line break. `None` where git does not have it.
fn content(out: &mut impl std::io::BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = String::new();
    out.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
    let Some(size) = size else { return Ok(None) };
    let mut bytes = Vec::new();
    let mut whole = out.take(size as u64);
    // What is larger is no part of a document that could be read, and is left empty.
    if size > MOST_BYTES {
        std::io::copy(&mut whole, &mut std::io::sink())?;
    } else {
        whole.read_to_end(&mut bytes)?;
    }
    let mut end = [0; 1];
    out.read_exact(&mut end)?;
    Ok(Some(bytes))
}

/// A line of `ls-tree`: `MODE TYPE ID<tab>PATH`.
fn of_commit(line: &str) -> Option<File> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, _, id) = (facts.next()?, facts.next()?, facts.next()?);
    file(mode, id, path)
}

/// An entry of the index.
enum Entry<'l> {
    Merged(File),
    /// One side of a conflict, by its path.
    Conflict(&'l str),
}

/// A line of `ls-files --stage`: `MODE ID STAGE<tab>PATH`. The stage is 0, but for the sides of a conflict.
fn of_index(line: &str) -> Option<Entry<'_>> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, id, stage) = (facts.next()?, facts.next()?, facts.next()?);
    match stage {
        "0" => file(mode, id, path).map(Entry::Merged),
        _ => Some(Entry::Conflict(path)),
    }
}

/// A file or a link. A submodule, which has no content, is none.
fn file(mode: &str, id: &str, path: &str) -> Option<File> {
    let is_link = mode == "120000";
    let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".." | ".git"));
    ((is_link || mode.starts_with("100")) && is_id(id) && is_inside).then_some(())?;
    Some(File { path: path.to_owned(), id: id.to_owned(), is_link })
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{Entry, of_commit, of_index};

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn only_files_within_the_tree_are_taken() {
        let id = ID;
        assert!(of_commit(&format!("100644 blob {id}\tapi/a b.yaml")).is_some_and(|file| file.path == "api/a b.yaml"));
        assert!(of_commit(&format!("120000 blob {id}\tlink")).is_some_and(|file| file.is_link));
        for line in [
            format!("160000 commit {id}\tsub"),
            format!("100644 blob {id}\t../out"),
            format!("100644 blob {id}\ta/../../out"),
            format!("100644 blob {id}\t.git/config"),
            format!("100644 blob {id}\t/etc/passwd"),
            "100644 blob --help\ta".to_owned(),
            String::new(),
        ] {
            assert!(of_commit(&line).is_none(), "{line}");
        }
    }

    #[test]
    fn the_index_has_files_and_sides_of_conflicts() {
        let taken = |line: &str| of_index(line).is_some_and(|entry| matches!(entry, Entry::Merged(_)));
        let conflict = |line: &str| of_index(line).is_some_and(|entry| matches!(entry, Entry::Conflict("a.yaml")));
        assert!(taken(&format!("100755 {ID} 0\ta.yaml")));
        assert!(!taken(&format!("160000 {ID} 0\tsub")) && !taken(&format!("100644 {ID} 0\t../a.yaml")));
        assert!((1..=3).all(|stage| conflict(&format!("100644 {ID} {stage}\ta.yaml"))));
    }
}
