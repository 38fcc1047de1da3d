//! Chat completions: JSON of one kind, and `[DONE]` at the end.

use futures_util::StreamExt as _;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::{BoxError, QUESTION, print};

/// What we want of a chunk.
#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

/// Prints the answer.
pub(crate) async fn ask(client: &reqwest::Client, url: &str, key: &str, model: &str) -> Result<(), BoxError> {
    let body = format!(r#"{{"model":"{model}","stream":true,"messages":[{{"role":"user","content":"{QUESTION}"}}]}}"#);
    let request = client.post(url).bearer_auth(key).header(CONTENT_TYPE, "application/json").body(body);
    let mut chunks = tidings_client::events(request.send().await?).await?.json::<Chunk>(Some("[DONE]"));
    while let Some(chunk) = chunks.next().await {
        for choice in chunk?.choices {
            print(&choice.delta.content.unwrap_or_default())?;
        }
    }
    // A body that merely ends may have been cut off on its way.
    if chunks.is_done() { Ok(()) } else { Err("the answer broke off".into()) }
}
