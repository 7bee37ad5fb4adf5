//! What the modules of a network say of themselves, where a file has it: classes and plain fields.
//!
//! Must not know: how files are read, what network the modules make.

use std::collections::BTreeMap;

/// The value of a module's field, as far as it is plain.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// None.
    None,
    /// True or false.
    Bool(bool),
    /// A number, NumPy's too.
    Number(f64),
    /// Text.
    Text(String),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Texts.
    Texts(Vec<String>),
    /// Something else, an empty list too.
    Other,
}

/// What a module says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// Its class's name; empty where it is no object of such a program.
    pub class: String,
    /// Its fields, without those that PyTorch's own modules have.
    pub fields: BTreeMap<String, Field>,
}

/// Modules by their names; the network itself has an empty one.
pub type Objects = BTreeMap<String, Object>;
