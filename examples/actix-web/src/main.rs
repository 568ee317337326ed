//! Serves the example on loopback and says what to try.

use std::error::Error;

use actix_web::HttpServer;
use actix_web::web::Data;
use example_actix_web::{Db, Keys, routes};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let (routes, db) = (routes(Keys)?, Data::new(Db::example()));
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    for (key, path) in
        [("north-full", "encounters"), ("north-visits", "encounters"), ("north-visits", "encounters/e1?limit=1")]
    {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' '{url}/v1/{path}'");
    }
    let app = move || routes.app().app_data(db.clone());
    // It ends in order when it is asked to (SIGTERM, Ctrl-C).
    HttpServer::new(app).workers(2).listen(listener)?.run().await?;
    Ok(())
}
