//! How long the guard takes.
fn main() {}
