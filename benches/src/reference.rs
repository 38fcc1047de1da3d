//! A decoder of a few lines that what the encoders wrote is checked with. It knows no BOM, no CR alone and no chunks.

use crate::corpora::Event;

/// The events of a whole stream; `event_type` and `id` are those of the event's own fields.
pub fn decode(stream: &[u8]) -> Vec<Event> {
    let text = String::from_utf8_lossy(stream);
    let (mut events, mut event, mut data) = (Vec::new(), Event::default(), None::<String>);
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            _ if line.is_empty() => {
                let mut event = std::mem::take(&mut event);
                if let Some(data) = data.take() {
                    event.data = data;
                    events.push(event);
                }
            }
            "event" => event.event_type = Some(value.to_owned()),
            "id" => event.id = Some(value.to_owned()),
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            _ => {}
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_fields_and_joins_data() {
        let events = decode(b": hi\nevent: a\nid: 7\ndata: x\ndata:y\n\nid: 8\n\ndata\r\n\r\ndata: cut");
        let event = |event_type: Option<&str>, id: Option<&str>, data: &str| Event {
            event_type: event_type.map(Into::into),
            id: id.map(Into::into),
            data: data.into(),
        };
        assert_eq!(events, [event(Some("a"), Some("7"), "x\ny"), event(None, None, "")]);
    }
}
