//! Tables as generated code holds them: a constant, read by the same code.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test")]

use policy_router::{FORMAT, Match, Router, Tables};

const OPERATIONS: [(&str, &str); 5] = [
    ("GET", "/items"),
    ("POST", "/items"),
    ("GET", "/items/{id}"),
    ("GET", "/items/{id}.json"),
    ("GET", "/items/mine"),
];

/// What `plain()` gives for the operations above. If the tables' shape changes, so must `FORMAT`, and then this.
const TABLES: Tables<'static> = Tables {
    slots: &[
        [0, 262144, 1, 1073741823, 0, 0, 0, 0],
        [0, 294918, 2, 0, 4, 3, 3, 0],
        [6, 5, 0, 1, 0, 0, 1, 2],
        [11, 65542, 0, 1073741825, 0, 0, 1, 3],
        [0, 131072, 0, 2147483649, 0, 0, 1, 4],
        [0, 0, 0, 1073741823, 0, 0, 0, 0],
    ],
    siblings: &[0, 0, 0, 0, 0, 0],
    operations: &[0, 1, 4, 3, 2],
    text: "/items/mine\0.json",
    method_keys: &[216248946182669639, 288321976333979472],
    methods: &["GET", "POST"],
    templates: &["/items", "/items", "/items/{id}", "/items/{id}.json", "/items/mine"],
};

static ROUTER: Router<'static> = Router::from_tables(TABLES);

const _: () = assert!(FORMAT == 1 && ROUTER.len() == 5, "a static router is there before the program runs");

#[test]
fn a_constant_is_what_a_router_gives_as_plain_data() {
    let router = Router::build(OPERATIONS).unwrap();
    let plain = router.plain();
    assert_eq!(plain.slots, TABLES.slots);
    assert_eq!(plain.siblings, TABLES.siblings);
    assert_eq!(plain.operations, TABLES.operations);
    assert_eq!(plain.text, TABLES.text);
    assert_eq!(plain.method_keys, TABLES.method_keys);
    assert_eq!(plain.methods, TABLES.methods);
    assert_eq!(plain.templates, TABLES.templates);
}

#[test]
fn a_static_router_answers_as_one_built_at_run_time() {
    let owned = Router::build(OPERATIONS).unwrap();
    for method in ["GET", "POST", "PUT"] {
        for path in ["/items", "/items/", "/items/mine", "/items/7", "/items/7.json", "/items/.json", "/"] {
            match (ROUTER.find(method, path), owned.find(method, path)) {
                (
                    Match::Found { operation: one, parameters: here },
                    Match::Found { operation: other, parameters: there },
                ) => {
                    assert_eq!(one, other);
                    assert!(here.iter().eq(&there), "{method} {path}");
                    assert_eq!(ROUTER.template(one), owned.router().template(other));
                }
                (Match::MethodNotAllowed(here), Match::MethodNotAllowed(there)) => assert!(here.eq(there)),
                (Match::NotFound, Match::NotFound) => {}
                (here, there) => panic!("{method} {path}: {here:?}, {there:?}"),
            }
        }
    }
}
