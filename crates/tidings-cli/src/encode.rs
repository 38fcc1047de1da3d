//! `tidings encode`: JSON lines in, an event stream out.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use tidings_codec::{EventId, EventType, Frame};

use crate::{failure::Failure, input::Input, json_line::JsonLine};

const EXAMPLES: &str = r#"Examples:
  $ echo '{"data":"hello"}' | tidings encode
  data: hello

  $ echo '{"type":"price","data":"21.5","id":"7"}' | tidings encode
  event: price
  id: 7
  data: 21.5

Each line is a JSON object, of the shape that `tidings decode` prints:
  {"type":"…","data":"…","lastEventId":"…"}  an event. The type is "message" if absent. The ID may be called
                                             "id", and is written where it differs from the one before
  {"retry":3000}                             a reconnection time, in milliseconds
  {"comment":"…"}                            a comment
A line may have all of these: the comment comes first, then the reconnection time, then the event.
Empty lines are skipped. Another key, or a type or ID that cannot be written on one line, is an error."#;

/// Writes JSON lines as an event stream: the inverse of `decode`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Fail at a line of more than N bytes, its line end not counted
    #[arg(long, value_name = "N", default_value_t = DEFAULT_MAX_LINE_BYTES)]
    max_line_bytes: usize,

    /// The JSON lines; standard input if absent or "-"
    file: Option<PathBuf>,
}

/// Encodes the input to its end.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(INPUT_BYTES, Input::open(arguments.file.as_deref())?);
    let mut output = BufWriter::with_capacity(OUTPUT_BYTES, io::stdout().lock());
    let encoded = encode_lines(&mut input, arguments.max_line_bytes, &mut output);
    // Also what came before a line at fault; dropping the writer would do the same, but lose the error.
    output.flush().map_err(Failure::Output)?;
    encoded
}

/// Encodes line after line.
fn encode_lines(input: &mut BufReader<Input>, max_line_bytes: usize, output: &mut impl Write) -> Result<(), Failure> {
    let mut encoder = Encoder::default();
    let mut buffer = Vec::new();
    for number in 1_u64.. {
        // The next line has to be waited for, perhaps for long: what was encoded has to be out before.
        if !input.buffer().contains(&b'\n') {
            output.flush().map_err(Failure::Output)?;
        }
        let line = match read_line(input, max_line_bytes, &mut buffer) {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(message) => return Err(input.get_ref().failure(format_args!("line {number}: {message}"))),
        };
        if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
            continue;
        }
        let fails = |message| input.get_ref().failure(format_args!("line {number}: {message}"));
        let line = JsonLine::parse(line).map_err(|error| fails(json_message(&error)))?;
        let frame = encoder.frame(&line).map_err(fails)?;
        write_frame(&frame, output).map_err(Failure::Output)?;
    }
    Ok(())
}

/// Reads a line into `buffer`, and returns it without its line end. `None` at the end of the input.
fn read_line<'b>(
    input: &mut impl BufRead,
    max_line_bytes: usize,
    buffer: &'b mut Vec<u8>,
) -> Result<Option<&'b [u8]>, String> {
    buffer.clear();
    // One byte more, for the line end.
    let mut limited = input.take((max_line_bytes as u64).saturating_add(1));
    limited.read_until(b'\n', buffer).map_err(|error| format!("cannot read: {error}"))?;
    match buffer.strip_suffix(b"\n") {
        Some(line) => Ok(Some(line)),
        None if buffer.len() > max_line_bytes => Err(format!("longer than the limit of {max_line_bytes} bytes")),
        None => Ok((!buffer.is_empty()).then_some(buffer)),
    }
}

/// Writes a frame without putting it together first.
fn write_frame(frame: &Frame<'_>, output: &mut impl Write) -> io::Result<()> {
    let mut result = Ok(());
    frame.for_each_slice(|slice| {
        if result.is_ok() {
            result = output.write_all(slice);
        }
    });
    result
}

/// What has to be known of earlier lines.
#[derive(Default)]
struct Encoder {
    /// The last event ID of a client that has read everything so far.
    last_event_id: String,
}

impl Encoder {
    /// The frame that says what a line of JSON says, or a message on what is wrong with the line.
    fn frame<'l>(&mut self, line: &'l JsonLine<'_>) -> Result<Frame<'l>, String> {
        let mut frame = Frame::new();
        match &line.data {
            Some(data) => frame = frame.data(data),
            None if line.event_type.is_some() || line.last_event_id.is_some() => {
                return Err("an event without `data`".to_owned());
            }
            None if line.retry.is_none() && line.comment.is_none() => {
                return Err("neither `data` nor `retry` nor `comment`".to_owned());
            }
            None => {}
        }
        if let Some(event_type) = line.event_type.as_deref().filter(|event_type| !is_default(event_type)) {
            frame = frame.event_type(EventType::new(event_type).map_err(|error| format!("the type: {error}"))?);
        }
        // A client keeps the last event ID until there is another, so it is not repeated.
        if let Some(id) = line.last_event_id.as_deref().filter(|id| *id != self.last_event_id) {
            frame = frame.id(EventId::new(id).map_err(|error| format!("the ID: {error}"))?);
            id.clone_into(&mut self.last_event_id);
        }
        if let Some(retry) = line.retry {
            frame = frame.retry(Duration::from_millis(retry));
        }
        if let Some(comment) = &line.comment {
            frame = frame.comment(comment);
        }
        Ok(frame)
    }
}

/// Whether an event has this type without an `event` field.
fn is_default(event_type: &str) -> bool {
    matches!(event_type, "" | "message")
}

/// What is wrong with the JSON, and where in its line.
fn json_message(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    // It ends in the position, as a line, which is always 1 here, and a column.
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.truncate(message.strip_suffix(&position).map_or(message.len(), str::len));
    // It may quote what was found, however long that is.
    if message.len() > MAX_MESSAGE_BYTES {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
        message.push('…');
    }
    if error.is_syntax() || error.is_eof() {
        message.insert_str(0, "invalid JSON: ");
    }
    // Columns are bytes, counted from 1; at 0 nothing was read yet.
    match error.column() {
        0 => message,
        column => format!("{message} (at byte {column} of the line)"),
    }
}

/// The default of `--max-line-bytes`: enough for what `tidings decode` prints with its own default limit, unless an event has
/// more than 8 MiB of control characters, which take six bytes each in JSON.
const DEFAULT_MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// How much of a message from the JSON reader is shown.
const MAX_MESSAGE_BYTES: usize = 300;

/// How much input is read at once, if there is so much.
const INPUT_BYTES: usize = 64 * 1024;

/// How much output is gathered before it is written, unless it has to be out earlier.
const OUTPUT_BYTES: usize = 64 * 1024;
