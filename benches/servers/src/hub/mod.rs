//! The hub behind each adapter, and `tidings serve`, beside the floor and what users of the frameworks write.

mod cases;
mod generator;
mod kind;
mod serve;
mod server;

pub use cases::ALL;
pub use kind::Hub;
pub use serve::serve;
