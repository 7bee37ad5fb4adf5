//! The PixelCNN: what it may see, that its probabilities add up, that drawing with what was kept is drawing from scratch.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use std::cell::Cell;
use zscope::nn::host::floats;
use zscope::nn::{Noise, Watch};
use zscope::point::{Point, Value, Values, one_hot};
use zscope::random::Stream;
use zscope::zoo::{self, Batch, Facts, Given, Held, Settings, Shape, System};

/// What is said of a pixel.
const TWO: f64 = 0.0;
const LEVELS: f64 = 1.0;
const MIXTURE: f64 = 2.0;

fn system(size: [usize; 2], channels: usize, output: f64, more: &[(&str, f64)]) -> Box<dyn System> {
    let [height, width] = size;
    let facts: Facts = Shape { width, height, channels, classes: 3, attributes: 0 }.into();
    let mut settings = Settings::default();
    let all = [("width", 6.0), ("layers", 4.0), ("output", output), ("components", 3.0), ("ema", 0.0)];
    for (name, v) in all.iter().chain(more) {
        settings.0.insert((*name).into(), *v);
    }
    (zoo::find("pixelcnn").unwrap().build)(&facts, &settings, 5, &Device::flex()).unwrap()
}

fn model(size: [usize; 2], channels: usize, output: f64, more: &[(&str, f64)]) -> Held {
    Held::home(system(size, channels, output, more).model(), &Device::flex())
}

/// A picture of any levels.
fn picture(seed: u64, [h, w]: [usize; 2], channels: usize, output: f64) -> Tensor<4> {
    let dice = Noise::new(seed, 0).uniforms(h * w * channels, 0.5);
    let most = if output == TWO { 1.0 } else { 255.0 };
    let x: Vec<f32> = dice.iter().map(|v| ((v + 0.5) * most).round() / most).collect();
    Tensor::from_data(TensorData::new(x, [1, channels, h, w]), &Device::flex())
}

/// Channels, output, further settings.
type Variant = (usize, f64, Vec<(&'static str, f64)>);

/// Every kind that there is.
fn variants() -> Vec<Variant> {
    vec![
        (1, TWO, vec![]),
        (1, TWO, vec![("stacks", 1.0)]),
        (1, TWO, vec![("conditional", 1.0)]),
        (1, LEVELS, vec![]),
        (3, LEVELS, vec![]),
        (1, MIXTURE, vec![]),
        (3, MIXTURE, vec![("conditional", 1.0)]),
        (3, MIXTURE, vec![("stacks", 1.0)]),
    ]
}

fn given(model: &Held, n: usize) -> Given {
    Given::of(model.inputs(), &vec![Point::default(); n], &Device::flex()).unwrap()
}

/// ∂ what is said of pixel i / ∂ pixel j is 0, exactly, for every j ≥ i, and nothing before i is missed by both stacks.
#[test]
fn no_pixel_knows_itself_or_what_comes_later() {
    let [h, w] = [5, 6];
    for (channels, output, more) in variants() {
        let model = model([h, w], channels, output, &more);
        let (pixels, x) = (model.model().pixels().unwrap(), picture(1, [h, w], channels, output));
        let blind = more.contains(&("stacks", 1.0));
        let mut missed = 0;
        for i in 0..h * w {
            let reach = floats(pixels.reach(x.clone(), &given(&model, 1), i / w, i % w, blind));
            for (j, slope) in reach.iter().enumerate() {
                if j >= i {
                    assert_eq!(*slope, 0.0, "{channels} channels, output {output}, {more:?}: {i} sees {j}");
                } else if *slope == 0.0 {
                    missed += 1;
                }
            }
        }
        // A picture of 6 columns is smaller than what four layers of both stacks see.
        assert!(blind || missed == 0, "{channels}, {output}, {more:?}: {missed} places are never seen");
    }
}

/// With one stack there is a wedge at the upper right that a pixel never sees, whatever the weights.
#[test]
fn one_stack_has_a_blind_spot() {
    let size = [9, 24];
    let more = [("layers", 3.0)];
    let model = model(size, 1, TWO, &more);
    let (pixels, x) = (model.model().pixels().unwrap(), picture(1, size, 1, TWO));
    let reach = |blind| floats(pixels.reach(x.clone(), &given(&model, 1), 8, 8, blind));
    let (whole, blind) = (reach(false), reach(true));
    // In the row above both stacks see five columns to the right (3 + 1 + 1), one stack the first layer's three.
    let at = |all: &[f32], row: usize, column: usize| all[row * 24 + column] > 0.0;
    assert!(at(&whole, 7, 12) && !at(&blind, 7, 12));
    assert!(at(&whole, 7, 11) == at(&blind, 7, 11));
    assert!(whole.iter().filter(|v| **v > 0.0).count() > blind.iter().filter(|v| **v > 0.0).count());
}

/// Of colours a channel knows those before it and none after it.
#[test]
fn channels_of_a_pixel_are_in_order() {
    let size = [3, 3];
    let model = model(size, 3, LEVELS, &[]);
    let pixels = model.model().pixels().unwrap();
    let x = picture(3, size, 3, LEVELS);
    let before = floats(pixels.costs(x.clone(), &given(&model, 1)));
    let at = |c: usize, place: usize| c * 9 + place;
    for c in 0..3 {
        let mut changed = floats(x.clone());
        changed[at(c, 4)] = (changed[at(c, 4)] - 0.5).abs();
        let changed = Tensor::<4>::from_data(TensorData::new(changed, [1, 3, 3, 3]), &Device::flex());
        let after = floats(pixels.costs(changed, &given(&model, 1)));
        for place in 0..4 {
            (0..3).for_each(|k| assert_eq!(before[at(k, place)], after[at(k, place)]));
        }
        (0..c).for_each(|k| assert_eq!(before[at(k, 4)], after[at(k, 4)], "channel {k} sees {c}"));
        (c + 1..3)
            .for_each(|k| assert_ne!(before[at(k, 4)], after[at(k, 4)], "channel {k} does not see {c}"));
    }
}

/// Σ p(x) over all 512 pictures of 3×3 in black and white.
#[test]
fn probabilities_of_all_pictures_add_up_to_one() {
    let all: Vec<f32> = (0..512).flat_map(|n| (0..9).map(move |i| (n >> i & 1) as f32)).collect();
    let x = Tensor::<4>::from_data(TensorData::new(all, [512, 1, 3, 3]), &Device::flex());
    for more in [vec![], vec![("stacks", 1.0)], vec![("conditional", 1.0)]] {
        let model = model([3, 3], 1, TWO, &more);
        // Black and white stay what they are.
        let cost = model.surprise(x.clone(), &mut Noise::new(1, 1)).unwrap();
        assert_eq!(cost.dims(), [512, 1, 3, 3]);
        let total: f64 = floats(cost).chunks(9).map(|c| (-c.iter().sum::<f32>() as f64).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5, "{more:?}: Σ p(x) = {total}");
    }
}

/// The probabilities of a pixel's levels add up, and are those that the cost is made of.
#[test]
fn levels_and_costs_are_the_same_distribution() {
    for (channels, output, more) in variants() {
        let (size, model) = ([2, 3], model([2, 3], channels, output, &more));
        let pixels = model.model().pixels().unwrap();
        for seed in 0..4 {
            let x = picture(seed, size, channels, output);
            let cost = floats(pixels.costs(x.clone(), &given(&model, 1)));
            let chances = pixels.chances(x.clone(), &given(&model, 1), 1, 1);
            assert_eq!(chances.levels.len(), channels);
            let most = if output == TWO { 1.0 } else { 255.0 };
            let x = floats(x);
            let mut joint = 0.0;
            for (c, levels) in chances.levels.iter().enumerate() {
                assert!((levels.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{output}");
                let own = -levels[(x[c * 6 + 4] * most).round() as usize].ln();
                joint += own;
                if output == LEVELS {
                    assert!((own - cost[c * 6 + 4]).abs() < 1e-3);
                }
            }
            if output != LEVELS {
                assert!((joint - cost[4]).abs() < 2e-3 * joint.abs().max(1.0), "{joint} and {}", cost[4]);
            }
        }
    }
}

fn point(model: &Held, seed: u32, class: usize, part: Option<Vec<u8>>) -> Point {
    let mut held = Values::new();
    held.insert("noise".into(), Value::Noise(seed));
    if let Some(bytes) = part {
        held.insert("given".into(), Value::Picture(bytes.into()));
    }
    if model.inputs().iter().any(|i| i.name == "class") {
        held.insert("class".into(), one_hot(class, 3));
    }
    Point { z: Vec::new(), held }
}

fn draw(model: &Held, points: &[Point]) -> Vec<f32> {
    floats(model.draw(points, &Device::flex(), &mut Watch::nobody()).unwrap())
}

/// Bytes of a picture and a mask of which the first `known` places are there.
fn begun(x: &[f32], channels: usize, known: usize) -> Vec<u8> {
    let places = x.len() / channels;
    let mask = (0..places).map(|i| if i < known { 255 } else { 0 });
    x.iter().map(|v| (v * 255.0).round() as u8).chain(mask).collect()
}

/// Each pixel drawn from scratch after those before it, by the sampler and by whole passes of the network, is the same
/// picture, bit for bit.
#[test]
fn what_is_kept_while_drawing_changes_nothing() {
    let size = [6, 5];
    for (channels, output, more) in variants() {
        let model = model(size, channels, output, &more);
        let pixels = model.model().pixels().unwrap();
        let whole = draw(&model, &[point(&model, 7, 1, None)]);
        let places = 30;
        for k in 0..places {
            let part = point(&model, 7, 1, Some(begun(&whole, channels, k)));
            let again = draw(&model, std::slice::from_ref(&part));
            assert_eq!(again, whole, "{channels}, {output}, {more:?}: from place {k} on");
            if output == MIXTURE {
                continue;
            }
            // By a whole pass.
            let x =
                Tensor::<4>::from_data(TensorData::new(whole.clone(), [1, channels, 6, 5]), &Device::flex());
            let given = Given::of(model.inputs(), &[part], &Device::flex()).unwrap();
            let chances = pixels.chances(x, &given, k / 5, k % 5);
            let dice = Stream::new(7, k as u64).uniforms(channels + 1, 0.5);
            for (c, levels) in chances.levels.iter().enumerate() {
                let target = dice[c] + 0.5;
                let mut below = 0.0;
                let at = levels.iter().position(|p| {
                    below += p;
                    below > target
                });
                let most = (levels.len() - 1) as f32;
                let drawn = (whole[c * places + k] * most).round() as usize;
                assert_eq!(at.unwrap_or(0), drawn, "{channels}, {output}, {more:?}: place {k}, channel {c}");
            }
        }
    }
}

#[test]
fn a_picture_is_the_same_alone_and_in_a_sheet_and_another_by_other_noise() {
    let model = model([8, 8], 1, TWO, &[("conditional", 1.0)]);
    let points: Vec<Point> = (0..5).map(|i| point(&model, 10 + i, i as usize % 3, None)).collect();
    let sheet = draw(&model, &points);
    for (i, one) in points.iter().enumerate() {
        assert_eq!(draw(&model, std::slice::from_ref(one)), sheet[i * 64..(i + 1) * 64]);
    }
    assert_ne!(sheet[..64], sheet[64..128]);
    // What is there stays, and what is not is drawn.
    let begun: Vec<u8> = sheet[..64]
        .iter()
        .map(|v| 255 - (v * 255.0) as u8)
        .chain((0..64).map(|i| if i % 3 == 0 { 255 } else { 0 }))
        .collect();
    let finished = draw(&model, &[point(&model, 99, 0, Some(begun.clone()))]);
    (0..64).step_by(3).for_each(|i| assert_eq!(finished[i], f32::from(begun[i]) / 255.0));
}

/// A temperature of 0 has no chance in it; nothing is drawn any more once nobody wants it, and it is told how far it is.
#[test]
fn drawing_is_cold_at_zero_and_stops_when_asked() {
    let model = model([20, 8], 1, TWO, &[]);
    let cold = |seed| {
        let mut point = point(&model, seed, 0, None);
        point.held.insert("temperature".into(), Value::Number(0.0));
        draw(&model, &[point])
    };
    assert_eq!(cold(1), cold(2));
    let (asked, seen) = (Cell::new(0), Cell::new(0));
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 5
    };
    let mut partly = |x: Tensor<4>| {
        assert_eq!(x.dims(), [1, 1, 20, 8]);
        seen.set(seen.get() + 1);
    };
    let drawn =
        model.draw(&[point(&model, 1, 0, None)], &Device::flex(), &mut Watch::drawing(&go_on, &mut partly));
    assert!(drawn.is_none());
    assert_eq!((asked.get(), seen.get()), (5, 5));
}

/// It learns: after some steps on stripes the next pixel is known.
#[test]
fn stripes_are_learnt() {
    for (channels, output) in [(1, TWO), (1, LEVELS), (3, MIXTURE)] {
        let mut system = system([8, 8], channels, output, &[]);
        let device = Device::flex().autodiff();
        let x: Vec<f32> =
            (0..8 * channels * 64).map(|i| ((i % 8 + i / (64 * channels)) % 2) as f32).collect();
        let batch = || Batch {
            x: Tensor::from_data(TensorData::new(x.clone(), [8, channels, 8, 8]), &device),
            classes: None,
            attributes: None,
            factors: None,
            points: None,
            labels: None,
            captions: None,
            tracks: None,
            columns: Default::default(),
            domains: Vec::new(),
            clips: None,
        };
        let mut settings = Settings::default();
        settings.0.insert("learning_rate".into(), 1e-2);
        settings.0.insert("ema".into(), 0.0);
        settings.0.insert("output".into(), output);
        let mut costs = Vec::new();
        for step in 0..150 {
            costs.push(floats(system.step(step, &batch(), &mut Noise::new(1, step), &settings))[0]);
        }
        // Only the first pixel is left to chance; a mixture's bells grow narrow step by step.
        let most = if output == MIXTURE { 0.5 } else { 0.2 };
        assert!(costs[149] < most * costs[0], "{output}: {} to {}", costs[0], costs[149]);
    }
}
