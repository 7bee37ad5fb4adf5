//! A style-based generator that zscope did not train, for looking at: z or w with truncation, style mixing, noise and, of StyleGAN3,
//! a turn and a move.
//!
//! Must not know: files, messages.

use super::{Given, Model};
use crate::nn::network::Network;
use crate::nn::network::run::Runner;
use crate::nn::style::components::Components;
use crate::nn::style::run::{Drawn, Generator, Noises};
use crate::nn::style::{Space, Synthesis};
use crate::nn::{Noise, Tensors, Watch};
use crate::point::{Input, Kind, Prior, TRUNCATION, Value, one_hot};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of its inputs beside z, the class and ψ: the places of w that are truncated, from the first.
pub const CUTOFF: &str = "cutoff";
/// Where the noise comes from.
pub const NOISE_FROM: &str = "noise from";
/// What drawn noise follows from.
pub const NOISE: &str = "noise";
/// The second latent, whose styles are mixed in.
pub const MIX: &str = "mix";
/// The first place that has its styles.
pub const MIX_FROM: &str = "mix from";
/// The first place behind them that has not.
pub const MIX_TO: &str = "mix to";
/// A turn of StyleGAN3's pictures, degrees.
pub const TURN: &str = "turn";
/// A move of StyleGAN3's pictures to the right, and down, in units of their side.
pub const ACROSS: &str = "move across";
/// The same, down.
pub const DOWN: &str = "move down";
/// Choices of [`NOISE_FROM`].
const SOURCES: [&str; 3] = ["the file", "nowhere", "dice"];

/// What the latent follows from that is mixed in until another is chosen.
const OTHER: u64 = 1;

/// A described generator as a model. Fails with what does not fit.
pub fn open(network: &Network, tensors: &Tensors, device: &Device) -> Result<Box<dyn Model>, String> {
    let style = network.style.as_deref().ok_or("this is no style-based generator")?;
    let generator = Generator::new(style, network.frame(), tensors, device)?;
    let components = match style.space {
        Space::Z => None,
        Space::W => {
            // On the processor, so that the sliders mean the same on every device.
            let host = Generator::new(style, network.frame(), tensors, &Device::flex())?;
            Some(Components::of(&host, network.latent.classes, device)?)
        }
    };
    // Without weights of its own: it turns the generator's numbers into pictures.
    let runner = Runner::of(Arc::new(network.clone()), BTreeMap::new(), device);
    Ok(Box::new(Styled { runner, generator, components: components.map(Arc::new) }))
}

struct Styled {
    runner: Runner,
    generator: Generator,
    components: Option<Arc<Components>>,
}

impl Styled {
    fn truncates(&self) -> bool {
        self.generator.style().mapping.average.is_some()
    }

    fn turns(&self) -> bool {
        matches!(self.generator.style().synthesis, Synthesis::Stylegan3 { .. })
    }

    /// The place of an input.
    fn place(&self, name: &str) -> Option<usize> {
        self.inputs().iter().position(|i| i.name == name)
    }

    /// The numbers of an input, one a point; `home` of one that it does not have.
    fn numbers(&self, given: &Given, name: &str, home: f32, n: usize) -> Vec<f32> {
        self.place(name).and_then(|i| given.number(i)).unwrap_or_else(|| vec![home; n])
    }

    /// Positions of sliders `[n, dims]`, with weights over classes `[n, classes]`, as w `[n, w]`.
    fn w(&self, at: Tensor<2>, class: Option<Tensor<2>>, watch: &mut Watch<'_>) -> Tensor<2> {
        match &self.components {
            Some(components) => components.at(at),        // [n, w]
            None => self.generator.map(at, class, watch), // [n, w]
        }
    }

    /// The noise of each point.
    fn noises(&self, given: &Given, n: usize) -> Vec<Noises> {
        let from = self.numbers(given, NOISE_FROM, 0.0, n);
        let seeds = self.place(NOISE).and_then(|i| given.noise(i)).unwrap_or_else(|| vec![0; n]);
        let one = |(from, seed): (f32, u32)| match from.round() as i32 {
            1 => Noises::None,
            2 => Noises::Drawn(seed),
            _ => Noises::Constant,
        };
        from.into_iter().zip(seeds).map(one).collect()
    }

    /// The transform of each point; `None` where all are as the file has them.
    fn turned(&self, given: &Given, n: usize) -> Option<Vec<[f32; 9]>> {
        let of = |name| self.numbers(given, name, 0.0, n);
        let (turn, across, down) = (of(TURN), of(ACROSS), of(DOWN));
        let still = |v: &[f32]| v.iter().all(|v| *v == 0.0);
        if !self.turns() || still(&turn) && still(&across) && still(&down) {
            return None;
        }
        let one = |i: usize| {
            let (sin, cos) = turn[i].to_radians().sin_cos();
            let (x, y) = (across[i], down[i]);
            // The inverse of what the picture does: it is where the waves are looked up.
            [cos, sin, -cos * x - sin * y, -sin, cos, sin * x - cos * y, 0.0, 0.0, 1.0]
        };
        Some((0..n).map(one).collect())
    }
}

impl Model for Styled {
    fn inputs(&self) -> Vec<Input> {
        let latent = self.runner.network().latent;
        let places = self.generator.places() as u16;
        let in_w = self.components.is_some();
        let names = match in_w {
            true => (1..=latent.dims).map(|i| format!("component {i}")).collect(),
            false => Vec::new(),
        };
        let kind = Kind::Latent { dims: latent.dims, prior: Prior::Normal, names, chunks: Vec::new() };
        let mut inputs = vec![Input { kind: kind.clone(), ..Input::z(latent.dims) }];
        // In w a class is a place as any other.
        if latent.classes > 1 && !in_w {
            let class = Input::class((0..latent.classes).map(|i| i.to_string()).collect());
            inputs.push(Input { home: Some(one_hot(latent.class, latent.classes)), ..class });
        }
        if self.truncates() {
            inputs.push(Input::number(TRUNCATION, [0.0, 1.5], 1.0));
            inputs.push(Input::whole(CUTOFF, places, places));
        }
        if places > 1 {
            let home = Some(Value::Latent(Noise::new(OTHER, 0).normals(latent.dims)));
            inputs.push(Input { name: MIX.into(), kind, home });
            inputs.push(Input::whole(MIX_FROM, places, 0));
            inputs.push(Input::whole(MIX_TO, places, 0));
        }
        if self.generator.style().noisy() {
            inputs.push(Input::choice(NOISE_FROM, &SOURCES));
            inputs.push(Input::noise());
        }
        if self.turns() {
            inputs.push(Input::number(TURN, [-180.0, 180.0], 0.0));
            inputs.push(Input::number(ACROSS, [-1.0, 1.0], 0.0));
            inputs.push(Input::number(DOWN, [-1.0, 1.0], 0.0));
        }
        inputs
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?; // [n, dims]
        let n = z.dims()[0];
        let class = match self.runner.network().latent.classes {
            0 => None,
            // The one class there is.
            1 => Some(Tensor::ones([n, 1], &z.device())), // [n, 1]
            _ => given.class(1),                          // [n, classes]
        };
        let generator = &self.generator;
        let mut ws = generator.everywhere(self.w(z, class.clone(), watch)); // [n, places, w]
        let place = |name| self.numbers(given, name, 0.0, n).into_iter().map(|v| v.round().max(0.0) as usize);
        let ranges: Vec<(usize, usize)> = place(MIX_FROM).zip(place(MIX_TO)).collect();
        if ranges.iter().any(|(from, to)| from < to)
            && let Some(other) = self.place(MIX).and_then(|i| given.latent(i))
        {
            let other = generator.everywhere(self.w(other, class, &mut Watch::nobody())); // [n, places, w]
            ws = generator.mixed(ws, other, &ranges); // [n, places, w]
        }
        let cutoff = self.numbers(given, CUTOFF, generator.places() as f32, n);
        let psi = self.numbers(given, TRUNCATION, 1.0, n).into_iter().zip(cutoff);
        let psi: Vec<(f32, usize)> =
            psi.map(|(psi, cutoff)| (psi, cutoff.round().max(0.0) as usize)).collect();
        let ws = generator.truncated(ws, &psi); // [n, places, w]
        let drawn = Drawn { noises: self.noises(given, n), turned: self.turned(given, n) };
        let x = generator.pictures(ws, &drawn, watch)?; // [n, c, h, w] in the network's own range
        Some(self.runner.to_unit(x)) // [n, c, h, w], 0 to 1
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("styled.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Styled {
            runner: self.runner.clone(),
            generator: self.generator.clone(),
            components: self.components.clone(),
        })
    }
}
