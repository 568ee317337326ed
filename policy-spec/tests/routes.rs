//! Real documents at run time: every operation of the corpus is routed as the router's naive matcher says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test"
)]

#[path = "../../policy-router/tests/naive/mod.rs"]
mod naive;
#[path = "../../policy-router/tests/requests/mod.rs"]
mod requests;

use std::fs;
use std::path::{Path, PathBuf};

use naive::{Answer, Naive};
use policy_spec::{Configuration, Engine, Routed, Settings};

fn settings(document: &Path) -> Settings {
    let stem = document.file_stem().unwrap().to_string_lossy();
    let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{stem}.toml"));
    if configuration.exists() { Configuration::load(&configuration).unwrap().settings } else { Settings::default() }
}

/// The documents, the entry of a tree among them.
fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: {} is absent", folder.display());
        return Vec::new();
    };
    let mut documents: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect(),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
        .collect();
    documents.sort();
    documents
}

fn answer(engine: &Engine, method: &str, path: &str) -> Answer {
    match engine.route(method, path) {
        Routed::Operation { operation, said, parameters } => {
            assert_eq!((operation.method(), operation.template()), (said.method.as_str(), said.path.as_str()));
            let parameters = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            Answer::Found(operation.index(), parameters.collect())
        }
        Routed::MethodNotAllowed(allowed) => Answer::MethodNotAllowed(allowed.map(str::to_owned).collect()),
        Routed::NotFound => Answer::NotFound,
    }
}

#[test]
fn every_operation_of_the_corpus_is_routed_in_the_documented_order() {
    for document in corpus() {
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        let loaded = policy_spec::load(&document, &settings(&document));
        let Some(model) = loaded.readable() else {
            println!("{name}: nothing to read");
            continue;
        };
        let (engine, left_out) = Engine::readable(model).unwrap();
        let served = &engine.served().operations;
        let operations: Vec<(&str, &str)> = served.iter().map(|one| (one.method.as_str(), one.path.as_str())).collect();
        let routed: Vec<usize> = (0..operations.len())
            .filter(|place| {
                let path = requests::instantiate(operations[*place].1, 0);
                !matches!(engine.route(operations[*place].0, &path), Routed::NotFound)
            })
            .collect();
        // What the router refuses is named; everything else is routed.
        assert!(left_out.is_some() || routed.len() == operations.len(), "{name}");
        let naive = Naive::new(&routed.iter().map(|place| operations[*place]).collect::<Vec<_>>());
        let mut others = 0;
        for place in &routed {
            let (method, template) = operations[*place];
            for (seed, asked) in [(*place as u64, method), (*place as u64 + 1, "OPTIONS"), (7, "get")] {
                let path = requests::instantiate(template, seed);
                for path in [path.clone(), format!("{path}/"), path.replacen('/', "//", 1), format!("{path}/..")] {
                    let mut expected = naive.find(asked, path.as_bytes());
                    if let Answer::Found(found, _) = &mut expected {
                        *found = routed[*found];
                        others += usize::from(found != place);
                    }
                    assert_eq!(answer(&engine, asked, &path), expected, "{name}: {asked} {path} of {template}");
                }
            }
        }
        println!(
            "{name}: {} of {} operations routed, {others} requests found what precedes",
            routed.len(),
            operations.len()
        );
    }
}
