//! `SPEC`: the words that name a data set (`digits`, `faces`, `shapes`, `idx:DIR`, `folder:DIR` …), and loading by them.
//!
//! Must not know: what the pictures are for.

use super::faces::Correlation;
use super::{Dataset, celeba, cifar, digits, faces, folder, idx, shapes};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which data set. Its text form is what the command line takes and what a run records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Spec {
    /// Built-in digits from glyphs: `digits` or `digits:COUNT` (training pictures; default 20,000).
    Digits(usize),
    /// Built-in toy faces: `faces` or `faces:COUNT` (default 20,000).
    Faces(usize),
    /// The built-in faces with every factor by itself: `faces-independent` or `faces-independent:COUNT`.
    FacesIndependent(usize),
    /// The built-in faces, each with its outlines beside it: `faces-edges` or `faces-edges:COUNT`.
    FacesEdges(usize),
    /// Built-in shapes with known factors: `shapes` or `shapes:COUNT` (default 20,000).
    Shapes(usize),
    /// A folder with MNIST-style IDX files, plain or .gz: `idx:DIR`.
    Idx(PathBuf),
    /// A folder with CelebA's pictures and its list of attributes: `celeba:DIR`.
    Celeba(PathBuf),
    /// A folder with CIFAR-10 or CIFAR-100 in the binary version: `cifar:DIR`.
    Cifar(PathBuf),
    /// A folder of pictures, searched recursively: `folder:DIR`.
    Folder(PathBuf),
    /// Any of these with classes made of its binary attributes: `faces?classes=Smiling+Eyeglasses` has four.
    Classed(Box<Spec>, Vec<String>),
}

/// What stands between a SPEC and the attributes that become its classes.
const CLASSES: &str = "?classes=";

/// A path as a shell would have it: `~/` is the home folder, also where no shell saw it.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// All SPECs, for a help text.
pub const SPECS: &str = "digits[:COUNT], faces[:COUNT], faces-independent[:COUNT], faces-edges[:COUNT] (pairs), shapes[:COUNT], \
idx:DIR (MNIST's format, plain or .gz), celeba:DIR, cifar:DIR (binary version), folder:DIR (pictures); \
with ?classes=NAME+NAME behind it attributes become classes";

/// What a chosen folder may hold, for a form.
pub const FOLDER: &str = "A folder of pictures, of MNIST-style IDX files, or with CelebA or CIFAR";

/// The SPECs of built-in sets, and what each is, for a form.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("digits", "Built in: handwriting-like digits. Nothing is downloaded"),
    (
        "faces",
        "Built in: drawn faces whose attributes go together somewhat as in photographs of people (beards on men, \
lipstick on women). Nothing is downloaded",
    ),
    (
        "faces-independent",
        "Built in: the same faces with every factor by itself. Entangled data is what makes latent arithmetic go \
wrong: train on both and compare. Nothing is downloaded",
    ),
    (
        "faces-edges",
        "Built in: the same faces in pairs, each with its outlines, for drawing faces from lines. Nothing is downloaded",
    ),
    (
        "shapes",
        "Built in: squares, ellipses and hearts with known factors (shape, scale, rotation, place, colour), for \
disentanglement. Nothing is downloaded",
    ),
];

/// Training pictures of a built-in set when the SPEC names no count.
pub const DEFAULT_COUNT: usize = 20_000;

/// Why data could not be loaded: one sentence for a person.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// The SPEC is not one we know.
    #[error("{0}")]
    Spec(String),
    /// A file or folder could not be used.
    #[error("{0}")]
    File(String),
    /// The person pressed Cancel.
    #[error("loading was cancelled")]
    Cancelled,
}

/// The size that the model wants: pictures are drawn at, or cropped and resized to, this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Width and height in pixels.
    pub size: usize,
    /// 1 = grey, 3 = RGB, `None` = as the data is.
    pub channels: Option<usize>,
}

/// A running load: where to report progress, and whether to give up.
pub struct Job<'a> {
    /// Called with (done, total) now and then, from the loading thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Set by the person's Cancel.
    pub cancel: &'a AtomicBool,
}

impl Job<'_> {
    /// Fails with [`DataError::Cancelled`] once Cancel was pressed; else reports progress.
    pub fn tick(&self, done: usize, total: usize) -> Result<(), DataError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled);
        }
        (self.progress)(done, total);
        Ok(())
    }
}

impl FromStr for Spec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        if let Some((of, names)) = text.split_once(CLASSES) {
            let names: Vec<String> = names.split('+').map(|n| n.trim().to_owned()).collect();
            if names.iter().any(String::is_empty) {
                return Err(DataError::Spec(format!(
                    "\"{text}\" names no attribute behind {CLASSES}: write {of}{CLASSES}NAME or {of}{CLASSES}NAME+NAME"
                )));
            }
            return Ok(Spec::Classed(Box::new(of.parse()?), names));
        }
        let (head, tail) = match text.split_once(':') {
            Some((head, tail)) => (head, Some(tail)),
            None => (text, None),
        };
        let count = || match tail {
            None => Ok(DEFAULT_COUNT),
            Some(t) => match t.parse::<usize>() {
                Ok(n) if (1..=1_000_000).contains(&n) => Ok(n),
                _ => Err(DataError::Spec(format!(
                    "\"{t}\" is not a number of pictures: write {head}:COUNT with a COUNT from 1 to 1000000"
                ))),
            },
        };
        let dir = || match tail {
            Some(d) if !d.is_empty() => Ok(at_home(d)),
            _ => Err(DataError::Spec(format!("{head}: needs a folder: write {head}:DIR"))),
        };
        match head {
            "digits" => Ok(Spec::Digits(count()?)),
            "faces" => Ok(Spec::Faces(count()?)),
            "faces-independent" => Ok(Spec::FacesIndependent(count()?)),
            "faces-edges" => Ok(Spec::FacesEdges(count()?)),
            "shapes" => Ok(Spec::Shapes(count()?)),
            "idx" => Ok(Spec::Idx(dir()?)),
            "celeba" => Ok(Spec::Celeba(dir()?)),
            "cifar" => Ok(Spec::Cifar(dir()?)),
            "folder" => Ok(Spec::Folder(dir()?)),
            _ => Err(DataError::Spec(format!("\"{text}\" names no data set: use one of {SPECS}"))),
        }
    }
}

impl std::fmt::Display for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |f: &mut std::fmt::Formatter<'_>, name: &str, n: usize| {
            if n == DEFAULT_COUNT { write!(f, "{name}") } else { write!(f, "{name}:{n}") }
        };
        match self {
            Spec::Digits(n) => count(f, "digits", *n),
            Spec::Faces(n) => count(f, "faces", *n),
            Spec::FacesIndependent(n) => count(f, "faces-independent", *n),
            Spec::FacesEdges(n) => count(f, "faces-edges", *n),
            Spec::Shapes(n) => count(f, "shapes", *n),
            Spec::Idx(dir) => write!(f, "idx:{}", dir.display()),
            Spec::Celeba(dir) => write!(f, "celeba:{}", dir.display()),
            Spec::Cifar(dir) => write!(f, "cifar:{}", dir.display()),
            Spec::Folder(dir) => write!(f, "folder:{}", dir.display()),
            Spec::Classed(of, names) => write!(f, "{of}{CLASSES}{}", names.join("+")),
        }
    }
}

impl Spec {
    /// Whether the attributes are the independent factors that determine each picture, all of them, so that
    /// disentanglement can be measured against them.
    pub fn known_factors(&self) -> bool {
        match self {
            Spec::Classed(of, _) => of.known_factors(),
            other => matches!(other, Spec::Shapes(_)),
        }
    }

    /// The same data with no more pictures than `count` drawn, for a built-in set; its pictures are the first of the
    /// whole set's.
    pub fn at_most(self, count: usize) -> Self {
        match self {
            Spec::Digits(n) => Spec::Digits(n.min(count)),
            Spec::Faces(n) => Spec::Faces(n.min(count)),
            Spec::FacesIndependent(n) => Spec::FacesIndependent(n.min(count)),
            Spec::FacesEdges(n) => Spec::FacesEdges(n.min(count)),
            Spec::Shapes(n) => Spec::Shapes(n.min(count)),
            Spec::Classed(of, names) => Spec::Classed(Box::new(of.at_most(count)), names),
            other => other,
        }
    }

    /// Loads the data set at the wanted size. Deterministic; runs on the calling thread (and rayon's).
    pub fn load(&self, want: Want, job: &Job) -> Result<Dataset, DataError> {
        match self {
            Spec::Digits(n) => digits::load(*n, want, job),
            Spec::Faces(n) => faces::load(*n, want, job),
            Spec::FacesIndependent(n) => faces::load_with(*n, Correlation::Independent, want, job),
            Spec::FacesEdges(n) => faces::load_pairs(*n, want, job),
            Spec::Shapes(n) => shapes::load(*n, want, job),
            Spec::Idx(dir) => idx::load(dir, want, job),
            Spec::Celeba(dir) => celeba::load(dir, want, job),
            Spec::Cifar(dir) => cifar::load(dir, want, job),
            Spec::Folder(dir) => folder::load(dir, want, job),
            Spec::Classed(of, names) => of.load(want, job)?.classed_by(names).map_err(DataError::Spec),
        }
    }

    /// The held-out pictures, for `eval`; the training ones are left out where that saves the time to draw them.
    pub fn load_held_out(&self, want: Want, job: &Job) -> Result<Dataset, DataError> {
        match self {
            Spec::Faces(n) => faces::held_out(*n, Correlation::CelebaLike, want, job),
            Spec::FacesIndependent(n) => faces::held_out(*n, Correlation::Independent, want, job),
            Spec::Classed(of, names) => {
                of.load_held_out(want, job)?.classed_by(names).map_err(DataError::Spec)
            }
            _ => self.load(want, job),
        }
    }
}

/// The SPEC of a folder that a person chose: the format whose files it holds, pictures otherwise.
pub fn spec_of(folder: &std::path::Path) -> Spec {
    let idx = |name: &str| name.contains("-ubyte") || name.contains("idx3") || name.contains("idx1");
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.file_name());
    let found = names.into_iter().any(|n| idx(&n.to_string_lossy()));
    if found {
        Spec::Idx(folder.into())
    } else if cifar::is_here(folder) {
        Spec::Cifar(folder.into())
    } else if celeba::list_inside(folder).is_some() || celeba::looks_like(folder) {
        Spec::Celeba(folder.into())
    } else {
        Spec::Folder(folder.into())
    }
}
