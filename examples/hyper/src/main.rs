//! Serves the example on loopback and says what to try.

use std::error::Error;

use example_hyper::{Db, Keys, serve_until, service};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let service = service(Db::example(), Keys)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    for (key, path) in
        [("north-full", "encounters"), ("north-visits", "encounters"), ("north-visits", "encounters/e1?limit=1")]
    {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' '{url}/v1/{path}'");
    }
    let stop = async {
        // If no handler can be installed, the signal ends the process, as it does by default.
        let _ = tokio::signal::ctrl_c().await;
    };
    serve_until(listener, service, stop).await;
    Ok(())
}
