//! What the READMEs show is true: each adapter's and each example's is the examples' own, and the project's compiles.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The frameworks that have an adapter, by the names of their folders.
fn frameworks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters");
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    names
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn blocks(readme: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    readme.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The lines without their indentation, so that a block can show a part of an `impl`.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "// build.rs").collect()
}

#[test]
fn every_block_of_rust_stands_in_the_example() {
    let adapters = frameworks().into_iter().map(|name| (format!("adapters/{name}/README.md"), name, 5));
    for (readme, framework, least) in adapters {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(&framework);
        let mut files = vec![example.join("build.rs")];
        sources(&example.join("src"), &mut files);
        sources(&example.join("tests"), &mut files);
        let files: Vec<String> = files.iter().map(read).collect();
        let blocks = blocks(&read(&readme), "rust,ignore");
        assert!(blocks.len() >= least, "{readme} shows {} blocks of Rust", blocks.len());
        for block in blocks {
            let shown = lines(&block);
            let stands = files.iter().any(|file| lines(file).windows(shown.len()).any(|window| window == shown));
            assert!(stands, "{readme}: the example does not hold this block:\n{block}");
        }
    }
}

/// The macro's words are held to what `rustc` prints by `compile_fail`; here it is what they point at.
#[test]
fn every_compile_error_points_at_what_it_names() {
    let list = r#"scopes("encounters:read", "patients:read")"#;
    let behind = |text: &str, (line, column): (usize, usize)| -> String {
        text.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect()
    };
    let places = frameworks().into_iter().flat_map(|name| {
        [format!("adapters/{name}/README.md"), format!("examples/{name}/README.md")]
            .map(|readme| (readme, name.clone()))
    });
    for (readme, framework) in places {
        let blocks = blocks(&read(&readme), "text");
        let [error] = blocks.as_slice() else { panic!("{readme} shows one error") };
        let place = |file: &str| -> (usize, usize) {
            let rest = error.split(file).nth(1).unwrap().lines().next().unwrap();
            let mut numbers = rest.split(':').skip(1).map(|number| number.parse().unwrap());
            (numbers.next().unwrap(), numbers.next().unwrap())
        };
        let source = format!("examples/{framework}/src/handlers.rs");
        let (line, column) = place(&source);
        assert!(behind(&read(&source), (line, column)).starts_with(list), "{readme}");
        // The handler without the scope, as it is shown.
        let mistaken = read(&source).lines().nth(line - 1).unwrap().replace(list, r#"scopes("encounters:read")"#);
        assert!(error.contains(&format!("\n{line} | {mistaken}\n")), "{readme}");
        assert!(error.contains(&format!("write `{list}`")), "{readme}");
        let document = read(format!("examples/{framework}/openapi.yaml"));
        assert!(behind(&document, place("openapi.yaml")).contains("patients:read"), "{readme}");
    }
}

/// Whoever copies one example has all of it, so the files that know no framework stand in each. They say the same.
#[test]
fn what_knows_no_framework_is_the_same_in_every_example() {
    for file in ["src/db.rs", "src/keys.rs", "openapi.yaml"] {
        let texts: Vec<String> = frameworks().iter().map(|name| read(format!("examples/{name}/{file}"))).collect();
        assert!(texts.windows(2).all(|pair| pair.first() == pair.last()), "examples/*/{file} differ");
    }
}

#[test]
fn the_diagnostic_of_the_project_is_what_the_build_says() {
    let readme = read("README.md");
    let shown =
        readme.split("```text\nerror[undeclared-scope]").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let [document, ..] = &*blocks(&readme, "yaml") else { panic!("the quick start shows its document") };
    let mistaken = document.replacen("[encounters:read,", "[encounter:read,", 1);
    let loaded = policy_spec::read("openapi.yaml", mistaken.as_bytes(), &policy_spec::Settings::default());
    let rendered = loaded.render(false);
    assert!(rendered.contains(&format!("error[undeclared-scope]{shown}")), "{rendered}");
}
