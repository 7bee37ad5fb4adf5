//! The atlas: the course that zscope follows, as exhibits in its order. Their texts, and what opens, trains and breaks each
//! of them, are read from `assets/atlas/*.toml`; a new exhibit is a block there.
//!
//! Must not know: egui, Burn, how anything of it is shown or trained.

pub mod formula;

use crate::zoo::Settings;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A part of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Models with a likelihood, or a bound of one.
    Likelihood,
    /// The adversarial game, and what is done with its latents.
    Game,
    /// What made GANs large.
    Scale,
    /// Time, text, and paths of people.
    Beyond,
    /// Pictures that become pictures.
    Translation,
}

impl Family {
    /// All, in the course's order.
    pub const ALL: [Self; 5] = [Self::Likelihood, Self::Game, Self::Scale, Self::Beyond, Self::Translation];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Likelihood => "Likelihood",
            Self::Game => "The GAN game",
            Self::Scale => "GANs at scale",
            Self::Beyond => "Time, text, paths",
            Self::Translation => "Picture to picture",
        }
    }

    /// What its exhibits have in common, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Likelihood => "Models that say how probable a picture is, exactly or by a bound.",
            Self::Game => {
                "A generator and a discriminator play against each other, and their latents can be walked."
            }
            Self::Scale => {
                "What made the game steady, large and controllable: growing, classes, norms, attention."
            }
            Self::Beyond => "The same game for clips, for captions, and for where people walk.",
            Self::Translation => "A picture goes in, and another comes out.",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Likelihood => include_str!("../assets/atlas/likelihood.toml"),
            Self::Game => include_str!("../assets/atlas/game.toml"),
            Self::Scale => include_str!("../assets/atlas/scale.toml"),
            Self::Beyond => include_str!("../assets/atlas/beyond.toml"),
            Self::Translation => include_str!("../assets/atlas/translation.toml"),
        }
    }
}

/// A page of the window that an exhibit opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Page {
    /// One latent under the fingers.
    Explore,
    /// Between some.
    Morph,
    /// A − B + C.
    Mix,
    /// Latent space as a whole.
    Map,
}

/// What is shown there beside the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Show {
    /// On Map: pictures on a plane.
    Plane,
    /// On Map: a strip for each dimension.
    Strips,
    /// On Explore: how much each pixel surprised the model.
    Surprise,
    /// The window in which models stand side by side, with shipped ones of three families chosen.
    Families,
    /// The window of layers, at the first one.
    Layers,
    /// Four random keyframes.
    Keyframes,
    /// A picture of the data, or what it gives of the model's inputs.
    Example,
}

/// A model in the tool that shows the idea.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The shipped model; `None` = none of this system is inside zscope, and the newest of the person's runs of the
    /// exhibit's recipe is opened.
    #[serde(default)]
    pub model: Option<String>,
    /// The page.
    pub page: Page,
    /// What is shown on it.
    #[serde(default)]
    pub shows: Vec<Show>,
}

/// A training in which something can be watched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Recipe name.
    pub recipe: String,
    /// Data SPEC.
    pub data: String,
    /// Settings that differ from the recipe's defaults.
    pub settings: Settings,
    /// When it ends by itself, minutes of training.
    pub minutes: f64,
    /// What to watch for, and when.
    pub watch: String,
}

/// One system of the course.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// Part of the course.
    pub family: Family,
    /// What is written of it.
    pub words: Words,
}

/// What is written of an exhibit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Its place in the course, from 1.
    pub number: u32,
    /// Its name in files.
    pub key: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub line: String,
    /// The recipe whose losses colour the formula, and whose runs are opened where no model is shipped.
    pub recipe: String,
    /// The idea in five sentences.
    pub idea: [String; 5],
    /// Formulas in the notation of [`formula::parse`].
    pub formula: Vec<String>,
    /// Symbols that mean something of their own here, and what; others are explained by [`formula::GLOSSARY`].
    #[serde(default)]
    pub symbols: Vec<(String, String)>,
    /// A question that is answered by dragging.
    pub question: String,
    /// The papers.
    pub papers: Vec<String>,
    /// The model in the tool that shows the idea; the question is asked there.
    pub open: Open,
    /// The same trained by oneself.
    pub train: Lesson,
    /// The same with an ingredient switched off.
    #[serde(rename = "break")]
    pub broken: Lesson,
}

#[derive(Deserialize)]
struct File {
    exhibit: Vec<Words>,
}

/// All exhibits in the course's order. The texts are part of the program, and a test reads them: they can't fail to be read.
pub fn exhibits() -> &'static [Exhibit] {
    static ALL: OnceLock<Vec<Exhibit>> = OnceLock::new();
    ALL.get_or_init(|| {
        read().unwrap_or_else(|message| {
            log::error!("{message}");
            Vec::new()
        })
    })
}

/// Reads the texts; fails with what is wrong in which part.
pub fn read() -> Result<Vec<Exhibit>, String> {
    let mut all = Vec::new();
    for family in Family::ALL {
        let file: File = toml::from_str(family.text())
            .map_err(|e| format!("the exhibits of {} can't be read: {e}", family.title()))?;
        all.extend(file.exhibit.into_iter().map(|words| Exhibit { family, words }));
    }
    Ok(all)
}

/// The exhibit of that key.
pub fn exhibit(key: &str) -> Option<&'static Exhibit> {
    exhibits().iter().find(|e| e.words.key == key)
}

impl Exhibit {
    /// Whether it is found by these words, in any letter case: each stands in its name, its texts or its papers.
    pub fn found_by(&self, search: &str) -> bool {
        let w = &self.words;
        let texts = [&w.key, &w.name, &w.line, &w.recipe, &w.train.recipe, &w.question];
        let all: Vec<&String> = texts.into_iter().chain(&w.idea).chain(&w.papers).collect();
        let text = all.into_iter().fold(String::new(), |all, s| all + " " + &s.to_lowercase());
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}
