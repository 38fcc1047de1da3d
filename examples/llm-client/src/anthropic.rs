//! Messages: events of several types, one of which is the end, and one an error.

use futures_util::StreamExt as _;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::{BoxError, QUESTION, print};

/// The data of the events that we want, which have their type in the data as well. There may be others at any time.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Data {
    ContentBlockDelta {
        delta: Delta,
    },
    Error {
        error: ApiError,
    },
    MessageStop,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Delta {
    text: Option<String>,
}

#[derive(Deserialize)]
struct ApiError {
    r#type: String,
    message: String,
}

/// Prints the answer.
pub(crate) async fn ask(client: &reqwest::Client, url: &str, key: &str, model: &str) -> Result<(), BoxError> {
    let messages = format!(r#"[{{"role":"user","content":"{QUESTION}"}}]"#);
    let body = format!(r#"{{"model":"{model}","max_tokens":1024,"stream":true,"messages":{messages}}}"#);
    let request = client.post(url).header("x-api-key", key).header("anthropic-version", "2023-06-01");
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    let mut events = tidings_client::events(request.send().await?).await?;
    while let Some(event) = events.next().await {
        match event?.json()? {
            Data::ContentBlockDelta { delta } => print(&delta.text.unwrap_or_default())?,
            Data::MessageStop => return Ok(()),
            // The status was 200 long ago: this is the only way to say it.
            Data::Error { error } => return Err(format!("{}: {}", error.r#type, error.message).into()),
            Data::Other => {}
        }
    }
    Err("the answer broke off".into())
}
