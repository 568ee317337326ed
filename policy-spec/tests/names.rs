//! What operations, scopes and schemes are called in Rust, and what is said where two would be called the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use policy_spec::{Code, Configuration, GivenName, Level, Loaded, NameKind, Naming, PolicyModel, Settings};
use proptest::prelude::*;

/// A document with these operations, scopes and schemes.
fn document(operations: &[(&str, &str, &str)], scopes: &[&str], schemes: &[&str]) -> String {
    let mut text = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents:\n  securitySchemes:\n".to_owned();
    let catalogue: Vec<String> = scopes.iter().map(|scope| format!("{scope:?}: S")).collect();
    for scheme in schemes {
        let catalogue = catalogue.join(", ");
        writeln!(text, "    {scheme:?}: {{ type: http, scheme: bearer, x-scopes: {{ {catalogue} }} }}").unwrap();
    }
    writeln!(text, "security: [{{ {:?}: [] }}]\npaths:", schemes.first().unwrap()).unwrap();
    for (method, path, rest) in operations {
        writeln!(text, "  {path:?}: {{ {method}: {{ {rest} }} }}").unwrap();
    }
    text
}

fn read(text: &str, toml: &str) -> Loaded {
    let settings = Configuration::parse("policy.toml", toml).unwrap_or_else(|problem| panic!("{problem}")).settings;
    policy_spec::read("api.yaml", text.as_bytes(), &settings)
}

fn model(text: &str, toml: &str) -> PolicyModel {
    let loaded = read(text, toml);
    let findings = loaded.render(false);
    loaded.model.unwrap_or_else(|| panic!("{findings}"))
}

/// Every name, by what has it.
fn names(model: &PolicyModel) -> BTreeMap<String, String> {
    let names = model.names();
    let operations = names.operations.iter().map(|one| (model.operations[one.index].key(), one.name.clone()));
    let scopes = model.scopes.iter().zip(&names.scopes).map(|(scope, names)| (scope.name.clone(), names.name.clone()));
    let schemes =
        model.schemes.iter().zip(&names.schemes).map(|(one, name)| (format!("scheme {}", one.name), name.clone()));
    operations.chain(scopes).chain(schemes).collect()
}

/// What a document would need other names for.
fn collisions(loaded: &Loaded) -> Vec<&str> {
    let found = loaded.findings.iter().filter(|finding| finding.code == Code::NameCollision);
    found.map(|finding| finding.message.as_str()).collect()
}

const FIRST: (&str, &str, &str) = ("delete", "/users/{id}", "operationId: delete-user");
const SECOND: (&str, &str, &str) = ("post", "/users/deletions", "operationId: delete_user");

/// The two must not change places with their places in the document.
#[test]
fn two_operations_of_one_name_are_told_with_the_ways_out() {
    let text = document(&[FIRST, SECOND], &[], &["Key"]);
    let loaded = read(&text, "");
    assert!(loaded.model.is_some(), "who knows no Rust has a policy");
    assert_eq!(
        collisions(&loaded),
        [
            "the operation `DELETE /users/{id}` and the operation `POST /users/deletions` both become `DeleteUser` in Rust"
        ]
    );
    let finding = loaded.findings.iter().find(|finding| finding.code == Code::NameCollision).unwrap();
    assert_eq!(finding.level, Level::Note);
    insta::assert_snapshot!(finding.render(&loaded.sources, false));
    assert!(!loaded.model.unwrap().names().collisions(true).is_empty());
}

/// Each way out that the help names is one.
#[test]
fn every_way_out_is_one() {
    let given = document(
        &[FIRST, ("post", "/users/deletions", "operationId: delete_user, x-rust-name: PostUsersDeletions")],
        &[],
        &["Key"],
    );
    let text = document(&[FIRST, SECOND], &[], &["Key"]);
    let table = "[names]\n\"POST /users/deletions\" = \"PostUsersDeletions\"\n";
    for (text, toml, first) in [
        (&text, table, "DeleteUser"),
        (&given, "", "DeleteUser"),
        (&text, "names = \"route\"", "DeleteUsersById"),
        (&text, "[names]\noperations = \"route\"", "DeleteUsersById"),
    ] {
        let loaded = read(text, toml);
        assert_eq!(collisions(&loaded), [""; 0], "{toml}");
        let names = names(loaded.model.as_ref().unwrap());
        assert_eq!(names["POST /users/deletions"], "PostUsersDeletions", "{toml}");
        assert_eq!(names["DELETE /users/{id}"], first, "{toml}");
    }
    // The project's own file counts before the document, and both before the route.
    let toml = "[names]\noperations = \"route\"\n\"DELETE /users/{id}\" = \"Remove\"";
    let names = names(&model(&given.replace("delete-user", "delete-user, x-rust-name: Forget"), toml));
    assert_eq!((&*names["DELETE /users/{id}"], &*names["POST /users/deletions"]), ("Remove", "PostUsersDeletions"));
}

/// Whatever has a name can have that of something else.
#[test]
fn every_kind_of_collision_is_told() {
    let get = |path: &'static str, rest: &'static str| ("get", path, rest);
    let two = "security: [{ Key: [] }, { Other: [] }]";
    for (what, text, told) in [
        (
            "ids that are equal",
            document(&[get("/a", "operationId: x"), get("/b", "operationId: x")], &[], &["Key"]),
            "`X`",
        ),
        (
            "ids of other case",
            document(&[get("/a", "operationId: FOO"), get("/b", "operationId: foo")], &[], &["Key"]),
            "`Foo`",
        ),
        ("method and path", document(&[get("/a-b", ""), get("/a_b", "")], &[], &["Key"]), "`GetAB`"),
        ("an id like a route", document(&[get("/a", ""), get("/b", "operationId: getA")], &[], &["Key"]), "`GetA`"),
        (
            "ids of no letters",
            document(&[get("/a", "operationId: 🚀"), get("/b", "operationId: getA")], &[], &["Key"]),
            "`GetA`",
        ),
        (
            "a name of Rust's",
            document(&[get("/a", "operationId: box"), get("/b", "operationId: boxOperation")], &[], &["Key"]),
            "`BoxOperation`",
        ),
        (
            "digits first",
            document(&[get("/a", "operationId: 2fa"), get("/b", "operationId: operation-2fa")], &[], &["Key"]),
            "`Operation2fa`",
        ),
        (
            "letters beyond ASCII",
            document(&[get("/a", "operationId: é"), get("/b", "operationId: ue9")], &[], &["Key"]),
            "`Ue9`",
        ),
        ("scopes", document(&[get("/a", "")], &["files:read", "files_read"], &["Key"]), "`FilesRead`"),
        ("scopes of no letters", document(&[get("/a", "")], &["#!", "%!"], &["Key"]), "`ScopeScope`"),
        (
            "an operation and a scope",
            document(&[get("/a", "operationId: filesRead")], &["files:read"], &["Key"]),
            "`FilesRead`",
        ),
        (
            "an operation and a scope's trait",
            document(&[get("/a", "operationId: requiresFilesRead")], &["files:read"], &["Key"]),
            "`RequiresFilesRead`",
        ),
        ("a scope and a scope's trait", document(&[get("/a", "")], &["a", "requires:a"], &["Key"]), "`RequiresA`"),
        (
            "an operation and the alternatives of another",
            document(
                &[("get", "/a", &format!("operationId: a, {two}")), get("/b", "operationId: aAlternative")],
                &[],
                &["Key", "Other"],
            ),
            "`AAlternative`",
        ),
        (
            "alternatives that an extension spells out",
            document(
                &[get("/a", "operationId: a, x-required-scopes: [s]"), get("/b", "operationId: aAlternative")],
                &["s"],
                &["Key", "Other"],
            )
            .replace("security: [{ \"Key\": [] }]\n", "")
            .replace("operationId: aAlternative", "operationId: aAlternative, security: []"),
            "`AAlternative`",
        ),
        ("schemes", document(&[get("/a", "")], &[], &["BearerAuth", "bearer-auth"]), "`BEARER_AUTH`"),
        ("schemes of no letters", document(&[get("/a", "")], &[], &["_", "--"]), "`SCHEME_`"),
    ] {
        let loaded = read(&text, "");
        let found = collisions(&loaded);
        assert_eq!(found.len(), 1, "{what}: {found:?}\n{}", loaded.render(false));
        assert!(found[0].ends_with(&format!("both become {told} in Rust")), "{what}: {found:?}");
        // What the help proposes for `policy.toml` is a way out.
        let finding = loaded.findings.iter().find(|finding| finding.code == Code::NameCollision).unwrap();
        let help = finding.help.as_deref().unwrap();
        let quoted: Vec<&str> = help.split('`').collect();
        let toml = format!("{}\n{}\n", quoted[3], quoted[1]);
        assert_eq!(collisions(&read(&text, &toml)), [""; 0], "{what}: {toml}");
    }
}

#[test]
fn what_is_not_served_has_no_name_to_collide() {
    let text = document(&[("get", "/a/{x}", "operationId: a"), ("get", "/a/{y}", "operationId: a")], &[], &["Key"]);
    assert_eq!(collisions(&read(&text, "[levels]\ntemplate-collision = \"note\"")), [""; 0]);
    let text = document(&[FIRST, SECOND], &[], &["Key"]).replace("security: [{ \"Key\": [] }]\n", "");
    assert_eq!(collisions(&read(&text, "undeclared = \"deny\"")), [""; 0]);
}

/// A thousand of one name are a thousand findings, not each pair.
#[test]
fn many_of_one_name_are_told_once_each() {
    let operations: Vec<(String, &str)> = (0..1_000).map(|at| (format!("/p{at}"), "operationId: same")).collect();
    let operations: Vec<_> = operations.iter().map(|(path, id)| ("get", path.as_str(), *id)).collect();
    let loaded = read(&document(&operations, &[], &["Key"]), "");
    assert_eq!(collisions(&loaded).len(), 999);
}

#[test]
fn names_that_cannot_be_or_are_for_nothing_are_errors() {
    let one_route = [("get", "/a/{x}", ""), ("get", "/a/{y}", "")];
    let mut text = document(&[FIRST, ("get", "/b", "operationId: b"), one_route[0], one_route[1]], &["a:r"], &["Key"]);
    text.insert_str(0, "servers: [{ url: /v1 }]\n");
    let mut told = String::new();
    for toml in [
        "names = \"routes\"",
        "names = 1",
        "[names]\noperations = \"path\"",
        "[names]\n\"GET /b\" = \"get-b\"",
        "[names]\n\"GET /b\" = \"getB\"",
        "[names]\n\"GET /b\" = \"Self\"",
        "[names]\n\"GET /b\" = \"2b\"",
        "[names]\n\"GET /b\" = \"\"",
        "[names]\n\"GET /b\" = \"Größe\"",
        "[names]\n\"GET /b\" = 7",
        "[names]\n\"GET /b\" = \"POLICY; fn main() {}\"",
        "[names]\nb = \"B\"",
        "[names]\nscopes = \"A\"",
        "[names.scopes]\n\"a:r\" = \"Scope\"",
        "[names.schemes]\nKey = \"Key\"",
        "[names.schemes]\nKey = \"POLICY\"",
        "[names]\n\"GET /c\" = \"C\"",
        "[names]\n\"get /b\" = \"B\"",
        "[names]\n\"GET /v1/b\" = \"B\"",
        "[names]\n\"GET /a/{y}\" = \"A\"",
        "[names]\n\"SUBSCRIBE /elsewhere/entirely\" = \"B\"",
        "[names.scopes]\n\"a:w\" = \"A\"",
        "[names.schemes]\nKeys = \"KEY\"",
    ] {
        let rendered = match Configuration::parse("policy.toml", toml) {
            Err(problem) => problem.to_string(),
            Ok(configuration) => {
                let loaded = policy_spec::read("api.yaml", text.as_bytes(), &configuration.settings);
                assert!(loaded.model.is_none(), "{toml}");
                let errors = loaded.findings.iter().filter(|finding| finding.is_error());
                errors.map(|finding| finding.render(&loaded.sources, false)).collect::<Vec<_>>().join("\n")
            }
        };
        assert_eq!(rendered.matches("error[").count(), 1, "{toml}: {rendered}");
        writeln!(told, "{rendered}\n").unwrap();
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_extension_that_names_badly_or_in_the_wrong_place_is_an_error() {
    for (from, to, code) in [
        ("operationId: b", "x-rust-name: get-b", Code::UnreadableExtension),
        ("operationId: b", "x-rust-name: Option", Code::UnreadableExtension),
        ("operationId: b", "x-rust-name: [B]", Code::UnreadableExtension),
        ("operationId: b", "x-rust-names: B", Code::MisspelledExtension),
        ("scheme: bearer", "scheme: bearer, x-rust-name: Key", Code::UnreadableExtension),
        ("\"/b\": {", "\"/b\": { x-rust-name: B,", Code::MisplacedExtension),
        ("paths:", "x-rust-name: T\npaths:", Code::MisplacedExtension),
    ] {
        let text = document(&[FIRST, ("get", "/b", "operationId: b")], &["a:r"], &["Key"]).replacen(from, to, 1);
        let loaded = read(&text, "");
        let errors: Vec<_> = loaded.findings.iter().filter(|finding| finding.is_error()).collect();
        assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [code], "{to}: {}", loaded.render(false));
        assert!(errors[0].help.is_some() || !errors[0].primary.text.is_empty(), "{to} is told without what to do");
    }
}

#[test]
fn a_name_can_be_given_by_code() {
    let given = |kind, key: &str, name: &str| GivenName::new(kind, key, name).unwrap();
    let given = vec![
        given(NameKind::Operation, "DELETE /users/{id}", "Forget"),
        given(NameKind::Scope, "a:r", "Reading"),
        given(NameKind::Scheme, "Key", "PARTNER"),
    ];
    let settings = Settings::default().with(|settings| {
        settings.names.operations = Naming::Route;
        settings.names.given = given;
    });
    let text = document(&[FIRST, SECOND], &["a:r"], &["Key"]);
    let names = names(&policy_spec::read("api.yaml", text.as_bytes(), &settings).model.unwrap());
    let values: BTreeSet<&str> = names.values().map(String::as_str).collect();
    assert_eq!(values, BTreeSet::from(["Forget", "PARTNER", "PostUsersDeletions", "Reading"]));
    let refused = GivenName::new(NameKind::Scope, "a:r", "a:r").unwrap_err();
    assert!(refused.contains("`AR`"), "{refused}");
}

/// Names say nothing of who may call what.
#[test]
fn names_are_no_part_of_the_fingerprint() {
    let text = document(&[FIRST, SECOND], &[], &["Key"]);
    assert_eq!(model(&text, "").fingerprint(), model(&text, "names = \"route\"").fingerprint());
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "get",
        "User",
        "user",
        "USER",
        "é",
        "2",
        "fa",
        "-",
        "_",
        ":",
        ".",
        "🚀",
        "self",
        "Option",
        "alternative",
        "requires",
        "列",
    ])
    .prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..4).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each has the name that it would have alone, in whatever order and beside whatever else, and every name can be one.
    #[test]
    fn a_name_depends_on_what_it_names_alone(
        ids in prop::collection::vec(prop::option::of(words()), 1..8),
        scopes in prop::collection::btree_set("[a-zA-Z2:_.!]{1,6}", 1..6),
        order in any::<prop::sample::Index>(),
    ) {
        let rests: Vec<(String, String)> = ids
            .iter()
            .enumerate()
            .map(|(at, id)| (format!("/p{at}"), id.as_ref().map_or(String::new(), |id| format!("operationId: {id:?}"))))
            .collect();
        let operations: Vec<_> = rests.iter().map(|(path, rest)| ("get", path.as_str(), rest.as_str())).collect();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let together = names(&model(&document(&operations, &scopes, &["Key"]), ""));
        let mut turned = operations.clone();
        turned.rotate_left(order.index(operations.len()));
        let mut other_scopes = scopes.clone();
        other_scopes.reverse();
        prop_assert_eq!(&names(&model(&document(&turned, &other_scopes, &["Key"]), "")), &together);
        for operation in &operations {
            let alone = names(&model(&document(&[*operation], &scopes[..1], &["Key"]), ""));
            for (of, name) in alone {
                prop_assert_eq!(&together[&of], &name);
            }
        }
        for name in together.values() {
            prop_assert!(name.starts_with(|first: char| first.is_ascii_uppercase()), "{}", name);
            prop_assert!(name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_') && name != "Self", "{}", name);
        }
    }
}
