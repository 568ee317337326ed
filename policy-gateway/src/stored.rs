//! Callers by the public id of a stored key, for whoever asks what a key may do without having it.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use policy_http::{StoredKey, Unavailable};
use policy_store::Store;

use crate::authorizer::StoredCallers;

impl StoredCallers for Store {
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<StoredKey>, Unavailable>> {
        async move { Ok(self.key(id).await?) }.boxed()
    }
}
