//! Tables as generated code holds them: a constant, read by the same code.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test")]

use policy_router::{FORMAT, Match, Router, Tables};

const OPERATIONS: [(&str, &str); 6] = [
    ("GET", "/items"),
    ("POST", "/items"),
    ("GET", "/items/{id}"),
    ("GET", "/items/{id}.json"),
    ("GET", "/items/mine"),
    ("GET", "/items/all"),
];

/// What `plain()` gives for the operations above. If the tables' shape changes, so must `FORMAT`, and then this.
const TABLES: Tables<'static> = Tables {
    slots: &[
        [0, 262144, 3, 1073741823, 0, 0, 0, 0],
        [6, 33554436, 0, 3, 0, 0, 1, 2],
        [22, 33554437, 0, 3, 0, 0, 1, 3],
        [0, 135561222, 1, 0, 5, 4, 3, 0],
        [38, 65542, 0, 1073741827, 0, 0, 1, 4],
        [0, 131072, 0, 2147483651, 0, 0, 1, 5],
        [0, 0, 0, 1073741823, 0, 0, 0, 0],
    ],
    siblings: &[0, 0, 0, 0, 0, 0, 0],
    operations: &[0, 1, 5, 4, 3, 2],
    text: "/itemsall\0\0\0\0\0all\0\0\0\0\0mine\0\0\0\0mine\0\0\0\0\0.json",
    method_keys: &[216530421159380295, 288884926287400784],
    methods: &["GET", "POST"],
    templates: &["/items", "/items", "/items/{id}", "/items/{id}.json", "/items/mine", "/items/all"],
};

static ROUTER: Router<'static> = Router::from_tables(TABLES);

const _: () = assert!(FORMAT == 2 && ROUTER.len() == 6, "a static router is there before the program runs");

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
        for path in ["/items", "/items/", "/items/mine", "/items/all", "/items/7", "/items/7.json", "/items/.json", "/"]
        {
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
