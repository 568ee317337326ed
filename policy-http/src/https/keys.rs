//! An issuer's key set at a configured address.

use super::HttpsClient;
use super::address::Address;
use crate::jwt::KeySource;
use crate::unavailable::Unavailable;

/// The key set at an address ([`HttpsClient::keys`]).
#[derive(Clone, Debug)]
pub struct HttpsKeys {
    client: HttpsClient,
    address: Address,
}

impl HttpsKeys {
    pub(super) fn new(client: HttpsClient, address: Address) -> Self {
        Self { client, address }
    }
}

impl KeySource for HttpsKeys {
    async fn fetch(&self) -> Result<String, Unavailable> {
        Ok(self.client.ask(&self.address, None).await?)
    }
}
