//! The list of formats: of each its name in a SPEC, what a person is told about it, what it can offer, and its reader.
//! A new format is one entry here.
//!
//! Must not know: how a SPEC is written beyond its name, or what pictures are for.

use super::dataset::{Dataset, Offer};
use super::faces::{Correlation, World};
use super::own::Own;
use super::want::{DataError, Job, Want};
use super::{
    celeba, cifar, clips, crowds, digits, faces, folder, idx, label_maps, pairs, plane, points, shapes,
};
use std::path::Path;

/// Draws so many pictures.
type Draw = fn(usize, Want, &Job) -> Result<Dataset, DataError>;

/// Reads two pictures of each thing.
type Two = fn(&Path, Option<&Path>, bool, Want, &Job) -> Result<Dataset, DataError>;

/// How a format's pictures are got, and what its SPEC names.
#[derive(Clone, Copy)]
pub enum Reader {
    /// `NAME` or `NAME:COUNT`: drawn here.
    Drawn {
        /// Draws the training and the test pictures.
        load: Draw,
        /// Draws the test pictures that belong to so many training pictures, where that saves time.
        held_out: Option<Draw>,
        /// What training picture `index` is drawn from, where its factors can be set by hand.
        own: Option<fn(u64) -> Own>,
    },
    /// `NAME:FILE`: drawn here, from what a file says.
    File {
        /// Draws so many training pictures, and the test pictures.
        load: fn(&Path, usize, Want, &Job) -> Result<Dataset, DataError>,
    },
    /// `NAME:DIR`: read from a folder.
    Folder {
        /// Reads it.
        load: fn(&Path, Want, &Job) -> Result<Dataset, DataError>,
        /// Whether a folder holds this format.
        is_here: fn(&Path) -> bool,
    },
    /// `NAME:DIR` or `NAME:DIR,DIR`: two pictures of each thing, in one file side by side or in two folders.
    Two {
        /// Reads them; `true`: the right half, or the second folder, is the output.
        load: Two,
    },
}

/// One format.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name in a SPEC.
    pub name: &'static str,
    /// What it is, for the list of SPECs; empty where the name says it.
    pub help: &'static str,
    /// What it is, for the button of a built-in set; `None`: it has none.
    pub about: Option<&'static str>,
    /// What it can offer; what a loaded set has is said by [`Dataset::offers`].
    pub offers: &'static [Offer],
    /// How it is got.
    pub reader: Reader,
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

impl std::hash::Hash for Format {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Format {
    /// Whether its items are points of the plane.
    pub fn points(&self) -> bool {
        self.offers.contains(&Offer::Points)
    }

    /// How many pictures are drawn where the SPEC names no count; of clips fewer, as each is many pictures.
    pub fn usual_count(&self) -> usize {
        if self.offers.contains(&Offer::Clips) { 2_000 } else { 20_000 }
    }

    /// Whether its items are the tracks of people.
    pub fn tracks(&self) -> bool {
        self.offers.contains(&Offer::Tracks)
    }

    /// How its SPEC is written.
    pub fn syntax(&self) -> String {
        let place = match self.reader {
            Reader::Drawn { .. } => "[:COUNT]",
            Reader::File { .. } => ":FILE",
            Reader::Folder { .. } => ":DIR",
            Reader::Two { .. } => ":DIR[,DIR]",
        };
        format!("{}{place}", self.name)
    }
}

/// The format of this name.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn face(index: u64) -> Own {
    Own::Face(faces::sample(faces::TRAIN_SEED, index, Correlation::CelebaLike))
}

/// Points of the plane of a known density.
const fn known(name: &'static str, about: &'static str, load: Draw) -> Format {
    let reader = Reader::Drawn { load, held_out: None, own: None };
    Format { name, help: "", about: Some(about), offers: &[Offer::Pictures, Offer::Points], reader }
}

/// All formats. Where a folder may be of several, the first that finds itself there is taken.
pub static FORMATS: &[Format] = &[
    Format {
        name: "digits",
        help: "",
        about: Some("Built in: handwriting-like digits. Nothing is downloaded"),
        offers: &[Offer::Pictures, Offer::Classes],
        reader: Reader::Drawn {
            load: digits::load,
            held_out: None,
            own: Some(|index| {
                let (digit, factors) = digits::factors(digits::TRAIN_SEED, index);
                Own::Digit { index, digit, factors }
            }),
        },
    },
    Format {
        name: "faces",
        help: "",
        about: Some(
            "Built in: drawn faces whose attributes go together somewhat as in photographs of people (beards on men, \
lipstick on women). Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes],
        reader: Reader::Drawn {
            load: faces::load,
            held_out: Some(|count, want, job| faces::held_out(count, Correlation::CelebaLike, want, job)),
            own: Some(face),
        },
    },
    Format {
        name: "faces-independent",
        help: "",
        about: Some(
            "Built in: the same faces with every factor by itself. Entangled data is what makes latent arithmetic go \
wrong: train on both and compare. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes],
        reader: Reader::Drawn {
            load: |count, want, job| faces::load_with(count, Correlation::Independent, want, job),
            held_out: Some(|count, want, job| faces::held_out(count, Correlation::Independent, want, job)),
            own: Some(|index| Own::Face(faces::sample(faces::TRAIN_SEED, index, Correlation::Independent))),
        },
    },
    Format {
        name: "faces-edges",
        help: "faces, each with a line drawing of it",
        about: Some("Built in: the same faces, each with a line drawing of it. Nothing is downloaded"),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Pairs],
        reader: Reader::Drawn {
            load: faces::load_edges,
            held_out: Some(faces::held_out_edges),
            own: Some(face),
        },
    },
    Format {
        name: "faces-labels",
        help: "faces, each with a label map of it",
        about: Some(
            "Built in: the same faces, each with a label map: which part every pixel is of. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::LabelMaps],
        reader: Reader::Drawn {
            load: faces::load_labels,
            held_out: Some(faces::held_out_labels),
            own: Some(face),
        },
    },
    Format {
        name: "faces-dusk",
        help: "faces by day, and other faces at dusk",
        about: Some(
            "Built in: faces by day, and other faces at dusk, without pairs, for CycleGAN. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Domains],
        reader: Reader::Drawn {
            load: |count, want, job| World::Dusk.load(count, want, job),
            held_out: Some(|count, want, job| World::Dusk.held_out(count, want, job)),
            own: Some(|index| {
                Own::Face(
                    World::Dusk
                        .factors(&faces::sample(faces::TRAIN_SEED, index, Correlation::CelebaLike), false),
                )
            }),
        },
    },
    Format {
        name: "faces-pencil",
        help: "faces, and pencil drawings of other faces",
        about: Some(
            "Built in: faces, and pencil drawings of other faces, without pairs, for CycleGAN. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Domains],
        reader: Reader::Drawn {
            load: |count, want, job| World::Pencil.load(count, want, job),
            held_out: Some(|count, want, job| World::Pencil.held_out(count, want, job)),
            own: Some(|index| {
                Own::Face(
                    World::Pencil
                        .factors(&faces::sample(faces::TRAIN_SEED, index, Correlation::CelebaLike), false),
                )
            }),
        },
    },
    Format {
        name: "faces-sunglasses",
        help: "faces without sunglasses, and other faces with them",
        about: Some(
            "Built in: faces without, and other faces with sunglasses, without pairs, for CycleGAN. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Domains],
        reader: Reader::Drawn {
            load: |count, want, job| World::Sunglasses.load(count, want, job),
            held_out: Some(|count, want, job| World::Sunglasses.held_out(count, want, job)),
            own: Some(|index| {
                Own::Face(
                    World::Sunglasses
                        .factors(&faces::sample(faces::TRAIN_SEED, index, Correlation::CelebaLike), false),
                )
            }),
        },
    },
    Format {
        name: "shapes",
        help: "",
        about: Some(
            "Built in: squares, ellipses and hearts with known factors (shape, scale, rotation, place, colour), for \
disentanglement. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Classes, Offer::Factors],
        reader: Reader::Drawn {
            load: shapes::load,
            held_out: None,
            own: Some(|index| Own::Shape(shapes::sample(shapes::TRAIN_SEED, index))),
        },
    },
    Format {
        name: "faces-clips",
        help: "clips of faces that turn, blink, speak and begin to smile",
        about: Some(
            "Built in: clips of the same faces, which turn, blink, speak and begin to smile. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Clips],
        reader: Reader::Drawn {
            load: faces::clips::load,
            held_out: None,
            own: Some(|index| Own::Face(faces::clips::factors(faces::TRAIN_SEED, index, 0))),
        },
    },
    Format {
        name: "shapes-clips",
        help: "clips of shapes that go a straight way or round",
        about: Some(
            "Built in: clips of the same shapes, which go a straight way or round. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Classes, Offer::Attributes, Offer::Clips],
        reader: Reader::Drawn {
            load: shapes::clips::load,
            held_out: None,
            own: Some(|index| Own::Shape(shapes::clips::factors(shapes::TRAIN_SEED, index, 0))),
        },
    },
    Format {
        name: "digits-clips",
        help: "clips of digits that go a straight way or round",
        about: Some(
            "Built in: clips of the same digits, which go a straight way or round. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Classes, Offer::Attributes, Offer::Clips],
        reader: Reader::Drawn { load: digits::clips::load, held_out: None, own: None },
    },
    Format {
        name: "faces-captions",
        help: "faces, each with a caption",
        about: Some(
            "Built in: the same faces, each with a caption (\"a smiling woman with round glasses\"). Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Attributes, Offer::Captions],
        reader: Reader::Drawn {
            load: faces::captions::load_captions,
            held_out: Some(faces::captions::held_out_captions),
            own: Some(face),
        },
    },
    Format {
        name: "shapes-captions",
        help: "one or two shapes, with a caption",
        about: Some(
            "Built in: one or two coloured shapes, with a caption (\"a red heart left of a blue square\"). Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Classes, Offer::Attributes, Offer::Captions],
        reader: Reader::Drawn { load: shapes::captions::load, held_out: None, own: None },
    },
    known(
        "2d-ring",
        "Points: eight narrow Gaussians on a ring, which a GAN may cover or miss",
        |count, want, job| plane::load_named("2d-ring", count, want, job),
    ),
    known(
        "2d-grid",
        "Points: twenty-five narrow Gaussians on a grid, where plain GANs miss many",
        |count, want, job| plane::load_named("2d-grid", count, want, job),
    ),
    known("2d-roll", "Points along a swiss roll", |count, want, job| {
        plane::load_named("2d-roll", count, want, job)
    }),
    known("2d-moons", "Points along two moons that reach into each other", |count, want, job| {
        plane::load_named("2d-moons", count, want, job)
    }),
    known("2d-spirals", "Points along two spirals", |count, want, job| {
        plane::load_named("2d-spirals", count, want, job)
    }),
    known("2d-normal", "Points of one Gaussian, the simplest of all", |count, want, job| {
        plane::load_named("2d-normal", count, want, job)
    }),
    Format {
        name: "points",
        help: "a CSV file of points of the plane, such as the window writes of what is drawn with the mouse",
        about: None,
        offers: &[Offer::Pictures, Offer::Points],
        reader: Reader::File { load: points::load },
    },
    Format {
        name: "idx",
        help: "MNIST's format, plain or .gz",
        about: None,
        offers: &[Offer::Pictures, Offer::Classes],
        reader: Reader::Folder { load: idx::load, is_here: idx::is_here },
    },
    Format {
        name: "cifar",
        help: "binary version",
        about: None,
        offers: &[Offer::Pictures, Offer::Classes],
        reader: Reader::Folder { load: cifar::load, is_here: cifar::is_here },
    },
    Format {
        name: "celeba",
        help: "",
        about: None,
        offers: &[Offer::Pictures, Offer::Attributes],
        reader: Reader::Folder { load: celeba::load, is_here: celeba::is_here },
    },
    Format {
        name: "labels",
        help: "pictures, and a label map of each (a PNG of the same name)",
        about: None,
        offers: &[Offer::Pictures, Offer::LabelMaps],
        reader: Reader::Folder { load: label_maps::load, is_here: label_maps::is_here },
    },
    Format {
        name: "folder",
        help: "pictures, or a .zip of them",
        about: None,
        offers: &[Offer::Pictures, Offer::Classes, Offer::Attributes, Offer::Captions],
        reader: Reader::Folder { load: folder::load, is_here: |_| true },
    },
    Format {
        name: "clips",
        help: "a folder for each clip, with its frames, or animated files",
        about: None,
        offers: &[Offer::Pictures, Offer::Clips],
        reader: Reader::Folder { load: clips::load, is_here: |_| false },
    },
    Format {
        name: "pairs",
        help: "two pictures side by side in each file, or two folders with files of the same names",
        about: None,
        offers: &[Offer::Pictures, Offer::Pairs],
        reader: Reader::Two { load: pairs::load },
    },
    Format {
        name: "domains",
        help: "two folders without partners",
        about: None,
        offers: &[Offer::Pictures, Offer::Domains],
        reader: Reader::Two { load: pairs::load_domains },
    },
    Format {
        name: "crowds",
        help: "people simulated by social forces, with the truth of what comes",
        about: Some(
            "Built in: people simulated by social forces in corridors, crossings and groups, with the truth of what comes. Nothing is downloaded",
        ),
        offers: &[Offer::Pictures, Offer::Classes, Offer::Tracks],
        reader: Reader::Drawn { load: crowds::load, held_out: None, own: None },
    },
    Format {
        name: "tracks",
        help: "a file with a line frame id x y for each person, or a folder of such files; what is behind a comma is held out, and left out of the folder",
        about: None,
        offers: &[Offer::Pictures, Offer::Tracks],
        reader: Reader::Two { load: crowds::file::load },
    },
];
