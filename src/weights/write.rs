//! Writes a model's tensors for others: `.safetensors` with PyTorch's names, Burn's `.bpk`, NumPy's `.npz`, in 32 or 16
//! bits.
//!
//! Must not know: the engine, the window.

use super::Checkpoint;
use super::checkpoint::{KEY, OPTIMISER};
use super::whole;
use burn::tensor::TensorData;
use burn_pack::{Bytes, DType};
use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

/// A tensor's numbers.
fn floats(data: &TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}

fn bytes(values: &[f32], half: bool) -> Result<Vec<u8>, String> {
    if !half {
        return Ok(values.iter().flat_map(|v| v.to_le_bytes()).collect());
    }
    match values.iter().find(|v| !f16::from_f32(**v).is_finite()) {
        Some(v) => Err(format!("{v} does not fit into 16 bits; write it without --half")),
        None => Ok(values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()),
    }
}

/// Writes a checkpoint without its optimiser, in the format that the file's ending says, whole or not at all.
pub fn write(checkpoint: &Checkpoint, path: &Path, half: bool) -> Result<(), String> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let bytes = match ending.as_str() {
        "safetensors" => safe(checkpoint, half, Some(card(checkpoint)?)),
        "bpk" => burn(checkpoint, half),
        "npz" => {
            let weights = checkpoint.tensors.iter().filter(|(name, _)| !name.starts_with(OPTIMISER));
            let arrays: Vec<(String, Vec<usize>, Vec<f32>)> =
                weights.map(|(name, data)| (name.clone(), data.shape().to_vec(), floats(data))).collect();
            npz(&arrays, half)
        }
        other => Err(format!("zscope writes .safetensors, .bpk and .npz, not .{other}")),
    };
    whole::write(path, &bytes.map_err(|e| format!("{} could not be written: {e}", path.display()))?)
}

fn card(checkpoint: &Checkpoint) -> Result<String, String> {
    serde_json::to_string(&checkpoint.card).map_err(|e| e.to_string())
}

/// Weights as a stranger would save them: `.safetensors` without zscope's card.
pub fn bare(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    safe(checkpoint, false, None)
}

fn safe(checkpoint: &Checkpoint, half: bool, card: Option<String>) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    for (name, tensor) in checkpoint.tensors.iter().filter(|(name, _)| !name.starts_with(OPTIMISER)) {
        data.push((name, tensor.shape().to_vec(), bytes(&floats(tensor), half)?));
    }
    let dtype = if half { Dtype::F16 } else { Dtype::F32 };
    let views = data.iter().map(|(name, shape, bytes)| {
        TensorView::new(dtype, shape.clone(), bytes).map(|v| (*name, v)).map_err(|e| e.to_string())
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let mut metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
    metadata.extend(card.map(|c| (KEY.to_string(), c)));
    safetensors::serialize(views, Some(metadata)).map_err(|e| e.to_string())
}

/// Burn's layouts: a linear layer's weight is `[in, out]`, a norm's scale and shift are gamma and beta.
fn burn(checkpoint: &Checkpoint, half: bool) -> Result<Vec<u8>, String> {
    let names: Vec<&String> = checkpoint.tensors.keys().collect();
    let mut tensors = Vec::new();
    for (name, tensor) in checkpoint.tensors.iter().filter(|(name, _)| !name.starts_with(OPTIMISER)) {
        let mut shape = tensor.shape().to_vec();
        let mut values = floats(tensor);
        let (module, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        let table = module.to_lowercase().contains("emb");
        if let [rows, columns] = *shape
            && leaf == "weight"
            && !table
        {
            values = (0..columns)
                .flat_map(|c| (0..rows).map(move |r| (r, c)))
                .map(|(r, c)| values[r * columns + c])
                .collect();
            shape = vec![columns, rows];
        }
        let scale = checkpoint.tensors.get(&format!("{module}.weight")).is_some_and(|w| w.shape().len() == 1);
        let norm = scale || names.iter().any(|n| **n == format!("{module}.running_mean"));
        let leaf = match leaf {
            "weight" if norm => "gamma",
            "bias" if norm => "beta",
            other => other,
        };
        let dtype = if half { DType::F16 } else { DType::F32 };
        let data = Bytes::from_bytes_vec(bytes(&values, half)?);
        tensors.push(burn_pack::Tensor::new(format!("{module}.{leaf}"), dtype, shape, None, data));
    }
    let writer = burn_pack::Writer::new(tensors)
        .with_metadata("producer", "zscope")
        .with_metadata(KEY, &card(checkpoint)?);
    Ok(writer.into_bytes().map_err(|e| e.to_string())?.to_vec())
}

/// Arrays as an uncompressed `.npz`.
pub fn npz(arrays: &[(String, Vec<usize>, Vec<f32>)], half: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut zip = rawzip::ZipArchiveWriter::new(&mut out);
    for (name, shape, values) in arrays {
        let path = format!("{name}.npy");
        let file = npy(shape, &bytes(values, half)?, if half { "<f2" } else { "<f4" });
        let mut add = || -> Result<(), Box<dyn std::error::Error>> {
            let (mut entry, config) = zip.new_file(path.as_str()).start()?;
            let mut inner = config.wrap(&mut entry);
            inner.write_all(&file)?;
            let (_, descriptor) = inner.finish()?;
            entry.finish(descriptor)?;
            Ok(())
        };
        add().map_err(|e| e.to_string())?;
    }
    zip.finish().map_err(|e| e.to_string())?;
    Ok(out)
}

/// One array as NumPy's format version 1.
fn npy(shape: &[usize], data: &[u8], kind: &str) -> Vec<u8> {
    let dims: String = shape.iter().map(|d| format!("{d}, ")).collect();
    let mut header =
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", dims.trim_end());
    // The whole header is a multiple of 64 bytes.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.as_bytes());
    out.extend(data);
    out
}
