//! `cargo run -p example-llm-client`
//!
//! Asks a question the way `OpenAI` wants it, then the way Anthropic does, and prints the answers while they come. With the first
//! argument `openai` or `anthropic`, and a URL as the second, it asks that service, with the key in `KEY` and the model in `MODEL`
//! (https needs `--features tls`). Without a URL it asks a small server of its own, which plays the files in `fixtures`; with
//! `overloaded` that one breaks off like a service that is overloaded.

#![forbid(unsafe_code)]

mod anthropic;
mod openai;
mod server;

use std::{
    env,
    error::Error,
    io::{self, Write as _},
};

/// What can go wrong: what is printed of it, and nothing else, is done with it.
type BoxError = Box<dyn Error + Send + Sync>;

const QUESTION: &str = "Why is the sky blue?";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let mut arguments = env::args().skip(1);
    let (service, url) = (arguments.next(), arguments.next());
    let client = tidings_client::client_builder()?.build()?;
    match service {
        None => {
            ask(&client, "openai", None).await?;
            ask(&client, "anthropic", None).await
        }
        Some(service) => ask(&client, &service, url).await,
    }
}

async fn ask(client: &reqwest::Client, service: &str, url: Option<String>) -> Result<(), BoxError> {
    let url = match url {
        Some(url) => url,
        None => server::start(service).await?,
    };
    let key = env::var("KEY").unwrap_or_default();
    let model = env::var("MODEL").unwrap_or_else(|_| "m".to_owned());
    match service {
        "openai" => openai::ask(client, &url, &key, &model).await?,
        _ => anthropic::ask(client, &url, &key, &model).await?,
    }
    println!();
    Ok(())
}

/// Prints a piece of the answer, at once.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
