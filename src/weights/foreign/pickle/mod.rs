//! Python's pickle, read as data: a machine that knows the instructions and can't call anything. What a pickle would
//! have Python run is looked up in a short list of names that mean tensors and settings. Objects of a program's classes are
//! read as their fields, as a model that was pickled whole is made of such; any other name, and any other call, is refused.
//!
//! Must not know: files, models.

mod calls;
mod machine;
mod names;
pub mod value;

pub(super) use calls::dtype;
pub use machine::read;
pub use value::{Id, Node, Nodes};
