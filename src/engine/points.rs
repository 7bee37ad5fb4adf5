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

/// Whether a SPEC names a file of points that is there.
pub fn readable(data: &str) -> bool {
    data.parse::<Spec>().is_ok_and(|spec| spec.file().is_some_and(|file| read_text(file).is_ok()))
}

/// Whether a run has no points of its own, or those of the file that a SPEC names.
pub fn unchanged(run: &Path, data: &str) -> bool {
    let spec = data.parse::<Spec>().ok();
    match (read_text(&run.join(KEPT)), spec.as_ref().and_then(Spec::file)) {
        // Of a file that is gone, what the run keeps is all that there is.
        (Ok(kept), Some(file)) => read_text(file).map_or(true, |now| now == kept),
        _ => true,
    }
}

/// Refuses points other than those that a run keeps: its checkpoints are measured against these.
pub fn check(run: &Path, data: &str) -> Result<(), String> {
    match unchanged(run, data) {
        true => Ok(()),
        false => Err(format!(
            "{} was trained on other points than those of {data}: begin a run of its own for these, with --from",
            run.display()
        )),
    }
}

/// Copies the file that a run's points are of, if they are a file's, into the run's folder, where they are not there yet.
pub fn keep(run: &Path, data: &str) -> Result<(), String> {
    let spec = data.parse::<Spec>().ok();
    let copy = run.join(KEPT);
    match spec.as_ref().and_then(Spec::file).filter(|_| !copy.exists()) {
        Some(file) => whole::write(&copy, read_text(file).map_err(|e| e.to_string())?.as_bytes()),
        None => Ok(()),
    }
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
