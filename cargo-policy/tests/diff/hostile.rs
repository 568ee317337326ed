//! Text that somebody wrote to break out of what is shown, or to make git or the reader do something.

use std::fs;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::repository::Repository;
use crate::run::{empty_folder, run};

/// Within a template, a description, a scheme's name, a query key.
const HOSTILE: [&str; 10] = [
    "</details></summary><script>alert(1)</script>",
    "| cell | cell |",
    "a`b``c",
    "@everyone #1 GH-1",
    "[x](https://evil.example) ![y](https://evil.example/i.png)",
    "\\| | \\",
    "<!-- hidden --><img src=x onerror=alert(1)>",
    "::error file=a::forged",
    "https://evil.example www.evil.example",
    "**bold** _it_ ~~no~~ $x$",
];

/// Descriptions, scopes, the names of schemes and query keys are hostile. A path of such characters is refused by the reader.
fn document(is_open: bool) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    // A scope has no space, no quote and no backslash.
    let scope = |text: &str| text.replace([' ', '"', '\\'], "");
    let described = |(at, text): (usize, &&str)| {
        let what = format!("{text}{}", if is_open { "" } else { " before" });
        format!("{}: {}", quoted(&format!("{at}{}", scope(text))), quoted(&what))
    };
    let scopes: Vec<String> = HOSTILE.iter().enumerate().map(described).collect();
    let scopes = scopes.join(", ");
    let schemes: String = HOSTILE
        .iter()
        .map(|name| format!("    {}: {{ type: http, scheme: bearer, x-scopes: {{ {scopes} }} }}\n", quoted(name)))
        .collect();
    let mut out = format!(
        "openapi: 3.1.0\ninfo: {{ title: {}, version: '1' }}\ncomponents:\n  securitySchemes:\n{schemes}paths:\n",
        quoted(HOSTILE[0])
    );
    for (at, text) in HOSTILE.iter().enumerate() {
        let security = format!("[{{ {}: [{}] }}]", quoted(text), quoted(&format!("{at}{}", scope(text))));
        let (security, key) = if is_open { ("[]", "k") } else { (security.as_str(), *text) };
        out.push_str(&format!(
            "  /p{at}: {{ get: {{ security: {security}, parameters: [{{ name: {}, in: query }}] }} }}\n",
            quoted(key)
        ));
    }
    out
}

#[test]
fn nothing_of_a_document_is_markup_in_a_comment() {
    let folder = empty_folder("diff-hostile");
    fs::write(folder.join("old.yaml"), document(false)).unwrap();
    fs::write(folder.join("new.yaml"), document(true)).unwrap();
    for documents in ["old.yaml new.yaml", "new.yaml old.yaml"] {
        let ran = run(&folder, &format!("diff {documents} --format markdown"));
        assert!(ran.code == 0 && ran.out.contains("30 differences between"), "{}{}", ran.out, ran.err);
        let (mut cells, mut html, mut rows) = (0, String::new(), 0);
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
        for event in Parser::new_ext(&ran.out, options) {
            match event {
                Event::Html(text) | Event::InlineHtml(text) => html.push_str(&text),
                Event::Start(
                    Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strong | Tag::Strikethrough,
                ) => {
                    panic!("markup in\n{}", ran.out);
                }
                Event::Start(Tag::TableRow) => cells = 0,
                Event::Start(Tag::TableCell) => cells += 1,
                Event::End(TagEnd::TableRow) => {
                    assert_eq!(cells, 5, "{}", ran.out);
                    rows += 1;
                }
                _ => {}
            }
        }
        assert!(rows >= 20, "{rows}");
        let ours = [
            "<details open>",
            "<details>",
            "</details>",
            "<summary>",
            "</summary>",
            "<code>",
            "</code>",
            "<br>",
            "<!-- -->",
        ];
        let mut rest = html;
        for tag in ours {
            rest = rest.replace(tag, "");
        }
        assert!(!rest.contains('<'), "{rest}");
        // Outside of code, nobody is mentioned.
        assert!(!ran.out.replace("`@", "").contains("\n@"));
    }
}

#[test]
fn nothing_of_a_document_is_markup_in_a_page_or_an_annotation() {
    let folder = empty_folder("diff-hostile-page");
    fs::write(folder.join("old.yaml"), document(false)).unwrap();
    fs::write(folder.join("new.yaml"), document(true)).unwrap();
    let page = run(&folder, "diff old.yaml new.yaml --format html").out;
    assert!(page.contains("is open to anybody"), "{page}");
    let (shown, data) = page.split_once("<script type=\"application/json\"").unwrap();
    for tag in ["<script", "<img", "<!--", "onerror=alert(1)>"] {
        assert!(!shown.contains(tag), "{tag}");
    }
    // No text ends the element of the data; the two that follow are the page's own.
    assert!(!data.contains("<img") && !data.contains("<!--") && data.matches("<script").count() == 2, "{data}");
    let annotations = run(&folder, "diff old.yaml new.yaml --format github").out;
    let commands = annotations.lines().filter(|line| line.starts_with("::"));
    assert!(commands.clone().count() > 5, "{annotations}");
    for line in commands {
        assert!(line.contains(" file=new.yaml,") || line.contains(" file=new.yaml,title"), "{line}");
    }
}

#[test]
fn a_comment_is_never_longer_than_one_may_be() {
    let folder = empty_folder("diff-wide");
    let wide = |security: &str, count: usize| {
        let mut out = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\ncomponents: { securitySchemes: { Key: { type: http, scheme: bearer } } }\npaths:\n".to_owned();
        for at in 0..count {
            let scope = security.replace('#', &format!("{at}-{}", "long".repeat(30)));
            out.push_str(&format!(
                "  /p{at}/{}: {{ get: {{ security: [{{ Key: [{scope}] }}] }} }}\n",
                "segment".repeat(8)
            ));
        }
        out
    };
    for (old, new) in [("'x:read', 'y:#'", "'y:#'"), ("'x:#'", "'y:#'"), ("'x:read', 'y:read'", "'y:read'")] {
        fs::write(folder.join("old.yaml"), wide(old, 200)).unwrap();
        fs::write(folder.join("new.yaml"), wide(new, 200)).unwrap();
        let ran = run(&folder, "diff old.yaml new.yaml --format markdown");
        assert!(ran.out.len() <= 65_536 && ran.out.len() > 1_000, "{}", ran.out.len());
        assert!(ran.out.contains("200 widened") || ran.out.contains("200 incomparable"), "{}", ran.out);
        assert_eq!(ran.out.matches("<details").count(), ran.out.matches("</details>").count());
        assert!(ran.out.contains(" more"), "it says that there are more");
        assert_eq!(ran.out, run(&folder, "diff old.yaml new.yaml --format markdown").out, "the order is stable");
    }
    let text = run(&folder, "diff old.yaml new.yaml").out;
    assert!(text.contains("200 operations no longer require `x:read`") && text.contains("… and 190 more"), "{text}");
    assert!(run(&folder, "diff old.yaml new.yaml --all").out.contains("/p199/"));
}

#[test]
fn a_revision_is_never_an_option_or_a_command() {
    let repository = Repository::new("hostile-revisions");
    let mark = repository.path().join("mark");
    let touch = format!("touch {}", mark.display());
    for name in [
        format!("--upload-pack={touch}"),
        format!("--output={}", mark.display()),
        "-h".to_owned(),
        "--help".to_owned(),
        "--all".to_owned(),
        format!("$({touch})"),
        format!("`{touch}`"),
        format!("main;{touch}"),
        format!("main --output={}", mark.display()),
        "main..HEAD".to_owned(),
        "^main".to_owned(),
        "main\nHEAD".to_owned(),
        format!("ext::{touch}"),
        String::new(),
    ] {
        // Behind `--`, so that the command line takes it for a name.
        let ran = repository.diff(&["--", &name]);
        assert!(ran.code == 2 && ran.out.is_empty(), "{name}: {}{}", ran.out, ran.err);
        assert!(!ran.err.contains("panicked") && !mark.exists(), "{name}: {}", ran.err);
        let ran = repository.diff(&["--base", &name]);
        assert!(ran.code == 2 && !mark.exists(), "{name}: {}{}", ran.out, ran.err);
    }
}

#[cfg(unix)]
#[test]
fn what_a_revision_names_outside_of_the_repository_is_not_read() {
    let repository = Repository::new("hostile-tree");
    let secret = empty_folder("diff-secret").join("secret.yaml");
    fs::write(&secret, "get: { security: [] }\n").unwrap();
    let part = repository.path().join("api/parts/notes of users.yaml");
    fs::remove_file(&part).unwrap();
    std::os::unix::fs::symlink(&secret, &part).unwrap();
    repository.commit("a link that leads out");
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let ran = repository.diff(&["HEAD~1"]);
    assert!(ran.code == 1 && ran.err.contains("unresolved-ref"), "{}{}", ran.out, ran.err);
    // A link within the tree is followed.
    repository.write("api/parts/real.yaml", "get: { security: [] }\n");
    fs::remove_file(&part).unwrap();
    std::os::unix::fs::symlink("real.yaml", &part).unwrap();
    repository.commit("a link within");
    let ran = repository.diff(&["HEAD~1", "HEAD"]);
    assert!(ran.code == 0 && ran.out.contains("`GET /notes` is open to anybody"), "{}{}", ran.out, ran.err);
    for configuration in [
        "document = 'openapi.yaml'\nreference-root = '../..'\n",
        "document = 'openapi.yaml'\noverlays = ['../../o.yaml']\n",
    ] {
        repository.write("api/policy.toml", configuration);
        repository.commit("a configuration that leads out");
        let ran = repository.diff(&["HEAD~1", "HEAD"]);
        assert!(ran.code == 2 && ran.err.contains("which is not in the repository"), "{}{}", ran.out, ran.err);
    }
}

/// What a repository's own configuration may make git run. An alias, a hook or a filter is anybody's who could write to it.
#[cfg(unix)]
#[test]
fn a_repository_that_names_programs_gets_none_of_them_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let repository = Repository::new("hostile-configuration");
    let mark = repository.path().with_extension("mark");
    let _ = fs::remove_file(&mark);
    let program = repository.path().join("program.sh");
    fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", mark.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    repository.write(".gitattributes", "*.yaml diff=evil filter=evil merge=evil text\n");
    repository.write("api/-rf --output=x.yaml", "get: { security: [] }\n");
    repository.commit("attributes");
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"] {
        fs::copy(&program, repository.path().join(".git/hooks").join(hook)).unwrap();
    }
    let program = program.display().to_string();
    let shell = format!("!{program}");
    for (key, value) in [
        ("core.fsmonitor", &program),
        ("core.pager", &program),
        ("core.sshCommand", &program),
        ("core.askPass", &program),
        ("core.alternateRefsCommand", &program),
        ("pager.cat-file", &program),
        ("diff.external", &program),
        ("diff.evil.textconv", &program),
        ("diff.evil.command", &program),
        ("filter.evil.smudge", &program),
        ("filter.evil.clean", &program),
        ("gpg.program", &program),
        ("credential.helper", &shell),
        ("alias.rev-parse", &shell),
        ("alias.ls-tree", &shell),
        ("alias.cat-file", &shell),
    ] {
        repository.git(&["config", key, value]);
    }
    let _ = fs::remove_file(&mark);
    let ran = repository.diff(&["HEAD~1", "HEAD"]);
    assert!(ran.code == 0 && ran.out.contains("no difference"), "{}{}", ran.out, ran.err);
    assert!(!mark.exists(), "{}", fs::read_to_string(&mark).unwrap_or_default());
    // Each of them would be run by a command that looks at the work tree.
    repository.git(&["diff", "HEAD~1"]);
    assert!(mark.exists(), "the programs are there to be run");
}
