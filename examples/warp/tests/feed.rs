//! Reads, comes back, and stops the server.

#[test]
fn serves_the_feed() {
    example_testing::feed::test(env!("CARGO_BIN_EXE_example-warp"));
}
