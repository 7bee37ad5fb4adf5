//! A style-based generator that is ready to run: z to w, truncation, mixing, and w to pictures.
//!
//! Must not know: files, the window, where a description came from.

pub use super::chance::{Drawn, Noises};
use super::check::{self, Frame};
use super::second::Second;
use super::third::Third;
use super::weights::{Linear, Source};
use super::{GAIN, Space, Style, Synthesis};
use crate::nn::Tensors;
use crate::nn::fast::activate;
use crate::nn::network::run::{Value, sizes};
use crate::nn::pixel_norm::pixel_norm;
use crate::nn::tap::Watch;
use burn::tensor::{Device, Tensor, TensorData};
use std::sync::Arc;

/// The part from w to pictures.
#[derive(Clone)]
enum Drawing {
    Second(Box<Second>),
    Third(Box<Third>),
}

/// The weights of all of it.
struct Parts {
    embed: Option<Linear>,
    layers: Vec<Linear>,
    /// `[1, w]`.
    average: Option<Tensor<2>>,
    drawing: Drawing,
}

/// A generator with its weights on a device.
#[derive(Clone)]
pub struct Generator {
    style: Arc<Style>,
    parts: Arc<Parts>,
    dims: [usize; 2],
}

impl Generator {
    /// Checks that a description fits the tensors, and puts them on the device.
    pub fn new(style: &Style, frame: Frame, tensors: &Tensors, device: &Device) -> Result<Self, String> {
        let sizes = sizes(tensors);
        check::steps(style, frame, &sizes)?;
        let source = Source { tensors, device };
        let mapping = &style.mapping;
        let embed = mapping.embed.as_ref().map(|l| Linear::of(l, 1.0, &source)).transpose()?;
        let layers = mapping.layers.iter().map(|l| Linear::of(l, 1.0, &source)).collect::<Result<_, _>>()?;
        let average = match &mapping.average {
            Some(name) => {
                let (_, mean) = source.numbers(name, "w_avg")?;
                Some((mean.len(), mean)).map(|(n, mean)| source.tensor(mean, [1, n]))
            }
            None => None,
        };
        let drawing = match &style.synthesis {
            Synthesis::Stylegan2 { constant, blocks } => {
                Drawing::Second(Box::new(Second::of(constant, blocks, &source)?))
            }
            Synthesis::Stylegan3 { input, layers, scale } => {
                Drawing::Third(Box::new(Third::of(input, layers, *scale, &source)?))
            }
        };
        let dims = check::dims(style, &sizes)?;
        let parts = Arc::new(Parts { embed, layers, average, drawing });
        Ok(Self { style: Arc::new(style.clone()), parts, dims })
    }

    /// The description.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Dimensions of (z, w).
    pub fn dims(&self) -> [usize; 2] {
        self.dims
    }

    /// How many w its layers take.
    pub fn places(&self) -> usize {
        self.style.mapping.ws
    }

    /// z `[n, z]`, with weights over classes `[n, classes]` where it has such, to w `[n, w]`.
    pub fn map(&self, z: Tensor<2>, class: Option<Tensor<2>>, watch: &mut Watch<'_>) -> Tensor<2> {
        let Parts { embed, layers, .. } = &*self.parts;
        let mapping = &self.style.mapping;
        let mut x = pixel_norm(z); // [n, z]
        if let (Some(embed), Some(class)) = (embed, class) {
            let joined = embed.forward(class); // [n, e]
            if let Some(about) = &mapping.embed {
                watch.layer(|| about.weights.clone(), || Value::Flat(joined.clone()));
            }
            x = Tensor::cat(vec![x, pixel_norm(joined)], 1); // [n, z + e]
        }
        for (layer, about) in layers.iter().zip(&mapping.layers) {
            x = activate(layer.forward(x), 0.2) * GAIN; // [n, w]
            watch.layer(|| about.weights.clone(), || Value::Flat(x.clone()));
        }
        x // [n, w]
    }

    /// The same w at all places: `[n, w]` → `[n, places, w]`.
    pub fn everywhere(&self, w: Tensor<2>) -> Tensor<3> {
        w.unsqueeze_dim::<3>(1).repeat_dim(1, self.places())
    }

    /// w̄ + ψ (w − w̄) at the first places of each sample (Karras et al. 2019, appendix B); (ψ, places) one a sample:
    /// `[n, places, w]` → the same shape.
    pub fn truncated(&self, ws: Tensor<3>, psi: &[(f32, usize)]) -> Tensor<3> {
        let Some(average) = &self.parts.average else { return ws };
        if psi.iter().all(|(psi, cutoff)| *psi == 1.0 || *cutoff == 0) {
            return ws;
        }
        let share =
            self.marked(psi, |(psi, cutoff), place| if place < cutoff { psi } else { 1.0 }, &ws.device()); // [n, places, 1]
        let average = average.clone().unsqueeze_dim::<3>(1); // [1, 1, w]
        (ws - average.clone()) * share + average // [n, places, w]
    }

    /// `other` at the places from..to of each sample, (from, to) one a sample: `[n, places, w]` each → the same shape.
    pub fn mixed(&self, ws: Tensor<3>, other: Tensor<3>, ranges: &[(usize, usize)]) -> Tensor<3> {
        let inside = |(from, to): (usize, usize), place| if (from..to).contains(&place) { 1.0 } else { 0.0 };
        let share = self.marked(ranges, inside, &ws.device()); // [n, places, 1]
        ws * (-share.clone() + 1.0) + other * share // [n, places, w]
    }

    /// A number for each sample and place: `[n, places, 1]`.
    fn marked<T: Copy>(&self, each: &[T], of: impl Fn(T, usize) -> f32, device: &Device) -> Tensor<3> {
        let places = self.places();
        let all = each.iter().flat_map(|one| (0..places).map(|place| of(*one, place)));
        Tensor::from_data(TensorData::new(all.collect::<Vec<f32>>(), [each.len(), places, 1]), device)
    }

    /// w for each place `[n, places, w]` to pictures `[n, channels, h, w]`, about −1 to 1. `None`: nobody wants them any more.
    pub fn pictures(&self, ws: Tensor<3>, drawn: &Drawn, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        match &self.parts.drawing {
            Drawing::Second(second) => second.forward(ws, drawn, watch),
            Drawing::Third(third) => third.forward(ws, drawn, watch),
        }
    }

    /// Whether sliders are of z.
    pub fn in_z(&self) -> bool {
        self.style.space == Space::Z
    }
}
