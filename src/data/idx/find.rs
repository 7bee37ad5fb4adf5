//! Which files of a folder are IDX files, by their customary names.
//!
//! Must not know: what is in them.

use crate::data::want::DataError;
use std::path::{Path, PathBuf};

/// The files of pictures in a folder, and all files by their plain names, among which their labels are.
pub(super) struct Found {
    pub(super) train: PathBuf,
    pub(super) test: Option<PathBuf>,
    files: Vec<(String, PathBuf)>,
}

/// How many folders deep is looked: torchvision's root has MNIST/raw in it, Kaggle's a folder for each file.
const DEPTH: usize = 2;

/// Finds the files of pictures in a folder; where it has none itself, in the folders inside.
pub(super) fn find(dir: &Path) -> Result<Found, DataError> {
    let at = dir.display();
    let mut folders = vec![dir.to_path_buf()];
    for depth in 0..=DEPTH {
        let (mut files, mut inside) = (Vec::new(), Vec::new());
        for folder in &folders {
            let entries = match std::fs::read_dir(folder) {
                Ok(entries) => entries,
                Err(e) if depth == 0 => {
                    return Err(DataError::File(format!(
                        "cannot read the folder {at} ({e}): name a folder with IDX files"
                    )));
                }
                Err(_) => continue, // a locked folder inside, as good as empty
            };
            for path in entries.flatten().map(|entry| entry.path()) {
                match plain_name(&path) {
                    _ if path.is_dir() => inside.push(path),
                    Some(plain) if path.is_file() => files.push((plain, path)),
                    _ => {}
                }
            }
        }
        if files.iter().any(|(plain, _)| is_pictures(plain)) {
            return chosen(files, dir);
        }
        inside.sort();
        folders = inside;
    }
    Err(DataError::File(format!(
        "no IDX pictures in {at}: it needs a file such as train-images-idx3-ubyte or train-images-idx3-ubyte.gz"
    )))
}

/// Whether anything is found: in the folder, or as torchvision and Kaggle lay it out.
pub(super) fn is_here(dir: &Path) -> bool {
    find(dir).is_ok()
}

/// Both spellings: "train-images-idx3-ubyte" and "train-images.idx3-ubyte".
fn is_pictures(plain: &str) -> bool {
    plain.contains("images-idx3") || plain.contains("images-idx4")
}

/// Which of the files are the training and the test pictures.
fn chosen(files: Vec<(String, PathBuf)>, dir: &Path) -> Result<Found, DataError> {
    let (mut train, mut test, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for (plain, path) in files.iter().filter(|(plain, _)| is_pictures(plain)) {
        let group = if plain.contains("train-images") {
            &mut train
        } else if plain.contains("t10k-images") || plain.contains("test-images") {
            &mut test
        } else {
            &mut other
        };
        group.push((plain.clone(), path.clone()));
    }
    let at = dir.display().to_string();
    let (train, test, other) = (only(train, at.clone())?, only(test, at.clone())?, only(other, at.clone())?);
    match (train, test, other) {
        (Some(train), test, _) => Ok(Found { train, test, files }),
        (None, Some(only), None) | (None, None, Some(only)) => Ok(Found { train: only, test: None, files }),
        (None, Some(test), Some(other)) => Ok(Found { train: other, test: Some(test), files }),
        (None, None, None) => Err(DataError::File(format!("no IDX pictures in {at}: name another folder"))),
    }
}

/// A file's name in lower case, without `.gz`, with dots as dashes.
fn plain_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    Some(name.strip_suffix(".gz").unwrap_or(&name).replace('.', "-"))
}

/// The one file of a group: the plain one of a plain and gzipped pair, an error if there are different ones.
fn only(mut group: Vec<(String, PathBuf)>, at: String) -> Result<Option<PathBuf>, DataError> {
    group.sort_by_key(|(plain, path)| {
        (plain.clone(), path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")))
    });
    if let (Some((first, _)), Some((last, _))) = (group.first(), group.last())
        && first != last
    {
        return Err(DataError::File(format!(
            "{at} holds several data sets ({first} and {last}): put the files of one of them into a folder of their own"
        )));
    }
    Ok(group.into_iter().next().map(|(_, path)| path))
}

impl Found {
    /// The labels file that belongs to a pictures file; `None` if there is none. QMNIST's has eight numbers for each
    /// picture, the first of which is the class.
    pub(super) fn labels_of(&self, images: &Path) -> Result<Option<PathBuf>, DataError> {
        let Some(name) = plain_name(images) else { return Ok(None) };
        let base = name.replace("images-idx3", "labels-idx1").replace("images-idx4", "labels-idx1");
        let wanted = [base.clone(), base.replace("labels-idx1-ubyte", "labels-idx2-int")];
        let dir = images.parent().unwrap_or(Path::new("."));
        for wanted in wanted {
            let matching = self.files.iter().filter(|(plain, _)| *plain == wanted).cloned().collect();
            if let Some(found) = only(matching, dir.display().to_string())? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Whether a file is EMNIST's, whose pictures are stored on their side: rows are columns.
pub(super) fn lies_on_its_side(images: &Path) -> bool {
    plain_name(images).is_some_and(|name| name.contains("emnist"))
}
