//! Paths for an application beside the guard of the orders: those that the application must never get, and those that are its own.

/// Paths that some reader takes for an operation of the orders. The application may be such a reader, and some frameworks are. An unknown
/// caller is always answered 401.
#[must_use]
pub fn claimed(base: &str) -> Vec<String> {
    let encoded: String =
        base.bytes().map(|byte| if byte == b'/' { "/".into() } else { format!("%{byte:02X}") }).collect();
    vec![
        format!("{base}/orders"),
        format!("{base}/orders/"),
        format!("{base}//orders"),
        format!("/{base}/orders"),
        format!("{base}/orders//"),
        format!("{base}/orders//7"),
        format!("{base}/orders/7/"),
        format!("{base}/./orders"),
        format!("{base}/orders/."),
        format!("{base}/x/../orders/7"),
        format!("/x/..{base}/orders"),
        format!("/x/%2E%2e{base}/orders"),
        format!("{base}/orders/7/.."),
        format!("{encoded}/%6Frders"),
        format!("{base}/%256Frders/7"),
        format!("{base}/orders%2F7"),
        format!("{base}/orders%5C7"),
        format!("/{}%2Forders", base.trim_start_matches('/')),
        format!("{base}/x%2F..%2Forders"),
        format!("{base}/x%5c..%5corders"),
        format!("{base}/orders;v=1"),
        format!("{base}/orders;/7;a=b"),
        format!("{base}/x;/..;/orders"),
        format!("{base}/orders%3Bv=1"),
        format!("{base}/orders%3Fx=1"),
        format!("{base}/orders%23x"),
        format!("{base}/orders%00.html"),
    ]
}

/// Paths that no reader takes for an operation of the orders.
#[must_use]
pub fn left(base: &str) -> Vec<String> {
    vec![
        format!("{base}/about"),
        format!("{base}/ordersx"),
        format!("{base}/orders/7/lines"),
        format!("{base}/shop/orders"),
        format!("{base}/a%2Fb"),
        format!("{base}/a;v=1"),
        "/elsewhere".to_owned(),
    ]
}
