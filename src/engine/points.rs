//! Points that a person drew: the files that they are written to, and the copy that a run keeps of the file that it trains on,
//! so that it can go on, be repeated and be measured when that file is gone or holds other points.
//!
//! Must not know: Burn, the window, what stands in such a file.

use crate::data::Spec;
use crate::data::plane::World;
use crate::data::points::{read_text, text};
use crate::weights::whole;
use std::path::{Path, PathBuf};

/// The file of points in a run's folder.
const KEPT: &str = "points.csv";

/// Where drawn points go: the user's data folder, else here.
pub fn folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(|| PathBuf::from(".")).join("zscope").join("points")
}

/// Writes drawn points to the first of `drawn-1.csv`, `drawn-2.csv` … in a folder that does not exist, whole or not at all.
pub fn write(folder: &Path, points: &[[f32; 2]], sigma: f32) -> Result<PathBuf, String> {
    let free = (1..).map(|i| folder.join(format!("drawn-{i}.csv"))).find(|path| !path.exists());
    let path = free.unwrap_or_else(|| folder.join("drawn.csv"));
    whole::write(&path, text(points, sigma).as_bytes())?;
    Ok(path)
}

/// Copies the file that a run's points are of, if they are a file's, into the run's folder.
pub fn keep(run: &Path, data: &str) -> Result<(), String> {
    let spec = data.parse::<Spec>().ok();
    let Some(file) = spec.as_ref().and_then(Spec::file) else { return Ok(()) };
    let copy = run.join(KEPT);
    let text = read_text(file).map_err(|e| e.to_string())?;
    if read_text(&copy).is_ok_and(|old| old == text) {
        return Ok(());
    }
    whole::write(&copy, text.as_bytes())
}

/// The SPEC by which a run's data is had now: as it is recorded, or by the copy in the run's folder where the file of its points
/// is gone or says something else by now.
pub fn kept(run: &Path, data: &str) -> String {
    let Ok(spec) = data.parse::<Spec>() else { return data.into() };
    let copy = run.join(KEPT);
    let (Some(file), Ok(text)) = (spec.file(), read_text(&copy)) else { return data.into() };
    if read_text(file).is_ok_and(|now| now == text) {
        return data.into();
    }
    spec.at(&copy).to_string()
}

/// The distribution that a data SPEC names; `None` where it names no points, or they can't be read.
pub fn world(data: &str) -> Option<World> {
    data.parse::<Spec>().ok()?.world().ok()?
}
