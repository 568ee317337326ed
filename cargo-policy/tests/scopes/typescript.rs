//! The exported module, compiled by `tsc` and run by `node` where they are there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::run::empty_folder;
use crate::scopes;

#[test]
fn the_module_is_kept_as_it_is() {
    insta::assert_snapshot!(scopes(&["hooks.yaml", "--export", "typescript"]).out);
}

#[test]
fn the_data_has_what_the_module_has() {
    let data: Value = serde_json::from_str(&scopes(&["hooks.yaml", "--export", "json"]).out).unwrap();
    let of =
        |key: &str| data["operations"].as_array().unwrap().iter().find(|one| one["operation"] == key).unwrap().clone();
    assert_eq!(of("GET /health")["grants"], json!([[]]));
    assert_eq!(
        of("GET /a")["grants"],
        json!([[{ "scheme": "Key", "scopes": [] }], [{ "scheme": "OAuth2", "scopes": ["a:read"] }]])
    );
    assert_eq!(of("POST /b")["operation_id"], "writeB");
}

/// The compiler: `tsc` of the path, or the one that `TSC` names.
fn tsc() -> Option<PathBuf> {
    let named = std::env::var_os("TSC").map(PathBuf::from).unwrap_or_else(|| "tsc".into());
    Command::new(&named).arg("--version").output().ok().filter(|output| output.status.success()).map(|_| named)
}

#[test]
fn the_module_compiles_strictly_and_gives_the_same_sets() {
    let Some(tsc) = tsc() else {
        eprintln!("skipped: there is no `tsc`; `npm install --global typescript` brings it");
        return;
    };
    let folder = empty_folder("scopes-typescript");
    fs::write(folder.join("package.json"), "{ \"type\": \"module\" }").unwrap();
    fs::write(folder.join("scopes.ts"), scopes(&["hooks.yaml", "--export", "typescript"]).out).unwrap();
    let uses = "import { ids, scopesFor, type Operation } from \"./scopes.js\";
const called: Operation[][] = [[\"GET /a\"], [\"GET /b\", ids[\"writeB\"]], [ids[\"__proto__\"]], [\"GET /c\", \"GET /a\"], [\"GET /health\"], []];
const told = called.map((operations) =>
  scopesFor(...operations).map((grant) => Object.fromEntries([...grant].map(([scheme, scopes]) => [scheme, [...scopes].sort()]))),
);
(globalThis as unknown as { console: { log(text: string): void } }).console.log(JSON.stringify(told));
";
    fs::write(folder.join("uses.ts"), uses).unwrap();
    let compile = |file: &str| {
        let mut command = Command::new(&tsc);
        command.args(["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noUnusedLocals"]);
        command.args([
            "--target",
            "es2022",
            "--module",
            "nodenext",
            "--moduleResolution",
            "nodenext",
            // None of those that some folder above this one may have.
            "--typeRoots",
            "none",
            file,
        ]);
        command.current_dir(&folder).output().unwrap()
    };
    let compiled = compile("uses.ts");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stdout));
    // An operation that is not there is an error of the compiler.
    fs::write(folder.join("wrong.ts"), "import { scopesFor } from \"./scopes.js\";\nscopesFor(\"GET /nothing\");\n")
        .unwrap();
    let wrong = compile("wrong.ts");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stdout).contains("wrong.ts(2,11)"), "{wrong:?}");

    let Ok(run) = Command::new("node").arg("uses.js").current_dir(&folder).output() else {
        eprintln!("skipped: there is no `node`");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: Vec<Value> = serde_json::from_slice(&run.stdout).unwrap();
    let called: [&[&str]; 5] =
        [&["GET /a"], &["GET /b", "writeB"], &["__proto__"], &["GET /c", "GET /a"], &["GET /health"]];
    for (told, operations) in told.iter().zip(called) {
        let mut arguments = vec!["hooks.yaml", "--format", "json"];
        for operation in operations {
            arguments.extend(["--operation", operation]);
        }
        let ours: Value = serde_json::from_str(&scopes(&arguments).out).unwrap();
        let sorted = |sets: Vec<Value>| {
            let mut sets: Vec<String> = sets
                .iter()
                .map(|set| {
                    let map: std::collections::BTreeMap<String, Value> = serde_json::from_value(set.clone()).unwrap();
                    format!("{map:?}")
                })
                .collect();
            sets.sort();
            sets
        };
        let ours = ours["sets"].as_array().unwrap().iter().map(|set| set["schemes"].clone()).collect();
        assert_eq!(sorted(told.as_array().unwrap().clone()), sorted(ours), "{operations:?}");
    }
    assert_eq!(told.last(), Some(&json!([{}])), "nothing is needed for nothing");
}
