//! The workloads' policies as a service would have them: documents, compiled to tables. Without the workloads there are none.

#[allow(unreachable_pub, dead_code, reason = "a part of the library, which uses more of it")]
#[path = "src/document.rs"]
mod document;
#[allow(unreachable_pub, dead_code, reason = "a part of the library, which uses more of it")]
#[path = "src/workload.rs"]
mod workload;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use policy_build::Options;
use policy_spec::{Code, Lint, Settings};
use workload::Workload;

fn main() -> Result<(), Box<dyn Error>> {
    let home = Path::new("../../shared/workloads");
    let out = env::var("OUT_DIR")?;
    let mut modules = String::new();
    let mut arms = String::new();
    for name in ["w1", "w2", "w3"] {
        let path = home.join(name).with_extension("tsv");
        println!("cargo::rerun-if-changed={}", path.display());
        let Ok(workload) = Workload::read(&path) else { continue };
        let plain = workload.plain();
        let text = document::document(plain.iter().copied(), false);
        let mut settings = Settings::default();
        // The requirements are made up, and so are the ambiguities between them.
        settings.levels.insert(Code::AmbiguousTemplates, Lint::Allow);
        let loaded = policy_spec::read("openapi.json", text.as_bytes(), &settings);
        let Some(model) = loaded.model else { return Err(format!("{name} is no policy").into()) };
        let router_path = Some("::policy_router".to_owned());
        let options = Options::default().with(|options| {
            (options.types, options.notes, options.router_path) = (false, false, router_path);
        });
        fs::write(Path::new(&out).join(format!("{name}.rs")), policy_build::generate(&model, &options)?)?;
        modules.push_str(&format!("table!({name}, \"{name}.rs\");\n"));
        arms.push_str(&format!("        \"{name}\" => {name}::contenders(operations, callers),\n"));
    }
    modules.push_str(&format!(
        "fn named(name: &str, operations: &[&Operation], callers: &[String]) -> Vec<Box<dyn Contender>> {{\n    \
         match name {{\n{arms}        _ => {{ let _ = (operations, callers); Vec::new() }}\n    }}\n}}\n"
    ));
    fs::write(Path::new(&out).join("tables.rs"), modules)?;
    Ok(())
}
