//! What a person can do to look inside a model.
//!
//! Must not know: Burn, egui.

use crate::state::inside::{Charts, Spread};
use crate::state::{State, Tab};

/// Everything that can be done to look inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Looking {
    /// Plot something else of the run.
    Charts(Charts),
    /// Plot the histograms of something else.
    Spread(Spread),
    /// Look at what a layer of the explored model gives.
    Layer(usize),
    /// The same by the layer's name, where its line was clicked.
    Named(String),
    /// Show that in a window of its own, or no longer.
    Window(bool),
    /// Show over the picture what the place under the pointer looks at, or no longer.
    Attention(bool),
}

/// Does it.
pub fn apply(state: &mut State, what: Looking) {
    let inside = &mut state.inside;
    match what {
        Looking::Charts(charts) => inside.charts = charts,
        Looking::Spread(spread) => inside.spread = spread,
        Looking::Layer(layer) => {
            let layers = state.model.as_ref().map_or(0, |m| m.layers.len());
            inside.layer = layer.min(layers.saturating_sub(1));
        }
        Looking::Named(name) => {
            let layers = state.model.iter().flat_map(|m| &m.layers);
            match layers.into_iter().position(|l| l.name == name) {
                Some(layer) if state.tab == Tab::Train => {
                    (inside.layer, inside.charts) = (layer, Charts::Layers);
                }
                Some(layer) => (inside.layer, inside.window) = (layer, true),
                None => {
                    state.notice = Some(format!(
                        "{name} is not on the way from a latent to the picture that is shown, so it gives nothing for it"
                    ));
                }
            }
        }
        Looking::Window(on) => inside.window = on,
        Looking::Attention(on) => inside.attention = on,
    }
}
