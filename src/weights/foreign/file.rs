//! Opens a file of weights by its content, whatever its name.
//!
//! Must not know: what network the tensors make.

use super::archive::{Archive, Budget, LARGEST};
use super::zipfile::Zip;
use super::{burn, mpk, npz, safe, torch};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// How a gzip begins.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Reads a file. The sentence says what is wrong with which file and what to do.
pub fn read(path: &Path) -> Result<Archive, String> {
    let name = path.display();
    let about = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            format!("there is no file {name}; it may have been moved or renamed, so choose it again")
        }
        _ => format!("{name} could not be opened ({e}); check that you may read it"),
    })?;
    if about.is_dir() {
        return Err(format!("{name} is a folder; choose a file of weights in it"));
    }
    if !about.is_file() {
        return Err(format!("{name} is no regular file; choose a file of weights"));
    }
    if about.len() > LARGEST {
        return Err(format!("{name} is larger than 8 GiB, which is more than zscope reads"));
    }
    if super::shards::part(path) {
        return super::shards::read(path);
    }
    one(path)
}

/// Reads this file alone.
pub(super) fn one(path: &Path) -> Result<Archive, String> {
    let name = path.display();
    let file = File::open(path)
        .map_err(|e| format!("{name} could not be opened ({e}); check that you may read it"))?;
    let length = file.metadata().map_err(|e| format!("{name} could not be read ({e})"))?.len();
    archive(&mut BufReader::new(file), length).map_err(|e| format!("{name} {e}"))
}

/// Reads tensors from anything that can be read and sought in, `length` bytes long. The sentence starts where the
/// file's name ends.
pub fn archive<R: Read + Seek>(input: &mut R, length: u64) -> Result<Archive, String> {
    if length == 0 {
        return Err("is empty".into());
    }
    let say = |e: std::io::Error| format!("could not be read ({e})");
    let mut head = Vec::new();
    input.seek(SeekFrom::Start(0)).map_err(say)?;
    input.take(32).read_to_end(&mut head).map_err(say)?;
    input.seek(SeekFrom::Start(0)).map_err(say)?;
    let mut budget = Budget::of(length);
    let archive = match head.as_slice() {
        h if other(h).is_some() && !header(h, length) => Err(format!("is {}", other(h).unwrap_or_default())),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => zip(input, length, &mut budget),
        h if torch::legacy_head(h).is_some() => torch::legacy(input, length, &mut budget),
        h if h.starts_with(npz::MAGIC) => {
            let mut start = Vec::new();
            input.take(1 << 16).read_to_end(&mut start).map_err(say)?;
            let needed = npz::length(&start)?;
            if needed > length {
                return Err("is damaged: its array is cut short; get it again".into());
            }
            input.seek(SeekFrom::Start(0)).map_err(say)?;
            let bytes = whole(input, needed, &mut budget)?;
            let tensors = vec![npz::array("array", &bytes, &mut budget)?];
            let layout = super::archive::Layout::Torch;
            Ok(Archive {
                format: "NumPy .npy",
                layout,
                ordered: true,
                part: String::new(),
                card: None,
                tensors,
                hints: Default::default(),
                objects: Default::default(),
            })
        }
        h if h.starts_with(&burn::MAGIC) => {
            burn::check(h, length)?;
            burn::read(whole(input, length, &mut budget)?, &mut budget)
        }
        h if mpk::begins(h) => mpk::read(&whole(input, length, &mut budget)?, &mut budget),
        h if h.starts_with(GZIP) => unpacked(input, &mut budget),
        [0x80, 0..=5, ..] => torch::plain(input, &mut budget),
        h if header(h, length) => safe::read(input, length, &mut budget),
        // Protocol 0 has no mark of its own; its pickles begin with these.
        [b'(' | b'c' | b'}' | b']', ..] => torch::plain(input, &mut budget),
        h => Err(format!("{}; choose a PyTorch, safetensors, Burn or NumPy file of weights", seems(h))),
    };
    archive.and_then(Archive::check).map_err(|e| one_line(&e))
}

/// Longest sentence about a file, characters.
const LONGEST: usize = 600;

/// A sentence as one line of bearable length, whatever the names in it are: they are the file's.
pub fn one_line(sentence: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    match sentence.char_indices().nth(LONGEST) {
        Some((end, _)) => sentence[..end].chars().map(plain).chain(['…']).collect(),
        None => sentence.chars().map(plain).collect(),
    }
}

/// What a gzip holds, within the budget; no gzip in a gzip.
fn unpacked<R: Read + Seek>(input: &mut R, budget: &mut Budget) -> Result<Archive, String> {
    let mut stream = GzDecoder::new(input);
    let mut bytes = Vec::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => {
                budget.take(n as u64, "its unpacked contents")?;
                bytes.extend_from_slice(&part[..n]);
            }
            Err(e) => return Err(format!("is a damaged or truncated gzip ({e}); get it again")),
        }
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Err("is a packed tar archive; unpack it, and open the file of weights in it".into());
    }
    if bytes.starts_with(GZIP) {
        return Err("is a gzip in a gzip; unpack it first".into());
    }
    let length = bytes.len() as u64;
    archive(&mut Cursor::new(bytes), length)
        .map_err(|e| format!("is a gzip whose contents have a fault: it {e}"))
}

fn whole<R: Read>(input: &mut R, length: u64, budget: &mut Budget) -> Result<Vec<u8>, String> {
    budget.take(length, "the file")?;
    let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
    input.take(length).read_to_end(&mut bytes).map_err(|e| format!("could not be read ({e})"))?;
    Ok(bytes)
}

/// Whether it begins as a .safetensors: the length of a header that fits, and a brace.
fn header(head: &[u8], length: u64) -> bool {
    let size = head.first_chunk().map(|n| u64::from_le_bytes(*n));
    let brace = head[8.min(head.len())..].iter().find(|b| !b.is_ascii_whitespace());
    size.is_some_and(|n| n < length.max(1 << 32)) && brace == Some(&b'{')
}

fn zip<R: Read + Seek>(input: &mut R, length: u64, budget: &mut Budget) -> Result<Archive, String> {
    let zip = Zip::open(input, length, budget)?;
    let names = zip.names();
    let last = |name: &str, file: &str| name == file || name.ends_with(&format!("/{file}"));
    if let Some(at) = names.iter().find(|n| last(n, "data.pkl")) {
        return torch::zipped(&zip, at, budget);
    }
    if names.iter().any(|n| n.ends_with(".npy")) {
        return npz::zipped(&zip, &names, budget);
    }
    if names.iter().any(|n| n.ends_with(".h5")) {
        return Err("is a Keras model; save its weights with numpy.savez, or as .safetensors".into());
    }
    if let Some(inner) =
        names.iter().find(|n| [".pth", ".pt", ".ckpt", ".safetensors"].iter().any(|e| n.ends_with(e)))
    {
        return Err(format!("is an archive with {inner} in it; unpack it, and open that"));
    }
    Err("is a zip without weights: it holds neither PyTorch's data.pkl nor NumPy's arrays".into())
}

/// What people often have instead of weights, by how it begins, and what to do about it.
fn other(head: &[u8]) -> Option<&'static str> {
    let text = head.trim_ascii_start().to_ascii_lowercase();
    Some(match text.as_slice() {
        t if t.starts_with(b"version https://git-lfs") => {
            "a pointer of Git LFS, not the file itself; fetch it with git lfs pull, or download it from its web page"
        }
        t if t.starts_with(b"<!doctype") || t.starts_with(b"<html") => {
            "a web page, which a server gave instead of the file; download it again in a browser"
        }
        t if t.starts_with(b"<?xml") || t.starts_with(b"<error") => {
            "XML, as servers give instead of a file that may not be read; download it again"
        }
        t if t.starts_with(b"{\"") => {
            "JSON text, not weights; a server's error, or settings of a model, look so"
        }
        t if t.starts_with(b"bzh") => "packed by bzip2; unpack it first",
        _ if head.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) => "packed by xz; unpack it first",
        _ if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => "packed by zstd; unpack it first",
        _ if head.starts_with(b"7z\xbc\xaf") => "a 7z archive; unpack it first",
        t if t.starts_with(b"rar!") => "a RAR archive; unpack it first",
        _ if head.len() > 12 && head[0] == 8 && (head[1] < 16 && head[2] == 0x12) => {
            "an ONNX model, which zscope does not read; export the PyTorch model that it was made of"
        }
        _ if head.starts_with(&[0, 0, 0x1a, 8, 1]) || head.starts_with(&[0, 0, 0x1a]) => {
            "the index of a TensorFlow checkpoint, which zscope does not read; save its variables with numpy.savez"
        }
        _ if head.get(4..8) == Some(b"TFL3") => "a TensorFlow Lite model, which zscope does not read",
        _ => return None,
    })
}

/// Says what a file that holds no tensors seems to be.
fn seems(head: &[u8]) -> &'static str {
    match head {
        [0x89, b'P', b'N', b'G', ..] => "is a PNG picture",
        [0xff, 0xd8, ..] => "is a JPEG picture",
        [0x89, b'H', b'D', b'F', ..] => "is an HDF5 file (Keras)",
        [b'G', b'G', b'U', b'F', ..] => "is a GGUF file",
        h if h.iter().all(|b| *b == 0) => "begins with zeros only: its contents are lost",
        _ => "is no file of weights that zscope knows, or its beginning is damaged",
    }
}
