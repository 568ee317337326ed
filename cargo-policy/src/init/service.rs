//! The files that hold the rest together: `build.rs`, `src/main.rs` and the module of the policy.

use super::framework::Framework;
use super::set_up::SetUp;
use super::written::literal;

/// `build.rs`.
pub(super) fn build_script(set_up: &SetUp) -> String {
    /// How wide rustfmt lets a line be.
    const WIDEST: usize = 100;
    let document = literal(&set_up.document);
    let before = if set_up.framework == Framework::Hyper { "        .compile(" } else { "    policy_build::compile(" };
    let line = format!("{before}{document})");
    let document = match line.chars().count() {
        ..=WIDEST => document,
        _ => format!("\n        {document},\n    "),
    };
    let compile = match set_up.framework {
        // hyper has no router, and takes the one that is generated.
        Framework::Hyper => format!("policy_build::configure()\n        .router(true)\n        .compile({document})"),
        _ => format!("policy_build::compile({document})"),
    };
    format!("fn main() -> Result<(), policy_build::Report> {{\n    {compile}\n}}\n")
}

/// `src/api/policy.rs`.
pub(super) fn policy() -> String {
    "//! What the document says, compiled by `build.rs`. `cargo policy names` lists what is in here.\n\n\
     policy_core::include_policy!();\n"
        .to_owned()
}

/// What `src/main.rs` has to have, without the function around it.
pub(super) fn mounted(set_up: &SetUp) -> String {
    let module = &set_up.module;
    let old = if set_up.has_old_routes() { ", old_routes" } else { "" };
    match set_up.framework {
        Framework::Axum => {
            format!("    let app = {module}::guard({module}::callers()?{old}).try_with_state(())?;\n")
        }
        Framework::ActixWeb => format!("    let routes = {module}::guard({module}::callers()?).try_into_routes()?;\n"),
        Framework::Poem => format!("    let app = {module}::guard({module}::callers()?).try_into_route()?;\n"),
        Framework::Rocket => format!("    let fairing = {module}::guard({module}::callers()?).try_into_fairing()?;\n"),
        Framework::Salvo => format!("    let router = {module}::guard({module}::callers()?).try_into_router()?;\n"),
        Framework::Hyper => format!("    let service = {module}::guard({module}::callers()?).try_service(())?;\n"),
    }
}

/// What is shown for a `src/main.rs` that exists.
pub(super) fn part(set_up: &SetUp) -> String {
    let mut text = format!("mod {};\n\n// in `main`\n", set_up.module);
    if set_up.code_first {
        text.push_str(
            "    if std::env::args().nth(1).as_deref() == Some(\"openapi\") {\n        \
             // prints the document, and nothing else: with utoipa `ApiDoc::openapi().to_pretty_json()?`\n    }\n",
        );
    }
    text.push_str(&mounted(set_up));
    text
}

/// `src/main.rs` of a package that has none.
pub(super) fn main(set_up: &SetUp) -> String {
    format!(
        "mod {};\n\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{}    \
         let address = std::env::args().nth(1);\n    \
         let address = address.as_deref().unwrap_or(\"127.0.0.1:8080\");\n    \
         let listener = tokio::net::TcpListener::bind(address).await?;\n    \
         println!(\"serving http://{{}}\", listener.local_addr()?);\n    \
         Ok(axum::serve(listener, app).await?)\n}}\n",
        set_up.module,
        mounted(set_up)
    )
}

/// Whether this is what `cargo new` writes, and so nobody's work.
pub(super) fn is_cargo_s(main: &str) -> bool {
    main.replace("\r\n", "\n") == "fn main() {\n    println!(\"Hello, world!\");\n}\n"
}
