//! Which step of the tour an action does.
//!
//! Must not know: Burn, egui.

use super::Action;
use super::bench::Benching;
use crate::state::bench::Well;
use crate::state::tour::{Asks, Tour};

/// The tour once a person did something.
pub fn after(tour: Tour, action: &Action) -> Tour {
    let does = |asks: Asks| match asks {
        Asks::Drag => matches!(action, Action::SetPair(_)),
        Asks::Slider => matches!(action, Action::SetZ(..)),
        Asks::Randomise => matches!(action, Action::Randomise),
        Asks::Direction => matches!(action, Action::Nudge(..) | Action::SetDirection(..)),
        Asks::Keep => matches!(action, Action::Undo | Action::Bench(Benching::Put(Well::Bookmarks, ..))),
        Asks::Train => matches!(action, Action::Train),
    };
    match tour {
        Tour::At { step, .. } if tour.step().is_some_and(|s| does(s.asks)) => Tour::At { step, done: true },
        same => same,
    }
}
