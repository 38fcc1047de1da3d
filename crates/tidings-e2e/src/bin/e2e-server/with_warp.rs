//! The routes with warp.

use tidings_warp::{EventStream, LastEventId, last_event_id};
use warp::{
    Filter,
    filters::BoxedFilter,
    http::{HeaderValue, StatusCode, header},
    reply::{self, Reply, Response},
};

use crate::{session, settings::Settings, stop, streams::Streams};

/// Serves until SIGTERM.
pub(crate) async fn serve(settings: Settings, streams: Streams) {
    let stop = stop(&streams);
    let server = warp::serve(routes(&settings, streams)).bind(([127, 0, 0, 1], settings.port)).await;
    server.graceful(stop).run().await;
}

fn routes(settings: &Settings, streams: Streams) -> BoxedFilter<(Response,)> {
    let with_streams = warp::any().map(move || streams.clone());
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let cookies = warp::header::value("cookie").map(Some).or(warp::any().map(|| None)).unify();

    let feed = warp::path!("feed").and(with_streams.clone()).and(query).and(last_event_id());
    let feed = feed.map(|streams: Streams, query: String, last: LastEventId| {
        EventStream(streams.feed(Some(&query), &last)).into_response()
    });
    let kinds = warp::path!("kinds").and(with_streams.clone()).and(last_event_id());
    let kinds = kinds.map(|streams: Streams, last: LastEventId| EventStream(streams.kinds(&last)).into_response());
    let quiet = warp::path!("quiet").and(with_streams.clone());
    let quiet = quiet.map(|streams: Streams| EventStream(streams.quiet()).into_response());
    let step = warp::path!("step").and(with_streams.clone());
    let step = step.map(|streams: Streams| EventStream(streams.step()).into_response());
    let echo = warp::path!("echo").and(with_streams.clone()).and(query).and(last_event_id());
    let echo = echo.map(|streams: Streams, query: String, last: LastEventId| {
        EventStream(streams.echo(Some(&query), &last)).into_response()
    });
    let private = warp::path!("private").and(with_streams.clone()).and(cookies);
    let private = private.map(|streams: Streams, cookies: Option<HeaderValue>| {
        match session::user(cookies.as_ref().map(HeaderValue::as_bytes)) {
            Some(user) => EventStream(streams.private(&user)).into_response(),
            None => StatusCode::UNAUTHORIZED.into_response(),
        }
    });
    let open = warp::path!("open").and(with_streams.clone());
    let open = open.map(|streams: Streams| streams.shutdown().open_streams().to_string().into_response());
    let gets = feed.or(kinds).unify().or(quiet).unify().or(step).unify().or(echo).unify();
    let gets = warp::get().and(gets.or(private).unify().or(open).unify());

    let next = warp::path!("next").and(with_streams).map(|streams: Streams| {
        streams.next();
        reply::reply().into_response()
    });
    let login = warp::path!("login")
        .map(|| reply::with_header(reply::reply(), header::SET_COOKIE, session::LOGIN).into_response());
    let routes = gets.or(warp::post().and(next.or(login).unify())).unify();

    with_middleware(settings, routes.boxed())
}

fn with_middleware(settings: &Settings, mut routes: BoxedFilter<(Response,)>) -> BoxedFilter<(Response,)> {
    if let Some(origin) = &settings.origin {
        let cors = warp::cors().allow_origin(origin.as_str()).allow_methods(["GET", "POST"]).allow_credentials(true);
        routes = routes.with(cors).map(Reply::into_response).boxed();
    }
    if settings.compress {
        routes = routes.with(warp::filters::compression::gzip()).map(Reply::into_response).boxed();
    }
    routes
}
