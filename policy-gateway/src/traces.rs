//! Traces of decisions, by OpenTelemetry's conventions for HTTP, sent to a collector by OTLP.
//!
//! Each decision is one span of the kind *internal*, below the span that the proxy tells of by `traceparent`. It has the route and never
//! the path, as all that the gateway writes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use policy_http::Verdict;
use policy_http::run_time::{Decision, DecisionLog};
use tokio::runtime::Handle;

use crate::configuration::Traces as Said;

/// How long a collector may take.
const WITHIN: Duration = Duration::from_secs(10);
/// More than a collector answers.
const MOST_BYTES: usize = 1 << 20;

tokio::task_local! {
    /// The span of the proxy, while a decision is being made.
    static PARENT: Context;
}

/// Sends a trace of each decision.
#[derive(Clone, Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: Arc<TraceContextPropagator>,
}

impl Traces {
    /// Traces that are sent where the configuration says. Called within tokio's runtime.
    ///
    /// # Errors
    /// There is no cryptography, or the address is none.
    pub fn new(said: &Said) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
        let client =
            Collector { client: Client::builder(TokioExecutor::new()).build(connector), runtime: Handle::current() };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(said.endpoint.value.clone())
            .with_timeout(WITHIN)
            .build()?;
        #[expect(clippy::cast_precision_loss, reason = "a number of at most 100")]
        let share = said.percent as f64 / 100.0;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
            .with_resource(Resource::builder().with_service_name(said.service.clone()).build())
            .build();
        let tracer = provider.tracer("policy-gateway");
        Ok(Self { provider, tracer, propagator: Arc::new(TraceContextPropagator::new()) })
    }

    /// Decides below the span that the request's headers tell of.
    pub async fn below<F: Future>(&self, headers: &HeaderMap, decide: F) -> F::Output {
        // Without a parent of its own, a decision must not become a part of whatever the thread did before.
        let parent = self.propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        PARENT.scope(parent, decide).await
    }

    /// Sends what waits, and ends. It blocks the thread for ten seconds at most.
    pub fn end(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(WITHIN) {
            tracing::warn!(target: "policy_gateway", %error, "the last traces could not be sent");
        }
    }
}

impl DecisionLog for Traces {
    fn record(&self, decision: &Decision<'_>) {
        let parent = PARENT.try_with(Clone::clone).unwrap_or_default();
        let operation = decision.operation().map(|found| (found.method(), found.template()));
        let name = match operation {
            Some((method, route)) => format!("decide {method} {route}"),
            None => "decide".to_owned(),
        };
        let started =
            decision.latency().and_then(|latency| decision.time().checked_sub(latency)).unwrap_or(decision.time());
        let mut span = self
            .tracer
            .span_builder(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(started)
            .start_with_context(&self.tracer, &parent);
        if span.is_recording() {
            let texts = [
                ("http.request.method", operation.map(|(method, _)| method.to_owned())),
                ("http.route", operation.map(|(_, route)| route.to_owned())),
                ("policy.name", decision.document().map(str::to_owned)),
                ("policy.fingerprint", Some(decision.fingerprint().to_owned())),
                ("policy.decision", Some(decision.verdict().as_str().to_owned())),
                ("policy.stage", decision.stage().map(|stage| stage.as_str().to_owned())),
                ("policy.reason", decision.reason_code().map(str::to_owned)),
            ];
            for (key, value) in texts.into_iter().filter_map(|(key, value)| Some((key, value?))) {
                span.set_attribute(KeyValue::new(key, value));
            }
            if decision.verdict() == Verdict::Deny
                && let Some(status) = decision.status()
            {
                span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
                // A denial is an answer. What the gateway could not decide is an error (the conventions' rule for servers).
                if status >= 500 {
                    span.set_status(Status::error("the decision could not be made"));
                }
            }
        }
        span.end_with_timestamp(decision.time());
    }

    fn measures(&self) -> bool {
        true
    }
}

/// The client that asks the collector. The exporter has a thread of its own, without the runtime that connections need.
#[derive(Debug)]
struct Collector {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let ask = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, MOST_BYTES).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(head, body))
        };
        self.runtime.spawn(async move { tokio::time::timeout(WITHIN, ask).await? }).await?
    }
}
