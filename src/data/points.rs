//! A file of points of the plane, drawn with the mouse or made elsewhere: how it is read and written. The points are the
//! centres of Gaussians of one width, each as probable as any other, so that the density is known.
//!
//!     # sigma=0.05
//!     x,y
//!     -0.51,1.2
//!
//! Must not know: models, what the points are for, the window, where such files are kept.

use super::dataset::Dataset;
use super::plane::{self, BOUND, World};
use super::want::{DataError, Job, Want};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;

/// Points that a file may have.
pub const MOST: usize = 5_000;
/// σ of the Gaussian around each point, where the file says none.
pub const SIGMA: f32 = 0.05;
/// What σ may be.
pub const SIGMAS: RangeInclusive<f32> = 0.005..=0.5;
/// Bytes of a file that are read: far more than [`MOST`] lines have.
const LONGEST: u64 = 4 << 20;
/// What stands before σ.
const WIDTH: &str = "sigma=";

/// The text of a file with these points.
pub fn text(points: &[[f32; 2]], sigma: f32) -> String {
    let mut text = format!("# {WIDTH}{sigma}\nx,y\n");
    for [x, y] in points {
        // Writing to a String never fails.
        let _ = writeln!(text, "{x},{y}");
    }
    text
}

/// The text of a file.
///
/// # Errors
/// [`DataError::File`] when it can't be read as text.
pub fn read_text(path: &Path) -> Result<String, DataError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map(|_| text).map_err(|e| {
        DataError::File(format!(
            "{} could not be read: {e}; name a CSV file with a line x,y for each point",
            path.display()
        ))
    })
}

/// The distribution that a file says; it is called as the file is.
///
/// # Errors
/// [`DataError::File`] when it can't be read, or a line of it is none of such a file.
pub fn read(path: &Path) -> Result<World, DataError> {
    let (centres, sigma) =
        parsed(&read_text(path)?).map_err(|why| DataError::File(format!("{}{why}", path.display())))?;
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(World::new(name, centres, sigma, false))
}

/// The points in a text and their σ; else what is wrong, to be said behind the name of the file.
fn parsed(text: &str) -> Result<(Vec<[f32; 2]>, f32), String> {
    let at = |i: usize, why: String| format!(", line {}: {why}", i + 1);
    let (mut points, mut sigma) = (Vec::new(), SIGMA);
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    for (place, (i, line)) in lines.enumerate() {
        if let Some(said) = line.strip_prefix('#').filter(|_| place == 0) {
            let width = said.trim().strip_prefix(WIDTH).and_then(|v| v.trim().parse().ok());
            sigma = width.filter(|v| SIGMAS.contains(v)).ok_or_else(|| {
                let [low, high] = [SIGMAS.start(), SIGMAS.end()];
                let right = format!("write # {WIDTH}NUMBER, with a number from {low} to {high}");
                at(i, format!("\"{}\" says no width of the points: {right}", beginning(line)))
            })?;
            continue;
        }
        let heading = line.split(',').map(str::trim).eq(["x", "y"]);
        if heading && points.is_empty() {
            continue;
        }
        let numbers: Option<Vec<f32>> = line.split(',').map(|v| v.trim().parse().ok()).collect();
        let point = match numbers.as_deref() {
            Some(&[x, y]) if x.is_finite() && y.is_finite() => [x, y],
            _ => {
                let right = format!("write x,y, two numbers from -{BOUND} to {BOUND}");
                return Err(at(i, format!("\"{}\" is no point: {right}", beginning(line))));
            }
        };
        if point.iter().any(|v| v.abs() > BOUND) {
            let right = format!("both numbers must be from -{BOUND} to {BOUND}");
            return Err(at(i, format!("\"{}\" lies outside of the plane: {right}", beginning(line))));
        }
        if points.len() == MOST {
            return Err(format!(" holds more than {MOST} points: leave some out"));
        }
        points.push(point);
    }
    if points.is_empty() {
        let right = format!("write a line x,y for each, two numbers from -{BOUND} to {BOUND}");
        return Err(format!(" holds no points: {right}"));
    }
    Ok((points, sigma))
}

/// As much of a line as a sentence has room for.
fn beginning(line: &str) -> String {
    const ROOM: usize = 40;
    match line.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into(),
    }
}

/// Draws `count` training points from the distribution that a file says, and test points (see [`plane::load`]).
///
/// # Errors
/// As [`read`] and [`plane::load`].
pub fn load(path: &Path, count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    plane::load(&read(path)?, count, want, job)
}
