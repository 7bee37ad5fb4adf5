//! What a person does with latents that there are to choose from.
//!
//! Must not know: Burn, egui.

use crate::state::State;
use crate::state::bench::Well;
use crate::tools::arithmetic::Formula;
use std::sync::Arc;

/// A choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Picking {
    /// Other samples.
    Samples,
    /// Where a click on a sample puts it; `None` = the sliders.
    Into(Option<Well>),
    /// Compare the picture with this latent's, or no longer.
    Compare(Option<Arc<[f32]>>),
    /// Where the two pictures of a comparison meet, 0–1 from the left.
    Wipe(f32),
    /// Other noise around the result.
    Noise,
    /// How far the noise goes, ± per dimension.
    Spread(f32),
    /// A preset fills the wells: the next one fills them with others.
    Preset,
    /// The data that tools learn from; `None` = what the model learnt from.
    Data(Option<String>),
    /// A preset is to fill them once it is known what latents show.
    Await(Formula),
    /// The attribute of a preset of one's own that is carried over (0), or to whom (1); or the classes of A, B and C.
    Carry(usize, String),
}

/// Does it.
pub fn apply(state: &mut State, what: Picking) {
    let pick = &mut state.pick;
    match what {
        Picking::Samples => pick.seed += 1,
        Picking::Into(well) => pick.into = well,
        Picking::Compare(z) => pick.compared = z,
        Picking::Wipe(part) if part.is_finite() => pick.wipe = part.clamp(0.0, 1.0),
        Picking::Noise => pick.noise += 1,
        Picking::Preset => pick.preset += 1,
        Picking::Data(spec) => pick.data = spec,
        Picking::Await(formula) => pick.waiting = Some(formula),
        Picking::Spread(spread) if spread.is_finite() => pick.spread = spread.clamp(0.0, 2.0),
        Picking::Wipe(_) | Picking::Spread(_) => {}
        Picking::Carry(which, name) => {
            if let Some(slot) = pick.carry.get_mut(which) {
                *slot = Some(name);
            }
        }
    }
}
