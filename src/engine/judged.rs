//! What D said in the last step of a GAN, as the window shows it: the batch's real and generated pictures, those first that D
//! finds most real.
//!
//! Must not know: the window, how a step is made.

use super::grid::tile;
use super::message::{JudgedShown, ModelId};
use crate::gpu::publish;
use crate::nn::host::floats;
use crate::objective::game::{Game, sigmoid};
use crate::zoo::adversarial::Judged;
use burn::tensor::{Int, Tensor, TensorData};

/// Pictures of each kind that are shown.
const MOST: usize = 24;
/// Pictures in a row.
const COLUMNS: usize = 12;
/// Numbers of z that are shown.
const NUMBERS: usize = 16;

/// One number for each of `n` pictures: the mean where D says several of each, as of its patches, and the same for all of a pack
/// that it judged together.
fn each(said: &[f32], n: usize) -> Vec<f32> {
    let (per, pack) = (said.len() / n, n / said.len().max(1));
    let one = |i: usize| match per {
        0 => said.get(i / pack.max(1)).copied().unwrap_or(f32::NAN),
        _ => said[i * per..(i + 1) * per].iter().sum::<f32>() / per as f32,
    };
    (0..n).map(one).collect()
}

/// What is plotted of C: a probability where the game has one.
fn value(game: Game, c: f32) -> f32 {
    if game.probabilities() { sigmoid(c) } else { c }
}

/// Sorts the first pictures of each kind by what D said of them. Fails where a picture can't be read from the device.
pub fn shown(model: ModelId, step: u64, judged: Judged<4>) -> Result<JudgedShown, String> {
    let Judged { game, real, fake, on_real, on_fake, z } = judged;
    let of = real.dims()[0].min(fake.dims()[0]);
    let (on_real, on_fake) = (floats(on_real), floats(on_fake));
    let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len().max(1) as f32;
    // In the relativistic game a picture is judged against the others' average.
    let against = |others: &[f32]| if game == Game::Relativistic { mean(others) } else { 0.0 };
    let values = |own: &[f32], others: &[f32]| -> Vec<f32> {
        let against = against(others);
        own.iter().map(|c| value(game, c - against)).collect()
    };
    let real_said = each(&values(&on_real, &on_fake), of);
    let fake_said = each(&values(&on_fake, &on_real), of);
    let columns = COLUMNS.min(of.max(1));
    let count = (of.min(MOST) / columns) * columns;
    let sorted = |x: Tensor<4>, said: &[f32]| {
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| said[*b].total_cmp(&said[*a]));
        let first = order.iter().position(|i| *i == 0).unwrap_or_default();
        let places: Vec<i64> = order.iter().map(|i| *i as i64).collect();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), &x.device());
        let image = publish(tile(x.select(0, places), columns))?;
        Ok::<_, String>((image, order.iter().map(|i| said[*i]).collect(), first))
    };
    let (real, on_real, first_real) = sorted(real, &real_said)?;
    let (fake, on_fake, first_fake) = sorted(fake, &fake_said)?;
    let z = z.map(|z| floats(z.clone().slice_dim(0, 0..1).slice_dim(1, 0..NUMBERS.min(z.dims()[1]))));
    Ok(JudgedShown {
        model,
        step,
        game,
        sheets: [real, fake],
        said: [on_real, on_fake],
        first: [first_real, first_fake],
        columns,
        of,
        z: z.unwrap_or_default(),
    })
}
