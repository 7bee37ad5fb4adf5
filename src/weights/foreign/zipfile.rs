//! A zip as a source of named blocks: never inflated beyond what the file's own size makes believable.
//!
//! Must not know: PyTorch, NumPy.

use super::archive::Budget;
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipLocator,
};
use std::cell::RefCell;
use std::io::{Read, Seek, SeekFrom};

/// Blocks that a zip of weights may have.
const MOST: usize = 200_000;

/// Reads wherever it is asked to.
struct At<R>(RefCell<R>);

impl<R: Read + Seek> ReaderAt for At<R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let mut input = self.0.borrow_mut();
        input.seek(SeekFrom::Start(offset))?;
        input.read(buffer)
    }
}

/// An open zip.
pub struct Zip<R> {
    archive: ZipArchive<At<R>>,
    blocks: Vec<(String, CompressionMethod, ZipArchiveEntryWayfinder)>,
}

fn say(e: &rawzip::Error) -> String {
    format!("is a damaged or truncated zip ({e}); get it again")
}

impl<R: Read + Seek> Zip<R> {
    /// Reads the directory at the zip's end.
    pub fn open(input: R, length: u64, budget: &mut Budget) -> Result<Self, String> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let located = ZipLocator::new().locate_in_reader(At(RefCell::new(input)), &mut buffer, length);
        let archive = located.map_err(|(_, e)| say(&e))?;
        let mut blocks = Vec::new();
        let mut entries = archive.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(|e| say(&e))? {
            let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
            budget.take(128 + name.len() as u64, "its directory")?;
            if blocks.len() == MOST {
                return Err("is a zip of more files than any model has".into());
            }
            blocks.push((name, entry.compression_method(), entry.wayfinder()));
        }
        if blocks.len() as u64 != archive.entries_hint() {
            return Err("is a damaged zip: its directory is not whole; get it again".into());
        }
        Ok(Self { archive, blocks })
    }

    /// All names in it, in the file's order.
    pub fn names(&self) -> Vec<String> {
        self.blocks.iter().map(|(name, ..)| name.clone()).collect()
    }

    /// Whether it has a block of that name.
    pub fn has(&self, name: &str) -> bool {
        self.blocks.iter().any(|(n, ..)| n == name)
    }

    /// One block, inflated, its checksum compared.
    pub fn entry(&self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, String> {
        let found = self.blocks.iter().find(|(n, ..)| n == name);
        let (_, method, at) =
            found.ok_or_else(|| format!("is damaged: {name} is missing in it; get it again"))?;
        let entry = self.archive.get_entry(*at).map_err(|e| say(&e))?;
        match *method {
            CompressionMethod::STORE => drain(entry.verifying_reader(entry.reader()), name, budget),
            CompressionMethod::DEFLATE => {
                drain(entry.verifying_reader(DeflateDecoder::new(entry.reader())), name, budget)
            }
            _ => {
                Err("is a zip compressed in a way that zscope does not read; zip it again with deflate"
                    .into())
            }
        }
    }
}

/// Everything that comes. The size that the zip claims is not believed: what is read is counted.
fn drain(mut input: impl Read, name: &str, budget: &mut Budget) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut part = Vec::new();
    loop {
        part.clear();
        let read = input.by_ref().take(1 << 20).read_to_end(&mut part);
        read.map_err(|e| format!("is damaged: {name} in it can't be read ({e}); get it again"))?;
        if part.is_empty() {
            return Ok(bytes);
        }
        budget.take(part.len() as u64, name)?;
        bytes.extend_from_slice(&part);
    }
}
