//! What overlays may cost: hostile ones end at the budget, and honest ones stay within it.

use std::fs;

use super::{CONFIGURATION, DOCUMENT, HEAD, folder};

fn cpu_time() -> Option<std::time::Duration> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(std::time::Duration::from_nanos)
}

/// Small overlays that mean much end at the budget, soon.
#[test]
fn hostile_overlays_end_at_the_budget() {
    // Large, and soon read once the overlays are refused: what policy is read from is small.
    let part =
        r#"{"parameters": [{"in": "query", "name": "q", "schema": {"type": "string"}}], "security": [{"K": []}]}"#;
    let parts: Vec<String> = (0..80_000).map(|at| format!(r#""p{at}": {{"get": {part}}}"#)).collect();
    let large = format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": "T", "version": "1"}}, "paths": {{}}, "x-parts": {{{}}}}}"#,
        parts.join(", ")
    );
    assert!(large.len() > 7 << 20);
    let doubled = "- { target: $.x, copy: $ }\n".repeat(40);
    let nested =
        "- { target: \"$['x-x'].a\", copy: \"$['x-x']\" }\n- { target: \"$['x-x'].b\", copy: \"$['x-x'].a\" }\n";
    let cases = [
        ("descents", large.as_str(), "- { target: $..*..*..*, remove: true }\n".to_owned()),
        ("descents in a filter", &large, "- { target: \"$..[?count($..*) > 1]\", remove: true }\n".to_owned()),
        (
            "the same selected again and again",
            &large,
            format!("- {{ target: \"$['x-parts']{}\", remove: true }}\n", "[*,*]".repeat(9)),
        ),
        (
            "a pattern for each value",
            &large,
            "- { target: \"$..[?match('x', @.name) || search(@.name, '(a{0,90}){0,90}b')]\", remove: true }\n"
                .to_owned(),
        ),
        (
            "a pattern from the document",
            &large,
            "- { target: \"$..[?search('aaaaaaaaaaaaaaaaaaaaaaaa', @.name)]\", remove: true }\n".to_owned(),
        ),
        ("many actions", &large, "- { target: $.info, update: { x: 1 } }\n".repeat(20_000)),
        (
            "many actions at one large place",
            &large,
            "- { target: \"$['x-parts'].p7.get\", update: { x: 1 } }\n".repeat(1_000),
        ),
        ("copies that double", &large, format!("- {{ target: $, update: {{ x: {{}} }} }}\n{doubled}")),
        (
            "copies in copies",
            DOCUMENT,
            format!("- {{ target: $, update: {{ x-x: {{ a: {{}}, b: {{}} }} }} }}\n{}", nested.repeat(40)),
        ),
        (
            "a large update of many places",
            &large,
            format!("- {{ target: \"$['x-parts'].*.get.parameters\", update: [{}] }}\n", "{ a: 1 }, ".repeat(1_000)),
        ),
        ("a deep target", DOCUMENT, format!("- {{ target: \"$[?{}\", remove: true }}\n", "length(".repeat(9))),
    ];
    for (at, (name, document, actions)) in cases.into_iter().enumerate() {
        // A tenth of the default, which is looked at in a tenth of the time.
        let limited = format!("{CONFIGURATION}[limits]\noverlay-values = 800_000\n");
        let folder =
            folder(&format!("hostile-{at}"), document, &format!("{HEAD}{actions}")).with("policy.toml", &limited);
        let start = cpu_time();
        let loaded = folder.load();
        let spent = cpu_time().zip(start).map(|(now, then)| now.saturating_sub(then)).unwrap_or_default();
        assert!(spent < std::time::Duration::from_secs(10), "{name} took {spent:?}");
        assert!(loaded.model.is_none(), "{name}");
        let budget = loaded.findings.iter().filter_map(|finding| finding.help.as_deref());
        let limits = ["`limits.overlay-values`", "`limits.depth`", "RFC 9535"];
        let bounded = budget.into_iter().any(|help| limits.iter().any(|limit| help.contains(limit)));
        assert!(
            bounded,
            "{name}: {}",
            loaded.findings.iter().take(5).map(|one| one.message.as_str()).collect::<String>()
        );
    }
}

/// A thousand operations are overlaid one by one in no time that anybody notices.
#[test]
fn honest_overlays_stay_within_the_budget() {
    let paths: String = (0..1_000).map(|at| format!("  /p{at}: {{ get: {{}} }}\n")).collect();
    let document = DOCUMENT.replace("paths:\n", &format!("paths:\n{paths}"));
    let actions: String = (0..1_000)
        .map(|at| format!("- {{ target: \"$.paths['/p{at}'].get\", update: {{ security: [{{ Other: [] }}] }} }}\n"))
        .collect();
    let folder = folder("honest", &document, &format!("{HEAD}{actions}"));
    let loaded = folder.load();
    let model = loaded.model.unwrap();
    assert_eq!(model.operations.iter().filter(|one| one.requirement.to_string() == "Other").count(), 1_000);
}
