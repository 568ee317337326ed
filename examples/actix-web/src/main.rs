//! Serves the example on loopback and says what to try.

use std::error::Error;

use example_actix_web::{Db, Keys, routes, serve};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let routes = routes(Keys)?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    for (key, path) in
        [("north-full", "encounters"), ("north-visits", "encounters"), ("north-visits", "encounters/e1?limit=1")]
    {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' '{url}/v1/{path}'");
    }
    serve(listener, routes, Db::example())?.await?;
    Ok(())
}
