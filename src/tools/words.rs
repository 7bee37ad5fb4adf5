//! Which words a picture depends on: each word of a caption left out in turn, all else as it is.
//!
//! Must not know: messages, the window.

use crate::data::vocabulary;
use crate::nn::Watch;
use crate::point::{Kind, Point, Value};
use crate::zoo::Held;
use burn::tensor::Device;

/// A caption, and what each of its words does to the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// Where it was asked.
    pub point: Point,
    /// The words in their order, each with the mean absolute change of a pixel (0–1 scale) where it is left out.
    pub words: Vec<(String, f32)>,
}

/// A point's caption; on the way between two the nearer. `None` where the model takes none.
pub fn caption(inputs: &[crate::point::Input], point: &Point) -> Option<(String, String)> {
    let input = inputs.iter().find(|i| matches!(i.kind, Kind::Text { .. }))?;
    Some((input.name.clone(), input.value_in(&point.held).text()?.to_owned()))
}

/// The point with its whole caption, then with each word left out in turn. `None` where the model takes no caption, or it has no
/// word.
pub fn left_out(inputs: &[crate::point::Input], point: &Point) -> Option<(Vec<String>, Vec<Point>)> {
    let (name, text) = caption(inputs, point)?;
    let words = vocabulary::words(&text);
    let at = |text: String| {
        let mut held = point.held.clone();
        held.insert(name.clone(), Value::Text(text));
        Point { z: point.z.clone(), held }
    };
    let without = (0..words.len()).map(|i| at(vocabulary::without(&text, i)));
    let points: Vec<Point> = std::iter::once(at(text.clone())).chain(without).collect();
    if words.is_empty() { None } else { Some((words, points)) }
}

/// Draws the point with each word left out. Fails with a sentence where the model takes no caption, or this one has no word.
pub fn words(model: &Held, point: &Point, device: &Device) -> Result<Words, String> {
    let (words, points) =
        left_out(model.inputs(), point).ok_or("there is no caption here whose words could be left out")?;
    let drawn = model.draw(&points, device, &mut Watch::nobody()).ok_or("the model draws no pictures")?;
    let n = points.len();
    let whole = drawn.clone().slice_dim(0, 0..1); // [1, c, h, w]
    let others = drawn.slice_dim(0, 1..n); // [words, c, h, w]
    let changes = (others - whole).abs().flatten::<2>(1, 3).mean_dim(1); // [words, 1]
    let words = words.into_iter().zip(crate::nn::host::floats(changes)).collect();
    Ok(Words { point: point.clone(), words })
}
