//! A service whose program writes its document, from no document at all to handlers in a second crate: built, drafted and built again.
//!
//! What a framework would make of attributes stands in `src/made.json`, which the program prints.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const POLICY: &str = env!("CARGO_BIN_EXE_cargo-policy");

/// A workspace of the test's own.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("service/src")).unwrap();
        let project = Self(folder);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let at = |folder: &str| format!("{{ path = {:?} }}", root.join(folder));
        project.write(
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = [\"service\"]\n\
                 [workspace.dependencies]\npolicy-build = {}\n[workspace.dependencies.policy-core]\npath = {:?}\nfeatures = [\"macros\"]\n\
                 [profile.dev]\ndebug = \"line-tables-only\"\n[profile.dev.package.\"*\"]\ndebug = false\n",
                at("policy-build"),
                root.join("policy-core"),
            ),
        );
        fs::copy(root.join("Cargo.lock"), project.0.join("Cargo.lock")).unwrap();
        project.write(
            "service/Cargo.toml",
            "[package]\nname = \"drafted-service\"\nedition = \"2024\"\n[lib]\nname = \"service\"\n\
             [dependencies]\npolicy-core.workspace = true\n[build-dependencies]\npolicy-build.workspace = true\n",
        );
        project.write(
            "service/build.rs",
            "fn main() -> Result<(), policy_build::Report> {\n    policy_build::configure().export(true).compile(\"openapi.json\")\n}\n",
        );
        project.write("service/src/main.rs", "fn main() {\n    print!(\"{}\", service::MADE);\n}\n");
        project.write(
            "service/policy.toml",
            "document = \"openapi.json\"\n[draft]\ncommand = [\"cargo\", \"run\", \"-q\", \"--offline\", \"-p\", \"drafted-service\"]\n",
        );
        project
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).unwrap();
    }

    fn document(&self) -> Option<String> {
        fs::read_to_string(self.0.join("service/openapi.json")).ok()
    }

    /// What the program will print, and the handlers it has.
    fn service(&self, operations: &[(&str, &str, &str)], handlers: &str) {
        self.write("service/src/made.json", &made(operations));
        self.write(
            "service/src/lib.rs",
            &format!(
                "pub const MADE: &str = include_str!(\"made.json\");\n\
                 pub mod policy {{\n    policy_core::include_policy!();\n}}\n\
                 use policy_core::{{Carries, Permit, handlers, operation}};\n{handlers}"
            ),
        );
    }

    fn run(&self, command: &mut Command) -> (i32, String) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        command.current_dir(self.0.join("service")).env("CARGO_TARGET_DIR", target).env("CARGO_TERM_COLOR", "never");
        for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_ENCODED_RUSTFLAGS", "OUT_DIR"] {
            command.env_remove(variable);
        }
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        (status.code().unwrap_or(-1), text)
    }

    fn build(&self) -> (i32, String) {
        let mut cargo = Command::new(env!("CARGO"));
        self.run(cargo.args(["build", "--offline", "--workspace"]))
    }

    fn draft(&self, command: &[&str]) -> (i32, String) {
        let mut policy = Command::new(POLICY);
        policy.arg("draft");
        if !command.is_empty() {
            policy.arg("--").args(command);
        }
        self.run(&mut policy)
    }

    /// The build fails and says this; a draft is written; then it builds.
    fn fails_then_drafts(&self, step: &str, says: &[&str]) {
        let (code, text) = self.build();
        assert_ne!(code, 0, "{step}: it builds before the document is there\n{text}");
        for said in says {
            assert!(text.contains(said), "{step}: `{said}` in\n{text}");
        }
        self.drafts(step);
    }

    fn drafts(&self, step: &str) {
        let (code, text) = self.draft(&[]);
        assert_eq!(code, 0, "{step}: {text}");
        assert_eq!(self.document(), Some(fs::read_to_string(self.0.join("service/src/made.json")).unwrap()), "{step}");
        let (code, text) = self.build();
        assert_eq!(code, 0, "{step}: {text}");
        assert!(!text.contains("DRAFT"), "{step}: {text}");
    }
}

fn made(operations: &[(&str, &str, &str)]) -> String {
    let operations: Vec<String> = operations
        .iter()
        .map(|(id, path, scope)| {
            format!(r#""{path}": {{"get": {{"operationId": "{id}", "security": [{{"Key": ["{scope}"]}}], "responses": {{}}}}}}"#)
        })
        .collect();
    format!(
        "{{\"openapi\": \"3.1.0\", \"info\": {{\"title\": \"Files\", \"version\": \"1\"}},\n\
         \"components\": {{\"securitySchemes\": {{\"Key\": {{\"type\": \"http\", \"scheme\": \"bearer\"}}}}}},\n\
         \"paths\": {{\n{}\n}}}}\n",
        operations.join(",\n")
    )
}

const LIST: &str = "
use policy::operations::ListFiles;
use policy::scopes::FilesRead;

#[operation(ListFiles, scopes(\"files:read\"))]
pub async fn list_files(permit: Permit<ListFiles>) {
    names(&permit);
}

fn names(_: &impl Carries<FilesRead>) {}

struct Mount;
impl Mount {
    fn handler<M, H: policy_core::handler_list::GuardedHandler<M>>(self, _: H) -> Self {
        self
    }
}
";

const REPORTS: &str = "
use policy::operations::ListReports;
use policy::scopes::ReportsRead;

#[operation(ListReports)]
pub async fn list_reports(permit: Permit<ListReports>) {
    numbers(&permit);
}

fn numbers(_: &impl Carries<ReportsRead>) {}
";

fn all(handlers: &str) -> String {
    format!(
        "pub fn mount() {{\n    let list: fn(Mount) -> Mount = handlers![{handlers}];\n    let _ = list(Mount);\n}}\n"
    )
}

#[test]
fn one_crate_is_taken_from_no_document_to_handlers_in_a_second_crate() {
    let project = Project::new("draft");
    let one = [("listFiles", "/files", "files:read")];
    let both = [one[0], ("listReports", "/reports", "reports:read")];
    project.service(&one, &format!("{LIST}{}", all("list_files")));

    project.fails_then_drafts(
        "no document",
        &["cannot read the document `openapi.json`", "help: `cargo policy draft` writes the document"],
    );
    project.write("service/openapi.json", "");
    project.fails_then_drafts("an empty file", &["help: `cargo policy draft` writes the document"]);

    // A scope is misspelt where the document is made. The dump has it too, and then the handler's own list does not agree.
    project.service(&[("listFiles", "/files", "files:raed")], &format!("{LIST}{}", all("list_files")));
    let (code, text) = project.draft(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("lets in other callers") || text.contains("refuses callers"), "{text}");
    let (code, text) = project.build();
    assert!(code != 0 && text.contains("openapi.json"), "{text}");
    project.service(&one, &format!("{LIST}{}", all("list_files")));
    project.drafts("corrected");

    project.service(&both, &format!("{LIST}{REPORTS}{}", all("list_files, list_reports")));
    project.fails_then_drafts(
        "a new operation with a new scope",
        &[
            "`ListReports` is not an operation of openapi.json; if it is new, `cargo policy draft` writes the document",
            "`ReportsRead` is not a scope of openapi.json",
        ],
    );

    let renamed = [("listAllFiles", "/files", "files:read"), both[1]];
    let handlers = LIST.replace("ListFiles", "ListAllFiles").replace("list_files", "list_all_files");
    project.service(&renamed, &format!("{handlers}{REPORTS}{}", all("list_all_files, list_reports")));
    project.fails_then_drafts("renamed", &["`ListAllFiles` is not an operation of openapi.json"]);

    // What `#[utoipa::path]` leaves beside a function, where it was expanded before `#[operation]` could see it.
    let below = "#[allow(non_camel_case_types)]\npub struct __path_list_all_files;\n";
    project.service(&renamed, &format!("{handlers}{REPORTS}{below}{}", all("list_all_files, list_reports")));
    let (code, text) = project.build();
    assert!(code != 0 && text.contains("`#[operation]` stands below `#[utoipa::path]`"), "{text}");
    assert!(text.contains("put `#[operation(…)]` above `#[utoipa::path(…)]`"), "{text}");
    project.service(&renamed, &format!("{handlers}{REPORTS}{}", all("list_all_files, list_reports")));

    refused(&project);
    locked(&project);

    // The handlers move to a second crate, which the program is then built of.
    fs::create_dir_all(project.0.join("handlers/src")).unwrap();
    let workspace = fs::read_to_string(project.0.join("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &workspace.replace("members = [\"service\"]", "members = [\"service\", \"handlers\"]"));
    project.write(
        "handlers/Cargo.toml",
        "[package]\nname = \"drafted-handlers\"\nedition = \"2024\"\n\
         [dependencies]\npolicy-core.workspace = true\ndrafted-service = { path = \"../service\" }\n",
    );
    project.write(
        "handlers/src/main.rs",
        &format!(
            "use service::policy;\nuse policy_core::{{Carries, Permit, handlers, operation}};\n{}{REPORTS}{}\n\
             fn main() {{\n    mount();\n    print!(\"{{}}\", service::MADE);\n}}\n",
            LIST,
            all("list_files, list_reports")
        ),
    );
    project.service(&both, "");
    project.write(
        "service/policy.toml",
        "document = \"openapi.json\"\n[draft]\ncommand = [\"cargo\", \"run\", \"-q\", \"--offline\", \"-p\", \"drafted-handlers\"]\n\
         sources = [\"src\", \"../handlers/src\"]\n",
    );
    project.fails_then_drafts(
        "a second crate",
        &["handlers/src/main.rs", "`ListFiles` is not an operation of openapi.json"],
    );
}

/// What a program does not print leaves the file as it was.
fn refused(project: &Project) {
    let before = project.document();
    let path = project.0.join("service/openapi.json");
    for (script, code, says) in [
        ("echo oh no >&2; echo half; exit 7", 7, "oh no"),
        ("exit 0", 2, "it printed nothing"),
        ("echo '<html>'", 2, "is no document"),
        ("echo '{\"openapi\": \"3.1.0\", \"paths\": '", 2, "is no document"),
        ("printf '\\377'", 2, "is no UTF-8"),
        ("kill -9 $$", 2, "is as it was"),
    ] {
        let (found, text) = project.draft(&["sh", "-c", script]);
        assert_eq!((found, text.contains(says)), (code, true), "{script}: {text}");
        assert_eq!(project.document(), before, "{script}");
    }
    let (code, text) = project.draft(&["no-such-program"]);
    assert!(code == 2 && text.contains("cannot run `no-such-program`"), "{text}");
    // The program is told which document, and it may be a dump without an operation: then that is said.
    let (code, text) = project.draft(&[
        "sh",
        "-c",
        "echo \"$POLICY_DRAFT\" >&2; cat openapi.json | sed 's/listReports/listReport/; s/reports:read/files:read/'",
    ]);
    assert!(
        code == 0 && text.contains("openapi.json") && text.contains("changed[operation-incomparable]: `GET /reports`"),
        "{text}"
    );
    // The same permissions, and nothing beside it.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        project.drafts("again");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
    let files = fs::read_dir(project.0.join("service")).unwrap().count();
    assert_eq!(files, 5, "Cargo.toml, build.rs, openapi.json, policy.toml, src");
}

/// The variable that is left somewhere: a plain build says so at each time, and nothing that could be used comes of it.
fn locked(project: &Project) {
    let document = policy_spec::draft_path(&project.0.join("service/openapi.json"));
    for _ in 0..2 {
        let mut cargo = Command::new(env!("CARGO"));
        let (code, text) = project.run(cargo.args(["build", "--offline"]).env("POLICY_DRAFT", &document));
        assert!(code == 0 && text.contains("openapi.json is a DRAFT"), "{text}");
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--config", "profile.dev.package.drafted-service.debug-assertions=false"]);
    let (code, text) = project.run(cargo.env("POLICY_DRAFT", &document));
    assert!(code != 0 && text.contains("a draft is never built without debug assertions"), "{text}");
    let (code, text) = project.build();
    assert!(code == 0 && !text.contains("DRAFT"), "{text}");
    // A document that people write is never drafted.
    let toml = fs::read_to_string(project.0.join("service/policy.toml")).unwrap();
    project.write("service/policy.toml", "document = \"openapi.json\"\n");
    let (code, text) = project.draft(&["sh", "-c", "echo never"]);
    assert!(code == 2 && text.contains("is no document that a program writes"), "{text}");
    project.write("service/policy.toml", &toml);
}
