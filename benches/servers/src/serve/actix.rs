//! actix-web, and actix-web-lab.

use std::{borrow::Cow, convert::Infallible, net::TcpListener, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    rt::System,
    web::{self, Path},
};
use actix_web_lab::sse;
use futures_util::StreamExt as _;
use tidings_actix::EventStream;

use super::encoded;
use crate::{Error, kind::Writer, source::Scenario};

/// Serves.
pub fn serve(writer: Writer, scenario: Scenario, listener: TcpListener) -> Result<(), Error> {
    System::new().block_on(async {
        let app = move || {
            let route = match writer {
                Writer::Bare => web::get().to(move |count: Path<u64>| async move {
                    let mut response = HttpResponse::Ok();
                    response.content_type("text/event-stream").streaming(encoded::bare(scenario, *count))
                }),
                Writer::Peer => web::get().to(move |count: Path<u64>| async move {
                    let events = scenario.source(*count).map(|text| {
                        Ok::<_, Infallible>(sse::Event::Data(match text {
                            Cow::Borrowed(text) => sse::Data::new(text),
                            Cow::Owned(text) => sse::Data::new(text),
                        }))
                    });
                    sse::Sse::from_stream(events).with_keep_alive(Duration::from_secs(15))
                }),
                Writer::Tidings => web::get().to(move |count: Path<u64>| async move {
                    EventStream::new(encoded::events(scenario, *count)) //
                }),
            };
            App::new().route("/{count}", route)
        };
        Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run().await?)
    })
}
