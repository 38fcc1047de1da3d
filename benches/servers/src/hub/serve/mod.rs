//! The process that serves a hub: one thread that does the work.
//!
//! It says its port on standard output, and ends when standard input does; if that says anything, it begins anew on the same port.
//! `POST /hub` with a form publishes its `data`, and `GET /hub` subscribes: the shape that `tidings bench` knows.

mod actix;
mod axum;
mod feed;
mod floor;
mod warp;

use std::{
    env,
    io::{self, Read as _, stdin},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    process::{self, Command},
    thread,
};

use tidings_axum::socket::SocketOptions;
use tokio::runtime::{Builder, Runtime};

use feed::Log;

use super::kind::{Flavour, Hub};
use crate::{Error, kind::Framework, system};

/// Serves until nobody wants it any more. With so many events in a log of so many bytes from the start, and on a port that the system
/// chooses if none is given.
pub fn serve(hub: Hub, prefilled: u64, bytes: usize, port: Option<u16>) -> Result<(), Error> {
    system::open_all_files()?;
    let listener = listen(port.unwrap_or(0))?;
    let own = listener.local_addr()?.port();
    if port.is_none() {
        println!("{own}");
    }
    thread::spawn(move || {
        if stdin().lock().read(&mut [0]).is_ok_and(|read| read > 0) {
            eprintln!("error: {}", begin_anew(hub, bytes, own));
        }
        process::exit(0);
    });
    let log = Log { prefilled, bytes };
    match hub {
        Hub::Floor => floor::serve(listener),
        Hub::Tidings(Framework::Axum, flavour) => axum::tidings(flavour, log, listener),
        Hub::Tidings(Framework::Actix, _) => actix::tidings(log, listener),
        Hub::Tidings(Framework::Warp, flavour) => warp::tidings(flavour, log, listener),
        Hub::Peer(Framework::Axum) => axum::peer(listener),
        Hub::Peer(Framework::Actix) => actix::peer(listener),
        Hub::Peer(Framework::Warp) => warp::peer(listener),
        Hub::Bare(Framework::Axum, flavour) => axum::bare(flavour, listener),
        Hub::Bare(Framework::Actix, _) => actix::bare(listener),
        Hub::Bare(Framework::Warp, flavour) => warp::bare(flavour, listener),
        Hub::Serve => Err("that is a program of its own".into()),
    }
}

/// Runs this program in place of itself: the same process without memory and connections. Returns only if that fails.
fn begin_anew(hub: Hub, bytes: usize, port: u16) -> io::Error {
    match env::current_exe() {
        Ok(program) => {
            Command::new(program).args(["serve-hub", hub.name(), "0", &bytes.to_string(), &port.to_string()]).exec()
        }
        Err(error) => error,
    }
}

/// A listener with the options that our guides tell to set, and room for thousands of connections that come at once.
fn listen(port: u16) -> Result<TcpListener, Error> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    // For the one that begins anew.
    socket.set_reuse_address(true)?;
    socket.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
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
