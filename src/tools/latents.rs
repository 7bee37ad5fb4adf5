//! Latents in a file: numbers as text, NumPy's arrays, or a PNG that carries the one it was drawn from.
//!
//! Must not know: models, what becomes of the latents.

use super::picture::origin;
use crate::latent::text;
use crate::point::Prior;
use crate::weights::foreign;
use std::path::Path;

/// Largest text file that is read, bytes.
const LARGEST: u64 = 64 << 20;

/// The latents in a file, each of `dims` numbers, in σ: a file holds the network's own input, by its `prior`; `.txt`, `.csv` and `.json` hold numbers, `.npy` and `.npz` an array
/// `[n, dims]` or `[dims]` (called `z` where there are several), a PNG that zscope saved the one it was drawn from.
/// `None` = a file of another kind, which can only be a picture to encode. Fails with a sentence when the file cannot
/// be read, or its latents have another length.
pub fn read(path: &Path, dims: usize, prior: Prior) -> Result<Option<Vec<Vec<f32>>>, String> {
    let name = path.display();
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "txt" | "csv" | "json" => {
            let size = std::fs::metadata(path).map_err(|e| format!("{name} could not be read: {e}"))?.len();
            if size > LARGEST {
                return Err(format!("{name} is too large for a file of latents; choose a smaller one"));
            }
            let said = std::fs::read_to_string(path).map_err(|e| format!("{name} could not be read: {e}"))?;
            let rows = text::read_rows(&said, dims).and_then(|rows| in_sigmas(rows, prior));
            rows.map(Some).map_err(|e| format!("{name}: {e}"))
        }
        "npy" | "npz" => {
            let rows = in_sigmas(arrays(path, dims)?, prior);
            rows.map(Some).map_err(|e| format!("{name}: {e}"))
        }
        _ => match origin(path) {
            Some(origin) if origin.z.len() == dims => Ok(Some(vec![origin.z])),
            _ => Ok(None),
        },
    }
}

fn in_sigmas(rows: Vec<Vec<f32>>, prior: Prior) -> Result<Vec<Vec<f32>>, String> {
    rows.iter().map(|row| prior.sigmas(row)).collect()
}

fn arrays(path: &Path, dims: usize) -> Result<Vec<Vec<f32>>, String> {
    let name = path.display();
    let archive = foreign::file::read(path)?;
    let array = match archive.tensors.as_slice() {
        [one] => one,
        many => many.iter().find(|t| t.name == "z").ok_or_else(|| {
            format!(
                "{name} holds {} arrays and none is called z; save the latents alone, or as z",
                many.len()
            )
        })?,
    };
    match array.shape.as_slice() {
        [.., last] if *last == dims && array.values.iter().all(|v| v.is_finite()) => {
            Ok(array.values.chunks_exact(dims.max(1)).map(<[f32]>::to_vec).collect())
        }
        [.., last] if *last == dims => Err(format!("{name} holds numbers that are not finite")),
        shape => {
            Err(format!("{name} holds an array of shape {shape:?}; this model's latents have {dims} numbers"))
        }
    }
}
