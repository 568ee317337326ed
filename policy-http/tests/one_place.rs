//! What stands in one place of a request is one credential, however many schemes could have it there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod entry;
mod several;

use entry::decide;
use policy_core::{AuthenticationFailure as Failure, Principal};
use policy_http::{Authenticator, Credential, EnableAll, identify};
use several::{Api, Knows, at, parts};

/// `a:b`, as HTTP Basic has it.
const BASIC: &str = "Basic YTpi";

type Known = &'static [(&'static str, &'static str, &'static str)];

#[tokio::test]
async fn a_credential_that_is_valid_for_either_scheme_opens_and_one_of_two_callers_does_not() {
    let basic: Known = &[("Basic", "a:b", "ali")];
    let raw: Known =
        &[("Raw", "token t", "ali"), ("Raw", BASIC, "ali"), ("Raw", "Basic !", "ali"), ("Raw", "t", "ali")];
    let bearer: Known = &[("One", "t", "ali")];
    let authorization = |value| [("authorization", value)];
    for (template, headers, known, expected) in [
        // As Gitea documents it: Basic, or a key in `Authorization`.
        ("/basic-or-raw", authorization(BASIC), basic, Ok("ali")),
        ("/basic-or-raw", authorization(BASIC), raw, Ok("ali")),
        ("/basic-or-raw", authorization("token t"), raw, Ok("ali")),
        ("/basic-or-raw", authorization("t"), raw, Ok("ali")),
        ("/basic-or-raw", authorization("Basic !"), raw, Ok("ali")),
        ("/basic-or-raw", authorization("token t"), basic, Err(Failure::Invalid)),
        ("/basic-or-raw", authorization(BASIC), bearer, Err(Failure::Invalid)),
        ("/basic-or-raw", authorization("Basic !"), basic, Err(Failure::Invalid)),
        ("/one-or-raw", authorization("Bearer t"), bearer, Ok("ali")),
        ("/one-or-raw", authorization("Bearer t"), &[("Raw", "Bearer t", "ali")], Ok("ali")),
        ("/one-or-raw", authorization("Bearer t u"), &[("Raw", "Bearer t u", "ali")], Ok("ali")),
        ("/basic-or-digest", authorization(BASIC), basic, Ok("ali")),
        ("/basic-or-digest", authorization("Digest x=1"), &[("Digest", "x=1", "ali")], Ok("ali")),
        ("/basic-or-digest", authorization("Basic !"), basic, Err(Failure::Malformed)),
        ("/either-header", [("x-key", "k")], &[("InHeader", "k", "ali")], Ok("ali")),
        ("/either-header", [("x-key", "k")], &[("InHeaderToo", "k", "ali")], Ok("ali")),
        ("/either-header", [("x-key", "k")], &[], Err(Failure::Invalid)),
        ("/either-cookie", [("cookie", "session=k")], &[("InCookie", "k", "ali")], Ok("ali")),
        ("/either-cookie", [("cookie", "session=k")], &[("InCookieToo", "k", "ali")], Ok("ali")),
        // Accepted by both: once for the same caller, never for two.
        ("/basic-or-raw", authorization(BASIC), &[("Basic", "a:b", "ali"), ("Raw", BASIC, "ali")], Ok("ali")),
        (
            "/basic-or-raw",
            authorization(BASIC),
            &[("Basic", "a:b", "ali"), ("Raw", BASIC, "eve")],
            Err(Failure::Multiple),
        ),
        (
            "/either-header",
            [("x-key", "k")],
            &[("InHeader", "k", "ali"), ("InHeaderToo", "k", "eve")],
            Err(Failure::Multiple),
        ),
        // A reading that nobody can tell about hides no other that is good, and is no refusal where no other is.
        ("/basic-or-raw", authorization(BASIC), &[("Basic", "a:b", "ali"), ("Raw", BASIC, "!down")], Ok("ali")),
        ("/basic-or-raw", authorization(BASIC), &[("Raw", BASIC, "!down")], Err(Failure::Unavailable)),
        ("/either-header", [("x-key", "k")], &[("InHeaderToo", "k", "!expired")], Err(Failure::Expired)),
    ] {
        let request = parts("/", &headers);
        let found = identify(Some(at(template)), &request, &Knows(known)).await;
        let subject = found.as_ref().map(|caller| caller.as_ref().and_then(Principal::subject).unwrap());
        assert_eq!(subject.map_err(|failure| *failure), expected, "{template} {headers:?} {known:?}");
        let allowed = decide(at(template), &request, Knows(known), EnableAll).await;
        assert_eq!(allowed.is_ok(), expected.is_ok(), "{template} {headers:?} {known:?}");
    }
    for known in [("InQuery", "k", "ali"), ("InQueryToo", "k", "ali")] {
        let known = Knows(Box::leak(Box::new([known])));
        assert!(decide(at("/either-query"), &parts("/?api_key=k", &[]), known, EnableAll).await.is_ok());
        assert!(decide(at("/either-query"), &parts("/?api_key=l", &[]), known, EnableAll).await.is_err());
    }
}

#[tokio::test]
async fn a_credential_in_another_place_is_another_credential() {
    let known = Knows(&[("Basic", "a:b", "ali"), ("InHeader", "k", "ali"), ("InHeader", "l", "eve")]);
    let expect = async |template, headers: &[(&str, &str)], expected: Result<bool, Failure>| {
        let found = identify(Some(at(template)), &parts("/", headers), &known).await;
        assert_eq!(found.map(|caller| caller.is_some()), expected, "{template} {headers:?}");
    };
    let twice = [("authorization", BASIC), ("authorization", BASIC)];
    expect("/basic-or-raw", &twice, Err(Failure::Multiple)).await;
    expect("/either-header", &[("x-key", "k"), ("X-Key", "k")], Err(Failure::Multiple)).await;
    expect("/basic-or-header", &[("authorization", BASIC), ("x-key", "k")], Ok(true)).await;
    expect("/basic-or-header", &[("authorization", BASIC), ("x-key", "l")], Err(Failure::Multiple)).await;
    expect("/basic-or-header", &[("authorization", BASIC), ("x-key", "none")], Err(Failure::Invalid)).await;
    expect("/basic-or-header", &[("authorization", "Basic !"), ("x-key", "k")], Err(Failure::Malformed)).await;
}

/// Both schemes of an alternative are asked about one text: it counts for those that accept it, and for no other.
#[tokio::test]
async fn an_outage_is_told_where_its_answer_might_have_opened() {
    let one_down = Knows(&[("One", "t", "ali"), ("Two", "t", "!down")]);
    let token = parts("/", &[("authorization", "Bearer t")]);
    assert!(decide(at("/one-or-two"), &token, one_down, EnableAll).await.is_ok());
    let denial = decide(at("/one-and-two"), &token, one_down, EnableAll).await.unwrap_err();
    assert_eq!(denial.status(), 503);
}

/// Refuses the credential of each scheme for a reason of its own.
struct Refuses([Failure; 2]);

impl Authenticator<Api> for Refuses {
    async fn authenticate(&self, credential: &Credential<'_, Api>) -> Result<Principal<Api>, Failure> {
        let [one, other] = self.0;
        Err(if credential.scheme().name() == "InHeader" { one } else { other })
    }
}

/// Two schemes refuse what stands in one header. The answer tells the reason that says more, whichever scheme was asked first.
#[tokio::test]
async fn of_two_reasons_the_more_telling_one_is_told() {
    let rising = [
        Failure::Missing,
        Failure::Malformed,
        Failure::Invalid,
        Failure::Inactive,
        Failure::Expired,
        Failure::Revoked,
        Failure::Multiple,
        Failure::Unavailable,
    ];
    for (rank, one) in rising.into_iter().enumerate() {
        for (other_rank, other) in rising.into_iter().enumerate() {
            let told = if rank > other_rank { one } else { other };
            let presented = parts("/", &[("x-key", "k")]);
            let found = identify(Some(at("/either-header")), &presented, &Refuses([one, other])).await;
            assert_eq!(found.unwrap_err(), told, "{one:?} and {other:?}");
        }
    }
}
