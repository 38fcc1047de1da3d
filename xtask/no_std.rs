//! A crate with its own panic handler: it compiles only if nothing below it brings that of the standard library.

#![no_std]

extern crate tidings_codec;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
