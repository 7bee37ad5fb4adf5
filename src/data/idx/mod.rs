//! IDX: the format of MNIST and its relatives (Fashion-MNIST, KMNIST, EMNIST), plain or gzipped, found by their
//! customary names in one folder.
//!
//! Must not know: what the pictures show, or how they are used. Believes no header: memory grows with the bytes
//! that are really there.

mod find;
mod fit;
mod source;

use self::find::find;
pub(super) use self::fit::{Header, fit};
use self::source::Source;
use super::dataset::{Attribute, AttributeKind, Dataset, Pictures, Split};
use super::pictures::MAX_BYTES;
use super::want::{DataError, Job, Want};
use super::{files, holdout};
use rayon::prelude::*;
use std::path::Path;

/// Largest width and height of a picture.
const MAX_SIDE: u64 = 4096;

/// Loads a folder with MNIST-style files: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-…`,
/// `t10k-labels-…`, each plain or `.gz`, with `-` or `.` before `idx`; other words may stand in front
/// (`emnist-letters-train-images-idx3-ubyte.gz`). Without a t10k (or test) file, or with one file of pictures
/// only, a tenth of each class (5,000 at most) is held out.
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
/// header says, or labels do not fit the pictures; [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or
/// the size is 0 or above 4096; [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 1)?;
    let found = find(dir)?;
    let mut sources = Vec::new();
    for images in [Some(&found.train), found.test.as_ref()].into_iter().flatten() {
        let labels = found.labels_of(images)?.map(|path| Source::open(&path)).transpose()?;
        sources.push((open_images(images, want)?, labels));
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
        let attributes = labels.into_iter().map(|values| Attribute::new("", kind.clone(), values));
        splits.push(Split { pictures, attributes: attributes.collect(), ..Split::default() });
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
        None => {
            let (rest, test) = holdout::divide(train, want.hold, |i| i.to_string());
            train = rest;
            test
        }
    };
    let title = format!("IDX pictures in {}", files::short_name(dir));
    Ok(Dataset { title, train, test, ..Dataset::default() })
}

/// Whether a folder holds IDX files, by their names.
pub fn is_here(dir: &Path) -> bool {
    let idx = |name: &str| name.contains("-ubyte") || name.contains("idx3") || name.contains("idx1");
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name());
    names.into_iter().any(|n| idx(&n.to_string_lossy())) || find::is_here(dir)
}

fn open_images(path: &Path, want: Want) -> Result<(Source, Header), DataError> {
    let mut source = Source::open(path)?;
    let sizes = source.sizes("pictures", &[3, 4], false)?;
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
    let wanted = (want.width * want.height) as u64 * want.channels.map_or(channels, |c| c as u64);
    if count.saturating_mul(wanted) > MAX_BYTES as u64 {
        return Err(source.error(format_args!(
            "holds {promise}, which at {} x {} pixels take more than {} GiB: use a smaller size or a part of it",
            want.width,
            want.height,
            MAX_BYTES >> 30
        )));
    }
    let header = Header {
        count: count as usize,
        height: height as usize,
        width: width as usize,
        channels: channels as usize,
    };
    Ok((source, header))
}

fn read_labels(mut source: Source, pictures: usize, images: &Path) -> Result<Vec<f32>, DataError> {
    let sizes = source.sizes("labels", &[1, 2], true)?;
    let (count, many) = (sizes.first().copied().unwrap_or(0), sizes.get(1).copied().unwrap_or(1));
    let bytes = source.bytes;
    if !(1..=64).contains(&many) || (bytes == 1 && many > 1) {
        return Err(
            source.error(format_args!("has {many} labels for each picture: use a file with one of each"))
        );
    }
    if count != pictures as u64 {
        return Err(source.error(format_args!(
            "has {count} labels but {} has {pictures} pictures: they do not belong together, download both again",
            images.display()
        )));
    }
    let promise = format!("{count} labels");
    let total = count.saturating_mul(many * bytes);
    source.check_room(total, &promise)?;
    let data = source.data(total, &promise, &|_| Ok(()))?;
    // The first number of each is the class; its last byte says it, as classes are few.
    let step = (many * bytes) as usize;
    Ok(data.chunks(step).filter_map(|all| all.get(bytes as usize - 1)).map(|v| f32::from(*v)).collect())
}

fn read_pictures(source: Source, header: &Header, want: Want, job: &Job) -> Result<Pictures, DataError> {
    let channels = want.channels.unwrap_or(header.channels);
    let stride = header.width * header.height * header.channels;
    let promise = format!("{} pictures of {} x {} pixels", header.count, header.width, header.height);
    let bytes = header.count as u64 * stride as u64;
    let tick = |have: u64| job.tick((have / stride as u64) as usize, header.count);
    let sideways = find::lies_on_its_side(&source.path);
    let mut raw = source.data(bytes, &promise, &tick)?;
    if sideways && header.width == header.height {
        raw.par_chunks_mut(stride).for_each(|picture| transpose(picture, header.width, header.channels));
    }
    tick(bytes)?;
    let as_is = header.width == want.width && header.height == want.height && header.channels == channels;
    let mut pictures = Pictures::empty(want.width, want.height, channels);
    pictures.pixels = if as_is {
        raw
    } else {
        // In parts, so that Cancel is heard and only a part is held twice.
        let mut pixels = Vec::with_capacity(header.count * want.width * want.height * channels);
        for part in raw.chunks(4096 * stride) {
            tick(bytes)?;
            let fitted: Vec<Vec<u8>> =
                part.par_chunks(stride).map(|p| fit(p, header, want, channels)).collect();
            for one in &fitted {
                pixels.extend_from_slice(one);
            }
        }
        pixels
    };
    Ok(pictures)
}

/// Makes the rows of a square picture its columns.
fn transpose(picture: &mut [u8], side: usize, channels: usize) {
    for y in 0..side {
        for x in 0..y {
            for c in 0..channels {
                picture.swap((y * side + x) * channels + c, (x * side + y) * channels + c);
            }
        }
    }
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
