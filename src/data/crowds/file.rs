//! Files of real crowds as ETH (Pellegrini et al. 2009) and UCY (Lerner et al. 2007) are passed around: a line for each person in
//! each frame, `frame id x y` in metres, in any order. Tracks that are to be foretold come in the same form.
//!
//! Must not know: models, what the tracks are for, the window.

use super::super::dataset::{Dataset, Pictures, Skipped, Split};
use super::super::files::short_name;
use super::super::tracks::{FAR, Span};
use super::super::want::{DataError, Job, Want};
use super::{picture, with_tracks};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file that are read: ten times the largest that is known.
const LONGEST: u64 = 64 << 20;
/// People who must be there throughout for a scene to be one: nobody gives way to nobody.
pub const LEAST: usize = 2;

/// Where everybody is, frame by frame.
pub type Frames = BTreeMap<i64, BTreeMap<i64, [f32; 2]>>;

/// The frames of a text: numbers parted by white space, commas or semicolons. A first line that is no numbers is a heading.
/// Fails with what is wrong, to be said behind the name of the file.
pub fn parsed(text: &str) -> Result<Frames, String> {
    let mut frames = Frames::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
    for (place, (i, line)) in lines.filter(|(_, line)| !line.is_empty()).enumerate() {
        let parts = line.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|p| !p.is_empty());
        let numbers: Option<Vec<f64>> = parts.map(|p| p.parse().ok()).collect();
        let whole = |v: f64| v.fract() == 0.0 && v.abs() < 1e15;
        match numbers.as_deref() {
            None if place == 0 => continue,
            Some(&[frame, id, x, y]) if whole(frame) && whole(id) => {
                if !x.is_finite() || !y.is_finite() || x.abs().max(y.abs()) > f64::from(FAR) {
                    let right = format!("x and y are metres within {FAR} of the origin");
                    return Err(format!(", line {}: {x}, {y} is no place: {right}", i + 1));
                }
                let there = frames.entry(frame as i64).or_default();
                if there.insert(id as i64, [x as f32, y as f32]).is_some() {
                    return Err(format!(
                        ", line {}: person {id} is twice in frame {frame}: leave one out",
                        i + 1
                    ));
                }
            }
            _ => {
                let shown: String = line.chars().take(40).collect();
                return Err(format!(
                    ", line {}: \"{shown}\" is no row of tracks: write frame id x y, with whole numbers for frame and id",
                    i + 1
                ));
            }
        }
    }
    if frames.is_empty() {
        return Err(" holds no tracks: write a line frame id x y for each person in each frame".into());
    }
    Ok(frames)
}

/// The frames of a file.
///
/// # Errors
/// [`DataError::File`] when it can't be read, or a line of it is none of such a file.
pub fn read(path: &Path) -> Result<Frames, DataError> {
    let wrong = |why: String| DataError::File(format!("{}{why}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| wrong(format!(" could not be read: {e}")))?.len();
    if size > LONGEST {
        return Err(wrong(format!(" has more than {} MiB: part it", LONGEST >> 20)));
    }
    let text = std::fs::read_to_string(path).map_err(|e| {
        wrong(format!(" could not be read: {e}; name a text file with a line frame id x y for each person"))
    })?;
    parsed(&text).map_err(wrong)
}

/// Who is there in all of these frames, with their places.
fn throughout<'a>(
    frames: &[&'a BTreeMap<i64, [f32; 2]>],
) -> impl Iterator<Item = (i64, Vec<[f32; 2]>)> + use<'a> {
    let frames = frames.to_vec();
    let first = frames.first().copied().into_iter().flatten();
    first.filter_map(move |(id, _)| {
        Some((*id, frames.iter().map(|f| f.get(id).copied()).collect::<Option<_>>()?))
    })
}

/// The scenes of frames as the field cuts them (Gupta et al. 2018): one begins at every frame, has so many frames that follow each
/// other in the file, and holds who is there in all of them; it counts where these are `least` or more.
pub fn scenes(frames: &Frames, span: Span, least: usize) -> Vec<Arc<[f32]>> {
    let all: Vec<_> = frames.values().collect();
    let scene = |window: &[&BTreeMap<i64, [f32; 2]>]| -> Option<Arc<[f32]>> {
        let tracks: Vec<Vec<[f32; 2]>> = throughout(window).map(|(_, track)| track).collect();
        (tracks.len() >= least).then(|| tracks.concat().as_flattened().into())
    };
    all.windows(span.steps().max(1)).filter_map(scene).collect()
}

/// The last `past` frames of a file: who is there in all of them, in the order of their numbers, and where they were,
/// `people × past × 2`; and the numbers of the frames. `None`: there are too few frames, or nobody is there in all of them.
pub fn last(frames: &Frames, past: usize) -> Option<(Vec<i64>, Vec<f32>, Vec<i64>)> {
    let numbers: Vec<i64> = frames.keys().copied().collect();
    let from = numbers.len().checked_sub(past.max(1))?;
    let all: Vec<_> = frames.values().skip(from).collect();
    let (ids, tracks): (Vec<i64>, Vec<Vec<[f32; 2]>>) = throughout(&all).unzip();
    if ids.is_empty() {
        return None;
    }
    Some((ids, tracks.concat().as_flattened().to_vec(), numbers[from..].to_vec()))
}

/// The files of a folder that may be tracks, by their names; a file is itself.
fn listed(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    if path.is_file() {
        return Ok(vec![path.into()]);
    }
    let fails = |e: std::io::Error| {
        DataError::File(format!(
            "{} could not be read: {e}; name a file of tracks or a folder of such",
            path.display()
        ))
    };
    let known = |p: &PathBuf| {
        let ending = p.extension().map(|e| e.to_string_lossy().to_lowercase());
        p.is_file() && ending.is_some_and(|e| ["txt", "csv", "tsv"].contains(&e.as_str()))
    };
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(path).map_err(fails)?.flatten().map(|e| e.path()).filter(known).collect();
    all.sort();
    match all.is_empty() {
        true => Err(DataError::File(format!(
            "{} holds no files of tracks (.txt, .csv or .tsv with a line frame id x y for each person)",
            path.display()
        ))),
        false => Ok(all),
    }
}

/// Whether a folder holds tracks: a file of it begins with a row of them.
pub fn is_here(dir: &Path) -> bool {
    let begins = |path: &PathBuf| -> Option<bool> {
        let mut start = Vec::new();
        std::fs::File::open(path).ok()?.take(512).read_to_end(&mut start).ok()?;
        let text = String::from_utf8_lossy(&start);
        // The last line may be cut.
        let mut lines = text.lines().filter(|l| !l.trim().is_empty());
        let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
        Some(parsed(first).is_ok() || parsed(&format!("{first}\n{second}")).is_ok())
    };
    dir.is_dir() && listed(dir).is_ok_and(|all| all.iter().any(|path| begins(path) == Some(true)))
}

/// What a file is called without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

/// Loads tracks from a file or a folder of files. With `second`, a file or a folder too, its scenes are held out, and files of
/// the first whose names begin as one of its files' are left out (leave one out: `biwi_eth_train.txt` where `biwi_eth.txt` is held
/// out). Without it the last part of each file's time is held out, so that no scene shares a frame with what is trained on.
///
/// # Errors
/// [`DataError::File`] when a file can't be read or no two people are anywhere together throughout; [`DataError::Spec`] when the
/// pictures can't be had so; [`DataError::Cancelled`].
pub fn load(dir: &Path, second: Option<&Path>, _: bool, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let span = Span::USUAL;
    let held = second.map(listed).transpose()?.unwrap_or_default();
    let begins = |p: &Path| held.iter().any(|h| stem(p).starts_with(&stem(h)));
    let (out, own): (Vec<PathBuf>, Vec<PathBuf>) = listed(dir)?.into_iter().partition(|p| begins(p));
    let reason = || "it is what is held out".to_string();
    let skipped = out.into_iter().map(|path| Skipped { path, reason: reason() }).collect();
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for path in &own {
        job.tick(0, 1)?;
        let mut frames = read(path)?;
        if second.is_none() {
            let kept = frames.len() - frames.len() * usize::from(want.hold.per_mille) / 1000;
            if let Some(first) = frames.keys().nth(kept).copied() {
                test.extend(scenes(&frames.split_off(&first), span, LEAST));
            }
        }
        train.extend(scenes(&frames, span, LEAST));
    }
    for path in &held {
        job.tick(0, 1)?;
        test.extend(scenes(&read(path)?, span, LEAST));
    }
    if train.is_empty() && test.is_empty() || train.is_empty() && want.hold.per_mille > 0 {
        return Err(DataError::File(format!(
            "nowhere in {} are two people there through {} frames, so there is nothing to learn",
            dir.display(),
            span.steps()
        )));
    }
    let total = train.len() + test.len();
    let train = pictured(train, span, want, (0, total), job)?;
    let before = train.pictures.len();
    let test = pictured(test, span, want, (before, total), job)?;
    let title = match second {
        Some(second) => format!("tracks in {} without {}", short_name(dir), stem(second)),
        None => format!("tracks in {}", short_name(dir)),
    };
    Ok(Dataset { title, train, test, skipped, ..Dataset::default() })
}

/// Scenes with their pictures.
fn pictured(
    scenes: Vec<Arc<[f32]>>,
    span: Span,
    want: Want,
    (before, total): (usize, usize),
    job: &Job,
) -> Result<Split, DataError> {
    let (side, channels) = (want.width, want.channels.unwrap_or(3));
    if want.width != want.height || !matches!(channels, 1 | 3) {
        return Err(DataError::Spec(format!(
            "scenes are drawn as squares, grey or in colour, not at {}×{} with {channels} channels",
            want.width, want.height
        )));
    }
    let mut pictures = Pictures::empty(side, side, channels);
    pictures.pixels = vec![0; scenes.len() * pictures.stride()];
    for (i, (scene, pixels)) in
        scenes.iter().zip(pictures.pixels.chunks_mut(side * side * channels)).enumerate()
    {
        if i % 64 == 0 {
            job.tick(before + i, total)?;
        }
        picture::whole(scene, span, side, channels, pixels);
    }
    Ok(Split { pictures, ..with_tracks(scenes, span) })
}
