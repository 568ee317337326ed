//! What every store does, on PostgreSQL, and what PostgreSQL alone does.
//!
//! The tests start a server of their own, in a temporary folder, and skip where PostgreSQL is not installed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use policy_http::{KeyState, KeyStore as _};
use policy_store::sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use policy_store::{KeyTerms, Missing, Store, sqlx};

use crate::behaviour::{self, found, issue, known, revision, with_north};
use crate::{Database, Kind, format};

/// A server of PostgreSQL that ends with the test.
struct Server {
    folder: PathBuf,
    programs: PathBuf,
    running: Option<Child>,
}

impl Server {
    /// A new one, or nothing where PostgreSQL is not installed.
    fn start() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL (`initdb`) is not installed");
            return None;
        };
        let name = format!("policy-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut server = Self { folder, programs, running: None };
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&server.folder));
        }
        succeed(
            server
                .command("initdb")
                .args(["--auth=trust", "--username=api", "--no-sync", "--pgdata"])
                .arg(server.data()),
        );
        server.run();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of PostgreSQL's programs, as a user that it accepts: it refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts it, and waits until it answers.
    fn run(&mut self) {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            // After a crash it does not start before the last process of the one before has ended.
            let has_ended = self.running.as_mut().is_none_or(|running| running.try_wait().unwrap().is_some());
            if has_ended {
                let mut command = self.command("postgres");
                command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
                command.args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]);
                self.running = Some(command.spawn().unwrap());
            }
            if self.command("pg_isready").arg("-q").arg("-h").arg(&self.folder).status().unwrap().success() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it as a failing machine does: without a word to anybody.
    fn kill(&mut self) {
        let mut running = self.running.take().unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://api@localhost/{database}?host={}", self.folder.display())
    }

    /// An empty database.
    async fn database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        Database { url: self.url(&name), kind: Kind::Postgres }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.kill();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// Where PostgreSQL's programs are. Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = installed.map(|version| version.path().join("bin")).collect();
    folders.extend(env::split_paths(&path));
    folders
        .into_iter()
        .find(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|name| is_program(&folder.join(name))))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn succeed(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

/// One server for all of them, since it takes some seconds to start. What failed is named by the panic.
#[tokio::test(flavor = "multi_thread")]
async fn every_behaviour() {
    let Some(server) = Server::start() else { return };
    macro_rules! one_after_the_other {
        ($($behaviour:ident)*) => {$(
            println!(stringify!($behaviour));
            behaviour::$behaviour(server.database().await).await;
        )*};
    }
    crate::behaviours!(one_after_the_other);
}

#[tokio::test]
async fn what_cannot_be_reached_says_where_and_shows_no_password() {
    let error = Store::open("postgres://api:s3cret@127.0.0.1:1/partners", format(), Missing::Create).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(
        said.contains("`postgres://api@127.0.0.1:1/partners` cannot be opened") && !said.contains("s3cret"),
        "{said}"
    );
}

/// Nodes hear of a revocation in well under a second, while the database is gone what they kept lives on, and when it is there again
/// they know what they missed.
#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_agree_through_a_crash_of_the_database() {
    let Some(mut server) = Server::start() else { return };
    let database = server.database().await;
    let nodes = [database.open().await, database.open().await, database.open().await];
    let [first, second, third] = &nodes;
    with_north(first).await;
    let keys = [issue(first, &KeyTerms::of("north")).await, issue(second, &KeyTerms::of("north")).await];
    for node in &nodes {
        known(node).await;
    }
    let before = [revision(second), revision(third)];

    let began = Instant::now();
    let mut change = first.begin().await.unwrap();
    change.revoke_key(&keys[0]).await.unwrap();
    change.commit().await.unwrap();
    while [revision(second), revision(third)].iter().zip(&before).any(|(now, before)| now == before) {
        assert!(began.elapsed() < Duration::from_secs(1), "the nodes repeat what was true before");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("the other nodes knew after {:?}", began.elapsed());
    assert_eq!(found(third, &keys[0]).await.state, KeyState::Revoked);

    for node in &nodes {
        known(node).await;
    }
    // The look-ups of a service keep the revision wanted.
    let kept = known(third).await;
    server.kill();
    let gone = Instant::now();
    let mut answered = 0;
    while gone.elapsed() < Duration::from_secs(4) {
        answered += u32::from(revision(third) == Some(kept));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(answered > 60, "what was kept lives on while the database is gone: {answered} of some 80 look-ups");
    assert!(third.key(&keys[1]).await.is_err(), "what is not kept is an outage, and no answer");

    server.run();
    // By another program, before any node is connected again.
    let mut beside = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query("UPDATE keys SET revoked_at = 1 WHERE revoked_at IS NULL").execute(&mut beside).await.unwrap();
    let began = Instant::now();
    while revision(third) == Some(kept) {
        assert!(began.elapsed() < Duration::from_secs(2), "it goes on with what it kept");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("after the database had returned, a node knew of a change after {:?}", began.elapsed());
    assert_ne!(known(third).await, kept);
    assert_eq!(found(third, &keys[1]).await.state, KeyState::Revoked);
    third.accepted(&keys[1]);
    for node in nodes {
        node.close().await;
    }
}
