//! `zscope strip`: a copy of a checkpoint for sharing, without its optimiser state, that opens as its maker wants.
//!
//! Must not know: how a model works.

use super::super::args::{On, StripArgs};
use super::super::{Outcome, Trouble, load};
use super::Opened;
use crate::point::{Input, dimension_name};

/// Runs it.
pub fn strip(args: &StripArgs) -> Outcome {
    let mut copy = load(&args.file)?.stripped();
    if let Some(data) = &args.data {
        copy.card.data.clone_from(data);
    }
    if args.opens_on.is_some() || args.drag.is_some() {
        let opened = Opened::new(&args.file, On::Auto, None)?;
        if let Some(word) = &args.opens_on {
            copy.card.opening = opened.latent(word)?.0;
        }
        if let Some(axes) = &args.drag {
            copy.card.drag = Some(pair(axes, opened.model.inputs(), opened.model.latent_dims())?);
        }
    }
    copy.write(&args.out).map_err(Trouble::Failure)
}

/// Two dimensions by name or number.
fn pair(text: &str, inputs: &[Input], dims: usize) -> Result<(usize, usize), Trouble> {
    let find = |word: &str| {
        let word = word.trim();
        let named =
            (0..dims).find(|i| dimension_name(inputs, *i).is_some_and(|n| n.eq_ignore_ascii_case(word)));
        let number = word.strip_prefix('z').unwrap_or(word).parse().ok().filter(|i| *i < dims);
        named.or(number).ok_or_else(|| {
            Trouble::Misuse(format!(
                "this model has no dimension \"{word}\"; it has z0 to z{}",
                dims.max(1) - 1
            ))
        })
    };
    match text.split_once(',') {
        Some((right, up)) => Ok((find(right)?, find(up)?)),
        None => Err(Trouble::Misuse(format!(
            "--drag takes two dimensions with a comma, such as 0,1, not \"{text}\""
        ))),
    }
}
