//! What is remembered between starts, in a small TOML file in the user's configuration folder.
//!
//! Must not know: what the choices mean.

use crate::state::Prefs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where it is; `None` where the system has no such folder.
pub fn path() -> Option<PathBuf> {
    Some(dirs::config_dir()?.join("zscope").join("window.toml"))
}

/// Reads it; what is absent or damaged has its default, as a window that doesn't open for that would be worse. Who has no
/// such file opens zscope for the first time.
pub fn read(path: &Path) -> Prefs {
    let Ok(text) = std::fs::read_to_string(path) else { return Prefs { toured: false, ..Prefs::default() } };
    toml::from_str(&text).unwrap_or_else(|e| {
        log::warn!("{} is damaged and starts anew: {e}", path.display());
        Prefs::default()
    })
}

/// Writes it whole, or not at all.
pub fn write(path: &Path, prefs: &Prefs) -> Result<(), String> {
    let say = |e: &dyn std::fmt::Display| {
        format!("{} can't be written ({e}); choices will be forgotten", path.display())
    };
    let text = toml::to_string(prefs).map_err(|e| say(&e))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| say(&e))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| say(&e))?;
    file.write_all(text.as_bytes()).map_err(|e| say(&e))?;
    file.persist(path).map_err(|e| say(&e)).map(drop)
}
