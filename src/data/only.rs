//! Conditions on attributes as a SPEC has them (`only=Smiling+-Male+digit:3|5+age:0.2..0.5`), and what is left of a set by
//! them.
//!
//! Must not know: SPECs, the window.

use super::summary::{Filter, Keep, fitting};
use super::{Attribute, AttributeKind, Dataset, Split};

/// Characters that mean something in a SPEC, and so can't be in a name there.
const MEANT: [char; 6] = ['&', '+', '?', '=', '|', ':'];

/// A condition as text; `None` where a name in it has a character that means something in a SPEC.
pub fn words(attribute: &Attribute, keep: &Keep) -> Option<String> {
    let name = &attribute.name;
    let classes = match &attribute.kind {
        AttributeKind::Class(names) => names.as_slice(),
        _ => &[],
    };
    let (text, named) = match keep {
        Keep::Has => (name.clone(), Vec::new()),
        Keep::HasNot => (format!("-{name}"), Vec::new()),
        Keep::OneOf(chosen) => {
            let named: Vec<&str> =
                chosen.iter().filter_map(|i| classes.get(*i).map(String::as_str)).collect();
            (format!("{name}:{}", named.join("|")), named)
        }
        Keep::Between(from, to) => (format!("{name}:{from}..{to}"), Vec::new()),
    };
    let plain = |word: &str| !word.contains(MEANT);
    (plain(name) && !name.starts_with('-') && named.into_iter().all(plain)).then_some(text)
}

/// A condition by its text: the attribute's place and what is wanted of it. Fails with a sentence that says what there is.
fn condition(text: &str, attributes: &[Attribute]) -> Result<(usize, Keep), String> {
    let (word, values) = match text.split_once(':') {
        Some((word, values)) => (word.trim(), Some(values.trim())),
        None => (text.trim(), None),
    };
    let find = |name: &str| attributes.iter().position(|a| a.name.eq_ignore_ascii_case(name));
    let (at, has) = match (find(word), word.strip_prefix('-').and_then(find)) {
        (Some(at), _) => (at, true),
        (None, Some(at)) => (at, false),
        (None, None) => {
            let all: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
            return Err(match all.is_empty() {
                true => format!("only={text}: this data has no labels"),
                false => {
                    format!("only={text}: this data has no attribute \"{word}\"; it has {}", all.join(", "))
                }
            });
        }
    };
    let name = &attributes[at].name;
    match (&attributes[at].kind, values) {
        (AttributeKind::Binary, None) => Ok((at, if has { Keep::Has } else { Keep::HasNot })),
        (AttributeKind::Class(names), Some(values)) => {
            let place = |class: &str| {
                let place = names.iter().position(|n| n.eq_ignore_ascii_case(class.trim()));
                place.ok_or_else(|| {
                    format!("only={text}: {name} has no class \"{class}\"; it has {}", names.join(", "))
                })
            };
            Ok((at, Keep::OneOf(values.split('|').map(place).collect::<Result<_, _>>()?)))
        }
        (AttributeKind::Continuous { min, max }, Some(values)) => {
            let ends = values.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            let ends = ends.filter(|(a, b): &(f32, f32)| a <= b);
            let (from, to) = ends.ok_or_else(|| {
                format!("only={text} is no range: write {name}:FROM..TO, within {min} and {max}")
            })?;
            Ok((at, Keep::Between(from, to)))
        }
        (AttributeKind::Binary, Some(_)) => {
            Err(format!("only={text}: {name} is there or not: write {name} or -{name}"))
        }
        (AttributeKind::Class(names), None) => {
            let first = names.first().map_or("CLASS", String::as_str);
            Err(format!("only={text}: say which class: {name}:{first}"))
        }
        (AttributeKind::Continuous { min, max }, None) => {
            Err(format!("only={text}: say from where to where: {name}:{min}..{max}"))
        }
    }
}

/// What is left of a split.
fn left(split: &mut Split, conditions: &[String]) -> Result<(), String> {
    let filter: Filter =
        conditions.iter().map(|text| condition(text, &split.attributes)).collect::<Result<_, _>>()?;
    let mut out = vec![true; split.pictures.len()];
    fitting(split, &filter).into_iter().for_each(|i| out[i as usize] = false);
    split.take_out(&out);
    Ok(())
}

/// What is left of a set's pictures, those to train on and those held out. Fails with a sentence where it has no such
/// attribute, or nothing is left.
pub(super) fn only(mut data: Dataset, conditions: &[String]) -> Result<Dataset, String> {
    if conditions.is_empty() {
        return Ok(data);
    }
    for split in [&mut data.train, &mut data.test] {
        if !split.pictures.is_empty() {
            left(split, conditions)?;
        }
    }
    if data.train.pictures.is_empty() && data.test.pictures.is_empty() {
        return Err(format!("no picture fits only={}; ask for less", conditions.join("+")));
    }
    data.title += &format!(", only {}", conditions.join(" and "));
    Ok(data)
}
