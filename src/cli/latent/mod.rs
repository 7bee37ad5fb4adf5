//! `zscope walk`, `edit`, `directions`, `project`, `map` and `layers`: the latent tools without a window.
//!
//! Must not know: egui.

pub mod args;
mod directions;
mod edit;
mod layers;
mod map;
mod strip;
mod walk;

pub use directions::directions;
pub use edit::{edit, project};
pub use layers::layers;
pub use map::map;
pub use strip::strip;
pub use walk::walk;

use super::args::On;
use super::{Trouble, device, load, model};
use crate::data::{DataError, Job, Spec, Want};
use crate::engine::device::Chosen;
use crate::engine::tool::{self, LEARN_FROM, Subject};
use crate::metrics::judge::Named;
use crate::nn::Noise;
use crate::point::{self, Point};
use crate::tools::embed::{Embedded, embed};
use crate::tools::picture::{Origin, origin};
use crate::tools::{Labelled, labelled, latents};
use crate::weights::Checkpoint;
use crate::zoo::Held;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Nobody watches and nobody cancels.
const ON: &(dyn Fn(usize, usize) -> bool + Sync) = &|_, _| true;

/// A model that is open, and the judge of its pictures.
struct Opened {
    name: String,
    checkpoint: Checkpoint,
    model: Held,
    judge: Option<(Held, Checkpoint)>,
    /// Whether a person named that judge.
    vouched: bool,
    chosen: Chosen,
}

impl Opened {
    fn new(file: &Path, on: On, judge: Option<&Path>) -> Result<Self, Trouble> {
        let opened = Self::any(file, on, judge)?;
        match opened.model.latent_dims() {
            0 => Err(Trouble::Failure(format!("{} has no latent space", file.display()))),
            _ => Ok(opened),
        }
    }

    /// The same of a model that may have no latent.
    fn any(file: &Path, on: On, judge: Option<&Path>) -> Result<Self, Trouble> {
        let checkpoint = load(file)?;
        let chosen = device(on.into())?;
        let opened = model(&checkpoint, &chosen)?;
        let vouched = judge.is_some();
        let judge = match judge {
            Some(path) => Some(load(path)?),
            None => crate::shipped::judge_of(&checkpoint.card.shape)?,
        };
        let judge = judge.map(|j| Ok::<_, Trouble>((model(&j, &chosen)?, j))).transpose()?;
        if let Some((_, judge)) = judge.as_ref().filter(|(_, j)| !j.card.shape.reads(&checkpoint.card.shape))
        {
            let read = judge.card.shape;
            return Err(Trouble::Misuse(format!(
                "the judge reads pictures of {}×{}, which this model's are not: give another",
                read.width, read.height
            )));
        }
        let name = file.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        Ok(Self { name, checkpoint, model: opened, judge, vouched, chosen })
    }

    fn judge(&self) -> Result<Named<'_>, Trouble> {
        let judge =
            self.judge.as_ref().map(|(model, j)| Named { model: model.model(), outputs: &j.card.outputs });
        judge.ok_or_else(|| Trouble::Failure("no judge is shipped for pictures like this model's".into()))
    }

    /// The judge, where it may judge: one that a person named, or one that is right about the labels of this data. Data
    /// that is not here can't be asked.
    fn right_judge(&self, data: &Option<String>) -> Result<Named<'_>, Trouble> {
        const LOOKED_AT: usize = 256;
        let judge = self.judge()?;
        let name = self.data(data);
        if self.vouched {
            return Ok(judge);
        }
        let Ok(spec) = name.parse::<Spec>() else { return Ok(judge) };
        let cancel = AtomicBool::new(false);
        let job = Job { progress: &|_, _| {}, cancel: &cancel };
        match spec.load(self.want(), &job) {
            Ok(set) if !labelled::trusts(judge, &set.train.head(LOOKED_AT), &self.chosen.device) => {
                Err(Trouble::Failure(format!(
                    "the shipped judge is not right about the labels of {name}, so what it says of this model means nothing and is not shown; name a classifier of this data with --judge"
                )))
            }
            _ => Ok(judge),
        }
    }

    fn want(&self) -> Want {
        self.checkpoint.card.shape.want()
    }

    fn data<'a>(&'a self, asked: &'a Option<String>) -> &'a str {
        asked.as_deref().unwrap_or(&self.checkpoint.card.data)
    }

    fn subject(&self) -> Result<Subject, Trouble> {
        let shape = self.checkpoint.card.shape;
        let judge = self.judge.as_ref().map(|(_, judge)| judge.clone());
        Ok(Subject {
            id: 0,
            model: self.model.fork(),
            shape,
            judge,
            vouched: self.vouched,
            device: self.chosen.device.clone(),
        })
    }

    /// Labelled latents: encodings of the data where the model has an encoder, judged samples otherwise.
    fn labelled(&self, data: &Option<String>, count: usize) -> Result<Labelled, Trouble> {
        let subject = self.subject()?;
        Ok(tool::label(&subject, self.data(data), count, &AtomicBool::new(false), ON)?)
    }

    /// Latents that nothing was learnt from: encodings of held-out pictures, or samples of another seed.
    fn unseen(&self, data: &Option<String>, count: usize) -> Result<Vec<Vec<f32>>, Trouble> {
        const SEED: u64 = 0x05ee4;
        let dims = self.model.latent_dims();
        if !self.model.encodes() {
            let values = Noise::new(SEED, 1).normals(count * dims);
            return Ok(values.chunks(dims).map(<[f32]>::to_vec).collect());
        }
        let spec: Spec = self.data(data).parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
        let cancel = AtomicBool::new(false);
        let job = Job { progress: &|_, _| {}, cancel: &cancel };
        let held_out = spec.load_held_out(self.want(), &job).map_err(|e| e.to_string())?.test;
        Ok(labelled::encode(&self.model, &held_out.head(count), &self.chosen.device, ON)?)
    }

    /// A latent as it leaves the program: the network's own input.
    fn own(&self, z: &[f32]) -> Vec<f32> {
        point::prior(self.model.inputs()).own(z)
    }

    /// The same as text.
    fn text(&self, z: &[f32]) -> String {
        crate::latent::text::write(&self.own(z))
    }

    /// A latent by what a person typed: the seed of a sample, a text file with a latent, a PNG that carries one, or any
    /// picture, which is encoded (and projected, where there is no encoder).
    fn latent(&self, word: &OsStr) -> Result<(Vec<f32>, Option<Embedded>), Trouble> {
        let dims = self.model.latent_dims();
        if let Some(seed) = word.to_str().and_then(|word| word.parse::<u64>().ok()) {
            return Ok((Noise::new(seed, 0).normals(dims), None));
        }
        let (path, word) = (Path::new(word), word.display());
        if !path.exists() {
            return Err(Trouble::Misuse(format!("{word} is neither a seed nor a file that is there")));
        }
        match latents::read(path, dims, point::prior(self.model.inputs()))? {
            Some(rows) if rows.len() == 1 => return Ok((rows.concat(), None)),
            Some(rows) => {
                let many =
                    format!("{word} holds {} latents where one is wanted; give a file with one", rows.len());
                return Err(Trouble::Misuse(many));
            }
            None => {}
        }
        let embedded = self.embed(path, 0)?;
        Ok((embedded.z.clone(), Some(embedded)))
    }

    /// A point by what a person typed: a PNG that carries one, else as [`Opened::latent`]; of a model without a latent a number is
    /// a picture of its data.
    fn point(&self, word: &OsStr, data: &Option<String>) -> Result<Point, Trouble> {
        let carried = origin(Path::new(word)).map(|o| o.point());
        if let Some(point) = carried.filter(|p| p.check(self.model.inputs()).is_ok()) {
            return Ok(point);
        }
        if self.model.latent_dims() > 0 {
            return Ok(self.latent(word)?.0.into());
        }
        let subject = self.subject()?;
        let of = |held| Point { z: Vec::new(), held };
        if let Some(number) = word.to_str().and_then(|word| word.parse::<usize>().ok()) {
            const LAST: usize = 100_000;
            if number > LAST {
                return Err(Trouble::Misuse(format!("pictures of data are numbered to {LAST} here")));
            }
            let never = AtomicBool::new(false);
            let mut given = tool::given_by(&subject, self.data(data), number, 1, &never, ON)?;
            return Ok(of(given.pop().unwrap_or_default()));
        }
        let path = Path::new(word);
        if !path.exists() {
            let word = word.display();
            return Err(Trouble::Misuse(format!("{word} is neither a number nor a file that is there")));
        }
        Ok(of(tool::read_in(&subject, path)?))
    }

    fn embed(&self, path: &Path, steps: usize) -> Result<Embedded, Trouble> {
        let split = crate::data::read_one(path, self.want())?;
        Ok(embed(&self.model, &split, steps, &self.chosen.device, ON)?)
    }

    fn origin(&self, z: &[f32]) -> Origin {
        Origin {
            model: self.name.clone(),
            fingerprint: self.checkpoint.fingerprint(),
            z: z.to_vec(),
            prior: point::prior(self.model.inputs()),
            held: Default::default(),
        }
    }
}

/// How many pictures are labelled, checked.
fn count(asked: Option<usize>) -> Result<usize, Trouble> {
    match asked.unwrap_or(LEARN_FROM) {
        n if (10..=200_000).contains(&n) => Ok(n),
        n => Err(Trouble::Misuse(format!("--count goes from 10 to 200000, not {n}"))),
    }
}
