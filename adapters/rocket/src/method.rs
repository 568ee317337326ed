//! rocket's `_method`: a form that begins with `_method=DELETE` is routed as DELETE, though it was sent with POST.

use rocket::form::Form;
use rocket::http::Method;
use rocket::{Data, Request};

/// How far rocket looks into a body.
const LOOKED_AT: usize = "_method=delete".len();

/// Whether rocket may have taken the request's method from its body.
///
/// It makes other methods of POST alone and says nothing of it, so that a request which was sent with this method and this body
/// looks the same. Both are refused: what is decided by is the method on the wire. The content type does not count, as
/// a fairing may have changed it since.
pub(crate) async fn may_be_rewritten(request: &Request<'_>, data: &mut Data<'_>) -> bool {
    if request.method() == Method::Post {
        return false;
    }
    // rocket has read these bytes and keeps them.
    let start = data.peek(LOOKED_AT).await;
    str::from_utf8(start).is_ok_and(|form| Form::values(form).next().is_some_and(|field| field.name == "_method"))
}
