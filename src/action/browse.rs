//! What a person can do on the data page, and what it does to the page's state.
//!
//! Must not know: Burn, egui, which control an action came from.

use crate::data::spec::Spec;
use crate::data::summary::{Keep, fitting};
use crate::engine::message::DataView;
use crate::state::browse::{Browse, Drawn, Kept, Side};
use std::sync::Arc;

/// Everything one can do there.
#[derive(Clone, Debug, PartialEq)]
pub enum Browsing {
    /// Want this of an attribute (by its place), or nothing any more.
    Keep(usize, Option<Keep>),
    /// Drop the whole filter.
    KeepAll,
    /// Look at a picture, or at none.
    Select(Option<usize>),
    /// The panel where there is room for one.
    Side(Side),
    /// Letters of attribute names.
    Find(String),
    /// Draw a picture of one's own from the selected one's factors, or stop that.
    Draw(bool),
    /// Set a factor, by its place in [`Own::factors`].
    Turn(usize, f32),
    /// Put a factor where the selected picture has it.
    Unturn(usize),
    /// Put all of them there.
    UnturnAll,
}

/// Does it.
pub(super) fn apply(browse: &mut Browse, data: &DataView, what: Browsing) {
    match what {
        Browsing::Keep(attribute, keep) => {
            match keep {
                Some(keep) => browse.filter.insert(attribute, keep),
                None => browse.filter.remove(&attribute),
            };
            filter(browse, data);
        }
        Browsing::KeepAll => {
            browse.filter.clear();
            browse.kept = None;
        }
        Browsing::Select(picture) => {
            browse.selected = picture.filter(|i| *i < data.train.pictures.len());
            browse.side = if browse.selected.is_some() { Side::Picture } else { Side::Attributes };
            if browse.drawn.is_some() {
                draw(browse, data);
            }
        }
        Browsing::Side(side) => browse.side = side,
        Browsing::Find(text) => browse.find = text,
        Browsing::Draw(true) => draw(browse, data),
        Browsing::Draw(false) => browse.drawn = None,
        Browsing::Turn(factor, value) => turn(browse, factor, |_| value),
        Browsing::Unturn(factor) => turn(browse, factor, |start| start),
        Browsing::UnturnAll => browse.drawn = browse.drawn.take().map(|d| Drawn::new(d.start)),
    }
}

fn filter(browse: &mut Browse, data: &DataView) {
    browse.kept = (!browse.filter.is_empty()).then(|| {
        let pictures = fitting(&data.train, &browse.filter);
        let counts = data.summary.of(&pictures);
        Arc::new(Kept { pictures, counts })
    });
}

fn draw(browse: &mut Browse, data: &DataView) {
    let own = browse.selected.and_then(|i| data.spec.parse::<Spec>().ok()?.own(i));
    browse.drawn = own.map(Drawn::new);
}

/// Sets a factor to what `value` makes of the value in the selected picture.
fn turn(browse: &mut Browse, factor: usize, value: impl Fn(f32) -> f32) {
    let Some(drawn) = &mut browse.drawn else { return };
    let Some(factor) = drawn.now.factors().get(factor) else { return };
    let mut now = drawn.now;
    now.set(factor, value(drawn.start.get(factor)));
    if now != drawn.now {
        *drawn = Drawn { now, start: drawn.start, picture: Arc::new(now.draw()) };
    }
}
