//! The process that serves a hub: one thread that does the work.
//!
//! It says its port on standard output, and ends when standard input does. `POST /hub` with a form publishes its `data`, and
//! `GET /hub` subscribes: the shape that `tidings bench` knows.

mod actix;
mod axum;
mod feed;
mod floor;
mod warp;

use std::{
    io::{Read as _, stdin},
    net::{Ipv4Addr, TcpListener},
    process, thread,
};

use tidings_axum::socket::SocketOptions;
use tokio::runtime::{Builder, Runtime};

use super::kind::{Flavour, Hub};
use crate::{Error, kind::Framework, system};

/// Serves until nobody wants it any more. With so many events in the log from the start.
pub fn serve(hub: Hub, prefilled: u64) -> Result<(), Error> {
    system::open_all_files()?;
    let listener = listen()?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(|| {
        // Nothing comes but the end.
        let _ = stdin().lock().read(&mut [0]);
        process::exit(0);
    });
    match hub {
        Hub::Floor => floor::serve(listener),
        Hub::Tidings(Framework::Axum, flavour) => axum::tidings(flavour, prefilled, listener),
        Hub::Tidings(Framework::Actix, _) => actix::tidings(prefilled, listener),
        Hub::Tidings(Framework::Warp, flavour) => warp::tidings(flavour, prefilled, listener),
        Hub::Peer(Framework::Axum) => axum::peer(listener),
        Hub::Peer(Framework::Actix) => actix::peer(listener),
        Hub::Peer(Framework::Warp) => warp::peer(listener),
        Hub::Bare(Framework::Axum, flavour) => axum::bare(flavour, listener),
        Hub::Bare(Framework::Actix, _) => actix::bare(listener),
        Hub::Bare(Framework::Warp, flavour) => warp::bare(flavour, listener),
        Hub::Serve => Err("that is a program of its own".into()),
    }
}

/// A listener with the options that our guides tell to set, and room for thousands of connections that come at once.
fn listen() -> Result<TcpListener, Error> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(4096)?;
    let listener = TcpListener::from(socket);
    SocketOptions::default().set_on(&listener)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn runtime(flavour: Flavour) -> Result<Runtime, Error> {
    let mut builder = match flavour {
        Flavour::Current => Builder::new_current_thread(),
        Flavour::Multi => Builder::new_multi_thread(),
    };
    Ok(builder.worker_threads(1).enable_all().build()?)
}
