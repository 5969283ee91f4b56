//! The caller's account.

use crate::client::Client;
use crate::endpoints::Resource;
use crate::error::Result;
use crate::types::User;

impl Client {
    /// The account that is logged in.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json); [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn)
    /// before anything is sent.
    pub async fn profile(&self) -> Result<User> {
        self.get(&self.http().endpoints.path(Resource::Profile))
            .signed_in()
            .send_json()
            .await
    }
}
