//! Files that are whole or absent: written aside, synced, renamed.
//!
//! Must not know: what is in them.

use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path` so that a reader, or a crash at any moment, finds the old file or the new one.
/// The sentence names the path and what the system said.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let say = |e: std::io::Error| format!("{} could not be written: {e}", path.display());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(say)?;
    let mut aside = tempfile::Builder::new().prefix(".zscope-").tempfile_in(folder).map_err(say)?;
    aside.write_all(bytes).map_err(say)?;
    aside.as_file().sync_all().map_err(say)?;
    // Temporary files are private by default; a checkpoint is to be shared like any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        aside.as_file().set_permissions(mode).map_err(say)?;
    }
    aside.persist(path).map_err(|e| say(e.error))?;
    // The rename itself must survive a power cut; folders cannot be synced everywhere, so a refusal is no error.
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}
