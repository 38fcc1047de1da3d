//! A client that reads nothing, and a source that always has the next event.

use std::{thread::sleep, time::Duration};

use serde_json::json;

use super::{Bar, Case, Limit, Outcome, Row};
use crate::{
    Error, Options, client,
    figures::Figures,
    kind::{Kind, Writer},
    server::Server,
    source::{ENCODED, Scenario},
};

/// The case.
pub const CASE: Case = Case {
    name: "stalled",
    about: "a client that reads nothing for 60 s, the source always ready; what is added in the second half of the time",
    measure,
};

/// How much the memory may move, in KiB: the system counts pages, some of which are only now written to.
const SLACK: f64 = 64.0;

fn measure(options: &Options) -> Result<Outcome, Error> {
    let seconds = if options.quick { 5 } else { 60 };
    // All at once: after the first second nobody should have anything to do.
    let mut stalled = Vec::new();
    for kind in Kind::ALL {
        let mut server = Server::start(kind, Scenario::Ready)?;
        let before = server.figures()?;
        stalled.push(Stalled { kind, connection: client::unread(server.port)?, server, figures: vec![before] });
    }
    for _ in 0..seconds {
        sleep(Duration::from_secs(1));
        for Stalled { server, figures, .. } in &mut stalled {
            figures.push(server.figures()?);
        }
    }
    let (mut bars, mut rows) = (Vec::new(), Vec::new());
    for stalled in &stalled {
        if stalled.last().produced == 0 {
            return Err(format!("{}: nothing was taken from the source", stalled.kind).into());
        }
        if stalled.kind.writer == Writer::Tidings {
            bars.extend(stalled.bars());
        }
        rows.push(stalled.row());
    }
    let columns = vec!["events", "KiB", "until, s", "later", "heap, KiB", "later, KiB", "private, KiB", "later, KiB"];
    Ok(Outcome { bars, columns, rows })
}

/// A server whose client reads nothing.
struct Stalled {
    kind: Kind,
    server: Server,
    #[expect(dead_code, reason = "it is there to be open")]
    connection: std::net::TcpStream,
    /// Before, and after each second.
    figures: Vec<Figures>,
}

impl Stalled {
    fn last(&self) -> Figures {
        self.figures[self.figures.len() - 1]
    }

    /// By how much a figure has become more since the time before this part of the seconds.
    fn growth(&self, figure: fn(&Figures) -> u64, from: usize) -> f64 {
        figure(&self.last()) as f64 - figure(&self.figures[from]) as f64
    }

    fn bars(&self) -> [Bar; 3] {
        let (kind, half) = (self.kind, self.figures.len() / 2);
        [
            ("events", self.growth(|figures| figures.produced, half), 0.0),
            ("heap, KiB", self.growth(|figures| figures.heap_bytes, half) / 1024.0, 0.0),
            ("private memory, KiB", self.growth(|figures| figures.private_bytes, half) / 1024.0, SLACK),
        ]
        .map(|(of, figure, most)| Bar { what: format!("{kind}, {of}"), figure, limit: Limit::AtMost(most) })
    }

    fn row(&self) -> Row {
        let half = self.figures.len() / 2;
        let produced = self.last().produced;
        let until = self.figures.iter().position(|figures| figures.produced == produced).unwrap_or_default();
        let kib = |figure: fn(&Figures) -> u64, from| format!("{:+.0}", self.growth(figure, from) / 1024.0);
        let series = |figure: fn(&Figures) -> u64| self.figures.iter().map(figure).collect::<Vec<_>>();
        Row {
            name: self.kind.name(),
            cells: vec![
                produced.to_string(),
                (produced * ENCODED.len() as u64 / 1024).to_string(),
                format!("≤ {until}"),
                format!("{:+.0}", self.growth(|figures| figures.produced, half)),
                kib(|figures| figures.heap_bytes, 0),
                kib(|figures| figures.heap_bytes, half),
                kib(|figures| figures.private_bytes, 0),
                kib(|figures| figures.private_bytes, half),
            ],
            json: json!({
                "events": series(|figures| figures.produced),
                "heap_bytes": series(|figures| figures.heap_bytes),
                "private_bytes": series(|figures| figures.private_bytes),
            }),
        }
    }
}
