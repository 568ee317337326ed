//! Serves the example on loopback and says what to try.

use std::error::Error;

use example_versions::{Notes, app};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let app = app(Notes::example())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    for (key, path) in [("old", "v1/notes/1"), ("old", "v2/notes/1"), ("reader", "v2/notes/1")] {
        eprintln!("  curl -i -H 'Authorization: Bearer {key}' '{url}/{path}'");
    }
    // The example of axum shows how to bound connections.
    axum::serve(listener, app).await?;
    Ok(())
}
