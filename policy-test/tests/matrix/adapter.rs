//! The matrix over a service that an adapter guards: the requests and what is due are made of the document alone, and the guard agrees.

use std::convert::identity;

use conformance::enablement_first::{POLICY, operations};
use http::Response;
use policy_core::{Operation, Permit};
use policy_http::EnableAll;
use policy_test::Wanted;

async fn ran<O: Operation>(_: Permit<O>) -> Response<String> {
    Response::new("ran".to_owned())
}

#[tokio::test]
async fn an_adapter_s_service_does_what_its_document_says() {
    let guard = policy_hyper::guard(&POLICY, conformance::Keys, EnableAll, identity::<String>);
    let guard = guard.handlers(|mount| {
        macro_rules! plain {
            ($(($operation:ident $function:ident))*) => { mount$(.handler(ran::<operations::$operation>))* };
        }
        let mount = conformance::plain_operations!(plain);
        let mount = mount.handler(ran::<operations::CreateItem>).handler(ran::<operations::GetLater>);
        mount.handler(ran::<operations::GetStream>).handler(ran::<operations::GetEndless>)
    });
    let service = guard.try_service(()).unwrap();
    let key = |wanted: &Wanted<'_>| Some(format!("ali~{}", wanted.scopes.join("~").replace(':', ".")));
    let report = policy_test::matrix("../conformance/openapi.yaml")
        .configuration("../conformance/policy.toml")
        .credentials(key)
        .service(service)
        .await
        .unwrap();
    assert!(report.failures().is_empty(), "{report}");
    assert_eq!(report.gaps(), [], "{report}");
    assert!(report.counts().passed > 500, "{report}");
    report.assert();
}
