//! The plain values every reader and generator ends in: pictures as bytes, attributes as columns.
//!
//! Must not know: where the pictures came from.

pub use super::pictures::Pictures;
use super::tracks::Tracks;
use super::vocabulary;

/// What the values of an [`Attribute`] mean.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeKind {
    /// 0 = absent, 1 = present (CelebA's −1/1 is mapped to 0/1).
    Binary,
    /// A class index 0..names.len().
    Class(Vec<String>),
    /// A continuous factor with its range.
    Continuous {
        /// Smallest value the factor takes.
        min: f32,
        /// Largest value the factor takes.
        max: f32,
    },
}

/// One named column of labels; `values[i]` belongs to picture `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The field's own name where there is one (CelebA's `Smiling`), else a plain word (`digit`).
    pub name: String,
    /// What the values mean.
    pub kind: AttributeKind,
    /// One value per picture.
    pub values: Vec<f32>,
    /// Whether it follows from the other columns, as drawn faces' `Smiling` does from how much they smile. What is not derived is
    /// a factor.
    pub derived: bool,
}

impl Attribute {
    /// A column that follows from no other.
    pub fn new(name: impl Into<String>, kind: AttributeKind, values: Vec<f32>) -> Self {
        Self { name: name.into(), kind, values, derived: false }
    }
}

/// One named column beside the pictures and their labels; entry `i` belongs to picture `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it is called ("edges").
    pub name: String,
    /// What is in it.
    pub kind: ColumnKind,
}

/// What is in a [`Column`].
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// A second picture of each, of a shape of its own.
    Pictures(Pictures),
    /// A text about each.
    Captions(Vec<String>),
    /// A clip of each, of which the split's pictures are the first frames.
    Clips(Clips),
    /// A point of the plane of each.
    Points(Vec<[f32; 2]>),
    /// A label map of each.
    Labels(LabelMaps),
    /// The tracks of a scene of people of each.
    Tracks(Tracks),
}

/// Label maps: of every pixel of a picture, which class it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMaps {
    /// The maps, of one channel and of the pictures' size: a byte is the index of a class in the legend.
    pub maps: Pictures,
    /// The classes, by their index.
    pub legend: Vec<Label>,
}

/// One class of a legend.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Label {
    /// What it is called.
    pub name: String,
    /// The colour that it is shown in, sRGB bytes.
    pub colour: [u8; 3],
}

impl LabelMaps {
    /// Map `index` in the legend's colours: `height × width × 3` bytes, row-major, RGB; a class that the legend lacks is black.
    /// `None` as [`Pictures::get`].
    pub fn coloured(&self, index: usize) -> Option<Vec<u8>> {
        let colour = |class: &u8| self.legend.get(usize::from(*class)).map_or([0; 3], |label| label.colour);
        Some(self.maps.get(index)?.iter().flat_map(colour).collect())
    }
}

/// Clips of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Clips {
    /// The frames of the first clip, then those of the second, and so on.
    pub frames: Pictures,
    /// Frames in each clip, 2 or more.
    pub length: usize,
    /// What is known of each frame; empty where nothing is.
    pub tracks: Vec<Track>,
}

/// A factor over time: a number for every frame of every clip, in the order of [`Clips::frames`].
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// What it is called ("yaw").
    pub name: String,
    /// One value a frame.
    pub values: Vec<f32>,
}

impl Clips {
    /// A frame of clip `index`; `None` as [`Pictures::get`] does.
    pub fn get(&self, index: usize, frame: usize) -> Option<std::borrow::Cow<'_, [u8]>> {
        if frame < self.length { self.frames.get(index * self.length + frame) } else { None }
    }

    fn take_out(&mut self, out: &[bool]) -> Self {
        let frames: Vec<bool> = out.iter().flat_map(|out| std::iter::repeat_n(*out, self.length)).collect();
        let mut track =
            |t: &mut Track| Track { name: t.name.clone(), values: divide(&mut t.values, &frames) };
        let tracks = self.tracks.iter_mut().map(&mut track).collect();
        Self { frames: self.frames.take_out(&frames), length: self.length, tracks }
    }
}

impl Column {
    /// The entries that are wanted by their numbers; the others stay. Moves within memory.
    fn take_out(&mut self, out: &[bool]) -> Self {
        let kind = match &mut self.kind {
            ColumnKind::Pictures(pictures) => ColumnKind::Pictures(pictures.take_out(out)),
            ColumnKind::Captions(texts) => ColumnKind::Captions(divide(texts, out)),
            ColumnKind::Clips(clips) => ColumnKind::Clips(clips.take_out(out)),
            ColumnKind::Points(points) => ColumnKind::Points(divide(points, out)),
            ColumnKind::Tracks(Tracks { span, scenes }) => {
                ColumnKind::Tracks(Tracks { span: *span, scenes: divide(scenes, out) })
            }
            ColumnKind::Labels(LabelMaps { maps, legend }) => {
                ColumnKind::Labels(LabelMaps { maps: maps.take_out(out), legend: legend.clone() })
            }
        };
        Self { name: self.name.clone(), kind }
    }

    /// The first `count` entries.
    fn head(&self, count: usize) -> Self {
        let kind = match &self.kind {
            ColumnKind::Pictures(pictures) => ColumnKind::Pictures(pictures.head(count)),
            ColumnKind::Captions(texts) => ColumnKind::Captions(texts.iter().take(count).cloned().collect()),
            ColumnKind::Points(points) => ColumnKind::Points(points.iter().take(count).copied().collect()),
            ColumnKind::Labels(LabelMaps { maps, legend }) => {
                ColumnKind::Labels(LabelMaps { maps: maps.head(count), legend: legend.clone() })
            }
            ColumnKind::Tracks(Tracks { span, scenes }) => ColumnKind::Tracks(Tracks {
                span: *span,
                scenes: scenes.iter().take(count).cloned().collect(),
            }),
            ColumnKind::Clips(Clips { frames, length, tracks }) => {
                let values = |t: &Track| t.values.iter().take(count * length).copied().collect();
                let track = |t: &Track| Track { name: t.name.clone(), values: values(t) };
                ColumnKind::Clips(Clips {
                    frames: frames.head(count * length),
                    length: *length,
                    tracks: tracks.iter().map(track).collect(),
                })
            }
        };
        Self { name: self.name.clone(), kind }
    }
}

/// Takes the marked entries out of a list; the others stay, in their order.
fn divide<T>(all: &mut Vec<T>, out: &[bool]) -> Vec<T> {
    let mut taken = Vec::new();
    let mut kept = Vec::with_capacity(all.len());
    for (i, one) in std::mem::take(all).into_iter().enumerate() {
        if out.get(i).copied().unwrap_or(false) { taken.push(one) } else { kept.push(one) }
    }
    *all = kept;
    taken
}

/// Pictures with their labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The pictures.
    pub pictures: Pictures,
    /// Label columns, each as long as `pictures`.
    pub attributes: Vec<Attribute>,
    /// What else there is of each picture, each as long as `pictures`.
    pub columns: Vec<Column>,
}

impl Split {
    /// The first `count` pictures with their labels.
    pub fn head(&self, count: usize) -> Self {
        let attributes = self
            .attributes
            .iter()
            .map(|a| Attribute { values: a.values.iter().take(count).copied().collect(), ..a.clone() });
        Self {
            pictures: self.pictures.head(count),
            attributes: attributes.collect(),
            columns: self.columns.iter().map(|c| c.head(count)).collect(),
        }
    }

    /// Takes the marked pictures out, with all that belongs to them; the others stay, in their order.
    pub(super) fn take_out(&mut self, out: &[bool]) -> Self {
        let attribute = |a: &mut Attribute| {
            let values = divide(&mut a.values, out);
            Attribute { name: a.name.clone(), kind: a.kind.clone(), values, derived: a.derived }
        };
        Self {
            pictures: self.pictures.take_out(out),
            attributes: self.attributes.iter_mut().map(attribute).collect(),
            columns: self.columns.iter_mut().map(|c| c.take_out(out)).collect(),
        }
    }

    /// Adds each picture's mirror image, with the same labels, behind all of them.
    pub(super) fn add_mirrored(&mut self) {
        self.pictures.add_mirrored();
        self.attributes.iter_mut().for_each(|a| a.values.extend_from_within(..));
        for column in &mut self.columns {
            match &mut column.kind {
                ColumnKind::Pictures(pictures) => pictures.add_mirrored(),
                ColumnKind::Captions(texts) => {
                    let mirrored: Vec<_> = texts.iter().map(|text| vocabulary::mirrored(text)).collect();
                    texts.extend(mirrored);
                }
                ColumnKind::Clips(clips) => {
                    clips.frames.add_mirrored();
                    clips.tracks.iter_mut().for_each(|t| t.values.extend_from_within(..));
                }
                ColumnKind::Labels(labels) => labels.maps.add_mirrored(),
                ColumnKind::Points(points) => {
                    let mirrored: Vec<_> = points.iter().map(|[x, y]| [-x, *y]).collect();
                    points.extend(mirrored);
                }
                ColumnKind::Tracks(tracks) => {
                    let turn = |(i, v): (usize, &f32)| if i % 2 == 0 { -v } else { *v };
                    let mirrored: Vec<_> =
                        tracks.scenes.iter().map(|s| s.iter().enumerate().map(turn).collect()).collect();
                    tracks.scenes.extend::<Vec<_>>(mirrored);
                }
            }
        }
    }

    /// The column of second pictures of this name.
    pub fn pictures_of(&self, name: &str) -> Option<&Pictures> {
        self.columns.iter().filter(|c| c.name == name).find_map(|c| match &c.kind {
            ColumnKind::Pictures(pictures) => Some(pictures),
            _ => None,
        })
    }

    /// The clips, where there are some.
    pub fn clips(&self) -> Option<&Clips> {
        self.columns.iter().find_map(|c| match &c.kind {
            ColumnKind::Clips(clips) => Some(clips),
            _ => None,
        })
    }

    /// The points of the plane, where there are some.
    pub fn points(&self) -> Option<&[[f32; 2]]> {
        self.columns.iter().find_map(|c| match &c.kind {
            ColumnKind::Points(points) => Some(points.as_slice()),
            _ => None,
        })
    }

    /// The first column of texts with its name, where there is one.
    pub fn captions(&self) -> Option<(&str, &[String])> {
        self.columns.iter().find_map(|c| match &c.kind {
            ColumnKind::Captions(texts) => Some((c.name.as_str(), texts.as_slice())),
            _ => None,
        })
    }

    /// The tracks, where there are some.
    pub fn tracks(&self) -> Option<&Tracks> {
        self.columns.iter().find_map(|c| match &c.kind {
            ColumnKind::Tracks(tracks) => Some(tracks),
            _ => None,
        })
    }

    /// The label maps, where there are some.
    pub fn label_maps(&self) -> Option<&LabelMaps> {
        self.columns.iter().find_map(|c| match &c.kind {
            ColumnKind::Labels(labels) => Some(labels),
            _ => None,
        })
    }

    /// The column of class indices, if there is one, with its class names.
    pub fn classes(&self) -> Option<(&[String], &[f32])> {
        self.attributes.iter().find_map(|a| match &a.kind {
            AttributeKind::Class(names) => Some((names.as_slice(), a.values.as_slice())),
            _ => None,
        })
    }

    /// The columns that follow from no other, in their order: what built-in pictures are drawn from, or what is told of a
    /// person's own. [`super::FactorScores`] makes independent numbers of them.
    pub fn factors(&self) -> Vec<&Attribute> {
        self.attributes.iter().filter(|a| !a.derived).collect()
    }

    /// The columns of binary attributes, in their order.
    pub fn binary(&self) -> Vec<&Attribute> {
        self.attributes.iter().filter(|a| a.kind == AttributeKind::Binary).collect()
    }
}

/// A file that could not be used, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Skipped {
    /// The file.
    pub path: std::path::PathBuf,
    /// One sentence.
    pub reason: String,
}

impl Skipped {
    /// Files left out for one reason: each by itself, or of more than a hundred the first hundred and, at `dir`, how
    /// many more.
    pub(super) fn all(files: Vec<std::path::PathBuf>, reason: &str, dir: &std::path::Path) -> Vec<Self> {
        const SHOWN: usize = 100;
        let more = files.len().saturating_sub(SHOWN);
        let one = |path| Self { path, reason: reason.into() };
        let mut skipped: Vec<Self> = files.into_iter().take(SHOWN).map(one).collect();
        if more > 0 {
            skipped.push(Self { path: dir.into(), reason: format!("{more} more pictures: {reason}") });
        }
        skipped
    }
}

/// What a data set has, or a format can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Offer {
    /// Pictures.
    Pictures,
    /// A class of each picture.
    Classes,
    /// Attributes that are there or not.
    Attributes,
    /// The independent factors that determine each picture, all of them, so that disentanglement can be measured
    /// against them.
    Factors,
    /// A second picture of each.
    Pairs,
    /// A second set of pictures without partners.
    Domains,
    /// A label map of each.
    LabelMaps,
    /// A text about each picture.
    Captions,
    /// A clip of each, of which the picture is the first frame.
    Clips,
    /// A point of the plane of each, of which the picture is a drawing.
    Points,
    /// The tracks of a scene of people of each, of which the picture is a drawing.
    Tracks,
}

/// A further set of pictures beside the first, of which none is a partner of another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Domain {
    /// What to call it.
    pub name: String,
    /// What is trained on.
    pub train: Split,
    /// What is held out.
    pub test: Split,
}

/// A data set as the rest of zscope sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// What to call it ("built-in digits", "MNIST in data/mnist").
    pub title: String,
    /// What is trained on.
    pub train: Split,
    /// What is held out for `eval`; never trained on.
    pub test: Split,
    /// Of an unpaired set, what the first domain is called, which `train` and `test` are; empty where there is only one.
    pub domain: String,
    /// Of an unpaired set, the other domains.
    pub domains: Vec<Domain>,
    /// Files that were left out.
    pub skipped: Vec<Skipped>,
}

impl Dataset {
    /// What is really there.
    pub fn offers(&self) -> Vec<Offer> {
        let column = |of: fn(&ColumnKind) -> bool| self.train.columns.iter().any(|c| of(&c.kind));
        [
            (Offer::Pictures, !self.train.pictures.is_empty()),
            (Offer::Classes, self.train.classes().is_some()),
            (Offer::Attributes, !self.train.binary().is_empty()),
            (Offer::Pairs, column(|kind| matches!(kind, ColumnKind::Pictures(_)))),
            (Offer::Domains, !self.domains.is_empty()),
            (Offer::LabelMaps, self.train.label_maps().is_some()),
            (Offer::Captions, column(|kind| matches!(kind, ColumnKind::Captions(_)))),
            (Offer::Clips, self.train.clips().is_some()),
            (Offer::Points, self.train.points().is_some()),
            (Offer::Tracks, self.train.tracks().is_some()),
        ]
        .into_iter()
        .filter_map(|(offer, there)| there.then_some(offer))
        .collect()
    }
}

/// Most attributes that make classes together: 2⁶ of them are more than anybody chooses between.
const MOST_CLASSED: usize = 6;

impl Dataset {
    /// The same set with a column of classes made of binary attributes: one class for each way of having them. Fails with a
    /// sentence where the data has no such attribute.
    pub fn classed_by(mut self, names: &[String]) -> Result<Self, String> {
        if names.len() > MOST_CLASSED {
            return Err(format!(
                "at most {MOST_CLASSED} attributes make classes together, not {}",
                names.len()
            ));
        }
        for split in [&mut self.train, &mut self.test] {
            let column = split.classed_by(names)?;
            split.attributes.insert(0, column);
        }
        self.title += &format!(", by {}", names.join(" and "));
        Ok(self)
    }
}

impl Split {
    fn classed_by(&self, names: &[String]) -> Result<Attribute, String> {
        let binary = self.binary();
        let find = |name: &String| {
            binary.iter().find(|a| a.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
                let there: Vec<&str> = binary.iter().map(|a| a.name.as_str()).collect();
                match there.is_empty() {
                    true => format!("the data has no attributes, so {name} can't be a class"),
                    false => format!("the data has no attribute {name}; it has {}", there.join(", ")),
                }
            })
        };
        let chosen = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let class = |k: usize| {
            let has = chosen.iter().enumerate().filter(|(i, _)| k >> i & 1 == 1);
            let has: Vec<&str> = has.map(|(_, a)| a.name.as_str()).collect();
            match (has.is_empty(), chosen.as_slice()) {
                (true, [only]) => format!("not {}", only.name),
                (true, _) => "none of these".into(),
                (false, _) => has.join(" + "),
            }
        };
        let of = |i: usize| {
            let bit =
                |(k, a): (usize, &&&Attribute)| usize::from(a.values.get(i).is_some_and(|v| *v > 0.5)) << k;
            chosen.iter().enumerate().map(bit).sum::<usize>() as f32
        };
        let kind = AttributeKind::Class((0..1 << chosen.len()).map(class).collect());
        let values = (0..self.pictures.len()).map(of).collect();
        Ok(Attribute { derived: true, ..Attribute::new(names.join("+"), kind, values) })
    }
}
