//! The documents that are compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, ensure};
use policy_spec::{Configuration, Engine};

use crate::Arguments;
use crate::document::document;
use crate::workload::Workload;

/// A document, with the configuration that says how it is read.
pub struct Document {
    pub name: String,
    path: PathBuf,
    config: Option<PathBuf>,
}

/// All documents, or those of the small form.
pub fn all(arguments: &Arguments) -> Result<Vec<Document>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = here.join("../../cargo-policy/tests/documents");
    let mut all = vec![
        Document { name: "hostile names".to_owned(), path: here.join("documents/hostile.yaml"), config: None },
        Document {
            name: "every kind of requirement".to_owned(),
            path: own.join("archive.yaml"),
            config: Some(own.join("archive.toml")),
        },
    ];
    let workloads: &[&str] = if arguments.small { &["w1"] } else { &["w1", "w2"] };
    for name in workloads {
        let file = arguments.workloads.join(format!("{name}.tsv"));
        // The small form also runs where the workloads are not there.
        if arguments.small && !file.is_file() {
            eprintln!("skipped: there is no `{}`", file.display());
            continue;
        }
        let workload = Workload::read(&file).with_context(|| file.display().to_string())?;
        let folder = here.join("target/documents");
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, document(workload.operations(), false))?;
        let config = folder.join("workload.toml");
        std::fs::write(&config, "[levels]\nambiguous-templates = \"allow\"\ntemplate-collision = \"allow\"\n")?;
        all.push(Document { name: name.to_uppercase(), path, config: Some(config) });
    }
    if !arguments.small {
        // Two routes of Datadog's match one path. Each has a policy of its own, which is what is compared.
        let datadog = here.join("target/documents/datadog.toml");
        let own = std::fs::read_to_string(here.join("../../policy-spec/tests/corpus/datadog-v1.toml"))?;
        std::fs::write(&datadog, format!("{own}\n[levels]\nambiguous-templates = \"allow\"\n"))?;
        for (name, config) in [
            ("figma.yaml", None),
            ("xero-accounting.yaml", None),
            ("datadog-v1.yaml", Some(datadog)),
            ("box.json", None),
        ] {
            all.push(Document { name: name.to_owned(), path: arguments.corpus.join(name), config });
        }
    }
    Ok(all)
}

impl Document {
    /// What decides by the document.
    pub fn engine(&self) -> Result<Engine> {
        let configuration = match &self.config {
            Some(file) => Configuration::load(file).map_err(|error| anyhow!("{error}"))?,
            None => Configuration::default(),
        };
        let loaded = policy_spec::load(&self.path, &configuration.settings);
        let errors =
            || loaded.findings.iter().filter(|finding| finding.is_error()).map(|finding| finding.message.as_str());
        let model = loaded.model.as_ref().with_context(|| errors().collect::<Vec<&str>>().join("; "))?;
        Ok(Engine::new(model)?)
    }

    /// The policies, as a user gets them.
    pub fn exported(&self, language: &str, program: &Path) -> Result<String> {
        let mut command = Command::new(program);
        // The folder has no `policy.toml` above it that would be taken for the document's own.
        command.args(["export", language, "--elsewhere", "order,enablement,query,scope-map,as-nobody"]);
        command.arg(&self.path);
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        let output = command.output()?;
        ensure!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}
