//! From a plan to a report, whoever sends the requests.

use policy_spec::Engine;

use super::answer::Answer;
use super::case::Case;
use super::credentials::Credentials;
use super::judge::Refusals;
use super::plan::{Options, Plan, is_called};
use super::report::Report;
use super::request::Request;

/// The matrix of one document: its requests, and the judge of their answers.
///
/// Between [`prepare`](Self::prepare) and [`finish`](Self::finish) somebody sends the requests, by whatever means.
#[derive(Debug)]
pub struct Run {
    engine: Engine,
    options: Options,
    plan: Plan,
    refusals: Refusals,
    bodies: Vec<(String, String, String)>,
    /// Statuses that show that the handler ran, where the document lets the caller in.
    pub(crate) reached: Vec<u16>,
}

/// A case with its request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// Its request, or why there is none.
    pub request: Result<Request, String>,
}

impl Run {
    /// The matrix of a document, by the engine that was made of it.
    #[must_use]
    pub fn new(engine: Engine, options: Options, refusals: Refusals) -> Self {
        let plan = Plan::new(&engine, &options);
        Self { engine, options, plan, refusals, bodies: Vec::new(), reached: Vec::new() }
    }

    /// With a body for the allowed requests of an operation: its key, such as `POST /files`, the media type and the text.
    #[must_use]
    pub fn with_body(mut self, key: &str, media: &str, body: &str) -> Self {
        self.bodies.push((key.to_owned(), media.to_owned(), body.to_owned()));
        self
    }

    /// The requests.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The document, as it is decided by.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The names among [`Options::only`] that no operation has.
    #[must_use]
    pub fn unknown_operations(&self) -> Vec<&str> {
        let known = |key: &str| self.engine.served().operations.iter().any(|operation| is_called(operation, key));
        self.options.only.iter().map(String::as_str).filter(|key| !known(key)).collect()
    }

    /// The names among [`Options::parameters`] that no operation has.
    #[must_use]
    pub fn unknown_parameters(&self) -> Vec<&str> {
        let known = |name: &str| {
            self.engine.served().operations.iter().any(|operation| {
                operation.path.contains(&format!("{{{name}}}")) || operation.query.names.iter().any(|own| own == name)
            })
        };
        self.options.parameters.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name)).collect()
    }

    /// The requests with their credentials.
    pub fn prepare(&self, credentials: &dyn Credentials) -> Vec<Prepared> {
        let request = |case: &Case| {
            let mut request = Request::of(&self.engine, case, credentials)?;
            let operation = self.engine.served().operations.get(case.operation);
            let own = self.bodies.iter().find(|(key, ..)| operation.is_some_and(|operation| is_called(operation, key)));
            if let Some((_, media, body)) = own.filter(|_| case.check.is_plain()) {
                request.body = Some((media.clone(), body.clone()));
            }
            Ok(request)
        };
        let cases = self.plan.cases.iter();
        cases.map(|case| Prepared { case: case.clone(), request: request(case) }).collect()
    }

    /// What the answers prove. There is one for each request, in the same order; `Err` says why there is none.
    #[must_use]
    pub fn finish(&self, prepared: Vec<Prepared>, answers: Vec<Result<Answer, String>>) -> Report {
        let mut answers = answers.into_iter();
        let answered = prepared.iter().map(|one| {
            let answer = answers.next().unwrap_or_else(|| Err("it was not asked".to_owned()));
            let is_reached = |status| one.case.expected.is_allowed() && self.reached.contains(&status);
            let answer =
                answer.map(|answer| if is_reached(answer.status) { answer.with_reached(true) } else { answer });
            match &one.request {
                Ok(request) => (request.caller.clone(), answer),
                Err(why) => (one.case.caller.clone(), Err(why.clone())),
            }
        });
        let answered = answered.collect();
        let requests = prepared.into_iter().map(|one| (one.case, one.request.ok())).collect();
        let mut report = Report::new(&self.engine, requests, answered, self.refusals.clone());
        report.left_out.clone_from(&self.plan.left_out);
        let operations = self.engine.served().operations.iter().enumerate();
        let named = operations.filter(|(_, operation)| self.options.only.iter().any(|key| is_called(operation, key)));
        report.only = named.map(|(index, _)| index).collect();
        report
    }
}
