//! `policy-gateway`: the authorizer beside a proxy.

fn main() {}
