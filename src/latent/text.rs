//! A latent as text, for the clipboard and files: a JSON array of numbers; anything that is a list of numbers is read.
//!
//! Must not know: clipboards, files.

/// `[0.5,-1.25,…]`, every digit that an f32 has.
pub fn write(z: &[f32]) -> String {
    serde_json::to_string(z).unwrap_or_default()
}

/// Reads numbers parted by commas, blanks or lines, in brackets or not. Fails with a sentence when there are not
/// `dims` of them, or one is no finite number.
pub fn read(text: &str, dims: usize) -> Result<Vec<f32>, String> {
    let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
    let mut z = Vec::new();
    for word in inner.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|w| !w.is_empty()) {
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
    if z.len() != dims {
        return Err(format!("these are {} numbers, and this model's latents have {dims}", z.len()));
    }
    Ok(z)
}
