//! `sse-codec`: a codec of `futures_codec`, with the copy into the buffer that its `FramedRead` makes.

use futures_codec::{BytesMut, Decoder as _};
use sse_codec::{Event, SSECodec};

use super::{Engine, Tally};
use crate::feed::Feed;
use crate::measure::Error;

pub const ENGINE: Engine = Engine::peer("sse-codec 0.3.3", run);

fn run(feed: Feed) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut codec = SSECodec::default();
    let mut buffer = BytesMut::new();
    for chunk in feed {
        buffer.extend_from_slice(&chunk);
        while let Some(event) = codec.decode(&mut buffer)? {
            if let Event::Message { data, .. } = &event {
                tally.add(&event, data);
            }
        }
    }
    Ok(tally)
}
