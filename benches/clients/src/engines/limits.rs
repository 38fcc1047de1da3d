//! reqwest without anything on it.

use futures_util::TryStreamExt as _;

use super::{Engine, Role};

pub const BYTES_STREAM: Engine = Engine {
    name: "reqwest, bytes_stream()",
    role: Role::Limit,
    run: |clients, url, mut sink| {
        Box::pin(async move {
            let mut chunks = std::pin::pin!(clients.get(url).await?.bytes_stream());
            while let Some(chunk) = chunks.try_next().await? {
                sink.chunk(&chunk)?;
            }
            Ok(sink)
        })
    },
};

pub const CHUNK: Engine = Engine {
    name: "reqwest, chunk()",
    role: Role::Limit,
    run: |clients, url, mut sink| {
        Box::pin(async move {
            let mut response = clients.get(url).await?;
            while let Some(chunk) = response.chunk().await? {
                sink.chunk(&chunk)?;
            }
            Ok(sink)
        })
    },
};
