//! The tour of a minute: six things to try, and what each of them shows.
//!
//! Must not know: egui, which control an action came from.

use super::Tab;

/// Where the tour is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tour {
    /// Nowhere.
    #[default]
    Away,
    /// It is offered to who opens zscope for the first time.
    Offered,
    /// At one of [`STEPS`].
    At {
        /// Which.
        step: usize,
        /// Whether the person did what it asks for.
        done: bool,
    },
}

/// What a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A drag on the picture.
    Drag,
    /// A move of a slider.
    Slider,
    /// Randomise.
    Randomise,
    /// A move along a direction.
    Direction,
    /// A bookmark, or undo.
    Keep,
    /// A training.
    Train,
}

/// One thing to try.
pub struct Step {
    /// What to do.
    pub title: &'static str,
    /// What it means.
    pub text: &'static str,
    /// The page that it is on.
    pub tab: Tab,
    /// What a person does who does it.
    pub asks: Asks,
}

/// All of them.
pub const STEPS: [Step; 6] = [
    Step {
        title: "Drag on the picture",
        text: "The model draws this picture from a list of numbers, the latent z. Dragging sideways changes one of them, dragging up and down another.",
        tab: Tab::Explore,
        asks: Asks::Drag,
    },
    Step {
        title: "Move a slider",
        text: "Each slider is one number of z, and the strip under it shows what it does to the picture. Those that change most stand first.",
        tab: Tab::Explore,
        asks: Asks::Slider,
    },
    Step {
        title: "Press Randomise, or R",
        text: "It draws every number anew, as they were drawn in training (from the prior, a bell curve). Each draw is a picture that nobody made.",
        tab: Tab::Explore,
        asks: Asks::Randomise,
    },
    Step {
        title: "Press + beside a direction, such as Smiling",
        text: "A direction moves many numbers at once, so that one thing changes. It was learnt from pictures that have it and pictures that have it not.",
        tab: Tab::Explore,
        asks: Asks::Direction,
    },
    Step {
        title: "Press B, then Ctrl+Z",
        text: "B keeps the picture as a bookmark, at the left; Morph and Mix begin with bookmarks. Whatever you do can be taken back.",
        tab: Tab::Explore,
        asks: Asks::Keep,
    },
    Step {
        title: "Watch one learn: press Start on Train",
        text: "A model begins with nothing and learns to draw before your eyes: the losses fall, the samples sharpen, and its sliders work all the while.",
        tab: Tab::Train,
        asks: Asks::Train,
    },
];

impl Tour {
    /// The step that is shown.
    pub fn step(self) -> Option<&'static Step> {
        match self {
            Self::At { step, .. } => STEPS.get(step),
            _ => None,
        }
    }
}
