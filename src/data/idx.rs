//! IDX: the format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), plain or gzipped, found by their
//! customary names in one folder.
//!
//! Must not know: what the pictures show, or how they are used. Believes no header: memory grows with the bytes
//! that are really there.

use super::{Attribute, AttributeKind, DataError, Dataset, Job, Pictures, Split, Want};
use flate2::read::GzDecoder;
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb, RgbImage};
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// Most bytes of pictures (as they are in the file) that are taken into memory: 4 GiB.
const MAX_BYTES: u64 = 4 << 30;

/// Largest width and height of a picture.
const MAX_SIDE: u64 = 4096;

/// Test pictures taken from the end of a folder with one file of pictures only.
const MAX_TEST: usize = 5000;

/// Deflate cannot shrink data to less than about a 1032nd.
const MAX_DEFLATE: u64 = 1040;

/// Bytes read between two looks at Cancel.
const CHUNK: u64 = 1 << 20;

/// Loads a folder with MNIST-style files: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-…`,
/// `t10k-labels-…`, each plain or `.gz`, with `-` or `.` before `idx`; other words may stand in front
/// (`emnist-letters-train-images-idx3-ubyte.gz`). Without a t10k (or test) file, or with one file of pictures
/// only, the last tenth of the pictures (5,000 at most) is the test split.
///
/// Pictures are unsigned bytes, grey (magic 0x00000803) or with 1 or 3 interleaved channels (0x00000804). Other
/// shapes than square are padded with black. 28 becomes 32 pixels by 2 black pixels all around, as is the custom;
/// any other size is resampled with a triangle filter, widened when shrinking so that nothing aliases.
/// `want.channels` turns grey to RGB by repeating it, and RGB to grey by its luma.
///
/// Labels, if there are any, become the one attribute: `digit` when they are 0 to 9, else `class`, with the numbers
/// as names.
///
/// # Errors
/// [`DataError::File`], in one sentence, when the folder or a file cannot be read, a file is not what its name or
/// header says, or labels do not fit the pictures; [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let found = find(dir)?;
    let mut sources = Vec::new();
    for images in [Some(&found.train), found.test.as_ref()].into_iter().flatten() {
        sources.push((open_images(images)?, open_labels(images)?));
    }
    let total = sources.iter().map(|((_, header), _)| header.count).sum();
    let mut splits: Vec<Split> = Vec::new();
    let mut before = 0;
    for ((images, header), labels) in sources {
        let labels = labels.map(|labels| read_labels(labels, header.count, &images.path)).transpose()?;
        let count = header.count;
        let progress = |done: usize, _: usize| (job.progress)(before + done, total);
        let part = Job { progress: &progress, cancel: job.cancel };
        let pictures = read_pictures(images, &header, want, &part)?;
        // The kind is settled below, when the labels of both splits are known.
        let kind = AttributeKind::Binary;
        let attributes = labels.into_iter().map(|values| Attribute { name: String::new(), kind: kind.clone(), values });
        splits.push(Split { pictures, attributes: attributes.collect() });
        before += count;
    }
    name_classes(&mut splits);
    let mut splits = splits.into_iter();
    let mut train = splits.next().unwrap_or_default();
    let test = match splits.next() {
        Some(test) if test.pictures.channels != train.pictures.channels => {
            return Err(DataError::File(format!(
                "the training pictures in {} have {} channels but the test pictures {}: use files of one kind",
                dir.display(),
                train.pictures.channels,
                test.pictures.channels
            )));
        }
        Some(test) if test.attributes.len() != train.attributes.len() => {
            return Err(DataError::File(format!(
                "in {} only one of the training and the test pictures has a labels file: add the other's, or remove it",
                dir.display()
            )));
        }
        Some(test) => test,
        None => split_off_end(&mut train),
    };
    let title = format!("IDX pictures in {}", short_name(dir));
    Ok(Dataset { title, train, test, skipped: Vec::new() })
}

/// A folder's last name, for a title; the whole path when it has none (`.`, `/`).
fn short_name(dir: &Path) -> String {
    dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into_owned())
}

// ---- Which files.

/// The files of pictures in a folder.
struct Found {
    train: PathBuf,
    test: Option<PathBuf>,
}

fn find(dir: &Path) -> Result<Found, DataError> {
    let at = dir.display();
    let entries = std::fs::read_dir(dir)
        .map_err(|e| DataError::File(format!("cannot read the folder {at} ({e}): name a folder with IDX files")))?;
    let (mut train, mut test, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let path = entry.map_err(|e| DataError::File(format!("cannot list the folder {at} ({e}): check the disk")))?.path();
        let Some(plain) = plain_name(&path) else { continue };
        // Both spellings: "train-images-idx3-ubyte" and "train-images.idx3-ubyte".
        if !path.is_file() || !plain.contains("images-idx3") && !plain.contains("images-idx4") {
            continue;
        }
        let group = if plain.contains("train-images") {
            &mut train
        } else if plain.contains("t10k-images") || plain.contains("test-images") {
            &mut test
        } else {
            &mut other
        };
        group.push((plain, path));
    }
    let (train, test, other) = (only(train, at.to_string())?, only(test, at.to_string())?, only(other, at.to_string())?);
    match (train, test, other) {
        (Some(train), test, _) => Ok(Found { train, test }),
        (None, Some(only), None) | (None, None, Some(only)) => Ok(Found { train: only, test: None }),
        (None, Some(test), Some(other)) => Ok(Found { train: other, test: Some(test) }),
        (None, None, None) => Err(DataError::File(format!(
            "no IDX pictures in {at}: it needs a file such as train-images-idx3-ubyte or train-images-idx3-ubyte.gz"
        ))),
    }
}

/// A file's name in lower case, without `.gz`, with dots as dashes.
fn plain_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    Some(name.strip_suffix(".gz").unwrap_or(&name).replace('.', "-"))
}

/// The one file of a group: the plain one of a plain and gzipped pair, an error if there are different ones.
fn only(mut group: Vec<(String, PathBuf)>, at: String) -> Result<Option<PathBuf>, DataError> {
    group.sort_by_key(|(plain, path)| (plain.clone(), path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"))));
    if let (Some((first, _)), Some((last, _))) = (group.first(), group.last())
        && first != last
    {
        return Err(DataError::File(format!(
            "{at} holds several data sets ({first} and {last}): put the files of one of them into a folder of their own"
        )));
    }
    Ok(group.into_iter().next().map(|(_, path)| path))
}

// ---- Opening and headers.

/// An opened IDX file, read up to the end of its header.
struct Source {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// The most data bytes that the file can hold, by its length.
    room: u64,
    gzipped: bool,
}

/// The shape that a pictures file promises.
struct Header {
    count: usize,
    height: usize,
    width: usize,
    channels: usize,
}

impl Source {
    /// Opens a file, plain or gzipped (by its content, whatever its name).
    fn open(path: &Path) -> Result<Self, DataError> {
        let fail = |e: std::io::Error| {
            DataError::File(format!("cannot open {} ({e}): check that the file can be read", path.display()))
        };
        let mut file = File::open(path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let mut start = Vec::new();
        Read::by_ref(&mut file).take(2).read_to_end(&mut start).map_err(fail)?;
        file.rewind().map_err(fail)?;
        let gzipped = start == [0x1f, 0x8b];
        let file = BufReader::with_capacity(1 << 16, file);
        let (reader, room): (Box<dyn Read + Send>, u64) = if gzipped {
            (Box::new(GzDecoder::new(file)), length.saturating_mul(MAX_DEFLATE))
        } else {
            (Box::new(file), length)
        };
        Ok(Self { path: path.to_path_buf(), reader, room, gzipped })
    }

    fn error(&self, what: std::fmt::Arguments) -> DataError {
        DataError::File(format!("{} {what}", self.path.display()))
    }

    /// Reads the magic number and the sizes: as many as `dimensions` allows.
    fn sizes(&mut self, kind: &str, dimensions: &[u8]) -> Result<Vec<u64>, DataError> {
        let [zero, zero_too, code, count] = self.word()?;
        if zero != 0 || zero_too != 0 {
            return Err(self.error(format_args!(
                "is not an IDX file (it begins with {zero:02x}{zero_too:02x}{code:02x}{count:02x}): download it again"
            )));
        }
        if code != 8 {
            return Err(self.error(format_args!(
                "holds numbers of IDX type 0x{code:02x}, but only unsigned bytes (0x08) can be read: convert it"
            )));
        }
        if !dimensions.contains(&count) {
            return Err(self.error(format_args!(
                "should hold {kind} but its magic number is 0x000008{count:02x}: check that the files' names are not mixed up"
            )));
        }
        (0..count).map(|_| Ok(u64::from(u32::from_be_bytes(self.word()?)))).collect()
    }

    fn word(&mut self) -> Result<[u8; 4], DataError> {
        let mut word = [0; 4];
        self.reader
            .read_exact(&mut word)
            .map_err(|e| self.error(format_args!("ends within its header ({e}): download it again")))?;
        Ok(word)
    }

    /// Fails when the file, by its length, cannot hold what its header promises.
    fn check_room(&self, bytes: u64, promise: &str) -> Result<(), DataError> {
        if bytes > self.room {
            return Err(self.error(format_args!(
                "promises {promise} but is too short to hold them: it is damaged or cut off, download it again"
            )));
        }
        if bytes > MAX_BYTES {
            return Err(self.error(format_args!(
                "promises {promise}, more than the {} GiB that are taken into memory: use a part of it",
                MAX_BYTES >> 30
            )));
        }
        Ok(())
    }

    /// Reads `bytes` bytes, which must be all there is; looks up now and then and passes on how many it has.
    fn data(mut self, bytes: u64, promise: &str, tick: &dyn Fn(u64) -> Result<(), DataError>) -> Result<Vec<u8>, DataError> {
        let mut data = Vec::new();
        while (data.len() as u64) < bytes {
            tick(data.len() as u64)?;
            let wanted = CHUNK.min(bytes - data.len() as u64);
            let got = Read::by_ref(&mut self.reader).take(wanted).read_to_end(&mut data);
            match got {
                Ok(got) if got as u64 == wanted => {}
                Ok(_) => return Err(self.cut_off(promise, data.len(), None)),
                Err(e) => return Err(self.cut_off(promise, data.len(), Some(e))),
            }
        }
        // One byte further: for .gz this also checks the checksum at its end.
        match self.reader.read(&mut [0]) {
            Ok(0) => Ok(data),
            Ok(_) => Err(self.error(format_args!(
                "is longer than the {promise} that its header promises: it is damaged or of another kind, download it again"
            ))),
            Err(e) => Err(self.cut_off(promise, data.len(), Some(e))),
        }
    }

    fn cut_off(&self, promise: &str, got: usize, error: Option<std::io::Error>) -> DataError {
        let why = error.map(|e| format!(" ({e})")).unwrap_or_default();
        let what = if self.gzipped { "damaged or cut off" } else { "cut off" };
        self.error(format_args!(
            "promises {promise} but gives only {got} bytes{why}: it is {what}, download it again"
        ))
    }
}

fn open_images(path: &Path) -> Result<(Source, Header), DataError> {
    let mut source = Source::open(path)?;
    let sizes = source.sizes("pictures", &[3, 4])?;
    let at = |i: usize| sizes.get(i).copied().unwrap_or(1);
    let (count, height, width, channels) = (at(0), at(1), at(2), at(3));
    if count == 0 {
        return Err(source.error(format_args!("holds no pictures: use another file")));
    }
    if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
        return Err(source.error(format_args!(
            "promises pictures of {width} x {height} pixels, but 1 to {MAX_SIDE} can be read: it is damaged, download it again"
        )));
    }
    if channels != 1 && channels != 3 {
        return Err(source.error(format_args!(
            "promises pictures with {channels} channels, but only 1 (grey) or 3 (RGB) can be read: convert it"
        )));
    }
    // At most 2^32 * 2^12 * 2^12 * 3, which fits.
    let promise = format!("{count} pictures of {width} x {height} pixels");
    source.check_room(count * height * width * channels, &promise)?;
    let header = Header {
        count: count as usize,
        height: height as usize,
        width: width as usize,
        channels: channels as usize,
    };
    Ok((source, header))
}

/// The labels file that belongs to a pictures file, opened; `None` if there is none.
fn open_labels(images: &Path) -> Result<Option<Source>, DataError> {
    let (Some(dir), Some(wanted)) = (images.parent(), plain_name(images)) else { return Ok(None) };
    let wanted = wanted.replace("images-idx3", "labels-idx1").replace("images-idx4", "labels-idx1");
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(None) };
    let files = entries.flatten().map(|entry| entry.path());
    let matching = files.filter_map(|path| Some((plain_name(&path).filter(|p| *p == wanted)?, path))).collect();
    only(matching, dir.display().to_string())?.map(|path| Source::open(&path)).transpose()
}

// ---- Contents.

fn read_labels(mut source: Source, pictures: usize, images: &Path) -> Result<Vec<f32>, DataError> {
    let count = source.sizes("labels", &[1])?.first().copied().unwrap_or(0);
    if count != pictures as u64 {
        return Err(source.error(format_args!(
            "has {count} labels but {} has {pictures} pictures: they do not belong together, download both again",
            images.display()
        )));
    }
    let promise = format!("{count} labels");
    source.check_room(count, &promise)?;
    Ok(source.data(count, &promise, &|_| Ok(()))?.into_iter().map(f32::from).collect())
}

fn read_pictures(source: Source, header: &Header, want: Want, job: &Job) -> Result<Pictures, DataError> {
    let channels = want.channels.unwrap_or(header.channels);
    if channels != 1 && channels != 3 {
        return Err(DataError::Spec(format!(
            "pictures have 1 (grey) or 3 (RGB) channels, not {channels}: choose one of these"
        )));
    }
    let stride = header.width * header.height * header.channels;
    let promise = format!("{} pictures of {} x {} pixels", header.count, header.width, header.height);
    let bytes = header.count as u64 * stride as u64;
    let tick = |have: u64| job.tick((have / stride as u64) as usize, header.count);
    let raw = source.data(bytes, &promise, &tick)?;
    tick(bytes)?;
    let as_is = header.width == want.size && header.height == want.size && header.channels == channels;
    let mut pictures = Pictures::empty(want.size, want.size, channels);
    pictures.pixels = if as_is {
        raw
    } else {
        // In parts, so that Cancel is heard and only a part is held twice.
        let mut pixels = Vec::with_capacity(header.count * want.size * want.size * channels);
        for part in raw.chunks(4096 * stride) {
            tick(bytes)?;
            let fitted: Vec<Vec<u8>> = part.par_chunks(stride).map(|p| fit(p, header, want.size, channels)).collect();
            for one in &fitted {
                pixels.extend_from_slice(one);
            }
        }
        pixels
    };
    Ok(pictures)
}

/// One picture at the wanted size and channels.
fn fit(raw: &[u8], header: &Header, size: usize, channels: usize) -> Vec<u8> {
    let side = header.width.max(header.height);
    // The custom for nets that halve five times: 28 grows to 32 by a margin, not by resampling.
    let padded = if side == 28 && size == 32 { 32 } else { side };
    let square = pad(raw, header, padded);
    let resized = match (padded == size, header.channels) {
        (true, _) => square,
        (false, 3) => resample::<Rgb<u8>>(square, padded, size),
        (false, _) => resample::<Luma<u8>>(square, padded, size),
    };
    match (header.channels, channels) {
        (1, 3) => resized.iter().flat_map(|v| [*v; 3]).collect(),
        (3, 1) => RgbImage::from_raw(size as u32, size as u32, resized)
            .map(|rgb| rgb.pixels().map(|p| p.to_luma().0[0]).collect())
            .unwrap_or_default(),
        _ => resized,
    }
}

/// The picture in the middle of a black square.
fn pad(raw: &[u8], header: &Header, side: usize) -> Vec<u8> {
    if header.width == side && header.height == side {
        return raw.to_vec();
    }
    let mut square = vec![0; side * side * header.channels];
    let (left, top) = ((side - header.width) / 2, (side - header.height) / 2);
    let width = header.width * header.channels;
    for (from, to) in raw.chunks(width).zip(square.chunks_mut(side * header.channels).skip(top)) {
        let left = left * header.channels;
        to[left..left + width].copy_from_slice(from);
    }
    square
}

fn resample<P: Pixel<Subpixel = u8> + 'static>(square: Vec<u8>, side: usize, size: usize) -> Vec<u8> {
    ImageBuffer::<P, _>::from_raw(side as u32, side as u32, square)
        .map(|picture| resize(&picture, size as u32, size as u32, FilterType::Triangle).into_raw())
        .unwrap_or_default()
}

/// Names the label columns by the largest label of all splits, so that both have the same classes.
fn name_classes(splits: &mut [Split]) {
    let labels = splits.iter().flat_map(|split| &split.attributes).flat_map(|a| &a.values);
    let classes = labels.fold(0.0f32, |most, label| most.max(*label)) as usize + 1;
    for attribute in splits.iter_mut().flat_map(|split| &mut split.attributes) {
        attribute.name = if classes == 10 { "digit" } else { "class" }.into();
        attribute.kind = AttributeKind::Class((0..classes).map(|class| class.to_string()).collect());
    }
}

/// Takes the last tenth (5,000 at most) off as the test split.
fn split_off_end(train: &mut Split) -> Split {
    let keep = train.pictures.len() - (train.pictures.len() / 10).min(MAX_TEST);
    let mut pictures = Pictures::empty(train.pictures.width, train.pictures.height, train.pictures.channels);
    pictures.pixels = train.pictures.pixels.split_off(keep * train.pictures.stride());
    let attributes = train
        .attributes
        .iter_mut()
        .map(|a| Attribute { name: a.name.clone(), kind: a.kind.clone(), values: a.values.split_off(keep) })
        .collect();
    Split { pictures, attributes }
}
