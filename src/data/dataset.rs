//! The plain values every reader and generator ends in: pictures as bytes, attributes as columns.
//!
//! Must not know: where the pictures came from.

/// Pictures of one size, as bytes: `n × height × width × channels`, row-major, channels interleaved
/// (the layout of the `image` crate), 0 = black, 255 = white, sRGB as stored in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Width of each picture in pixels.
    pub width: usize,
    /// Height of each picture in pixels.
    pub height: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// All pictures, one after the other.
    pub pixels: Vec<u8>,
}

impl Pictures {
    /// No pictures yet, of the given size.
    pub fn empty(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, pixels: Vec::new() }
    }

    /// Bytes in one picture.
    pub fn stride(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.stride()).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first `count` of them.
    pub fn head(&self, count: usize) -> Self {
        let pixels = self.pixels[..count.min(self.len()) * self.stride()].to_vec();
        Self { pixels, ..Self::empty(self.width, self.height, self.channels) }
    }

    /// Moves the pictures out that are chosen, in place, so that a large set is never there twice; the rest closes up.
    fn take_out(&mut self, chosen: impl Fn(usize) -> bool) -> Self {
        let (count, stride) = (self.len(), self.stride());
        let mut out = Self::empty(self.width, self.height, self.channels);
        let mut end = 0;
        for i in 0..count {
            let at = i * stride..(i + 1) * stride;
            if chosen(i) {
                out.pixels.extend_from_slice(&self.pixels[at]);
            } else {
                self.pixels.copy_within(at, end);
                end += stride;
            }
        }
        self.pixels.truncate(end);
        out
    }

    /// Picture `index`, or `None` past the end.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let stride = self.stride();
        self.pixels.get(index * stride..(index + 1) * stride)
    }
}

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
}

/// Most bytes of pictures in one set: 8 GiB. Tiny pictures, packed well or drawn, could grow to far more.
pub(super) const MAX_BYTES: usize = 8 << 30;

/// Every `TEST_EVERY`th picture of a set without a test split of its own is held out, `MAX_TEST` at most.
const TEST_EVERY: usize = 10;
const MAX_TEST: usize = 5000;

/// Further pictures of the items of a set, under a name: the outlines of a face, the other half of a pair.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Its name ("edges").
    pub name: String,
    /// One picture an item.
    pub pictures: Pictures,
}

/// Pictures with their labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The pictures.
    pub pictures: Pictures,
    /// Label columns, each as long as `pictures`.
    pub attributes: Vec<Attribute>,
    /// Further pictures of the same items, each column as long as `pictures`.
    pub columns: Vec<Column>,
}

impl Split {
    /// The first `count` pictures with their labels.
    pub fn head(&self, count: usize) -> Self {
        let count = count.min(self.pictures.len());
        let column = |c: &Column| Column { name: c.name.clone(), pictures: c.pictures.head(count) };
        let columns = self.columns.iter().map(column).collect();
        let attributes = self
            .attributes
            .iter()
            .map(|a| Attribute { values: a.values.iter().take(count).copied().collect(), ..a.clone() })
            .collect();
        Self { pictures: self.pictures.head(count), attributes, columns }
    }

    /// Takes pictures out for testing: every tenth, 5,000 at most; of two to nine pictures, the last; of one, none.
    /// The rest comes first. Moves in place, so that a large set is never there twice.
    pub fn hold_out(mut self) -> (Self, Self) {
        let count = self.pictures.len();
        let every = TEST_EVERY.min(count);
        let tested = |i: usize| count > 1 && i % every == every - 1 && i / every < MAX_TEST;
        let pictures = self.pictures.take_out(tested);
        let column = |c: &mut Column| Column { name: c.name.clone(), pictures: c.pictures.take_out(tested) };
        let columns = self.columns.iter_mut().map(column).collect();
        let part = |a: &Attribute, wanted: bool| {
            let values = a.values.iter().enumerate().filter(|(i, _)| tested(*i) == wanted).map(|(_, v)| *v);
            Attribute { name: a.name.clone(), kind: a.kind.clone(), values: values.collect() }
        };
        let attributes = self.attributes.iter().map(|a| part(a, true)).collect();
        let test = Self { pictures, attributes, columns };
        self.attributes = self.attributes.iter().map(|a| part(a, false)).collect();
        (self, test)
    }

    /// The column of class indices, if there is one, with its class names.
    pub fn classes(&self) -> Option<(&[String], &[f32])> {
        self.attributes.iter().find_map(|a| match &a.kind {
            AttributeKind::Class(names) => Some((names.as_slice(), a.values.as_slice())),
            _ => None,
        })
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

/// A data set as the rest of zscope sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// What to call it ("built-in digits", "MNIST in data/mnist").
    pub title: String,
    /// What is trained on.
    pub train: Split,
    /// What is held out for `eval`; never trained on.
    pub test: Split,
    /// Files that were left out.
    pub skipped: Vec<Skipped>,
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
        Ok(Attribute {
            name: names.join("+"),
            kind: AttributeKind::Class((0..1 << chosen.len()).map(class).collect()),
            values: (0..self.pictures.len()).map(of).collect(),
        })
    }
}
