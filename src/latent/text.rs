//! Latents as text, for the clipboard and files: a JSON array of numbers; anything that is a list of numbers is read.
//!
//! Must not know: clipboards, files.

/// `[0.5,-1.25,…]`, every digit that an f32 has.
pub fn write(z: &[f32]) -> String {
    serde_json::to_string(z).unwrap_or_default()
}

/// Reads one latent: numbers parted by commas, blanks or lines, in brackets or not. Fails with a sentence when there are
/// not `dims` of them, or one is no finite number.
pub fn read(text: &str, dims: usize) -> Result<Vec<f32>, String> {
    let mut rows = read_rows(text, dims)?;
    match rows.pop() {
        Some(z) if rows.is_empty() => Ok(z),
        _ => Err(format!(
            "these are {} numbers, and this model's latents have {dims}",
            (rows.len() + 1) * dims
        )),
    }
}

/// Reads one latent or several, one after the other. Fails with a sentence when the numbers do not make whole latents of
/// `dims`, or one is no finite number.
pub fn read_rows(text: &str, dims: usize) -> Result<Vec<Vec<f32>>, String> {
    let mut z = Vec::new();
    let parts = |c: char| matches!(c, ',' | ';' | '[' | ']') || c.is_whitespace();
    for word in text.split(parts).filter(|w| !w.is_empty()) {
        match word.parse::<f32>() {
            Ok(v) if v.is_finite() => z.push(v),
            _ => {
                let word: String = word.chars().take(20).collect();
                return Err(format!(
                    "\"{word}\" is not a number; a latent is {dims} numbers parted by commas"
                ));
            }
        }
    }
    if dims == 0 || z.is_empty() || !z.len().is_multiple_of(dims) {
        return Err(format!("these are {} numbers, and this model's latents have {dims}", z.len()));
    }
    Ok(z.chunks_exact(dims).map(<[f32]>::to_vec).collect())
}
