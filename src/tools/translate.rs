//! Translates a person's own pictures from one domain to another, and back, so that one sees what is lost on the way.
//!
//! Must not know: messages, threads, the window, any one system.

use crate::data::read_one;
use crate::nn::host::floats;
use crate::zoo::Held;
use crate::zoo::batch::pictures;
use burn::tensor::Device;
use std::path::Path;

/// One picture on its way, each `channels × height × width` numbers, 0–1, of the model's own size.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// Channels, height and width.
    pub size: [usize; 3],
    /// What it became.
    pub drawn: Vec<f32>,
    /// What that became on the way back.
    pub home: Vec<f32>,
    /// Mean L1 of the picture to itself after there and back, 0–1 scale.
    pub cycle: f32,
}

/// Whether words mean the way back: a way ("dusk → day", "dusk->day", "dusk to day"), or the domain that pictures become ("day"), in any case of letters.
/// Fails with a sentence that names both ways.
pub fn is_back(words: &str, [first, second]: [&str; 2]) -> Result<bool, String> {
    let is = |a: &str, b: &str| a.trim().to_lowercase() == b.to_lowercase();
    let parted = ["→", "->", " to "].iter().find_map(|arrow| words.split_once(arrow));
    let (from, to) = match parted {
        Some((from, to)) => (Some(from), to),
        None => (None, words),
    };
    let found = [(false, first, second), (true, second, first)]
        .into_iter()
        .find(|(_, own_from, own_to)| is(to, own_to) && from.is_none_or(|from| is(from, own_from)));
    found.map(|(back, ..)| back).ok_or_else(|| {
        format!(
            "\"{words}\" is no way of this model: it has \"{first} → {second}\" and \"{second} → {first}\""
        )
    })
}

/// Reads a picture file, fits it to the model's size, and translates it, with `back` from the second domain to the first. Fails with a
/// sentence where the file can't be read, or the model translates nothing.
pub fn translate(model: &Held, file: &Path, back: bool, device: &Device) -> Result<Translation, String> {
    let translator = model
        .model()
        .translator()
        .ok_or("this model translates no pictures; choose one of the recipe cyclegan")?;
    let split = read_one(file, translator.shape().want())?;
    let x = pictures(&split.pictures, &[0], device)?; // [1, c, h, w]
    let drawn = translator.translate(x.clone(), back); // [1, c, h, w]
    let home = translator.translate(drawn.clone(), !back); // [1, c, h, w]
    let [_, c, h, w] = drawn.dims();
    let cycle = floats((home.clone() - x).abs().mean()).first().copied().unwrap_or(f32::NAN);
    Ok(Translation { size: [c, h, w], drawn: floats(drawn), home: floats(home), cycle })
}
