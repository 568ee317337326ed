//! The matrix over a service in the same process.

use std::fmt::Display;
use std::future::{Future, poll_fn};

use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Full};
use tower_service::Service;

use super::answer::Answer;
use super::certificate::Certificate;
use super::report::Report;
use super::request::Request;
use super::run::{Prepared, Run};
use super::test::{Matrix, MatrixError};

/// The body of a request: bytes that are there at once.
pub type Body = Full<bytes::Bytes>;

/// How much of an answer's body is read. OPTIONS is the only request whose body says anything.
const MOST: usize = 1 << 10;

impl Matrix {
    /// Sends the requests to a service of `tower`: an axum router, or the service of an adapter. Each goes to a clone of it.
    ///
    /// # Errors
    /// [`MatrixError`]: the document cannot be used.
    pub async fn service<S, B>(self, service: S) -> Result<Report, MatrixError>
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone,
        S::Error: Display,
        B: http_body::Body + Unpin,
    {
        let ask = async |request: http::Request<Body>| {
            let mut service = service.clone();
            poll_fn(|context| service.poll_ready(context)).await.map_err(|error| error.to_string())?;
            let is_read = request.method() == http::Method::OPTIONS;
            let (head, mut body) = service.call(request).await.map_err(|error| error.to_string())?.into_parts();
            let mut read = Vec::new();
            // A handler may answer without an end. What is not looked at is not read.
            while is_read && read.len() < MOST {
                let Some(Ok(frame)) = body.frame().await else { break };
                if let Some(data) = frame.data_ref() {
                    let mut data = bytes::Buf::chunk(data);
                    if data.len() > MOST {
                        data = data.get(..MOST).unwrap_or_default();
                    }
                    read.extend_from_slice(data);
                }
            }
            Ok(answer(&head).with_body(read))
        };
        self.ask_each(|body| Body::from(body.to_owned()), ask).await
    }

    /// Sends the requests by a function, for services that are no `tower` services: the test clients of actix-web, Rocket, poem or
    /// Salvo. It answers with the status and the headers of what came back.
    ///
    /// # Errors
    /// [`MatrixError`]: the document cannot be used.
    pub async fn asking<F, A>(self, mut ask: F) -> Result<Report, MatrixError>
    where
        F: FnMut(http::Request<Vec<u8>>) -> A,
        A: Future<Output = http::Response<Vec<u8>>>,
    {
        let sent = async |request: http::Request<Vec<u8>>| {
            let (head, body) = ask(request).await.into_parts();
            Ok(answer(&head).with_body(body))
        };
        self.ask_each(|body| body.as_bytes().to_vec(), sent).await
    }

    async fn ask_each<B>(
        self,
        body: impl Fn(&str) -> B,
        mut ask: impl AsyncFnMut(http::Request<B>) -> Result<Answer, String>,
    ) -> Result<Report, MatrixError> {
        let run = self.run(true)?;
        let prepared = run.prepare(&self);
        let mut answers = Vec::with_capacity(prepared.len());
        let mut progress = Progress::new(&run);
        for one in &prepared {
            let answer = match made(one, &body) {
                Ok(request) => ask(request).await,
                Err(why) => Err(why),
            };
            answers.push(answer);
            progress.answered(one.case.operation);
        }
        drop(progress);
        Ok(run.finish(prepared, answers))
    }
}

/// Says on standard error how many requests of each operation were answered, as `cargo test -- --nocapture` shows it.
struct Progress<'r> {
    run: &'r Run,
    current: Option<(usize, usize)>,
}

impl<'r> Progress<'r> {
    fn new(run: &'r Run) -> Self {
        Self { run, current: None }
    }

    fn answered(&mut self, operation: usize) {
        match &mut self.current {
            Some((known, count)) if *known == operation => *count += 1,
            _ => {
                self.tell();
                self.current = Some((operation, 1));
            }
        }
    }

    fn tell(&self) {
        let Some((index, count)) = self.current else { return };
        if let Some(operation) = self.run.engine().served().operations.get(index) {
            eprintln!("{} {}: {count} cases", operation.method, operation.path);
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.tell();
    }
}

fn answer(head: &http::response::Parts) -> Answer {
    Answer::new(head.status.as_u16(), head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))
}

fn made<B>(prepared: &Prepared, body: impl Fn(&str) -> B) -> Result<http::Request<B>, String> {
    let request: &Request = prepared.request.as_ref().map_err(Clone::clone)?;
    if let Certificate::Of(scheme) = &request.certificate {
        return Err(format!("`{scheme}` is a client certificate, and a request within the process has no connection"));
    }
    let builder =
        http::Request::builder().method(request.method.as_str()).uri(format!("{}{}", request.base, request.target));
    let headers = request.headers_at(&request.base);
    let builder = headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let (builder, text) = match &request.body {
        Some((media, text)) => (builder.header(CONTENT_TYPE, media), text.as_str()),
        None => (builder, ""),
    };
    builder.body(body(text)).map_err(|error| format!("it is no request of HTTP: {error}"))
}
