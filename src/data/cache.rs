//! The file that pictures are kept in where they are more than is held in memory: decoded, fitted and resized once, it is
//! read by position after that, and found again by what it was made of.
//!
//! Must not know: how pictures are decoded, or what they are for. Trusts no file: one that is cut or of another making is
//! made anew, and a damaged picture is none.

use super::want::DataError;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// First and last bytes of a whole file; another layout has other ones.
const MARK: &[u8; 8] = b"zscopeP1";

/// Bytes of the checksum behind each picture.
const CHECK: usize = 4;

/// Behind what is told: its length, its checksum, and [`MARK`].
const FOOT: usize = 8 + CHECK + MARK.len();

/// Most bytes of all cache files together, beside the newest: 20 GB.
const MOST: u64 = 20_000_000_000;

/// A preparation writes all the time, so a temporary file that is as old as this is of one that was killed.
const LEFT: Duration = Duration::from_secs(3600);

/// Most bytes of pictures in memory where the machine does not say how much it has, and where it has plenty: 8 GiB.
const PLENTY: usize = super::pictures::MAX_BYTES;

/// The most bytes of pictures that one reading holds in memory: `ZSCOPE_DATA_MEMORY` (in MB), else a third of the
/// machine's memory, at most 8 GiB.
pub(super) fn most_in_memory() -> usize {
    let asked = std::env::var("ZSCOPE_DATA_MEMORY").ok().and_then(|mb| mb.trim().parse::<usize>().ok());
    if let Some(mb) = asked {
        return mb.saturating_mul(1_000_000);
    }
    machine().map_or(PLENTY, |bytes| (bytes / 3).min(PLENTY))
}

/// Memory of the machine, or of the container that zscope runs in, where the system says it.
fn machine() -> Option<usize> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: usize = total.split_whitespace().next()?.parse().ok()?;
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = limit.and_then(|text| text.trim().parse::<usize>().ok());
    Some(limit.map_or(kib << 10, |limit| limit.min(kib << 10)))
}

/// Where cache files are: `ZSCOPE_CACHE`, else in the user's cache folder.
fn folder() -> PathBuf {
    match std::env::var_os("ZSCOPE_CACHE") {
        Some(dir) if !dir.is_empty() => dir.into(),
        _ => dirs::cache_dir().unwrap_or_else(std::env::temp_dir).join("zscope").join("pictures"),
    }
}

/// What a cache file is made of: the files, as they are now, and all that decides what becomes of them.
pub(super) struct Key(String);

impl Key {
    /// `dir`: where the files are, by whatever way it is named; `how`: what is made of them. Another place, another `how`, and
    /// a file of another name, size or time of change make another cache.
    pub(super) fn new(files: &[PathBuf], dir: &Path, how: &str) -> Self {
        let real = dir.canonicalize().unwrap_or_else(|_| dir.into());
        let half = |salt: u8| {
            let mut hash = DefaultHasher::new();
            (salt, MARK, env!("CARGO_PKG_VERSION"), &real, how, files.len()).hash(&mut hash);
            hash
        };
        let mut halves = [half(0), half(1)];
        for path in files {
            let about = std::fs::metadata(path).ok();
            let size = about.as_ref().map(std::fs::Metadata::len);
            let changed = about.and_then(|about| about.modified().ok());
            let path = path.strip_prefix(dir).unwrap_or(path);
            halves.iter_mut().for_each(|hash| (path, size, changed).hash(hash));
        }
        Self(halves.map(|hash| format!("{:016x}", hash.finish())).concat())
    }

    fn path(&self) -> PathBuf {
        folder().join(&self.0).with_extension("pictures")
    }
}

/// What a cache file tells of its pictures.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// The [`Key`].
    key: String,
    /// Bytes of a picture.
    stride: usize,
    /// Of each picture the number of its file.
    pub(super) kept: Vec<u32>,
    /// Numbers of files that cannot be read, and why.
    pub(super) skipped: Vec<(u32, String)>,
    /// Whether all pictures are grey, though they have three bytes a pixel.
    pub(super) grey: bool,
}

/// A cache file that is whole.
#[derive(Debug)]
pub(super) struct CacheFile {
    file: File,
    path: PathBuf,
    stride: usize,
    count: usize,
}

impl CacheFile {
    /// The cache file that was made of the same before, if it is there and whole.
    pub(super) fn find(key: &Key) -> Option<(Self, Told)> {
        let path = key.path();
        let file = File::open(&path).ok()?;
        let length = usize::try_from(file.metadata().ok()?.len()).ok()?;
        let mut foot = [0; FOOT];
        read_at(&file, &mut foot, length.checked_sub(FOOT)?).ok()?;
        let (size, rest) = foot.split_first_chunk::<8>()?;
        let (check, mark) = rest.split_first_chunk::<CHECK>()?;
        let size = usize::try_from(u64::from_le_bytes(*size)).ok()?;
        let end = length.checked_sub(FOOT)?.checked_sub(size)?;
        if mark != MARK {
            return None;
        }
        let mut text = vec![0; size];
        read_at(&file, &mut text, end).ok()?;
        if crc32c::crc32c(&text).to_le_bytes() != *check {
            return None;
        }
        let told: Told = serde_json::from_slice(&text).ok()?;
        let pictures = told.stride.checked_add(CHECK)?.checked_mul(told.kept.len())?;
        if told.key != key.0 || end != pictures.checked_add(MARK.len())? {
            return None;
        }
        // So that what is in use is the youngest; where it can't be said, the file is only removed sooner.
        let _ = File::options().append(true).open(&path).and_then(|f| f.set_modified(SystemTime::now()));
        let count = told.kept.len();
        Some((Self { file, path, stride: told.stride, count }, told))
    }

    /// Bytes of picture `index`. `None` past the end, and where they are not what was written: then the file is removed,
    /// so that it is made anew at the next start.
    pub(super) fn read(&self, index: usize) -> Option<Vec<u8>> {
        if index >= self.count {
            return None;
        }
        let mut bytes = vec![0; self.stride + CHECK];
        let read = read_at(&self.file, &mut bytes, MARK.len() + index * (self.stride + CHECK));
        let check = bytes.split_off(self.stride);
        if read.is_err() || check != checksum(index, &bytes) {
            log::warn!("picture {index} in {} is damaged: it will be made anew", self.path.display());
            let _ = std::fs::remove_file(&self.path);
            return None;
        }
        Some(bytes)
    }
}

/// Of a picture and its place, so that one is not taken for another.
fn checksum(index: usize, bytes: &[u8]) -> [u8; CHECK] {
    crc32c::crc32c_append(crc32c::crc32c(&(index as u64).to_le_bytes()), bytes).to_le_bytes()
}

#[cfg(not(windows))]
fn read_at(file: &File, bytes: &mut [u8], at: usize) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at as u64)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], at: usize) -> std::io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[done..], (at + done) as u64)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

/// A cache file in the making. It has its name only once it is whole; dropped before, it is gone.
pub(super) struct Writer {
    key: Key,
    stride: usize,
    to: BufWriter<NamedTempFile>,
    written: usize,
}

impl Writer {
    /// Begins a file of pictures of so many bytes.
    ///
    /// # Errors
    /// [`DataError::File`] when the cache folder can't be written, as in all that follows.
    pub(super) fn begin(key: Key, stride: usize) -> Result<Self, DataError> {
        let dir = folder();
        let begun = std::fs::create_dir_all(&dir).and_then(|()| {
            tidy(&dir, None);
            let mut to = BufWriter::new(tempfile::Builder::new().prefix(".making").tempfile_in(&dir)?);
            to.write_all(MARK)?;
            Ok(to)
        });
        Ok(Self { key, stride, to: begun.map_err(failed)?, written: 0 })
    }

    /// Adds a picture.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        let check = checksum(self.written, bytes);
        self.written += 1;
        self.to.write_all(bytes).and_then(|()| self.to.write_all(&check)).map_err(failed)
    }

    /// Writes picture `index` again.
    pub(super) fn replace(&mut self, index: usize, bytes: &[u8]) -> Result<(), DataError> {
        use std::io::{Seek, SeekFrom};
        let at = (MARK.len() + index * (self.stride + CHECK)) as u64;
        let replaced = (|| {
            self.to.seek(SeekFrom::Start(at))?;
            self.to.write_all(bytes)?;
            self.to.write_all(&checksum(index, bytes))?;
            self.to.seek(SeekFrom::End(0))
        })();
        replaced.map(|_| ()).map_err(failed)
    }

    /// The whole file, under its name; others make room for it, the oldest first.
    pub(super) fn finish(
        mut self,
        kept: Vec<u32>,
        skipped: Vec<(u32, String)>,
        grey: bool,
    ) -> Result<(CacheFile, Told), DataError> {
        let told = Told { key: self.key.0.clone(), stride: self.stride, kept, skipped, grey };
        let text = serde_json::to_vec(&told).map_err(|e| failed(e.into()))?;
        let (path, count) = (self.key.path(), told.kept.len());
        let written = (|| {
            self.to.write_all(&text)?;
            self.to.write_all(&(text.len() as u64).to_le_bytes())?;
            self.to.write_all(&crc32c::crc32c(&text).to_le_bytes())?;
            self.to.write_all(MARK)?;
            let whole = self.to.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            whole.as_file().sync_all()?;
            whole.persist(&path).map_err(|e| e.error)?;
            File::open(&path)
        })();
        let file = written.map_err(failed)?;
        if let Some(dir) = path.parent() {
            tidy(dir, Some(&path));
        }
        Ok((CacheFile { file, path, stride: told.stride, count }, told))
    }
}

fn failed(e: std::io::Error) -> DataError {
    DataError::File(format!(
        "pictures that are more than is held in memory can't be kept in {} ({e}): make room there, name another folder \
in ZSCOPE_CACHE, or more MB of memory in ZSCOPE_DATA_MEMORY",
        folder().display()
    ))
}

/// Removes what killed preparations left, and the oldest files beyond [`MOST`] but `mine`.
fn tidy(dir: &Path, mine: Option<&Path>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut all: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let (path, Ok(about)) = (entry.path(), entry.metadata()) else { continue };
        let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let left = changed.elapsed().is_ok_and(|age| age > LEFT);
        if entry.file_name().to_string_lossy().starts_with(".making") && left {
            let _ = std::fs::remove_file(path);
        } else if path.extension().is_some_and(|e| e == "pictures") && mine != Some(&path) {
            all.push((changed, about.len(), path));
        }
    }
    all.sort_by_key(|(changed, ..)| std::cmp::Reverse(*changed));
    let mut sum = 0;
    for (_, size, path) in all {
        sum += size;
        if sum > MOST {
            // A file that another zscope reads stays readable to it, or (Windows) can't be removed yet.
            let _ = std::fs::remove_file(path);
        }
    }
}
