//! Serves the example on loopback and says what to try.

use example_rocket::{Db, Keys, app};
use rocket::config::LogLevel;
use rocket::fairing::AdHoc;
use rocket::{Config, Orbit, Rocket};

fn say(rocket: &Rocket<Orbit>) {
    let Config { address, port, .. } = rocket.config();
    eprintln!("serving on http://{address}:{port}; try\n");
    for (key, path) in
        [("north-full", "encounters"), ("north-visits", "encounters"), ("north-visits", "encounters/e1?limit=1")]
    {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' 'http://{address}:{port}/v1/{path}'");
    }
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    // On a free port of loopback, and without a line for each of the routes.
    let rocket = rocket::custom(Config::figment().merge(("port", 0)).merge(("log_level", LogLevel::Critical)));
    let said = AdHoc::on_liftoff("says what to try", |rocket| Box::pin(async move { say(rocket) }));
    app(rocket, Db::example(), Keys)?.attach(said).launch().await?;
    Ok(())
}
