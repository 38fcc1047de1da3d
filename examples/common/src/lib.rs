//! What the servers in `examples/` have in common: a [`Feed`] of events, a [`Board`] whose changes a hub tells of, the pages that
//! show them, and when to [stop](until_stopped).

#![forbid(unsafe_code)]

mod board;
mod feed;
mod stop;

pub use board::{Board, Price, Refused};
pub use feed::Feed;
pub use stop::until_stopped;

/// A page that shows the events of `/feed`.
pub const PAGE: &str = include_str!("page.html");

/// A page that shows the state of `/prices`, and its changes, which are the events of `/feed`.
pub const BOARD_PAGE: &str = include_str!("board.html");

/// Where to listen: the first argument of the program, or `127.0.0.1:3000`.
pub fn address() -> String {
    std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned())
}
