//! The caller's account.

use reqwest::Method;

use crate::client::Client;
use crate::error::Result;
use crate::types::User;

impl Client {
    /// The account that is logged in.
    ///
    /// # Errors
    /// Those of [`Request::send_json`](crate::Request::send_json); [`ErrorKind::NotSignedIn`](crate::ErrorKind::NotSignedIn)
    /// before anything is sent.
    pub async fn profile(&self) -> Result<User> {
        self.request(Method::GET, &self.http().endpoints.profile)
            .signed_in()
            .send_json()
            .await
    }
}
