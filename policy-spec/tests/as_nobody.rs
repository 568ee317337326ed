//! `[schemes.NAME] as-nobody`: what it says, where it is told, and every way in which it is wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is a failed test"
)]

use policy_spec::{AsNobody, Change, Configuration, Engine, Loaded, PolicyModel, Stale, compare};

const DOCUMENT: &str = "openapi: 3.1.0
info: { title: News, version: '1' }
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: X-Key }
    OAuth: { type: http, scheme: bearer }
    Unused: { type: http, scheme: basic }
paths:
  /news:
    get: { operationId: list, security: [{ Key: [] }, { OAuth: [] }, {}] }
    post: { operationId: add, security: [{ Key: [] }] }
  /health:
    get: { operationId: health, security: [] }
";

fn read(toml: &str) -> Loaded {
    let configuration = Configuration::parse("policy.toml", toml).unwrap_or_else(|problem| panic!("{problem}"));
    policy_spec::read("api.yaml", DOCUMENT.as_bytes(), &configuration.settings)
}

fn model(toml: &str) -> PolicyModel {
    let loaded = read(toml);
    loaded.model.clone().unwrap_or_else(|| panic!("{}", loaded.render(false)))
}

const EXPIRED: &str = "[schemes.Key]\nas-nobody = ['expired']\n";
const BOTH: &str = "[schemes.Key]\nas-nobody = ['unknown', 'expired']\n";

#[test]
fn it_holds_for_its_scheme_where_anybody_may_call() {
    let model = model(EXPIRED);
    let said: Vec<AsNobody> = model.schemes.iter().map(|scheme| scheme.as_nobody).collect();
    assert_eq!(said, [AsNobody::NONE.with(Stale::Expired), AsNobody::NONE, AsNobody::NONE]);
    let engine = Engine::new(&model).unwrap();
    let policy = engine.policy();
    let mut counting = Vec::new();
    for operation in policy.operations() {
        for scheme in policy.schemes().map(str::to_owned).collect::<Vec<_>>() {
            for stale in Stale::ALL {
                if operation.counts_as_nobody(policy.scheme(&scheme).unwrap(), stale) {
                    counting.push(format!("{operation} {scheme} {}", stale.as_str()));
                }
            }
        }
    }
    assert_eq!(counting, ["GET /news Key expired"]);
    // A scheme of another policy is none of this one's.
    let other = Engine::new(&self::model(BOTH)).unwrap();
    let foreign = other.policy().scheme("Key").unwrap();
    assert!(!policy.operations().any(|operation| operation.counts_as_nobody(foreign, Stale::Expired)));
}

#[test]
fn the_fingerprint_covers_it_and_the_comparison_tells_it() {
    let (none, expired, both) = (model(""), model(EXPIRED), model(BOTH));
    let prints = [&none, &expired, &both].map(PolicyModel::fingerprint);
    assert!(prints[0] != prints[1] && prints[1] != prints[2] && prints[0] != prints[2], "{prints:?}");
    assert_eq!(model("[schemes.Key]\nas-nobody = ['expired', 'unknown']\n").fingerprint(), prints[2]);
    let told = |here: &PolicyModel, there: &PolicyModel| -> Vec<(Change, String)> {
        let found = compare(here, there);
        found.iter().map(|one| (one.change, one.in_words(here, there, "old").render("new", "old", false))).collect()
    };
    assert_eq!(told(&expired, &expired), []);
    let [(Change::AsNobodyWidened, wider)] = &*told(&expired, &none) else { panic!("{:?}", told(&expired, &none)) };
    assert_eq!(
        wider,
        "error[as-nobody-widened]: more credentials of the scheme `Key` count as nobody than by `old`\n --> api.yaml:5:5\n \
         ::: api.yaml:5:5\n  = new: where anybody may call, these count as nobody: expired\n  \
         = old: every credential that is refused is refused"
    );
    let [(Change::AsNobodyNarrowed, narrower)] = &*told(&expired, &both) else { panic!("{:?}", told(&expired, &both)) };
    assert!(narrower.contains("fewer credentials of the scheme `Key` count as nobody than by `old`"), "{narrower}");
    assert!(narrower.contains("= old: where anybody may call, these count as nobody: expired, unknown"), "{narrower}");
    let unknown = model("[schemes.Key]\nas-nobody = ['unknown']\n");
    let changes: Vec<Change> = compare(&expired, &unknown).iter().map(|one| one.change).collect();
    assert_eq!(changes, [Change::AsNobodyWidened, Change::AsNobodyNarrowed], "each lets in what the other refuses");
}

#[test]
fn every_mistake_is_told() {
    for (toml, expected) in [
        ("[schemes]\nKey = 7\n", "`schemes.Key` is no table"),
        ("schemes = ['Key']\n", "`schemes` is no table"),
        ("[schemes.Key]\nas-noboby = ['expired']\n", "there is no key of `[schemes.NAME]` `as-noboby`"),
        ("[schemes.Key]\nas-nobody = 'expired'\n", "expected a list of strings here"),
        ("[schemes.Key]\nas-nobody = []\n", "expected a list of strings here"),
        (
            "[schemes.Key]\nas-nobody = ['revoked']\n",
            "there is no kind of credential that may count as nobody `revoked`",
        ),
        (
            "[schemes.Key]\nas-nobody = ['Expired']\n",
            "there is no kind of credential that may count as nobody `Expired`",
        ),
        ("[schemes.Key]\nas-nobody = ['expired', 'expired']\n", "`expired` stands twice here"),
        ("[schemes.Key]\nas-nobody = [true]\n", "expected a string here"),
    ] {
        let problem = Configuration::parse("policy.toml", toml).unwrap_err();
        assert_eq!(problem.findings.len(), 1, "{problem}");
        assert_eq!(problem.findings[0].message, expected, "{toml}");
    }
    let told = |toml: &str| -> Vec<String> {
        let loaded = read(toml);
        let about = loaded.findings.iter().filter(|finding| finding.code.as_str().ends_with("as-nobody"));
        about.map(|finding| format!("{}[{}]: {}", finding.level.as_str(), finding.code, finding.message)).collect()
    };
    assert_eq!(
        told("[schemes.Kye]\nas-nobody = ['expired']\n"),
        ["error[invalid-as-nobody]: the document has no security scheme `Kye`"]
    );
    assert_eq!(
        told("[schemes.Unused]\nas-nobody = ['expired']\n"),
        ["warning[unused-as-nobody]: no operation that anybody may call accepts `Unused`"]
    );
    assert_eq!(told(BOTH), [""; 0]);
    assert!(read("[schemes.Kye]\nas-nobody = ['expired']\n").model.is_none(), "it is no policy");
}
