//! The generated source is what was reviewed: byte for byte, and the same every time.
//!
//! The goldens of `files`, `hostile`, `large` and `sorted` are also compiled, by `compiled.rs`. `BLESS=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod models;

use std::fs;
use std::path::Path;

use policy_build::{GenerateError, Options, generate};
use policy_spec::{Access, Level, PolicyModel, RequirementFacts, ServeError, Settings};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn model(name: &str, path: &Path) -> PolicyModel {
    let loaded = policy_spec::read(name, &fs::read(path).unwrap(), &Settings::default());
    for finding in &loaded.findings {
        assert_ne!(finding.level, Level::Error, "{}", finding.render(&loaded.sources, false));
    }
    loaded.model.unwrap()
}

fn files() -> PolicyModel {
    model("files.yaml", &package().join("tests/documents/files.yaml"))
}

fn options(source: &str) -> Options {
    Options::new(source)
}

fn assert_golden(name: &str, source: &str) {
    let path = package().join("tests/goldens").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, source).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    let differs = golden.lines().zip(source.lines()).position(|(before, after)| before != after);
    assert!(
        golden == source,
        "tests/goldens/{name} differs from what is generated now, first in line {}; review with `BLESS=1 cargo test -p policy-build` and git diff",
        differs.unwrap_or(golden.lines().count().min(source.lines().count())) + 1
    );
}

#[test]
fn a_document_with_alternatives() {
    let options = options("files.yaml").with(|options| options.router_path = Some("::policy_router".to_owned()));
    assert_golden("files.rs", &generate(&files(), &options).unwrap());
}

#[test]
fn a_hostile_model() {
    let options = options("hostile\n#![allow(warnings)].yaml").with(|options| {
        options.core_path = "::renamed_core".to_owned();
        options.name = "hostile-names".to_owned();
        options.export = true;
    });
    assert_golden("hostile.rs", &generate(&models::hostile(), &options).unwrap());
}

#[test]
fn a_large_model_in_columns() {
    let options = options("large.yaml").with(|options| {
        options.core_path = "::renamed_core".to_owned();
        options.types = false;
    });
    assert_golden("large.rs", &generate(&models::large(), &options).unwrap());
    assert_golden("sorted.rs", &generate(&models::sorted(), &options).unwrap());
}

/// Whoever edits prose, moves a path or adds a comment compiles nothing anew.
#[test]
fn without_notes_only_the_policy_counts() {
    let document = |text: &str| {
        let loaded = policy_spec::read("api.yaml", text.as_bytes(), &Settings::default());
        loaded.model.unwrap()
    };
    let plain = "
openapi: 3.1.0
info: { title: T, version: '1' }
paths:
  /a:
    get: { operationId: a, summary: Before, security: [{ Token: [r] }] }
    put: { operationId: b, security: [{ Token: [r, w], Key: [] }] }
  /b: { get: { operationId: c, security: [] } }
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: K }
    Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { r: Read, w: Write } } } }
webhooks:
  ready: { x-follow-up: [GET /a] }
";
    let edited = "
# A comment.
openapi: 3.1.0
info: { title: T, version: '1', description: Another }
components:
  securitySchemes:
    Token: { type: oauth2, flows: { clientCredentials: { tokenUrl: /t, scopes: { w: Writes, r: Reads } } } }
    Key: { type: apiKey, in: header, name: K }
webhooks:
  ready: { x-follow-up: [GET /a] }
paths:
  /b: { get: { security: [], operationId: c } }
  /a:
    put: { security: [{ Key: [], Token: [w, r] }], operationId: b }
    get: { security: [{ Token: [r] }], operationId: a, summary: After }
";
    let changed = plain.replace("security: [{ Token: [r] }]", "security: [{ Token: [w] }]");
    for types in [true, false] {
        let source = |text: &str, notes: bool| {
            let options = options("api.yaml").with(|options| (options.types, options.notes) = (types, notes));
            generate(&document(text), &options).unwrap()
        };
        assert_eq!(source(plain, false), source(edited, false));
        assert_ne!(source(plain, true), source(edited, true));
        assert_ne!(source(plain, false), source(&changed, false));
    }
}

#[test]
fn the_reference_api() {
    let path = package().join("../spec/charthero.yaml");
    if !path.exists() {
        eprintln!("skipped: the package stands alone, without the reference API's document");
        return;
    }
    let model = model("spec/charthero.yaml", &path);
    insta::assert_snapshot!(generate(&model, &options("spec/charthero.yaml")).unwrap());
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let source = |model: &PolicyModel| generate(model, &options("files.yaml")).unwrap();
    let (files, hostile) = (files(), models::hostile());
    for _ in 0..8 {
        assert_eq!(source(&files), source(&files.clone()));
        assert_eq!(source(&hostile), source(&hostile.clone()));
    }
}

#[test]
fn what_no_document_says_is_refused() {
    let refused = |change: fn(&mut PolicyModel)| {
        let mut model = models::hostile();
        change(&mut model);
        generate(&model, &Options::default()).unwrap_err()
    };
    let repeated = refused(|model| {
        let mut first = model.operations.first().unwrap().clone();
        first.requirement = RequirementFacts::AnyOf(first.alternatives().iter().skip(1).cloned().collect());
        model.operations.push(first);
    });
    assert!(matches!(repeated, GenerateError::Unserved(ServeError::RepeatedRoute(_))), "{repeated}");
    let nobody = refused(|model| {
        let required = model.operations.iter_mut().find(|one| one.access() == Some(Access::Required)).unwrap();
        required.requirement = RequirementFacts::AnyOf(Vec::new());
    });
    assert!(matches!(nobody, GenerateError::Unserved(ServeError::NoAlternative(_))), "{nobody}");
    let unsorted = refused(|model| model.scopes.reverse());
    assert!(matches!(unsorted, GenerateError::UnsortedScopes(_)), "{unsorted}");
    let scope = refused(|model| drop(model.scopes.pop()));
    assert_eq!(scope, GenerateError::UnknownScope("self".to_owned()));
    let scheme = refused(|model| drop(model.schemes.remove(2)));
    assert_eq!(scheme, GenerateError::UnknownScheme("\u{1f511}".to_owned()));
    let follow_up = refused(|model| model.webhooks.first_mut().unwrap().follow_up.push(99));
    assert_eq!(follow_up, GenerateError::UnknownFollowUp("a\"b".to_owned()));
    let name = refused(|model| model.operations.first_mut().unwrap().rust_name = Some("no name".to_owned()));
    assert_eq!(name, GenerateError::Name("no name".to_owned()));
    for change in [
        |model: &mut PolicyModel| model.operations.iter_mut().for_each(|operation| operation.rust_name = None),
        |model: &mut PolicyModel| model.scopes.iter_mut().for_each(|scope| scope.rust_name = None),
        |model: &mut PolicyModel| model.schemes.iter_mut().for_each(|scheme| scheme.rust_name = None),
    ] {
        let two = refused(change);
        assert!(matches!(two, GenerateError::NameCollision(_)), "{two}");
    }
    let path = Options::default().with(|options| options.core_path = "no path".to_owned());
    assert_eq!(generate(&models::hostile(), &path), Err(GenerateError::CorePath("no path".to_owned())));
    let path = Options::default().with(|options| options.router_path = Some("no path".to_owned()));
    assert_eq!(generate(&files(), &path), Err(GenerateError::RouterPath("no path".to_owned())));
}
