//! The liveness probe.

/// The process answers. It says nothing about the database, and nothing about anybody's data.
pub(crate) async fn liveness() -> &'static str {
    "ok\n"
}
