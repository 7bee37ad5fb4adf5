//! The synthesis of StyleGAN3 (Karras et al. 2021): from waves in the plane through layers that filter before and after what bends,
//! so that details move with what they belong to.
//!
//! Must not know: files, where w comes from.

use super::chance::Drawn;
use super::filter::{Taps, enlarge, reduce};
use super::ops::{finished, modulated};
use super::weights::{Kernel, Linear, Source, maps};
use super::{Filtered, GAIN, Waves};
use crate::nn::fast::NOTHING;
use crate::nn::network::run::Value;
use crate::nn::tap::Watch;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};

/// The waves, ready.
#[derive(Clone)]
struct Input {
    about: Waves,
    affine: Linear,
    /// `[1, c]` each.
    freqs: [Tensor<2>; 2],
    /// `[1, c]`.
    phases: Tensor<2>,
    /// `[c, c, 1, 1]`.
    mix: Tensor<4>,
    /// The file's own, row by row.
    transform: [f32; 9],
}

/// A filtered layer, ready.
#[derive(Clone)]
struct Layer {
    about: Filtered,
    affine: Linear,
    kernel: Kernel,
    /// 1 / √(mean square of what comes in).
    gain: f32,
    up: Option<Taps>,
    down: Option<Taps>,
}

/// All of it.
#[derive(Clone)]
pub(super) struct Third {
    input: Input,
    layers: Vec<Layer>,
    scale: f64,
}

impl Input {
    fn of(about: &Waves, source: &Source<'_>) -> Result<Self, String> {
        let (_, freqs) = source.numbers(&about.weights, "freqs")?;
        let (_, phases) = source.numbers(&about.weights, "phases")?;
        let (_, mix) = source.numbers(&about.weights, "weight")?;
        let (_, transform) = source.numbers(&about.weights, "transform")?;
        let c = phases.len();
        let axis = |at: usize| source.tensor(freqs.iter().skip(at).step_by(2).copied().collect(), [1, c]);
        let transform =
            transform.try_into().map_err(|_| format!("{} has no 3 × 3 transform", about.weights))?;
        Ok(Self {
            about: about.clone(),
            affine: Linear::of(&about.affine, 1.0, source)?,
            freqs: [axis(0), axis(1)],
            phases: source.tensor(phases, [1, c]),
            mix: source.tensor(mix, [c, c, 1, 1]) * (c as f64).sqrt().recip(),
            transform,
        })
    }

    /// w `[n, w]`, and a transform for each of the n (none: the file's own) → `[n, c, side, side]`.
    fn forward(&self, w: Tensor<2>, turned: Option<&[[f32; 9]]>) -> Tensor<4> {
        let (n, device) = (w.dims()[0], w.device());
        let Waves { side, rate, bandwidth, .. } = self.about;
        let t = self.affine.forward(w); // [n, 4]
        let part = |i: usize| t.clone().narrow(1, i, 1); // [n, 1]
        let norm = (part(0).square() + part(1).square()).sqrt(); // [n, 1]
        let [c, s, x, y] = [0, 1, 2, 3].map(|i| part(i) / norm.clone()); // [n, 1] each
        // Turned after it was moved: rows of rotation · translation, without the last, which is (0, 0, 1).
        let away = [
            s.clone() * y.clone() - c.clone() * x.clone(), // [n, 1]
            -(s.clone() * x + c.clone() * y),              // [n, 1]
        ];
        let [first, second] = away;
        let rows = [[c.clone(), -s.clone(), first], [s, c, second]]; // [n, 1] each
        let cell = |k: usize, j: usize| self.cells(turned, n, 3 * k + j, &device); // [n, 1]
        let product = |i: usize, j: usize| {
            let [a, b, away] = rows[i].clone();
            a * cell(0, j) + b * cell(1, j) + away * cell(2, j) // [n, 1]
        };
        let [f, g] = self.freqs.clone(); // [1, c] each
        let along = |j: usize| f.clone() * product(0, j) + g.clone() * product(1, j); // [n, c]
        let (fx, fy, phases) = (along(0), along(1), self.phases.clone() + along(2)); // [n, c] each
        let speed = (fx.clone().square() + fy.clone().square()).sqrt(); // [n, c]
        let fade = (-(speed - bandwidth) / (rate / 2.0 - bandwidth) + 1.0).clamp(0.0, 1.0); // [n, c]
        let places: Vec<f32> =
            (0..side).map(|j| ((j as f64 + 0.5 - side as f64 / 2.0) / rate) as f32).collect();
        let places = |shape| Tensor::<4>::from_data(TensorData::new(places.clone(), shape), &device);
        let across = maps(fx) * places([1, 1, 1, side]); // [n, c, 1, side]
        let down = maps(fy) * places([1, 1, side, 1]) + maps(phases); // [n, c, side, 1]
        let waves = ((across + down) * std::f64::consts::TAU).sin() * maps(fade); // [n, c, side, side]
        conv2d(waves, self.mix.clone(), None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1)) // [n, c, side, side]
    }

    /// One cell of the transforms of `n` samples: `[n, 1]`.
    fn cells(&self, turned: Option<&[[f32; 9]]>, n: usize, at: usize, device: &Device) -> Tensor<2> {
        let own = |i: usize| turned.and_then(|all| all.get(i)).unwrap_or(&self.transform)[at];
        Tensor::from_data(TensorData::new((0..n).map(own).collect::<Vec<f32>>(), [n, 1]), device)
    }
}

impl Layer {
    fn of(about: &Filtered, source: &Source<'_>) -> Result<Self, String> {
        let weights = &about.weights;
        let square = f64::from(source.single(weights, "magnitude_ema")?);
        let gain = square.sqrt().recip();
        if !gain.is_finite() {
            return Err(format!("{weights}.magnitude_ema is no mean square"));
        }
        Ok(Self {
            about: about.clone(),
            affine: Linear::of(&about.affine, about.to_rgb.unwrap_or(1.0), source)?,
            kernel: Kernel::of(weights, false, about.to_rgb.is_none(), source)?,
            gain: gain as f32,
            up: source.taps(weights, "up_filter")?,
            down: source.taps(weights, "down_filter")?,
        })
    }

    /// `[n, in, h, w]`, w `[n, w]` → `[n, out, side, side]`.
    fn forward(&self, x: Tensor<4>, w: Tensor<2>) -> Tensor<4> {
        let Filtered { to_rgb, up, down, padding, clamp, .. } = &self.about;
        let style = self.affine.forward(w); // [n, in]
        let (style, back) = match to_rgb {
            Some(_) => {
                let n = style.dims()[0];
                (style, self.kernel.as_it_is(n)) // [n, in], [n, out]
            }
            None => {
                // The program takes the mean over the batch too, where a picture would depend on its neighbours; it cancels.
                let mean = style.clone().square().mean_dim(1); // [n, 1]
                let style = style / (mean + 1e-12).sqrt(); // [n, in]
                let back = self.kernel.demodulation(style.clone()); // [n, out]
                (style, back)
            }
        };
        let y = modulated(x, &self.kernel, style * self.gain, back, self.kernel.side - 1); // [n, out, h + k − 1, w + k − 1]
        // Before the filters, so that the map's edge is a step.
        let y = finished(y, None, self.kernel.bias.clone(), NOTHING, 1.0, None); // [n, out, h + k − 1, w + k − 1]
        let flat = Taps::Twice(vec![1.0]);
        let y = enlarge(y, self.up.as_ref().unwrap_or(&flat), *up, *padding, (up * up) as f32); // [n, out, h', w']
        let (slope, gain) = if to_rgb.is_some() { (NOTHING, 1.0) } else { (0.2, GAIN) };
        let y = finished(y, None, self.kernel.bias.zeros_like(), slope, gain, *clamp); // [n, out, h', w']
        match &self.down {
            Some(taps) => reduce(y, taps, *down), // [n, out, side, side]
            None => y,
        }
    }
}

impl Third {
    pub fn of(input: &Waves, layers: &[Filtered], scale: f64, source: &Source<'_>) -> Result<Self, String> {
        let layers = layers.iter().map(|l| Layer::of(l, source)).collect::<Result<_, _>>()?;
        Ok(Self { input: Input::of(input, source)?, layers, scale })
    }

    /// w for each place `[n, places, w]` → pictures `[n, channels, h, w]`; `None`: nobody wants them any more.
    pub fn forward(&self, ws: Tensor<3>, drawn: &Drawn, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let place = |i: usize| ws.clone().narrow(1, i, 1).squeeze_dim::<2>(1); // [n, w]
        let mut x = self.input.forward(place(0), drawn.turned.as_deref()); // [n, c, side, side]
        watch.layer(|| self.input.about.weights.clone(), || Value::Map(x.clone()));
        for (i, layer) in self.layers.iter().enumerate() {
            if !watch.wanted() {
                return None;
            }
            x = layer.forward(x, place(i + 1)); // [n, out, side, side]
            watch.layer(|| layer.about.weights.clone(), || Value::Map(x.clone()));
        }
        Some(x * self.scale) // [n, channels, h, w]
    }
}
