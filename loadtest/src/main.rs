//! Black-box load test.
fn main() {}
