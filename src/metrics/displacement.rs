//! How far foretold tracks are from the truth: ADE, the mean distance over the steps to come, and FDE, the distance at the last of them,
//! in metres; and how often people who are foretold run into each other.
//!
//! Of several samples the best counts, either for each person by itself, as the field mostly reports, or for each scene, over whose people
//! distances are added up before the least is taken, as the published code of Social GAN does. A collision is a person who is nearer
//! than [`TOUCH`] to another of the scene at a step (Sadeghian et al. 2019), of all people and steps, on average over the samples.
//!
//! Must not know: files, messages, the window.

use super::baseline::Baseline;
use crate::data::tracks::{self, Span, Tracks};
use crate::nn::Noise;
use crate::nn::host::floats;
use crate::zoo::Held;
use burn::tensor::Device;
use serde::Serialize;

/// Who is nearer to another than this has run into them, m.
pub const TOUCH: f32 = 0.1;
/// Samples of which the best counts.
pub const SAMPLES: usize = 20;
/// What the latents' dice follow from.
const SEED: u64 = 0x736f_6369_616c;

/// Sums of one way to foretell, and then their means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Away {
    /// Steps to come that were looked at.
    pub steps: usize,
    /// ADE of the best sample of each person, m.
    pub ade: f64,
    /// FDE of the best sample of each person, m.
    pub fde: f64,
    /// The same of the best sample of each scene.
    pub scene_ade: f64,
    /// The same of the best sample of each scene.
    pub scene_fde: f64,
}

/// Figures of one way to foretell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// Samples of which the best counts.
    pub samples: usize,
    /// Distances over the first 8 steps to come and over all of them, where there are more.
    pub away: Vec<Away>,
    /// Share of people and steps at which somebody has run into another.
    pub collisions: f64,
}

/// Figures of a model beside those that learn nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Scenes that were looked at.
    pub scenes: usize,
    /// People in them.
    pub people: usize,
    /// The model, and each baseline.
    pub rows: Vec<Row>,
    /// What the truth has of collisions.
    pub true_collisions: f64,
}

/// Distance of a sample to the truth at each step, person by person: both `people × steps × 2` → `people × steps`.
pub fn distances(sample: &[f32], truth: &[f32]) -> Vec<f32> {
    let pairs = sample.as_chunks::<2>().0.iter().zip(truth.as_chunks::<2>().0);
    pairs.map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).collect()
}

/// How many of a scene's people and steps have somebody within [`TOUCH`]: `people × steps × 2`.
pub fn collisions(scene: &[f32], steps: usize) -> usize {
    let all: Vec<&[[f32; 2]]> = tracks::each(scene, steps).collect();
    let near = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < TOUCH;
    let hit = |i: usize, t: usize| (0..all.len()).any(|j| i != j && near(all[i][t], all[j][t]));
    (0..all.len()).map(|i| (0..steps).filter(|t| hit(i, *t)).count()).sum()
}

/// Adds the figures of one scene up: `samples` and `truth` are `people × steps × 2`, of which the first `steps` of each are looked at.
fn add(sum: &mut Away, samples: &[Vec<f32>], truth: &[f32], all: usize) {
    let steps = sum.steps;
    let people = tracks::people(truth, all);
    // Of each sample ADE and FDE of each person.
    let of = |sample: &Vec<f32>| -> Vec<[f64; 2]> {
        let far = distances(sample, truth);
        let one = |track: &[f32]| {
            let seen = &track[..steps.min(track.len())];
            let mean = seen.iter().map(|v| f64::from(*v)).sum::<f64>() / seen.len().max(1) as f64;
            [mean, seen.last().map_or(0.0, |v| f64::from(*v))]
        };
        far.chunks(all.max(1)).map(one).collect()
    };
    let each: Vec<Vec<[f64; 2]>> = samples.iter().map(of).collect();
    let best = |f: &dyn Fn(&Vec<[f64; 2]>) -> f64| each.iter().map(f).fold(f64::INFINITY, f64::min);
    for i in 0..people {
        sum.ade += best(&|sample| sample[i][0]);
        sum.fde += best(&|sample| sample[i][1]);
    }
    sum.scene_ade += best(&|sample| sample.iter().map(|p| p[0]).sum());
    sum.scene_fde += best(&|sample| sample.iter().map(|p| p[1]).sum());
}

/// Measures one way to foretell: `futures` gives samples of scene `i`, `people × future × 2` each, of its past.
pub fn row(name: &str, tracks: &Tracks, mut futures: impl FnMut(usize, &[f32]) -> Vec<Vec<f32>>) -> Row {
    let span = tracks.span;
    let mut horizons = vec![span.future];
    if span.future > 8 {
        horizons.insert(0, 8);
    }
    let mut away: Vec<Away> = horizons.into_iter().map(|steps| Away { steps, ..Away::default() }).collect();
    let (mut people, mut samples, mut hits) = (0, 0, 0.0);
    for (i, scene) in tracks.scenes.iter().enumerate() {
        let (past, truth) = (tracks::past(scene, span), tracks::future(scene, span));
        let all = futures(i, &past);
        samples = all.len();
        people += tracks::people(scene, span.steps());
        away.iter_mut().for_each(|sum| add(sum, &all, &truth, span.future));
        let hit: usize = all.iter().map(|one| collisions(one, span.future)).sum();
        hits += hit as f64 / samples.max(1) as f64;
    }
    let n = people.max(1) as f64;
    for sum in &mut away {
        (sum.ade, sum.fde) = (sum.ade / n, sum.fde / n);
        (sum.scene_ade, sum.scene_fde) = (sum.scene_ade / n, sum.scene_fde / n);
    }
    Row { name: name.into(), samples, away, collisions: hits / (n * span.future.max(1) as f64) }
}

/// `samples` futures of a scene by a model, `people × future × 2` metres each; latents of the prior follow from `seed` and the scene's
/// number. `None`: it foretells nothing.
pub fn foretold(
    model: &Held,
    past: &[f32],
    samples: usize,
    (seed, index): (u64, u64),
    device: &Device,
) -> Option<Vec<Vec<f32>>> {
    let predictor = model.model().predictor()?;
    let z = Noise::new(seed, index).normal([samples, model.latent_dims()], device); // [samples, z]
    let all = floats(predictor.futures(past, z)); // [samples, people, future, 2]
    Some(all.chunks((all.len() / samples.max(1)).max(1)).map(<[f32]>::to_vec).collect())
}

/// Measures a model on scenes with their truth, beside the baselines. `None`: it foretells nothing, or other steps than these scenes
/// have.
pub fn measure(model: &Held, tracks: &Tracks, samples: usize, device: &Device) -> Option<Figures> {
    let span: Span = model.model().predictor()?.span();
    if span != tracks.span {
        return None;
    }
    let own = row("the model", tracks, |i, past| {
        foretold(model, past, samples, (SEED, i as u64), device).unwrap_or_default()
    });
    let others =
        Baseline::ALL.map(|b| row(b.name(), tracks, |i, past| b.futures(past, span, samples, i as u64)));
    let true_hits = row("the truth", tracks, |i, _| vec![tracks::future(&tracks.scenes[i], span)]);
    Some(Figures {
        scenes: tracks.scenes.len(),
        people: tracks.scenes.iter().map(|s| tracks::people(s, span.steps())).sum(),
        rows: [own].into_iter().chain(others).collect(),
        true_collisions: true_hits.collisions,
    })
}
