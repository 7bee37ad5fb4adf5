//! What a system declares about itself, as plain values: settings, losses, family. Window, command line,
//! checkpoints and tests are built from these declarations alone.
//!
//! Must not know: Burn, messages, files.

use std::collections::BTreeMap;

/// How a setting is edited and checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// A whole number.
    Integer,
    /// A real number on a linear scale.
    Linear,
    /// A real number on a logarithmic scale (learning rates).
    Log,
    /// One of a few numbers, each with its name ("28", "32", "64").
    Choice(&'static [(f64, &'static str)]),
}

/// One setting of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Key on the command line (`--set learning_rate=1e-3`) and in files.
    pub name: &'static str,
    /// Plain name in the window.
    pub title: &'static str,
    /// One sentence: what turning it does.
    pub help: &'static str,
    /// The value a person can return to.
    pub default: f64,
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
    /// How it is edited.
    pub scale: Scale,
    /// Whether it can be changed while training runs.
    pub live: bool,
}

/// One plotted number per training step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Key in metrics and JSON (`reconstruction`, `loss_d`).
    pub name: &'static str,
    /// Plain name in the plot's legend.
    pub title: &'static str,
    /// Unit ("nats per image", "nats", "probability").
    pub unit: &'static str,
    /// One sentence: what it tells.
    pub help: &'static str,
}

/// What kind of system it is; decides which tools apply and what `eval` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Encoder and decoder, ELBO.
    Vae,
    /// Generator and discriminator.
    Gan,
    /// Labels from pictures; has no latent space.
    Classifier,
}

/// The declaration of one system. The registry pairs it with the function that builds the system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Key on the command line (`fc-vae`).
    pub name: &'static str,
    /// Plain name in the window.
    pub title: &'static str,
    /// One sentence for the person who chooses.
    pub summary: &'static str,
    /// Author, year and title of the paper.
    pub paper: &'static str,
    /// Its family.
    pub family: Family,
    /// What can be set, in the order it is shown.
    pub settings: &'static [Setting],
    /// What is plotted, in the order of the metrics' columns.
    pub losses: &'static [Loss],
    /// The data SPEC it is best met with.
    pub data: &'static str,
}

/// Values of settings by name; what is absent has its default.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, f64>);

impl Recipe {
    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|s| s.name == name)
    }

    /// Checks one value: the sentence names the setting, its range and the value given.
    pub fn check(&self, name: &str, value: f64) -> Result<f64, String> {
        let Some(setting) = self.setting(name) else {
            let known: Vec<_> = self.settings.iter().map(|s| s.name).collect();
            return Err(format!("{} has no setting \"{name}\"; it has {}", self.name, known.join(", ")));
        };
        setting.check(value)
    }
}

impl Setting {
    /// The value of a choice by its name, whatever its case; `None` when it is no choice or has no such name.
    pub fn choice(&self, name: &str) -> Option<f64> {
        match self.scale {
            Scale::Choice(all) => all.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)).map(|(v, _)| *v),
            _ => None,
        }
    }

    /// Checks that a value is finite, in range, whole where it must be, and one of the choices where there are some.
    pub fn check(&self, value: f64) -> Result<f64, String> {
        let Setting { name, min, max, .. } = self;
        match self.scale {
            Scale::Choice(choices) if !choices.iter().any(|(v, _)| *v == value) => {
                let names: Vec<_> = choices.iter().map(|(_, n)| *n).collect();
                Err(format!("{name} is one of {}, not {value}", names.join(", ")))
            }
            Scale::Integer if value.fract() != 0.0 => Err(format!("{name} is a whole number, not {value}")),
            _ if !value.is_finite() || value < *min || value > *max => {
                Err(format!("{name} goes from {min} to {max}, not {value}"))
            }
            _ => Ok(value),
        }
    }
}

impl Settings {
    /// The value of a setting, or its default in `recipe`. 0 for a name the recipe does not declare.
    pub fn get(&self, recipe: &Recipe, name: &str) -> f64 {
        self.0.get(name).copied().or_else(|| recipe.setting(name).map(|s| s.default)).unwrap_or(0.0)
    }

    /// The same as a count.
    pub fn count(&self, recipe: &Recipe, name: &str) -> usize {
        self.get(recipe, name).max(0.0) as usize
    }

    /// Checks every value against the recipe's declaration.
    pub fn check(&self, recipe: &Recipe) -> Result<(), String> {
        self.0.iter().try_for_each(|(name, value)| recipe.check(name, *value).map(drop))
    }
}
