//! The time at which an event was sent, if its data tells.

use serde_json::{Map, Value};

/// What servers call it.
const KEYS: [&str; 9] = ["at", "time", "timestamp", "ts", "now", "date", "created_at", "createdAt", "sentAt"];

/// Times are believed between 2001 and 2096: in seconds, milliseconds, microseconds or nanoseconds these do not overlap.
const SECONDS: std::ops::Range<f64> = 1e9..4e9;

/// The time, in milliseconds since 1970: the data itself, or what its JSON has under one of the usual keys.
pub(super) fn find(data: &[u8]) -> Option<i64> {
    let text = str::from_utf8(data).ok()?.trim();
    if text.starts_with('{') {
        let object: Map<String, Value> = serde_json::from_str(text).ok()?;
        return KEYS.iter().find_map(|key| of_value(object.get(*key)?));
    }
    of_text(text)
}

fn of_value(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => of_number(number.as_f64()?),
        Value::String(text) => of_text(text),
        _ => None,
    }
}

fn of_text(text: &str) -> Option<i64> {
    rfc3339(text.as_bytes()).or_else(|| of_number(text.parse().ok()?))
}

fn of_number(number: f64) -> Option<i64> {
    let scale = [1.0, 1e3, 1e6, 1e9].into_iter().find(|scale| SECONDS.contains(&(number / scale)))?;
    Some((number / scale * 1e3) as i64)
}

/// RFC 3339 as programs write it: `2026-11-21T13:05:53.5Z`, with a space for the T too, and with any offset.
fn rfc3339(text: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then_some(())?;
        str::from_utf8(digits).ok()?.parse().ok()
    };
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let shaped = separators.iter().all(|(index, byte)| text.get(*index) == Some(byte));
    if !shaped || !matches!(text.get(10)?, b'T' | b't' | b' ') {
        return None;
    }
    let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = (days * 24 + number(11, 13)?) * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let rest = &text[19..];
    let digits = rest.strip_prefix(b".").map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let thousandths = number(20, 20 + digits.min(3)).unwrap_or(0) * [1, 100, 10, 1][digits.min(3)];
    let zone = 19 + if digits == 0 { 0 } else { digits + 1 };
    let minutes = match *text.get(zone)? {
        b'Z' | b'z' => 0,
        sign @ (b'+' | b'-') => {
            let minutes = number(zone + 1, zone + 3)? * 60 + number(zone + 4, zone + 6)?;
            if sign == b'+' { minutes } else { -minutes }
        }
        _ => return None,
    };
    Some((seconds - minutes * 60) * 1000 + thousandths)
}

/// Days from 1970 to a day of the Gregorian calendar. Years are counted from March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_servers_write_them() {
        const TIME: Option<i64> = Some(1_795_266_353_500);
        for (data, expected) in [
            (r#"{"at":1795266353500}"#, TIME),
            (r#"{"x":1,"ts":1795266353.5}"#, TIME),
            (r#"{"time":1795266353500000}"#, TIME),
            (r#"{"time":1795266353500000000}"#, TIME),
            (r#"{"date":"2026-11-21T13:05:53.5Z"}"#, TIME),
            ("2026-11-21T13:05:53.500Z", TIME),
            ("2026-11-21 14:05:53.500123+01:00", TIME),
            ("2026-11-21T08:35:53.50-04:30", TIME),
            ("1795266353500", TIME),
            ("2000-02-29T00:00:00Z", Some(951_782_400_000)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-11-21", None),
            ("2026-11-21T13:05:53", None),
            ("2026-11-21T13:05:5\u{E9}Z", None),
            (r#"{"at":7}"#, None),
            (r#"{"at":null}"#, None),
            (r#"{"at":17"#, None),
            ("7", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(find(data.as_bytes()), expected, "{data}");
        }
        assert_eq!(find(b"\xFF"), None);
    }
}
