//! How events are printed: as JSON lines, or for people.
//!
//! For people an event is one line, `type #id data`, or, if its data has several, one for each beneath. The ID is there where it is
//! another than before. What comes from the server cannot command the terminal: control characters are shown, not sent.

use std::{
    env,
    io::{self, IsTerminal as _, Write as _},
};

use anstyle::{AnsiColor, Style};
use tidings_codec::Event;

use super::Color;
use crate::{failure::Failure, json_line::JsonItem};

/// How much is gathered before it is written, unless it has to be out earlier.
const OUTPUT_BYTES: usize = 64 * 1024;
/// How much room is kept for it: one large event need not have its room for ever.
const KEPT_BYTES: usize = 1024 * 1024;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON lines, as they are.
    Json,
    /// JSON lines without any control character, which a terminal would obey.
    JsonForTerminal,
    /// For people, with colours or without.
    Text(Styles),
}

/// The colours. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Styles {
    event_type: Style,
    id: Style,
    comment: Style,
}

impl Styles {
    fn colored() -> Self {
        Self {
            event_type: AnsiColor::Cyan.on_default().bold(),
            id: AnsiColor::Yellow.on_default(),
            comment: Style::new().dimmed(),
        }
    }
}

impl Format {
    /// What fits the arguments and standard output.
    pub(super) fn choose(json: bool, color: Color) -> Self {
        let terminal = io::stdout().is_terminal();
        let colored = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && wants_colors(),
        };
        match (json, terminal) {
            (true, true) => Self::JsonForTerminal,
            (true, false) => Self::Json,
            (false, _) => Self::Text(if colored { Styles::colored() } else { Styles::default() }),
        }
    }
}

fn wants_colors() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Standard output.
pub(super) struct Output {
    format: Format,
    buffer: Vec<u8>,
    last_event_id: String,
}

impl Output {
    pub(super) fn new(format: Format) -> Self {
        Self { format, buffer: Vec::with_capacity(2 * OUTPUT_BYTES), last_event_id: String::new() }
    }

    /// Prints an event. It is written later, if there is not much of it.
    pub(super) fn event(&mut self, event: Event<'_>) -> Result<(), Failure> {
        match self.format {
            Format::Text(styles) => self.event_for_people(event, styles),
            _ => self.json(&JsonItem::Event {
                r#type: event.event_type,
                data: event.data,
                last_event_id: event.last_event_id,
            })?,
        }
        self.flush_if_much()
    }

    /// Prints a comment, likewise.
    pub(super) fn comment(&mut self, comment: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text(styles) => {
                self.styled(styles.comment, ": ", comment);
                self.buffer.push(b'\n');
            }
            _ => self.json(&JsonItem::Comment { comment })?,
        }
        self.flush_if_much()
    }

    fn json(&mut self, item: &JsonItem<'_>) -> Result<(), Failure> {
        let start = self.buffer.len();
        item.write_line(&mut self.buffer).map_err(Failure::Output)?;
        if self.format == Format::JsonForTerminal {
            let line = self.buffer.split_off(start);
            push_shown(&mut self.buffer, &String::from_utf8_lossy(&line[..line.len() - 1]), |control, buffer| {
                // All that JSON lets through, a DEL and those of C1, is below U+10000.
                let _ = write!(buffer, "\\u{:04x}", u32::from(control));
            });
            self.buffer.push(b'\n');
        }
        Ok(())
    }

    fn event_for_people(&mut self, event: Event<'_>, styles: Styles) {
        self.styled(styles.event_type, "", event.event_type);
        if event.last_event_id != self.last_event_id {
            event.last_event_id.clone_into(&mut self.last_event_id);
            self.buffer.push(b' ');
            self.styled(styles.id, "#", event.last_event_id);
        }
        let (separator, end) = if event.data.contains('\n') { ("\n  ", "\n") } else { (" ", "\n") };
        for line in event.data.split('\n') {
            self.buffer.extend_from_slice(separator.as_bytes());
            push_shown(&mut self.buffer, line, show);
        }
        self.buffer.extend_from_slice(end.as_bytes());
    }

    fn styled(&mut self, style: Style, before: &str, text: &str) {
        // A vector takes everything.
        let _ = write!(self.buffer, "{style}{before}");
        push_shown(&mut self.buffer, text, show);
        let _ = write!(self.buffer, "{style:#}");
    }

    fn flush_if_much(&mut self) -> Result<(), Failure> {
        if self.buffer.len() >= OUTPUT_BYTES { self.flush() } else { Ok(()) }
    }

    /// Whether everything is written.
    pub(super) fn is_flushed(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Writes what is not yet written.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.is_flushed() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&self.buffer).and_then(|()| stdout.flush());
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BYTES);
        written.map_err(Failure::Output)
    }
}

/// Adds text, with control characters as something else. A tab is left: it does nothing but what one expects.
fn push_shown(buffer: &mut Vec<u8>, text: &str, show: fn(char, &mut Vec<u8>)) {
    let mut rest = text;
    while let Some(at) = rest.find(|character: char| character.is_control() && character != '\t') {
        let (before, control) = rest.split_at(at);
        buffer.extend_from_slice(before.as_bytes());
        let mut characters = control.chars();
        characters.by_ref().take(1).for_each(|control| show(control, buffer));
        rest = characters.as_str();
    }
    buffer.extend_from_slice(rest.as_bytes());
}

/// As Rust writes it: `\u{1b}`.
fn show(control: char, buffer: &mut Vec<u8>) {
    let _ = write!(buffer, "{}", control.escape_default());
}

#[cfg(test)]
mod tests {
    use tidings_codec::{Decoder, Item};

    use super::*;

    /// What is printed of an event stream, and of a comment at its end.
    fn printed(format: Format, stream: &str) -> String {
        let mut output = Output::new(format);
        let mut decoder = Decoder::new();
        let mut items = decoder.feed(stream.as_bytes());
        while let Some(item) = items.next().expect("no event is that large") {
            let Item::Event(event) = item else { panic!("there are only events") };
            output.event(event).expect("it is not written yet");
        }
        output.comment("a\u{1b}b").expect("it is not written yet");
        String::from_utf8(output.buffer).expect("it is UTF-8")
    }

    #[test]
    fn for_people() {
        let stream = "data: hello\n\nevent: price\nid: 7\ndata: 21.5\ndata: 22\n\nevent: price\ndata\n\nid\ndata\ndata\n\n\
                      event: x\u{1b}[31m\nid: \u{8}\ndata: a\tb\u{9b}2J\u{7f}\n\n";
        assert_eq!(
            printed(Format::Text(Styles::default()), stream),
            "message hello\nprice #7\n  21.5\n  22\nprice \nmessage #\n  \n  \n\
             x\\u{1b}[31m #\\u{8} a\tb\\u{9b}2J\\u{7f}\n: a\\u{1b}b\n"
        );
        assert_eq!(
            printed(Format::Text(Styles::colored()), "event: price\nid: 7\ndata: 1\n\n"),
            "\u{1b}[1m\u{1b}[36mprice\u{1b}[0m \u{1b}[33m#7\u{1b}[0m 1\n\u{1b}[2m: a\\u{1b}b\u{1b}[0m\n"
        );
    }

    #[test]
    fn json_on_a_terminal_has_no_control_characters_and_is_the_same_json() {
        let stream = "event: t\nid: \u{85}\ndata: \u{1b}[2J\u{9b}2J\u{7f}\té\n\n";
        let (plain, shown) = (printed(Format::Json, stream), printed(Format::JsonForTerminal, stream));
        assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
        assert!(plain.contains('\u{9b}'), "{plain:?}");
        assert_eq!(plain.lines().count(), shown.lines().count());
        for (plain, shown) in plain.lines().zip(shown.lines()) {
            let [plain, shown] =
                [plain, shown].map(|line| serde_json::from_str::<serde_json::Value>(line).expect("it is JSON"));
            assert_eq!(plain, shown);
        }
    }
}
