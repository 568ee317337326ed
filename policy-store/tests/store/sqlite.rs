//! What every store does, on SQLite, and what SQLite alone does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use policy_store::{Missing, Store};

use crate::behaviour::{self, known, revision, with_north};
use crate::{Database, Kind, format};

/// A file that is gone at the end, with those beside it.
pub(crate) struct File(PathBuf);

impl File {
    pub(crate) fn database() -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("policy-store-{}-{}.db", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        Database { url: format!("sqlite:{}", file.display()), kind: Kind::Sqlite(Self(file)) }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

macro_rules! on_sqlite {
    ($($behaviour:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $behaviour() {
            behaviour::$behaviour(File::database()).await;
        }
    )*};
}
crate::behaviours!(on_sqlite);

#[tokio::test]
async fn a_database_that_cannot_be_used_says_which_and_why() {
    for (url, missing, part) in [
        (
            "mysql://me:s3cret@localhost/x",
            Missing::Create,
            "`mysql://me@localhost/x` is not a database; write `sqlite:`",
        ),
        ("sqlite:", Missing::Create, "write `sqlite:`"),
        ("sqlite:/nonexistent/folder/x.db", Missing::Create, "`/nonexistent/folder/x.db` cannot be opened for writing"),
        ("sqlite:/nonexistent/x.db", Missing::Refuse, "there is no database `/nonexistent/x.db`"),
    ] {
        let error = Store::open(url, format(), missing).await.unwrap_err().to_string();
        assert!(error.contains(part), "{url}: {error}");
    }
}

#[tokio::test]
async fn in_memory_the_revision_is_that_of_this_process() {
    let store = Store::open("sqlite::memory:", format(), Missing::Create).await.unwrap();
    let before = known(&store).await;
    with_north(&store).await;
    assert_eq!(revision(&store), None);
    assert!(known(&store).await > before);
}
