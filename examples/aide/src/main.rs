//! With the argument `openapi`, prints the document. Without it, serves the example on loopback.

use std::error::Error;
use std::io::Write as _;

use example_aide::{Files, app, callers, openapi};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("openapi") {
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&openapi())?)?;
        return Ok(());
    }
    let app = app(Files::default(), callers()?)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    eprintln!("serving on {url}; try\n");
    eprintln!(
        "  curl -i -X PUT -H 'Authorization: Bearer writer' -H 'content-type: application/json' -d '\"hello\"' '{url}/files/a'"
    );
    eprintln!("  curl -i -H 'Authorization: Bearer reader' '{url}/files/a'");
    eprintln!(
        "  curl -i -X PUT -H 'Authorization: Bearer reader' -H 'content-type: application/json' -d '\"hello\"' '{url}/files/b'"
    );
    axum::serve(listener, app).await?;
    Ok(())
}
