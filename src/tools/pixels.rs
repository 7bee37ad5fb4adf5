//! What a model that draws pixel by pixel says of a picture: how much each pixel surprised it, what one of them could have been,
//! and which others that depends on.
//!
//! Must not know: messages, the window, any one system.

use crate::nn::host::floats;
use crate::point::Point;
use crate::zoo::Held;
use crate::zoo::model::Chances;
use burn::tensor::{Device, Tensor};
use std::sync::Arc;

/// What is asked of it beside the surprise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// Row and column of the pixel that is looked at.
    pub at: Option<[usize; 2]>,
    /// Whether to tell what that pixel depends on.
    pub reach: bool,
    /// The same of the network as it would be with one stack.
    pub blind: bool,
}

/// One look at a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The picture as planar bytes.
    pub picture: Arc<[u8]>,
    /// −ln p of each pixel by those before it, in nats, row by row, its channels together.
    pub costs: Arc<[f32]>,
    /// The pixel that was asked about, what it could have been, and what it is, as a level of each channel.
    pub pixel: Option<Pixel>,
    /// How strongly each pixel bears on what is said of that one, row by row; 0 = not at all.
    pub reach: Option<Vec<f32>>,
}

/// A pixel of a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixel {
    /// Row and column.
    pub at: [usize; 2],
    /// What it could have been.
    pub chances: Chances,
    /// What it is: a level of each channel.
    pub levels: Vec<usize>,
}

impl Look {
    /// −ln p(x) of the whole picture, in nats.
    pub fn nats(&self) -> f32 {
        self.costs.iter().sum()
    }
}

/// Looks at a picture `[1, c, h, w]`, 0–1, that a model drew at a point, whose inputs beside the picture it is told. `before`: a
/// look at the same picture, of which the surprise is taken. `None`: the model does not draw pixel by pixel.
pub fn look(
    model: &Held,
    point: &Point,
    x: Tensor<4>,
    asked: Asked,
    before: Option<&Look>,
    device: &Device,
) -> Option<Look> {
    let pixels = model.model().pixels()?;
    let given = model.given_at(std::slice::from_ref(point), device).ok()?;
    let x = pixels.rounded(x); // [1, c, h, w]
    let [_, channels, h, w] = x.dims();
    let numbers = floats(x.clone());
    let (picture, costs) = match before {
        Some(look) => (look.picture.clone(), look.costs.clone()),
        None => {
            let bytes = numbers.iter().map(|v| (v * 255.0).round() as u8).collect();
            let costs = pixels.costs(x.clone(), &given).sum_dim(1); // [1, 1, h, w]
            (bytes, floats(costs).into())
        }
    };
    let inside = asked.at.filter(|[row, column]| *row < h && *column < w);
    let pixel = inside.map(|[row, column]| {
        let chances = pixels.chances(x.clone(), &given, row, column);
        let level = |c: usize| {
            let most = chances.levels.get(c).map_or(0, |l| l.len().saturating_sub(1));
            (numbers[(c * h + row) * w + column] * most as f32).round() as usize
        };
        let levels = (0..channels).map(level).collect();
        Pixel { at: [row, column], chances, levels }
    });
    let reach = inside
        .filter(|_| asked.reach)
        .map(|[row, column]| floats(pixels.reach(x, &given, row, column, asked.blind)));
    Some(Look { picture, costs, pixel, reach })
}
