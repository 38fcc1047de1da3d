//! The process that serves: one kind, one scenario, one thread that does the work.
//!
//! It says its port on standard output, and then, for each line on standard input, its [`Figures`] as they are. It ends
//! when standard input does.

mod actix;
mod axum;
mod encoded;
pub mod floor;
mod warp;

use std::{
    io::{BufRead as _, stdin},
    net::{Ipv4Addr, TcpListener},
    process, thread,
};

use crate::{
    Error,
    figures::Figures,
    kind::{Framework, Kind, Served},
    source::Scenario,
    system,
};

/// Serves until nobody wants it any more.
pub fn serve(kind: Served, scenario: Scenario) -> Result<(), Error> {
    system::open_all_files()?;
    let listener = listen()?;
    println!("{}", listener.local_addr()?.port());
    thread::spawn(|| {
        for _ in stdin().lock().lines() {
            println!("{}", Figures::now().expect("this is Linux"));
        }
        process::exit(0);
    });
    match kind {
        Served::Floor => floor::serve(listener),
        Served::With(Kind { framework: Framework::Axum, writer }) => axum::serve(writer, scenario, listener),
        Served::With(Kind { framework: Framework::Actix, writer }) => actix::serve(writer, scenario, listener),
        Served::With(Kind { framework: Framework::Warp, writer }) => warp::serve(writer, scenario, listener),
    }
}

/// A listener whose connections send each write at once: not all frameworks see to that themselves.
fn listen() -> Result<TcpListener, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The runtime of those that do not bring one: one thread, as everywhere here.
fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
