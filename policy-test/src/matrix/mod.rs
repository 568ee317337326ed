//! The matrix of a document: every kind of request that its policy denies, and those that it allows, sent to the service.
//!
//! The requests are made of the document alone, and what must come of each is what [`policy_spec::Engine`] decides. [`matrix`] is the way
//! in for tests. `cargo policy verify` makes the same requests and judges by the same code.
//!
//! ```
//! # use policy_test::{Held, KnownCredentials};
//! # async fn test() -> Result<(), Box<dyn std::error::Error>> {
//! # let service = tower_service_stub();
//! // #[tokio::test]
//! let report = policy_test::matrix("openapi.yaml")
//!     .credentials(|wanted: &policy_test::Wanted<'_>| Some(format!("test~{}", wanted.scopes.join("~"))))
//!     .service(service)
//!     .await?;
//! report.assert();
//! // insta::assert_snapshot!(report.who_got_where());
//! # Ok(()) }
//! # #[derive(Clone)] struct Stub;
//! # impl tower_service::Service<http::Request<policy_test::Body>> for Stub {
//! #     type Response = http::Response<String>; type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Self::Response, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> { std::task::Poll::Ready(Ok(())) }
//! #     fn call(&mut self, _: http::Request<policy_test::Body>) -> Self::Future { std::future::ready(Ok(http::Response::default())) }
//! # }
//! # fn tower_service_stub() -> Stub { Stub }
//! ```
//!
//! | part | what it does |
//! |---|---|
//! | [`Plan`] | makes the [`Case`]s of a document |
//! | [`Credentials`] | find a credential for each caller |
//! | [`Run`] | makes requests of cases, and a [`Report`] of their answers |
//! | [`Matrix`] | all of it for a test: over a `tower` service, a function, or (feature `matrix-url`) a base URL |

#[cfg(feature = "matrix-url")]
mod address;
mod answer;
mod caller;
mod case;
mod certificate;
mod coverage;
mod credentials;
mod expected;
mod in_process;
mod judge;
mod outcome;
mod parameters;
mod plan;
mod report;
mod request;
mod run;
mod test;
#[cfg(feature = "matrix-url")]
mod url;
mod variants;
#[cfg(feature = "matrix-url")]
mod wire;

#[cfg(feature = "matrix-url")]
pub use address::{Address, AddressError};
pub use answer::Answer;
pub use caller::Caller;
pub use case::{Case, Check};
pub use coverage::Gap;
pub use credentials::{Credentials, Held, KnownCredentials, Wanted};
pub use expected::Expected;
pub use in_process::Body;
pub use judge::Refusals;
pub use outcome::{Fault, Outcome};
pub use plan::{Options, Plan};
pub use report::{Counts, Judged, Operation, Report};
pub use request::Request;
pub use run::{Prepared, Run};
pub use test::{Matrix, MatrixError, matrix};
#[cfg(feature = "matrix-url")]
pub use url::{Client, Pace};
