//! Serves the example on loopback and says what to try.

use std::error::Error;

use example_salvo::{Db, Keys, app};
use salvo::Server;
use salvo::conn::tcp::TcpAcceptor;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let app = app(Db::example(), Keys)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    for (key, path) in
        [("north-full", "encounters"), ("north-visits", "encounters"), ("north-visits", "encounters/e1?limit=1")]
    {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' '{url}/v1/{path}'");
    }
    let server = Server::new(TcpAcceptor::try_from(listener)?);
    let handle = server.handle();
    tokio::spawn(async move {
        // Without a handler for the signal the process would end as it does anyway.
        let _ = tokio::signal::ctrl_c().await;
        handle.stop_graceful(None);
    });
    server.try_serve(app).await?;
    Ok(())
}
