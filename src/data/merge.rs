//! Two readings made one data set: the pictures of another set as what is held out.
//!
//! Must not know: where they came from.

use super::dataset::{Attribute, AttributeKind, Dataset, Skipped, Split};
use super::want::DataError;
use std::path::PathBuf;

/// Puts the test pictures of `other` in place of `data`'s; `name` is what to call it. Columns go by their names, and
/// classes by theirs: a column that the training pictures lack is left out, and so are pictures of a class that is not
/// trained on; both are listed.
///
/// # Errors
/// [`DataError::File`] when the pictures have other channels, or none is left.
pub(super) fn replace_test(data: &mut Dataset, other: Dataset, name: &str) -> Result<(), DataError> {
    let mut test = other.test;
    if test.pictures.channels != data.train.pictures.channels {
        return Err(DataError::File(format!(
            "the test pictures in {name} have {} channels but the training pictures {}: use pictures of one kind",
            test.pictures.channels, data.train.pictures.channels
        )));
    }
    data.skipped.extend(other.skipped);
    let mut note = |reason: String| data.skipped.push(Skipped { path: PathBuf::from(name), reason });
    let mut unknown = vec![false; test.pictures.len()];
    let mut kept = Vec::new();
    for column in &data.train.attributes {
        let of_other =
            test.attributes.iter().find(|a| a.name == column.name).or_else(|| only_class(&test, column));
        match of_other.and_then(|found| aligned(column, found)) {
            Some(aligned) => {
                aligned.values.iter().zip(&mut unknown).for_each(|(v, unknown)| *unknown |= v.is_nan());
                kept.push(aligned);
            }
            None => note(format!("it has no column {} as the training pictures have it", column.name)),
        }
    }
    test.attributes = kept;
    test.columns.retain(|column| data.train.columns.iter().any(|c| c.name == column.name));
    let strangers = test.take_out(&unknown).pictures.len();
    if strangers > 0 {
        note(format!(
            "{strangers} of its pictures are of classes that are not trained on, and were left out"
        ));
    }
    if test.pictures.is_empty() {
        return Err(DataError::File(format!(
            "no picture of {name} is of a class that is trained on: name test pictures of the same classes"
        )));
    }
    data.test = test;
    Ok(())
}

/// The one column of classes, for a column of classes that has another name there.
fn only_class<'a>(test: &'a Split, column: &Attribute) -> Option<&'a Attribute> {
    let is_class = |a: &Attribute| matches!(a.kind, AttributeKind::Class(_));
    let mut all = test.attributes.iter().filter(|a| is_class(a));
    all.next().filter(|_| is_class(column) && all.next().is_none())
}

/// A column of the test pictures with the training pictures' classes; a class that is not among them is NaN. `None`
/// when the columns are of different kinds.
fn aligned(train: &Attribute, test: &Attribute) -> Option<Attribute> {
    let values = match (&train.kind, &test.kind) {
        (AttributeKind::Class(names), AttributeKind::Class(others)) => {
            let place = |v: &f32| {
                let name = others.get(*v as usize)?;
                names.iter().position(|n| n == name).map(|at| at as f32)
            };
            test.values.iter().map(|v| place(v).unwrap_or(f32::NAN)).collect()
        }
        (AttributeKind::Binary, AttributeKind::Binary)
        | (AttributeKind::Continuous { .. }, AttributeKind::Continuous { .. }) => test.values.clone(),
        _ => return None,
    };
    Some(Attribute { name: train.name.clone(), kind: train.kind.clone(), values, derived: train.derived })
}
