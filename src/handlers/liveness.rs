//! The liveness probe.

/// Answers that the process runs. The answer says nothing about the database or its data.
pub(crate) async fn liveness() -> &'static str {
    "ok\n"
}
