//! Sets prices, comes back for those that were missed, misses too many, and stops the server and starts it again.

#[test]
fn serves_the_board() {
    example_testing::board::test(env!("CARGO_BIN_EXE_example-hub-actix"));
}
