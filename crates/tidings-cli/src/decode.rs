//! `tidings decode`: an event stream in, JSON lines out.

use std::{
    io::{self, BufWriter, Read as _, Write},
    path::PathBuf,
};

use clap::{Args, value_parser};
use tidings_codec::{Decoder, DecoderOptions, EventId, InvalidName, Item, Items};

use crate::{failure::Failure, input::Input, json_line::JsonItem};

const EXAMPLES: &str = r#"Examples:
  $ curl -sN https://example.com/events | tidings decode
  {"type":"message","data":"hello","lastEventId":"1"}

  $ tidings decode --comments --retry events.txt
  {"comment":"keep-alive"}
  {"retry":3000}

Events come out as soon as they are complete. What the end of the stream leaves unfinished is dropped, as the standard says."#;

/// Prints the events of an event stream as JSON lines.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Read the stream in chunks of at most N bytes, 1 to 1 GiB. No chunk size changes what is printed
    #[arg(long, value_name = "N", default_value_t = 64 * 1024, value_parser = value_parser!(u32).range(1..=1024 * 1024 * 1024))]
    chunk: u32,

    /// Print comments too: {"comment":"…"}
    #[arg(long)]
    comments: bool,

    /// Print reconnection times too, in milliseconds: {"retry":3000}
    #[arg(long)]
    retry: bool,

    /// Fail at an event that takes more than N bytes
    #[arg(long, value_name = "N", default_value_t = DecoderOptions::DEFAULT_MAX_EVENT_BYTES)]
    max_event_bytes: usize,

    /// The last event ID to begin with: that of an earlier connection
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true, value_parser = event_id)]
    last_event_id: String,

    /// The event stream; standard input if absent or "-"
    file: Option<PathBuf>,
}

/// Decodes the input to its end.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut input = Input::open(arguments.file.as_deref())?;
    let mut output = BufWriter::with_capacity(OUTPUT_BYTES, io::stdout().lock());
    let mut decoder = Decoder::with_options(
        DecoderOptions::new()
            .max_event_bytes(arguments.max_event_bytes)
            .comments(arguments.comments)
            // It was checked with the other arguments.
            .last_event_id(EventId::new(&arguments.last_event_id).unwrap_or_default()),
    );
    let mut buffer = vec![0; arguments.chunk as usize];
    loop {
        let length = input.read(&mut buffer).map_err(|error| {
            let position = decoder.position();
            input.failure(format_args!("byte {position}: cannot read: {error}"))
        })?;
        if length == 0 {
            // An event that no empty line has dispatched is dropped (HTML 9.2.6), and nothing has to be said of it.
            return Ok(());
        }
        let printed = print_items(decoder.feed(&buffer[..length]), arguments.retry, &input, &mut output);
        // The next read may wait for long, or there is none: what was decoded has to be out before.
        output.flush().map_err(Failure::Output)?;
        printed?;
    }
}

/// Prints the items of one chunk.
fn print_items(
    mut items: Items<'_, '_>,
    reconnection_times: bool,
    input: &Input,
    output: &mut impl Write,
) -> Result<(), Failure> {
    while let Some(item) = items.next().map_err(|error| input.failure(error))? {
        let item = match item {
            Item::Event(event) => {
                JsonItem::Event { r#type: event.event_type, data: event.data, last_event_id: event.last_event_id }
            }
            // The decoder reads no more milliseconds than a `u64` holds.
            Item::ReconnectionTime(time) if reconnection_times => {
                JsonItem::ReconnectionTime { retry: u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }
            }
            Item::Comment(comment) => JsonItem::Comment { comment },
            _ => continue,
        };
        item.write_line(output).map_err(Failure::Output)?;
    }
    Ok(())
}

/// Reads the argument that is an ID.
pub(crate) fn event_id(text: &str) -> Result<String, InvalidName> {
    EventId::new(text).map(|id| id.to_string())
}

/// How much output is gathered before it is written, unless it has to be out earlier.
const OUTPUT_BYTES: usize = 64 * 1024;
