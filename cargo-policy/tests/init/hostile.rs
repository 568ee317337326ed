//! A document is somebody else's text. None of it becomes code, configuration or a terminal's command.

use policy_spec::Configuration;

use crate::package::{CLINIC, Package, assert_formatted};

const HOSTILE: [&str; 8] = [
    "\\n#![allow(unsafe_code)]\\nfn main() {}",
    "*/ fn main() {} /*",
    "\\\"); std::process::exit(1); (\\\"",
    "${HOME} `id` $(id)",
    "\\u001b[2J\\u202e",
    "]\\n[[public]]\\noperations = [\\\"GET /encounters\\\"]\\n",
    "r#\\\"x\\\"#",
    "type",
];

#[test]
fn no_text_of_a_document_becomes_code() {
    for text in HOSTILE {
        let document = CLINIC
            .replace("title: Clinic", &format!("title: \"{text}\""))
            .replace("operationId: listEncounters", &format!("operationId: \"{text}\"\n      summary: \"{text}\""))
            .replace("ApiKey", &format!("\"{text}\""));
        let package = Package::with("hostile", &document);
        let ran = package.init(&[]);
        assert!(matches!(ran.code, 0 | 1), "{text}: {}", ran.err);
        assert!(!ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'), "{text}");
        for (name, rust) in package.files().into_iter().filter(|(name, _)| name.ends_with(".rs")) {
            let file = syn::parse_file(&rust).unwrap_or_else(|error| panic!("{text}: {name}: {error}\n{rust}"));
            assert!(file.attrs.iter().all(|attribute| attribute.path().is_ident("doc")), "{text}: {name}");
            let mains =
                file.items.iter().filter(|item| matches!(item, syn::Item::Fn(f) if f.sig.ident == "main")).count();
            let expected = usize::from(name == "src/main.rs" || name == "build.rs");
            assert_eq!(mains, expected, "{text}: {name}: {rust}");
            assert!(!rust.contains("exit(1)") || rust.contains("//"), "{text}: {name}: {rust}");
        }
        let configuration = Configuration::parse("policy.toml", &package.read("policy.toml")).unwrap();
        assert!(configuration.settings.public.is_empty(), "{text}");
        if ran.code == 0 {
            assert_formatted(&package);
        }
    }
}

#[test]
fn a_document_s_own_name_is_written_as_a_name() {
    for name in ["a \"b\".yaml", "it's.yaml", "ünï.yaml", "a\\b.yaml", "[x] = 1 #.yaml"] {
        let package = Package::new("named");
        package.write(name, CLINIC);
        let ran = package.init(&[name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let configuration = Configuration::parse("policy.toml", &package.read("policy.toml")).unwrap();
        assert_eq!(configuration.document.as_deref(), Some(name.as_ref()));
        syn::parse_file(&package.read("build.rs")).unwrap();
        assert!(package.read("build.rs").contains(&format!("compile({name:?})")), "{}", package.read("build.rs"));
    }
}
