//! Files that are whole or absent: written aside, synced, renamed.
//!
//! Must not know: what is in them.

use std::io::Write;
use std::path::Path;

/// How the files that are still being written are called; what a killed process left of them goes with [`tidy`].
const ASIDE: &str = ".zscope-";

/// Writes `bytes` to `path` so that a reader, or a crash at any moment, finds the old file or the new one.
/// The sentence names the path and what the system said.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    put(path, bytes, true)
}

/// The same for what can be lost in a power cut, but never be half: a killed process leaves the old file or the new one.
pub fn write_lightly(path: &Path, bytes: &[u8]) -> Result<(), String> {
    put(path, bytes, false)
}

fn put(path: &Path, bytes: &[u8], sync: bool) -> Result<(), String> {
    let say = |e: std::io::Error| format!("{} could not be written: {e}", path.display());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(say)?;
    let mut aside = tempfile::Builder::new().prefix(ASIDE).tempfile_in(folder).map_err(say)?;
    aside.as_file_mut().write_all(bytes).map_err(say)?;
    if sync {
        aside.as_file().sync_all().map_err(say)?;
    }
    // Temporary files are private by default; a checkpoint is to be shared like any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        aside.as_file().set_permissions(mode).map_err(say)?;
    }
    aside.persist(path).map_err(|e| say(e.error))?;
    // The rename itself must survive a power cut; folders cannot be synced everywhere, so a refusal is no error.
    if let (true, Ok(folder)) = (sync, std::fs::File::open(folder)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Deletes what a process that was killed while it wrote into `folder` left behind. Only for a folder that nobody else
/// writes into.
pub fn tidy(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            // What cannot be deleted is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The ending of a file that is to be written, in small letters. Refuses one of a format that is not written: a file
/// whose name lies about its contents opens nowhere.
pub fn ending(path: &Path, written: &[&str]) -> Result<String, String> {
    let found = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if written.contains(&found.as_str()) {
        return Ok(found);
    }
    let all: Vec<String> = written.iter().map(|e| format!(".{e}")).collect();
    let all = match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => all.concat(),
    };
    let why = if found.is_empty() {
        "has no ending".into()
    } else {
        format!("ends in .{found}, which is not written")
    };
    Err(format!("{} {why}; give it the ending {all}", path.display()))
}
