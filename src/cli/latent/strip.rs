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
    if args.opens_on.is_some() || !args.first.is_empty() {
        let opened = Opened::any(&args.file, On::Auto, None)?;
        if let Some(word) = &args.opens_on {
            let point = opened.point(word, &args.data)?;
            (copy.card.opening, copy.card.held) = (point.z, point.held);
        }
        if !args.first.is_empty() {
            let (inputs, dims) = (opened.model.inputs(), opened.model.latent_dims());
            copy.card.first =
                args.first.iter().map(|word| dimension(word, inputs, dims)).collect::<Result<_, _>>()?;
        }
    }
    copy.write(&args.out).map_err(Trouble::Failure)
}

/// A dimension by its name or number.
fn dimension(word: &str, inputs: &[Input], dims: usize) -> Result<usize, Trouble> {
    let word = word.trim();
    let named = (0..dims).find(|i| dimension_name(inputs, *i).is_some_and(|n| n.eq_ignore_ascii_case(word)));
    let number = word.strip_prefix('z').unwrap_or(word).parse().ok().filter(|i| *i < dims);
    named.or(number).ok_or_else(|| {
        Trouble::Misuse(format!(
            "this model has no dimension \"{word}\"; it has z0 to z{}{}",
            dims.max(1) - 1,
            match dimension_name(inputs, 0) {
                Some(name) => format!(", the first of which is called {name}"),
                None => String::new(),
            }
        ))
    })
}
