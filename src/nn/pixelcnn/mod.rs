//! The gated PixelCNN: van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders". A network whose features
//! at a place depend only on the places before it, row by row, so that what they say of each place is p(x_i | x_<i).
//!
//! Two stacks: the vertical one sees the rows above, the horizontal one the places to the left in the same row, and takes
//! what the vertical one knows. Their kernels are cut to what the masks leave: a first layer (mask A) has nothing of the
//! place itself, later ones (mask B) have it. With one stack only, the network is that of van den Oord, Kalchbrenner and
//! Kavukcuoglu 2016, "Pixel recurrent neural networks": masked 3×3 convolutions, which never see a wedge at the upper right, the
//! blind spot.
//!
//! Beside the picture its first layer sees where each place is (Liu et al. 2018, "An intriguing failing of convolutional neural
//! networks and the CoordConv solution"): what is reached by nine rows would not know how far the bottom is.
//!
//! Must not know: any one system, what is drawn with it, files.

pub mod output;
pub mod sampler;

use super::fast;
use super::network::run::Value;
use super::tap::Watch;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use output::{Head, Output};

/// Columns of the first kernel, which reaches half as far to either side, above and to the left.
pub const FIRST: usize = 7;
/// Columns of the later kernels.
pub const LATER: usize = 3;

/// Numbers that say where a place is.
pub const WHERE: usize = 2;

/// Where place `i` of `of` is, −1 to 1.
fn position(i: usize, of: usize) -> f32 {
    (i as f32 + 0.5) / of as f32 * 2.0 - 1.0
}

/// A picture `[n, inputs, h, w]` with each place's row and column behind its numbers: `[n, inputs + 2, h, w]`.
fn placed(x: Tensor<4>) -> Tensor<4> {
    let ([n, _, h, w], device) = (x.dims(), x.device());
    let rows = (0..h * w).map(|i| position(i / w, h));
    let columns = (0..h * w).map(|i| position(i % w, w));
    let both: Vec<f32> = rows.chain(columns).collect();
    let places = Tensor::<4>::from_data(TensorData::new(both, [1, WHERE, h, w]), &device); // [1, 2, h, w]
    Tensor::cat(vec![x, places.expand([n, WHERE, h, w])], 1) // [n, inputs + 2, h, w]
}

/// What a network is made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Numbers of a place that go in.
    pub inputs: usize,
    /// Numbers of a place in each layer (p in the paper).
    pub features: usize,
    /// Layers, the first one included.
    pub layers: usize,
    /// Classes that it is told; 0 = none.
    pub classes: usize,
    /// Numbers of a place of a map that it is told; 0 = none.
    pub map: usize,
    /// Whether it has the one stack with a blind spot.
    pub blind: bool,
    /// What is said of a place.
    pub output: Output,
}

/// What it is told beside the picture.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Weights over the classes `[n, classes]`.
    pub class: Option<Tensor<2>>,
    /// A map of the picture's height and width `[n, map, h, w]`.
    pub map: Option<Tensor<4>>,
}

/// One layer of both stacks. Names are those of the best-known PyTorch program.
#[derive(Module, Debug)]
pub struct Layer {
    vert_stack: Conv2d,
    vert_to_horiz: Conv2d,
    horiz_stack: Conv2d,
    /// Nothing follows the last layer's features but its skip connection.
    horiz_resid: Option<Conv2d>,
    horiz_skip: Conv2d,
    class_cond: Option<Linear>,
    map_cond: Option<Conv2d>,
    #[module(skip)]
    first: bool,
    #[module(skip)]
    blind: bool,
}

impl Layer {
    fn new(plan: &Plan, place: usize, device: &Device) -> Self {
        let (first, f) = (place == 0, plan.features);
        let from = if first { plan.inputs + WHERE } else { f };
        let conv = |from, to, kernel| Conv2dConfig::new([from, to], kernel).init(device);
        let size = if first { FIRST } else { LATER };
        // Rows above; where the vertical stack has passed the first layer, its own row too, which knows only what is above.
        let rows = size / 2 + usize::from(!first && !plan.blind);
        let columns = size / 2 + usize::from(!first);
        Self {
            vert_stack: conv(from, 2 * f, [rows, size]),
            vert_to_horiz: conv(2 * f, 2 * f, [1, 1]),
            horiz_stack: conv(from, 2 * f, [1, columns]),
            horiz_resid: (place + 1 < plan.layers).then(|| conv(f, f, [1, 1])),
            horiz_skip: conv(f, f, [1, 1]),
            class_cond: (plan.classes > 0)
                .then(|| LinearConfig::new(plan.classes, 2 * f).with_bias(false).init(device)),
            map_cond: (plan.map > 0).then(|| conv(plan.map, 2 * f, [1, 1])),
            first,
            blind: plan.blind,
        }
    }

    /// Zeros above and left of the vertical kernel, and of the horizontal one.
    fn pads(&self) -> [[usize; 2]; 2] {
        let [_, _, rows, size] = self.vert_stack.weight.dims();
        let [_, _, _, columns] = self.horiz_stack.weight.dims();
        // The row itself belongs to the vertical kernel only where that row knows no more than the rows above.
        let above = if self.first || self.blind { rows } else { rows - 1 };
        [[above, size / 2], [0, if self.first { columns } else { columns - 1 }]]
    }

    /// Features of the vertical and of the horizontal stack `[n, f, h, w]` (of the first layer the picture, twice), and what
    /// the layer is told → the same, and its skip connection `[n, f, h, w]`.
    fn forward(&self, v: Tensor<4>, h: Tensor<4>, told: &Told) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
        let [above, left] = self.pads();
        let seen = if self.blind { h.clone() } else { v }; // [n, f, h, w]
        let v = fast::conv_after(&self.vert_stack, seen, above); // [n, 2f, h, w]
        let across = fast::conv(&self.vert_to_horiz, v.clone(), fast::NOTHING); // [n, 2f, h, w]
        let own = fast::conv_after(&self.horiz_stack, h.clone(), left) + across; // [n, 2f, h, w]
        let (mut v, mut own) = (v, own);
        if let (Some(layer), Some(class)) = (&self.class_cond, &told.class) {
            let of_class = layer.forward(class.clone()).unsqueeze_dims::<4>(&[2, 3]); // [n, 2f, 1, 1]
            v = v + of_class.clone(); // [n, 2f, h, w]
            own = own + of_class; // [n, 2f, h, w]
        }
        if let (Some(layer), Some(map)) = (&self.map_cond, &told.map) {
            let of_map = fast::conv(layer, map.clone(), fast::NOTHING); // [n, 2f, h, w]
            v = v + of_map.clone(); // [n, 2f, h, w]
            own = own + of_map; // [n, 2f, h, w]
        }
        // Nobody asks for the vertical stack of a blind network.
        let v = if self.blind { h.clone() } else { fast::gate(v) }; // [n, f, h, w]
        let gated = fast::gate(own); // [n, f, h, w]
        let skip = fast::conv(&self.horiz_skip, gated.clone(), fast::NOTHING); // [n, f, h, w]
        let h = match &self.horiz_resid {
            Some(layer) if self.first => fast::conv(layer, gated, fast::NOTHING), // [n, f, h, w]
            Some(layer) => h + fast::conv(layer, gated, fast::NOTHING),           // [n, f, h, w]
            None => gated,                                                        // [n, f, h, w]
        };
        (v, h, skip)
    }
}

/// The network: layers, the sum of their skip connections, and what is said of each place.
#[derive(Module, Debug)]
pub struct PixelCnn {
    layers: Vec<Layer>,
    head: Head,
}

impl PixelCnn {
    /// With weights as Burn draws them; see [`super::init`].
    pub fn new(plan: &Plan, device: &Device) -> Self {
        Self {
            layers: (0..plan.layers.max(1)).map(|i| Layer::new(plan, i, device)).collect(),
            head: Head::new(plan, device),
        }
    }

    /// What the network says of each place, before it knows of the place's own channels: `[n, inputs, h, w]` →
    /// `[n, f, h, w]`. `own`: the network's name.
    pub fn forward(&self, x: Tensor<4>, told: &Told, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let x = placed(x); // [n, inputs + 2, h, w]
        let (mut v, mut h, mut sum) = (x.clone(), x, None);
        for (i, layer) in self.layers.iter().enumerate() {
            let skip;
            (v, h, skip) = layer.forward(v, h, told); // [n, f, h, w] each
            watch.layer(|| format!("{own}layers.{i}"), || Value::Map(h.clone()));
            sum = Some(match sum {
                Some(sum) => sum + skip, // [n, f, h, w]
                None => skip,            // [n, f, h, w]
            });
        }
        let features = self.head.features(sum.unwrap_or(h)); // [n, f, h, w]
        watch.layer(|| format!("{own}head.hidden"), || Value::Map(features.clone()));
        features
    }

    /// What turns features into distributions.
    pub fn head(&self) -> &Head {
        &self.head
    }
}
