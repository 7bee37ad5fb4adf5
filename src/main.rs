//! zscope
fn main() {}
