//! Tokens, which are good for a while.

use reqwest::{
    Client,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use tidings_client::HeadersError;
use tokio::sync::Mutex;

/// Asks for tokens, and keeps the last one for as long as it is good.
pub(crate) struct Tokens {
    client: Client,
    url: String,
    last: Mutex<Option<HeaderValue>>,
}

impl Tokens {
    pub(crate) fn new(client: Client, url: String) -> Self {
        Self { client, url, last: Mutex::new(None) }
    }

    /// The headers of the next attempt, with another token than before if that is no longer good.
    pub(crate) async fn headers(&self, expired: bool) -> Result<HeaderMap, HeadersError> {
        let mut last = self.last.lock().await;
        let token = match last.take().filter(|_| !expired) {
            Some(token) => token,
            None => self.fetch().await?,
        };
        *last = Some(token.clone());
        Ok(HeaderMap::from_iter([(AUTHORIZATION, token)]))
    }

    async fn fetch(&self) -> Result<HeaderValue, HeadersError> {
        let answer = self.client.get(&self.url).send().await?.error_for_status()?;
        Ok(format!("Bearer {}", answer.text().await?.trim()).try_into()?)
    }
}
