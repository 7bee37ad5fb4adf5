//! One IDX file, plain or gzipped: its header and its bytes, neither believed before it is checked.
//!
//! Must not know: pictures, labels.

use crate::data::want::DataError;
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// Most bytes of pictures (as they are in the file) that are taken into memory: 4 GiB.
const MAX_BYTES: u64 = 4 << 30;

/// Deflate cannot shrink data to less than about a 1032nd.
const MAX_DEFLATE: u64 = 1040;

/// Bytes read between two looks at Cancel.
const CHUNK: u64 = 1 << 20;

/// An opened IDX file, read up to the end of its header.
pub(super) struct Source {
    pub(super) path: PathBuf,
    reader: Box<dyn Read + Send>,
    /// The most data bytes that the file can hold behind what was read, by its length.
    room: u64,
    gzipped: bool,
    /// Bytes of one number.
    pub(super) bytes: u64,
}

impl Source {
    /// Opens a file, plain or gzipped (by its content, whatever its name).
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
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
        Ok(Self { path: path.to_path_buf(), reader, room, gzipped, bytes: 1 })
    }

    pub(super) fn error(&self, what: std::fmt::Arguments) -> DataError {
        DataError::File(format!("{} {what}", self.path.display()))
    }

    /// Reads the magic number and the sizes: as many as `dimensions` allows. `wide`: the numbers may have four bytes.
    pub(super) fn sizes(&mut self, kind: &str, dimensions: &[u8], wide: bool) -> Result<Vec<u64>, DataError> {
        let [zero, zero_too, code, count] = self.word()?;
        if zero != 0 || zero_too != 0 {
            return Err(self.error(format_args!(
                "is not an IDX file (it begins with {zero:02x}{zero_too:02x}{code:02x}{count:02x}): download it again"
            )));
        }
        if code != 8 && !(wide && code == 12) {
            return Err(self.error(format_args!(
                "holds numbers of IDX type 0x{code:02x}, but only unsigned bytes (0x08) can be read: convert it"
            )));
        }
        if !dimensions.contains(&count) {
            return Err(self.error(format_args!(
                "should hold {kind} but its magic number is 0x0000{code:02x}{count:02x}: check that the files' names are not mixed up"
            )));
        }
        self.bytes = if code == 12 { 4 } else { 1 };
        self.room = self.room.saturating_sub(4 + 4 * u64::from(count));
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
    pub(super) fn check_room(&self, bytes: u64, promise: &str) -> Result<(), DataError> {
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
    pub(super) fn data(
        mut self,
        bytes: u64,
        promise: &str,
        tick: &dyn Fn(u64) -> Result<(), DataError>,
    ) -> Result<Vec<u8>, DataError> {
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
