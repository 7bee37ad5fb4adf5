//! What a system declares about itself, as plain values: settings, losses and their roles, parts and their turns, what
//! of the data it needs. Window, command line, checkpoints and tests are built from these declarations alone.
//!
//! Must not know: Burn, messages, files.

use crate::data::Offer;
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
    /// What it is to the system.
    pub role: Role,
    /// Losses of one axis share a plot; others would hide each other.
    pub axis: &'static str,
    /// A value worth a line in the plot, where D can't tell real from generated say, and how it is written.
    pub even: Option<(f64, &'static str)>,
}

/// What a plotted number is to its system, so that warnings and figures need no recipe's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A term of one sum that is minimised: what redrawing costs.
    Reconstruction,
    /// A term of that sum: what the latents cost.
    Kl,
    /// Another term of that sum.
    Term,
    /// What a discriminator or critic pays.
    Discriminator,
    /// What a generator pays.
    Generator,
    /// How real the discriminator finds real pictures.
    RealScore,
    /// How real the discriminator finds generated ones.
    FakeScore,
    /// What a model would pay that knows of each pixel only its neighbours.
    Neighbours,
    /// The part of a codebook's entries that stand for something.
    CodesInUse,
    /// A figure that nothing is paid for (accuracy, perplexity).
    Figure,
}

/// A part of a system that has an optimiser of its own, or an averaged copy of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartInfo {
    /// What the names of its tensors begin with, before a dot; "" = all that no other part claims.
    pub name: &'static str,
    /// What it is called in the window ("G").
    pub title: &'static str,
    /// What it does.
    pub does: Does,
    /// Value of the setting [`super::common::TURN`] at which it alone learns; `None` = it can't learn alone.
    pub turn: Option<f64>,
}

/// What a part of a system does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Makes pictures of what is given.
    Draws,
    /// Says of pictures how real they are.
    Judges,
    /// Encodes and draws.
    Both,
    /// Names what pictures show.
    Names,
    /// Says how probable codes are, and draws them.
    Prior,
    /// An averaged copy of the part that draws: it is shown, and has no gradient.
    Average,
}

/// A phase of a run, in which other parts learn, of other columns of the data and by other losses than in the one before.
/// The system's parameters may change from one to the next ([`super::System::enter`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// What it is called in the window ("prior").
    pub name: &'static str,
    /// The setting that says after how many steps it begins; `None` = it is the first. Not a share of the run, whose end
    /// can be moved: the steps behind a run must stay in the phases that they were made in. So the setting is not live.
    pub begins: Option<&'static str>,
    /// Names of the losses that are measured in it, in the order of the recipe's; the others have no value then.
    pub losses: &'static [&'static str],
    /// Names of the settings that nothing depends on before it: until it begins they can be others.
    pub settings: &'static [&'static str],
}

/// What of the data a system can't do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Classes, or binary attributes.
    Labels,
    /// Classes, of which each picture has one.
    Classes,
    /// A further picture of each item.
    Pair,
    /// A clip of each item.
    Clips,
    /// A point of the plane of each item.
    Points,
    /// A second set of pictures, of which none is a partner of the first's.
    Domains,
    /// A label map of each item.
    LabelMaps,
    /// A text about each item.
    Captions,
    /// The tracks of a scene of people of each item.
    Tracks,
}

impl Need {
    /// Whether data of these facts has it; a sentence that says what would do if not.
    pub fn check(self, recipe: &Recipe, facts: &super::Facts) -> Result<(), String> {
        let name = recipe.name;
        let shape = facts.shape;
        match self {
            Self::Labels if shape.classes < 2 && shape.attributes == 0 => Err(format!(
                "{name} needs labels: at least two classes or one binary attribute, such as digits or faces have"
            )),
            Self::Classes if shape.classes < 2 => Err(format!(
                "{name} needs classes, of which each picture has one, such as digits have; of attributes make classes: faces?classes=Smiling+Eyeglasses"
            )),
            Self::Pair if facts.columns.is_empty() => Err(format!(
                "{name} needs pairs of pictures, such as faces-edges has, or files of your own (pairs:DIR)"
            )),
            Self::Clips if facts.frames == 0 => Err(format!(
                "{name} needs clips, such as faces-clips has, or a folder with a folder for each clip, and in it the frames as pictures (clips:DIR)"
            )),
            Self::Points if !facts.points => {
                Err(format!("{name} needs points of the plane, such as 2d-ring or 2d-grid has"))
            }
            Self::Domains if facts.domains.len() < 2 => Err(format!(
                "{name} needs two domains of pictures without partners, such as faces-dusk has, or two folders of your own (domains:DIR,DIR)"
            )),
            Self::LabelMaps if facts.labels.is_none() => Err(format!(
                "{name} needs label maps, which say of every pixel what it is of, such as faces-labels has"
            )),
            Self::Captions if facts.captions.is_none() => Err(format!(
                "{name} needs captions, a text about each picture, such as faces-captions has, or pictures of your own with a .txt of the same name beside each or a captions.csv (folder:DIR)"
            )),
            Self::Tracks if facts.tracks.is_none() => Err(format!(
                "{name} needs tracks of people, such as crowds has, or files with a line frame id x y for each person (tracks:FILE)"
            )),
            _ => Ok(()),
        }
    }

    /// Whether a format that can offer this may have it.
    pub fn may_be_met(self, offers: &[Offer]) -> bool {
        let any = |all: &[Offer]| all.iter().any(|offer| offers.contains(offer));
        match self {
            Self::Labels => any(&[Offer::Classes, Offer::Attributes]),
            // Attributes make classes.
            Self::Classes => any(&[Offer::Classes, Offer::Attributes]),
            Self::Pair => any(&[Offer::Pairs]),
            Self::Clips => any(&[Offer::Clips]),
            Self::Points => any(&[Offer::Points]),
            Self::Domains => any(&[Offer::Domains]),
            Self::LabelMaps => any(&[Offer::LabelMaps]),
            Self::Captions => any(&[Offer::Captions]),
            Self::Tracks => any(&[Offer::Tracks]),
        }
    }
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
    /// What it is made of.
    pub parts: &'static [PartInfo],
    /// What of the data it can't do without.
    pub needs: &'static [Need],
    /// The phases of a run, in their order; none where all of it is alike.
    pub phases: &'static [Phase],
    /// A configuration so small that tests train it in a moment: settings that differ from their defaults.
    pub tiny: &'static [(&'static str, f64)],
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
    /// Checks that the data has what the system needs; the sentence says what would do.
    pub fn check_data(&self, facts: &super::Facts) -> Result<(), String> {
        self.needs.iter().try_for_each(|need| need.check(self, facts))
    }

    /// The phase that the step after `step` steps is made in, by the settings of the first step: its place among the phases;
    /// 0 where there are none.
    pub fn phase_at(&self, settings: &Settings, step: u64) -> usize {
        let begun = |phase: &Phase| match phase.begins {
            Some(name) => self.setting(name).is_some() && settings.get(self, name) <= step as f64,
            None => true,
        };
        self.phases.iter().rposition(begun).unwrap_or(0)
    }

    /// The place of the phase of that name, and the setting that says when it begins. Fails with a sentence where there is
    /// none, or it is the first.
    pub fn later_phase(&self, name: &str) -> Result<(usize, &'static str), String> {
        let later = self.phases.iter().enumerate().filter_map(|(i, p)| Some((i, p.name, p.begins?)));
        let names: Vec<&str> = later.clone().map(|(_, name, _)| name).collect();
        let found = later.clone().find(|(_, own, _)| *own == name).map(|(i, _, begins)| (i, begins));
        found.ok_or_else(|| match names.is_empty() {
            true => format!("a run of {} has no phases: leave out the phase {name}", self.name),
            false => format!("{} has no phase \"{name}\" to begin; it has {}", self.name, names.join(", ")),
        })
    }

    /// Whether nothing depends on a setting up to a phase.
    pub fn comes_later(&self, name: &str, phase: usize) -> bool {
        self.phases.iter().skip(phase + 1).any(|later| later.settings.contains(&name))
    }

    /// What a phase is called; empty where there are none.
    pub fn phase_name(&self, phase: usize) -> &'static str {
        self.phases.get(phase).map_or("", |p| p.name)
    }

    /// Whether each of the losses is measured in a phase.
    pub fn measured(&self, phase: usize) -> Vec<bool> {
        let measured = |loss: &Loss| self.phases.get(phase).is_none_or(|p| p.losses.contains(&loss.name));
        self.losses.iter().map(measured).collect()
    }

    /// Whether a discriminator has a part in it.
    pub fn adversarial(&self) -> bool {
        self.part(Does::Judges).is_some()
    }

    /// Whether its outputs are labels and no pictures.
    pub fn names_labels(&self) -> bool {
        self.part(Does::Names).is_some()
    }

    /// The part that does this.
    pub fn part(&self, does: Does) -> Option<&'static PartInfo> {
        self.parts.iter().find(|p| p.does == does)
    }

    /// Whether a tensor of that name belongs to the part that does this.
    pub fn owns(&self, does: Does, tensor: &str) -> bool {
        let inside = |p: &PartInfo| tensor.strip_prefix(p.name).is_some_and(|rest| rest.starts_with('.'));
        self.parts.iter().any(|p| p.does == does && (p.name.is_empty() || inside(p)))
    }

    /// The place of the loss of that role among the losses.
    pub fn column(&self, role: Role) -> Option<usize> {
        self.losses.iter().position(|l| l.role == role)
    }

    /// The settings of the small configuration.
    pub fn tiny_settings(&self) -> Settings {
        Settings(self.tiny.iter().map(|(name, value)| (name.to_string(), *value)).collect())
    }

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
    /// The value of a setting, or its default in `recipe`; `None` for a name that the recipe does not declare.
    pub fn find(&self, recipe: &Recipe, name: &str) -> Option<f64> {
        let declared = recipe.setting(name)?;
        Some(self.0.get(name).copied().unwrap_or(declared.default))
    }

    /// The same of a setting that the recipe declares. Of another name it is no number, which no training survives
    /// unnoticed, as it would a 0.
    pub fn get(&self, recipe: &Recipe, name: &str) -> f64 {
        self.find(recipe, name).unwrap_or(f64::NAN)
    }

    /// The same as a count. [`Setting::check`] lets nothing through that is none, and a system is built only of settings
    /// that passed (see [`super::Entry::built`]); so nothing is rounded or cut off here.
    pub fn count(&self, recipe: &Recipe, name: &str) -> usize {
        self.get(recipe, name).max(0.0) as usize
    }

    /// Checks every value against the recipe's declaration.
    pub fn check(&self, recipe: &Recipe) -> Result<(), String> {
        self.0.iter().try_for_each(|(name, value)| recipe.check(name, *value).map(drop))
    }
}
