//! rocket's `_method`: a form that begins with `_method=DELETE` is routed as DELETE, though it was sent with POST.

use rocket::form::Form;
use rocket::http::Method;
use rocket::{Data, Request};

/// How far rocket looks into a body.
const LOOKED_AT: usize = "_method=delete".len();

/// Whether rocket may have taken the request's method from its body.
///
/// rocket changes only POST, and does not record that. So a request that really was sent with this method and this body looks the same,
/// and both are refused. The content type is not looked at, since a fairing may have changed it.
pub(crate) async fn may_be_rewritten(request: &Request<'_>, data: &mut Data<'_>) -> bool {
    if request.method() == Method::Post {
        return false;
    }
    // rocket has read these bytes already.
    let start = data.peek(LOOKED_AT).await;
    str::from_utf8(start).is_ok_and(|form| Form::values(form).next().is_some_and(|field| field.name == "_method"))
}
