//! What the window shows of a picture that is drawn pixel by pixel: how much of it, and what is said of it.
//!
//! Must not know: Burn, egui, how anything is computed.

use super::State;
use crate::engine::message::PixelsShown;
use crate::tools::pixels::Asked;

/// What colours the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Nothing: it is shown as it is.
    #[default]
    Picture,
    /// How much each pixel surprised the model.
    Surprise,
    /// What the chosen pixel depends on.
    Reach,
}

/// What a press on the picture does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// Chooses a pixel to ask about.
    #[default]
    Look,
    /// Takes pixels away, for the model to draw.
    Erase,
    /// Keeps pixels, which the model then leaves as they are.
    Keep,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct PixelView {
    /// What colours the picture.
    pub view: View,
    /// Pixels that are shown, in the order of drawing; `None` = all.
    pub drawn: Option<f32>,
    /// Whether more of them come by themselves.
    pub playing: bool,
    /// How many come in a second.
    pub speed: f32,
    /// Whether the network with one stack is asked what a pixel depends on.
    pub blind: bool,
    /// Row and column of the pixel under the pointer.
    pub under: Option<[usize; 2]>,
    /// Row and column of the pixel that was chosen.
    pub chosen: Option<[usize; 2]>,
    /// What a press on the picture does.
    pub hand: Hand,
    /// Width of a stroke in pixels.
    pub brush: f32,
    /// What was said last.
    pub shown: Option<PixelsShown>,
}

impl Default for PixelView {
    fn default() -> Self {
        Self {
            view: View::Picture,
            drawn: None,
            playing: false,
            speed: 120.0,
            blind: false,
            under: None,
            chosen: None,
            hand: Hand::Look,
            brush: 4.0,
            shown: None,
        }
    }
}

impl PixelView {
    /// Another model is explored.
    pub fn opened(&mut self) {
        let Self { speed, brush, .. } = *self;
        *self = Self { speed, brush, ..Self::default() };
    }
}

impl State {
    /// What is said of the pixels of the explored model's picture, once it is known.
    pub fn pixels_seen(&self) -> Option<&PixelsShown> {
        let id = self.model.as_ref().filter(|m| m.pixels)?.id;
        self.pixels.shown.as_ref().filter(|shown| shown.model == id)
    }

    /// Pixels of the explored model's pictures.
    pub fn pixel_count(&self) -> usize {
        self.model.as_ref().map_or(0, |m| m.width * m.height)
    }

    /// The pixel that is asked about: the one under the pointer, the next one where the picture is drawn in part, or the one
    /// that was chosen.
    pub fn pixel_asked(&self) -> Option<[usize; 2]> {
        let width = self.model.as_ref().map_or(1, |m| m.width.max(1));
        let next = self.pixels.drawn.map(|at| at as usize).filter(|at| *at < self.pixel_count());
        let next = next.map(|at| [at / width, at % width]);
        self.pixels.under.or(next).or(self.pixels.chosen)
    }

    /// What the engine is asked about the picture's pixels.
    pub fn pixels_wanted(&self) -> Asked {
        let reach = self.pixels.view == View::Reach;
        Asked { at: self.pixel_asked(), reach, blind: reach && self.pixels.blind }
    }
}
