//! Looks after a training: says in words what goes wrong, with the figures that show it and what to try. It reads the
//! same losses that are plotted, and how much the recorded samples differ; it changes nothing.
//!
//! Must not know: Burn, files, who is told.

use super::table::Table;
use crate::objective::game::Game;
use crate::zoo::{Loss, Recipe, Role};
use std::collections::VecDeque;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A loss is far above what it was.
    Exploding,
    /// The discriminator is never wrong, so the generator learns nothing from it.
    DiscriminatorWon,
    /// The samples are all alike.
    ModeCollapse,
    /// Classes that were drawn are drawn no more.
    Vanished,
    /// The latents say nothing about the picture.
    PosteriorCollapse,
    /// A few codes stand for everything.
    CodebookCollapse,
    /// A model that draws pixel by pixel knows no more than its neighbours tell.
    CopiesNeighbours,
}

/// A warning as a person reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// What is wrong.
    pub trouble: Trouble,
    /// The same in a few words.
    pub title: &'static str,
    /// The classes that it is about; empty where it is about none.
    pub classes: Vec<String>,
    /// The figures that show it.
    pub evidence: String,
    /// What to try.
    pub advice: &'static str,
    /// Since which step.
    pub since: u64,
}

/// Steps that a judgement rests on.
const RECENT: usize = 100;
/// Steps before the first judgement: at the start everything looks wrong.
const EARLY: u64 = 300;
/// A loss that became so many times larger explodes.
const JUMP: f64 = 10.0;
/// Probability from which on the discriminator counts as sure.
const SURE: f64 = 0.97;
/// Samples that differ less than this part of what data do, after they differed twice as much, have collapsed.
const ALIKE: f32 = 0.25;
/// A class is looked after that makes up this part of the data, as the judge sees it.
const FREQUENT: f32 = 0.04;
/// It was drawn when its share was this part of the data's at two looks in turn, and has vanished when it is below that
/// part at the last two.
const DRAWN: (f32, f32) = (0.5, 0.1);
/// Part of the samples that a judge must be sure of: where it can't read them, it can't miss a class.
const READABLE: f32 = 0.25;
/// Classes of which a warning gives the figures.
const NAMED: usize = 4;
/// Nats per image that all latents together must say.
const SILENT: f64 = 0.1;
/// A model that pays more than this part of what its neighbours alone would cost, after so many steps, copies them.
const COPIED: (f64, u64) = (0.98, 1000);
/// Part of a codebook's entries that must stand for something in a batch.
const ALIVE: f64 = 0.25;

/// Watches one training.
pub struct Monitor {
    recipe: &'static Recipe,
    /// What G and D play, where that can be chosen.
    game: Option<Game>,
    /// How much pictures of the data differ; 0 = not known.
    data: f32,
    recent: VecDeque<Vec<f32>>,
    /// Means of the losses over earlier steps, slowly forgotten.
    usual: Option<Vec<f64>>,
    step: u64,
    differ: Option<f32>,
    most: f32,
    gradient: Option<f32>,
    vanished: Option<Warning>,
    warnings: Vec<Warning>,
}

impl Monitor {
    /// For a recipe, whose data differ so much (mean pairwise root-mean-square difference, 0–1).
    pub fn new(recipe: &'static Recipe, data: f32) -> Self {
        Self {
            recipe,
            game: None,
            data,
            recent: VecDeque::new(),
            usual: None,
            step: 0,
            differ: None,
            most: 0.0,
            gradient: None,
            vanished: None,
            warnings: Vec::new(),
        }
    }

    /// From now on this game is played: what was usual in another is nothing to go by.
    pub fn plays(&mut self, game: Option<Game>) {
        if self.game != game {
            self.game = game;
            self.begin_anew();
        }
    }

    /// The losses of consecutive steps from `first` on.
    pub fn losses(&mut self, first: u64, rows: &[Vec<f32>]) {
        for row in rows {
            if self.recent.len() == RECENT
                && let Some(old) = self.recent.pop_front()
            {
                let usual = self.usual.get_or_insert_with(|| old.iter().map(|v| f64::from(*v)).collect());
                for (u, v) in usual.iter_mut().zip(&old) {
                    // What is measured from a later phase on has no usual value before.
                    if u.is_nan() {
                        *u = f64::from(*v);
                        continue;
                    }
                    if v.is_nan() {
                        continue;
                    }
                    // A jump must not become what is usual before somebody has read of it.
                    let most = u.abs() + 0.5;
                    *u += (f64::from(*v) - *u).clamp(-most, most) / (5.0 * RECENT as f64);
                }
            }
            self.recent.push_back(row.clone());
        }
        self.step = first + rows.len() as u64 - u64::from(!rows.is_empty());
    }

    /// How much the samples differ now.
    pub fn samples(&mut self, differ: f32) {
        self.differ = Some(differ);
        self.most = self.most.max(differ);
    }

    /// Norm of the generator's gradient now; 0 where there is none.
    pub fn generator_gradient(&mut self, norm: f32) {
        self.gradient = (norm > 0.0).then_some(norm);
    }

    /// What a judge has seen of the samples (see [`super::classes`]).
    pub fn seen(&mut self, looks: &Table) {
        self.vanished = vanished(looks);
    }

    /// The losses from now on are another phase's: what was usual is not any more.
    pub fn begin_anew(&mut self) {
        self.recent.clear();
        self.usual = None;
    }

    /// The run went back to an earlier step.
    pub fn forget(&mut self) {
        *self = Self { game: self.game, ..Self::new(self.recipe, self.data) };
    }

    /// What is wrong now; `None` when that is the same as at the last look.
    pub fn look(&mut self) -> Option<Vec<Warning>> {
        let gone = self.vanished.clone();
        let all = [
            self.exploding(),
            self.won(),
            self.collapsed(),
            gone,
            self.silent(),
            self.few_codes(),
            self.copies(),
        ];
        let mut now: Vec<Warning> = all.into_iter().flatten().collect();
        for warning in &mut now {
            if let Some(old) = self.warnings.iter().find(|w| w.trouble == warning.trouble) {
                warning.since = old.since;
            }
        }
        let kinds = |all: &[Warning]| -> Vec<(Trouble, Vec<String>)> {
            all.iter().map(|w| (w.trouble, w.classes.clone())).collect()
        };
        let changed = kinds(&now) != kinds(&self.warnings);
        // Figures move all the time; a new list is told when a warning comes or goes.
        if changed {
            self.warnings = now.clone();
        }
        changed.then_some(now)
    }

    fn mean(&self, role: Role) -> Option<f64> {
        self.column(self.recipe.column(role)?)
    }

    fn column(&self, column: usize) -> Option<f64> {
        let sum: f64 = self.recent.iter().filter_map(|r| r.get(column)).map(|v| f64::from(*v)).sum();
        // Of a loss that is not measured in this phase nothing is known.
        (self.recent.len() == RECENT && self.step >= EARLY && !sum.is_nan()).then(|| sum / RECENT as f64)
    }

    fn warn(&self, trouble: Trouble, title: &'static str, evidence: String, advice: &'static str) -> Warning {
        Warning { trouble, title, classes: Vec::new(), evidence, advice, since: self.step }
    }

    /// Terms of one sum trade with each other, and a VAE's KL grows as it learns: there the sum is judged, elsewhere each loss.
    fn exploding(&self) -> Option<Warning> {
        let usual = self.usual.as_ref()?;
        let term = |l: &Loss| matches!(l.role, Role::Reconstruction | Role::Kl | Role::Term);
        let paid = |l: &Loss| matches!(l.role, Role::Discriminator | Role::Generator);
        let columns = |which: &dyn Fn(&Loss) -> bool| -> Vec<usize> {
            (0..self.recipe.losses.len()).filter(|i| which(&self.recipe.losses[*i])).collect()
        };
        let mut groups: Vec<(&str, Vec<usize>)> =
            columns(&paid).into_iter().map(|i| (self.recipe.losses[i].title, vec![i])).collect();
        let terms = columns(&term);
        match terms[..] {
            [] => {}
            [only] => groups.push((self.recipe.losses[only].title, terms)),
            _ => groups.push(("the loss", terms)),
        }
        groups.into_iter().find_map(|(title, mut columns)| {
            columns.retain(|i| !usual[*i].is_nan() && self.column(*i).is_some());
            let before: f64 = columns.iter().map(|i| usual[*i]).sum();
            let now = columns.iter().map(|i| self.column(*i)).sum::<Option<f64>>()?;
            // Small losses of a game swing without harm.
            let jumped = now > JUMP * before.abs().max(0.5);
            let said = format!(
                "{title} was about {before:.2} and is {now:.2} on average over the last {RECENT} steps"
            );
            let advice =
                "Lower the learning rate now, or branch from an earlier checkpoint with a smaller one.";
            jumped.then(|| self.warn(Trouble::Exploding, "The loss explodes", said, advice))
        })
    }

    fn won(&self) -> Option<Warning> {
        // A critic's score says nothing of being sure; of the relativistic game both are of pairs.
        if self.game.is_some_and(|game| !game.probabilities()) {
            return None;
        }
        let (real, fake) = (self.mean(Role::RealScore)?, self.mean(Role::FakeScore)?);
        let gradient =
            self.gradient.map_or(String::new(), |g| format!("; the norm of G's gradient is {g:.2e}"));
        let said = format!(
            "over the last {RECENT} steps it gave real pictures {:.1} % and generated ones {:.1} %{gradient}",
            100.0 * real,
            100.0 * fake
        );
        let advice = "Lower the discriminator's learning rate, or raise the generator's, and watch D(fake) rise again.";
        (real > SURE && fake < 1.0 - SURE)
            .then(|| self.warn(Trouble::DiscriminatorWon, "The discriminator has won", said, advice))
    }

    fn collapsed(&self) -> Option<Warning> {
        let differ = self.differ.filter(|_| self.recipe.adversarial() && self.step >= EARLY)?;
        let alike = self.data > 0.0 && differ < ALIKE * self.data && differ < 0.5 * self.most;
        let said = format!(
            "samples differ by {differ:.3} on average, and did by {:.3}; pictures of the data by {:.3}",
            self.most, self.data
        );
        let advice = "Lower both learning rates, or branch from a checkpoint before it happened.";
        alike.then(|| self.warn(Trouble::ModeCollapse, "The samples become alike", said, advice))
    }

    fn silent(&self) -> Option<Warning> {
        let kl = self.mean(Role::Kl)?;
        let said = format!("all latent dimensions together say {kl:.3} nats about a picture");
        let advice = "Lower β, at 0 for a while, and raise it slowly.";
        (kl < SILENT).then(|| {
            self.warn(Trouble::PosteriorCollapse, "The latents say nothing about the picture", said, advice)
        })
    }

    fn copies(&self) -> Option<Warning> {
        let (alone, paid) = (self.mean(Role::Neighbours)?, self.mean(Role::Term)?);
        let said = format!(
            "over the last {RECENT} steps a picture cost {paid:.1} nats, and knowing the pixels to the left and above alone it would cost {alone:.1}"
        );
        let advice = "Raise the learning rate, or begin anew with more layers or a wider network.";
        (self.step >= COPIED.1 && paid > COPIED.0 * alone)
            .then(|| self.warn(Trouble::CopiesNeighbours, "It only copies its neighbours", said, advice))
    }

    fn few_codes(&self) -> Option<Warning> {
        let columns = self.recipe.losses.iter().enumerate().filter(|(_, l)| l.role == Role::CodesInUse);
        let few: Vec<String> = columns
            .filter_map(|(i, loss)| Some((loss.title, self.column(i)?)))
            .filter(|(_, share)| *share < ALIVE)
            .map(|(title, share)| format!("{title}: {:.1} %", 100.0 * share))
            .collect();
        let said = format!("over the last {RECENT} steps, of the codebook's entries: {}", few.join("; "));
        let advice = "Branch from an earlier checkpoint with a smaller learning rate, or begin anew with fewer entries, or larger batches.";
        (!few.is_empty())
            .then(|| self.warn(Trouble::CodebookCollapse, "A few codes stand for everything", said, advice))
    }
}

/// Classes that a generator drew and draws no more, by a judge's looks at it; `None` where there are none.
pub fn vanished(looks: &Table) -> Option<Warning> {
    let (data, seen) = looks.rows.split_first().filter(|(first, _)| first.0 == 0)?;
    let [before @ .., (since, one), (_, two)] = seen else { return None };
    let at = |row: &[f32], i: usize| row.get(i).copied().unwrap_or(0.0);
    if at(two, 0) < READABLE {
        return None;
    }
    let frequent: Vec<usize> = (1..looks.names.len()).filter(|i| at(&data.1, *i) >= FREQUENT).collect();
    let drawn = |row: &[f32], i: usize| at(row, i) >= DRAWN.0 * at(&data.1, i);
    // To a judge that knows nothing else, the noise of the first steps is a digit, always the same one: only a look that
    // sees many classes tells what was drawn.
    let varied = |row: &[f32]| 2 * frequent.iter().filter(|i| drawn(row, **i)).count() >= frequent.len();
    // The most that it was at two looks in turn, and when: one look alone may misread.
    let most = |i: usize| {
        let pairs = before.windows(2).filter(|w| varied(&w[0].1) && varied(&w[1].1));
        let pairs = pairs.map(|w| (at(&w[0].1, i).min(at(&w[1].1, i)), w[1].0));
        pairs.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0))
    };
    let gone = |i: &usize| {
        let usual = at(&data.1, *i);
        let now = at(one, *i).max(at(two, *i));
        most(*i).0 >= DRAWN.0 * usual && now <= DRAWN.1 * usual
    };
    let gone: Vec<usize> = frequent.iter().copied().filter(gone).collect();
    let name = |i: &usize| looks.names[*i].clone();
    let words = |i: &usize| {
        let (share, step) = most(*i);
        let parts = [at(two, *i), share, at(&data.1, *i)].map(|v| format!("{:.1} %", 100.0 * v));
        let [now, once, data] = parts;
        format!("{} is {now} of the samples, was {once} at step {step}, and is {data} of the data", name(i))
    };
    let mut evidence = gone.iter().take(NAMED).map(words).collect::<Vec<_>>().join("; ");
    if gone.len() > NAMED {
        evidence += &format!("; and {} more", gone.len() - NAMED);
    }
    (!gone.is_empty()).then(|| Warning {
        trouble: Trouble::Vanished,
        title: "Classes vanish",
        classes: gone.iter().map(name).collect(),
        evidence: format!("the judge says: {evidence}"),
        advice: "Branch from a checkpoint before it happened with smaller learning rates, or let D take more steps.",
        since: *since,
    })
}
