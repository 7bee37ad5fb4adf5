//! `SPEC`: the words that name a data set (`digits`, `idx:DIR`, `folder:DIR?fit=pad` …), and loading by them.
//!
//! Must not know: what the pictures are for, or any single format.

use super::crowds;
use super::dataset::{Dataset, Offer, Pictures};
use super::faces;
use super::formats::{FORMATS, Format, Reader, find};
use super::merge;
use super::only;
use super::own::Own;
use super::pairs;
use super::plane::World;
use super::points;
use super::want::{DataError, Fit, Job, Want};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::LazyLock;

/// What a chosen folder may hold, for a form.
pub const FOLDER: &str = "A folder of pictures, of MNIST-style IDX files, or with CelebA or CIFAR";

/// Where the pictures are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// Drawn here, so many training pictures.
    Count(usize),
    /// In a folder, or in two; or said by a file.
    Folders(PathBuf, Option<PathBuf>),
}

/// What a SPEC says beside the place, behind `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// `fit=crop|pad|stretch`: how pictures of another shape are fitted.
    pub fit: Option<Fit>,
    /// `mirror=on`: each training picture's mirror image too.
    pub mirror: bool,
    /// `hold=0.1`: the share that is held out, in thousandths.
    pub hold: Option<u16>,
    /// `seed=1`: other pictures are held out.
    pub seed: Option<u64>,
    /// `classes=NAME+NAME`: attributes that make classes together.
    pub classes: Vec<String>,
    /// `only=NAME+-NAME+NAME:CLASS|CLASS+NAME:FROM..TO`: the pictures that fit all of these.
    pub only: Vec<String>,
    /// `output=left`: of pairs, the left half or the first folder is the output; the right one is usual.
    pub left: bool,
    /// `test=SPEC`, the last: all pictures of another set are held out, and none of this one.
    pub test: Option<Box<Spec>>,
}

/// The options, for a help text.
const OPTIONS: &str = "Behind a SPEC may stand ? and, joined by &: fit=crop|pad|stretch (pictures of another shape), \
mirror=on (mirror images too), hold=0.1 (the share held out), seed=0 (which), classes=NAME+NAME (attributes that become classes), \
only=NAME+-NAME+NAME:CLASS|CLASS+NAME:FROM..TO (the pictures that fit), output=left|right (of pairs), and last \
test=SPEC (what is held out)";

/// Which data set. Its text form is what the command line takes and what a run records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    format: &'static Format,
    place: Place,
    /// What it says beside the place.
    pub options: Options,
}

/// All SPECs, for a help text.
pub fn specs() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let help = |f: &Format| if f.help.is_empty() { String::new() } else { format!(" ({})", f.help) };
        let all: Vec<String> = FORMATS.iter().map(|f| f.syntax() + &help(f)).collect();
        format!("{}. {OPTIONS}", all.join(", "))
    });
    &TEXT
}

/// The SPECs of built-in sets, and what each is, for a form.
pub fn built_in() -> impl Iterator<Item = (&'static Format, &'static str)> {
    FORMATS.iter().filter_map(|format| Some((format, format.about?)))
}

/// The place and the options of a SPEC. A path may hold a `?`: what stands behind it are options only if all its keys
/// are known.
fn divide(text: &str) -> (&str, &str) {
    const KEYS: [&str; 8] = ["fit", "mirror", "hold", "seed", "classes", "only", "output", "test"];
    let options = |rest: &str| {
        let before_test = rest.find("test=").map_or(rest, |at| &rest[..at + "test=".len()]);
        before_test.split('&').all(|part| part.split_once('=').is_some_and(|(key, _)| KEYS.contains(&key)))
    };
    let at = text.match_indices('?').map(|(at, _)| at).find(|at| options(&text[at + 1..]));
    at.map_or((text, ""), |at| (&text[..at], &text[at + 1..]))
}

impl FromStr for Options {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let mut options = Self::default();
        let (text, test) = match text.split_once("test=") {
            Some((before, test)) => (before.trim_end_matches('&'), Some(test)),
            None => (text, None),
        };
        options.test = test.map(|test| Ok(Box::new(test.parse()?))).transpose()?;
        for (key, value) in text.split('&').filter_map(|part| part.split_once('=')) {
            let wrong =
                |right: &str| DataError::Spec(format!("\"{key}={value}\" is not understood: write {right}"));
            let switch = |on: &str, off: &str| match value {
                v if v == on => Ok(true),
                v if v == off => Ok(false),
                _ => Err(wrong(&format!("{key}={on} or {key}={off}"))),
            };
            match key {
                "fit" => {
                    let fit = Fit::ALL.iter().find(|(_, word)| *word == value);
                    options.fit = Some(fit.ok_or_else(|| wrong("fit=crop, fit=pad or fit=stretch"))?.0);
                }
                "mirror" => options.mirror = switch("on", "off")?,
                "hold" => options.hold = Some(per_mille(value)?),
                "classes" => {
                    options.classes = value.split('+').map(|name| name.trim().to_owned()).collect();
                    if options.classes.iter().any(String::is_empty) {
                        return Err(wrong("classes=NAME or classes=NAME+NAME, with names of attributes"));
                    }
                }
                "only" => {
                    options.only = value.split('+').map(|one| one.trim().to_owned()).collect();
                    if options.only.iter().any(String::is_empty) {
                        return Err(wrong("only=NAME+-NAME, with names of attributes"));
                    }
                }
                "seed" => options.seed = Some(value.parse().map_err(|_| wrong("seed=NUMBER"))?),
                _ => options.left = switch("left", "right")?,
            }
        }
        Ok(options)
    }
}

/// A share as thousandths.
pub fn per_mille(share: &str) -> Result<u16, DataError> {
    match share.parse::<f64>() {
        Ok(v) if (0.0..=0.9).contains(&v) => Ok((v * 1000.0).round() as u16),
        _ => {
            Err(DataError::Spec(format!("\"{share}\" is no share to hold out: write a number from 0 to 0.9")))
        }
    }
}

impl std::fmt::Display for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fit = self.fit.and_then(|fit| Fit::ALL.iter().find(|(one, _)| *one == fit));
        let parts = [
            fit.map(|(_, word)| format!("fit={word}")),
            self.mirror.then(|| "mirror=on".to_string()),
            self.hold.map(|hold| format!("hold={}", f64::from(hold) / 1000.0)),
            self.seed.map(|seed| format!("seed={seed}")),
            (!self.classes.is_empty()).then(|| format!("classes={}", self.classes.join("+"))),
            (!self.only.is_empty()).then(|| format!("only={}", self.only.join("+"))),
            self.left.then(|| "output=left".to_string()),
            self.test.as_ref().map(|test| format!("test={test}")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("&"))
    }
}

/// A path with the user's folder for `~`, as a shell writes it where the path stands by itself.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix('~'), dirs::home_dir()) {
        (Some(""), Some(home)) => home,
        (Some(rest), Some(home)) if rest.starts_with(['/', '\\']) => home.join(&rest[1..]),
        _ => PathBuf::from(path),
    }
}

impl FromStr for Spec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let (place, options) = divide(text);
        let (name, tail) = match place.split_once(':') {
            Some((name, tail)) => (name, Some(tail)),
            None => (place, None),
        };
        let format = find(name).ok_or_else(|| {
            let drawn = |f: &&Format| matches!(f.reader, Reader::Drawn { .. });
            let built_in: Vec<&str> = FORMATS.iter().filter(drawn).map(|f| f.name).collect();
            let own: Vec<String> = FORMATS.iter().filter(|f| !drawn(f)).map(Format::syntax).collect();
            DataError::Spec(format!(
                "\"{text}\" names no data set: use a built-in one ({}; name:COUNT for so many) or your own ({})",
                built_in.join(", "),
                own.join(", ")
            ))
        })?;
        let options: Options = options.parse()?;
        let folder = || match tail {
            Some(path) if !path.is_empty() => Ok(path),
            _ => {
                let what = if matches!(format.reader, Reader::File { .. }) { "file" } else { "folder" };
                Err(DataError::Spec(format!("{name}: needs a {what}: write {}", format.syntax())))
            }
        };
        let place = match format.reader {
            Reader::Drawn { .. } => match tail.map(str::parse::<usize>) {
                None => Place::Count(format.usual_count()),
                Some(Ok(n)) if (1..=1_000_000).contains(&n) => Place::Count(n),
                _ => {
                    return Err(DataError::Spec(format!(
                        "\"{}\" is not a number of pictures: write {name}:COUNT with a COUNT from 1 to 1000000",
                        tail.unwrap_or_default()
                    )));
                }
            },
            Reader::Folder { .. } | Reader::File { .. } => Place::Folders(home(folder()?), None),
            Reader::Two { .. } => {
                let all = folder()?;
                match all.split_once(',').filter(|_| !home(all).exists()) {
                    Some((first, second)) => Place::Folders(home(first), Some(home(second))),
                    None => Place::Folders(home(all), None),
                }
            }
        };
        let drawn = matches!(format.reader, Reader::Drawn { .. } | Reader::File { .. });
        if drawn && (options.fit.is_some() || options.hold.is_some() || options.seed.is_some()) {
            return Err(DataError::Spec(format!(
                "{name} is drawn at the size asked for, with test pictures of its own: fit, hold and seed are for folders"
            )));
        }
        if options.left && !matches!(format.reader, Reader::Two { .. }) {
            return Err(DataError::Spec(format!("{name} has no pairs: output=left is for pairs:DIR")));
        }
        Ok(Self { format, place, options })
    }
}

impl std::fmt::Display for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.format.name)?;
        match &self.place {
            Place::Count(count) if *count == self.format.usual_count() => {}
            Place::Count(count) => write!(f, ":{count}")?,
            Place::Folders(first, None) => write!(f, ":{}", first.display())?,
            Place::Folders(first, Some(second)) => write!(f, ":{},{}", first.display(), second.display())?,
        }
        match self.options.to_string() {
            none if none.is_empty() => Ok(()),
            options => write!(f, "?{options}"),
        }
    }
}

impl Spec {
    /// The SPEC of a folder of a format that reads folders.
    fn of(format: &'static Format, folder: &Path) -> Self {
        Self { format, place: Place::Folders(folder.into(), None), options: Options::default() }
    }

    /// Whether its pictures are read from files, and so may have to be fitted; those that are drawn are drawn as asked for.
    pub fn is_read(&self) -> bool {
        matches!(self.place, Place::Folders(..)) && !matches!(self.format.reader, Reader::File { .. })
    }

    /// The file that says what is drawn, where there is one.
    pub fn file(&self) -> Option<&Path> {
        match (self.format.reader, &self.place) {
            (Reader::File { .. }, Place::Folders(file, _)) => Some(file),
            _ => None,
        }
    }

    /// The same data by another file that says the same.
    pub fn at(self, file: &Path) -> Self {
        Self { place: Place::Folders(file.into(), None), ..self }
    }

    /// The distribution that its points are of; `None` where its items are no points, or the density is not known.
    ///
    /// # Errors
    /// As [`points::read`].
    pub fn world(&self) -> Result<Option<World>, DataError> {
        if !self.format.points() {
            return Ok(None);
        }
        let world = match self.file() {
            Some(file) => Some(points::read(file)?),
            None => World::named(self.format.name),
        };
        Ok(world.map(|world| if self.options.mirror { world.mirrored() } else { world }))
    }

    /// Of a world of drawn faces the true translations of the held-out pictures of both domains, in their order; `None` where
    /// they are not known.
    ///
    /// # Errors
    /// As [`Spec::load`].
    pub fn truths(&self, want: Want, job: &Job) -> Result<Option<[Pictures; 2]>, DataError> {
        let own = self.options.only.is_empty() && self.options.test.is_none();
        match (faces::World::named(self.format.name), &self.place) {
            (Some(world), Place::Count(count)) if own => {
                Ok(Some(world.truths(*count, self.wanted(want), job)?))
            }
            _ => Ok(None),
        }
    }

    /// What its format can offer.
    pub fn can_offer(&self) -> &'static [Offer] {
        self.format.offers
    }

    /// Whether the attributes are the independent factors that determine each picture, all of them, so that
    /// disentanglement can be measured against them.
    pub fn known_factors(&self) -> bool {
        self.can_offer().contains(&Offer::Factors)
    }

    /// What training picture `index` was drawn from; `None` where zscope didn't draw it.
    pub fn own(&self, index: usize) -> Option<Own> {
        match (self.format.reader, &self.place) {
            // A mirror image has no factors of its own, and of some pictures it is not known which were left out.
            (Reader::Drawn { own, .. }, Place::Count(n))
                if self.options.only.is_empty() && (!self.options.mirror || index < *n) =>
            {
                own.map(|own| own(index as u64))
            }
            _ => None,
        }
    }

    /// The same data with no more pictures than `count` drawn, for a built-in set; its pictures are the first of the
    /// whole set's.
    pub fn at_most(self, count: usize) -> Self {
        let place = match self.place {
            Place::Count(n) => Place::Count(n.min(count)),
            folders => folders,
        };
        Self { place, ..self }
    }

    /// Loads the data set at the wanted size. Deterministic; runs on the calling thread (and rayon's).
    pub fn load(&self, want: Want, job: &Job) -> Result<Dataset, DataError> {
        let want = self.wanted(want);
        let mut data = match (self.format.reader, &self.place) {
            (Reader::Drawn { load, .. }, Place::Count(count)) => load(*count, want, job)?,
            (Reader::File { load }, Place::Folders(file, _)) => {
                load(file, self.format.usual_count(), want, job)?
            }
            (Reader::Folder { load, .. }, Place::Folders(dir, _)) => load(dir, want, job)?,
            (Reader::Two { load }, Place::Folders(first, second)) => {
                load(first, second.as_deref(), !self.options.left, want, job)?
            }
            (_, place) => return Err(DataError::Spec(format!("{} is not at {place:?}", self.format.name))),
        };
        if let Some(test) = &self.options.test {
            merge::replace_test(&mut data, test.load_all(want, job)?, &test.to_string())?;
        }
        let mut data = self.chosen(data)?;
        if self.options.mirror {
            data.train.add_mirrored();
            data.domains.iter_mut().for_each(|domain| domain.train.add_mirrored());
        }
        Ok(data)
    }

    /// The held-out pictures, for `eval`; the training ones are left out where that saves the time to draw them.
    pub fn load_held_out(&self, want: Want, job: &Job) -> Result<Dataset, DataError> {
        match (self.format.reader, &self.place) {
            (Reader::Drawn { held_out: Some(held_out), .. }, Place::Count(count))
                if self.options.test.is_none() =>
            {
                self.chosen(held_out(*count, want, job)?)
            }
            _ => self.load(want, job),
        }
    }

    /// The pictures that fit, with classes made of their attributes, where the SPEC says so.
    fn chosen(&self, data: Dataset) -> Result<Dataset, DataError> {
        let data = only::only(data, &self.options.only).map_err(DataError::Spec)?;
        match self.options.classes.as_slice() {
            [] => Ok(data),
            names => data.classed_by(names).map_err(DataError::Spec),
        }
    }

    /// Every picture that is there, as a set to test with: its own test pictures where it has some, else all.
    fn load_all(&self, want: Want, job: &Job) -> Result<Dataset, DataError> {
        let mut want = want;
        want.hold.per_mille = 0;
        let mut data = self.load(want, job)?;
        if data.test.pictures.is_empty() {
            data.test = std::mem::take(&mut data.train);
        }
        Ok(data)
    }

    /// What is wanted, with what the SPEC says of it.
    fn wanted(&self, want: Want) -> Want {
        let Options { fit, hold, seed, test, .. } = &self.options;
        let mut want = Want { fit: fit.or(want.fit), ..want };
        want.hold.per_mille = if test.is_some() { 0 } else { hold.unwrap_or(want.hold.per_mille) };
        want.hold.seed = seed.unwrap_or(want.hold.seed);
        want
    }
}

/// The SPEC of a folder that a person chose: the format whose files it holds, pictures otherwise.
pub fn spec_of(folder: &Path) -> Spec {
    let here = |format: &&Format| match format.reader {
        Reader::Folder { is_here, .. } => is_here(folder),
        _ => false,
    };
    if pairs::is_unpaired(folder)
        && let Some(domains) = find("domains")
    {
        return Spec::of(domains, folder);
    }
    if let Some(tracks) = find("tracks")
        && crowds::file::is_here(folder)
    {
        return Spec::of(tracks, folder);
    }
    // The last that reads folders, of plain pictures, is at home everywhere.
    let format = FORMATS.iter().find(here).unwrap_or(&FORMATS[0]);
    Spec::of(format, folder)
}
