//! The routes with actix-web.

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder,
    http::header,
    middleware::{Compress, Condition},
    web::{self, Data},
};
use tidings_actix::{EventStream, LastEventId};

use crate::{session, settings::Settings, stop, streams::Streams};

/// Serves until SIGTERM.
pub(crate) async fn serve(settings: Settings, streams: Streams) {
    let stop = stop(&streams);
    let port = settings.port;
    let app = move || {
        let cors = match &settings.origin {
            Some(origin) => Cors::default().allowed_origin(origin).supports_credentials(),
            None => Cors::default(),
        };
        App::new()
            .app_data(Data::new(streams.clone()))
            .wrap(Condition::new(settings.origin.is_some(), cors))
            .wrap(Condition::new(settings.compress, Compress::default()))
            .route("/feed", web::get().to(feed))
            .route("/kinds", web::get().to(kinds))
            .route("/quiet", web::get().to(quiet))
            .route("/step", web::get().to(step))
            .route("/next", web::post().to(next))
            .route("/echo", web::get().to(echo))
            .route("/login", web::post().to(login))
            .route("/private", web::get().to(private))
            .route("/open", web::get().to(open))
    };
    let server = HttpServer::new(app).shutdown_signal(stop);
    // Else actix-web takes a client that has closed the connection for one that only has nothing more to say, and finds out with
    // the next keep-alives that it is gone.
    let server = server.h1_allow_half_closed(false);
    let server = server.bind(("127.0.0.1", port)).expect("the port is free");
    server.run().await.expect("it never fails");
}

async fn feed(streams: Data<Streams>, request: HttpRequest, last: LastEventId) -> impl Responder {
    EventStream(streams.feed(request.uri().query(), &last))
}

async fn kinds(streams: Data<Streams>, last: LastEventId) -> impl Responder {
    EventStream(streams.kinds(&last))
}

async fn quiet(streams: Data<Streams>) -> impl Responder {
    EventStream(streams.quiet())
}

async fn step(streams: Data<Streams>) -> impl Responder {
    EventStream(streams.step())
}

async fn next(streams: Data<Streams>) -> impl Responder {
    streams.next();
    HttpResponse::Ok()
}

async fn echo(streams: Data<Streams>, request: HttpRequest, last: LastEventId) -> impl Responder {
    EventStream(streams.echo(request.uri().query(), &last))
}

async fn login() -> impl Responder {
    HttpResponse::Ok().insert_header((header::SET_COOKIE, session::LOGIN)).finish()
}

async fn private(streams: Data<Streams>, request: HttpRequest) -> HttpResponse {
    match session::user(request.headers().get(header::COOKIE).map(header::HeaderValue::as_bytes)) {
        Some(user) => EventStream(streams.private(&user)).into(),
        None => HttpResponse::Unauthorized().finish(),
    }
}

async fn open(streams: Data<Streams>) -> impl Responder {
    streams.shutdown().open_streams().to_string()
}
