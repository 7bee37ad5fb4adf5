//! Runs a description: its layers as calls of Burn's functions on tensors by name.
//!
//! Must not know: files, where a description came from.

use super::{Edges, Join, Layer, Network, Op, Posterior, Prior, Range, shape};
use crate::nn::host::floats;
use crate::nn::resnet::pixel_shuffle;
use crate::nn::{Tensors, Watch};
use crate::point::Chunk;
use burn::tensor::module::{avg_pool2d, batch_norm, conv_transpose2d, conv2d, interpolate, max_pool2d};
use burn::tensor::ops::{
    AvgPoolOptions, ConvOptions, ConvTransposeOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions,
    PadMode,
};
use burn::tensor::{Device, Int, Slice, Tensor, TensorData, activation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What flows: a batch of vectors or of maps.
#[derive(Clone)]
pub enum Value {
    /// `[n, features]`.
    Flat(Tensor<2>),
    /// `[n, channels, height, width]`.
    Map(Tensor<4>),
}

impl Value {
    /// As vectors, channels first: `[n, channels · height · width]`.
    pub fn flat(self) -> Tensor<2> {
        match self {
            Self::Flat(x) => x,
            Self::Map(x) => x.flatten(1, 3),
        }
    }

    /// As maps `[n, c, h, w]`; vectors become maps of one pixel.
    pub fn map(self) -> Tensor<4> {
        match self {
            Self::Flat(x) => {
                let [n, c] = x.dims();
                x.reshape([n, c, 1, 1])
            }
            Self::Map(x) => x,
        }
    }

    /// The sum of two of one shape.
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Map(a), Self::Map(b)) => Self::Map(a + b),
            (a, b) => Self::Flat(a.flat() + b.flat()),
        }
    }

    /// A function of each number: `f2` where the value is `[n, k]`, `f4` where it is `[n, c, h, w]`; the shape stays.
    pub fn each(
        self,
        f2: impl FnOnce(Tensor<2>) -> Tensor<2>,
        f4: impl FnOnce(Tensor<4>) -> Tensor<4>,
    ) -> Self {
        match self {
            Self::Flat(x) => Self::Flat(f2(x)),
            Self::Map(x) => Self::Map(f4(x)),
        }
    }
}

/// Pairs of pixels that self-attention holds at a time, if a picture has no more.
const LOOKS: usize = 1 << 23;

/// One weight on the device, by its number of dimensions.
#[derive(Clone)]
pub enum Weight {
    /// A bias, or a norm's numbers whatever their shape.
    One(Tensor<1>),
    /// A matrix, or a table.
    Two(Tensor<2>),
    /// A kernel.
    Four(Tensor<4>),
}

impl Weight {
    /// A tensor of a file. `matrix`: whether two dimensions are a matrix's.
    pub fn of(data: &TensorData, matrix: bool, device: &Device) -> Self {
        match data.shape().len() {
            2 if matrix => Self::Two(Tensor::from_data(data.clone(), device)),
            4 => Self::Four(Tensor::from_data(data.clone(), device)),
            _ => {
                let values = data.iter::<f32>().collect::<Vec<_>>();
                let count = values.len();
                Self::One(Tensor::from_data(TensorData::new(values, [count]), device))
            }
        }
    }
}

/// A network that is ready to run.
#[derive(Clone)]
pub struct Runner {
    network: Arc<Network>,
    weights: Arc<BTreeMap<String, Weight>>,
    device: Device,
    classes: Classes,
    /// The latents `[n, dims]` of the batch that is drawn, for layers that hear them again on the way.
    latents: Option<Box<Tensor<2>>>,
}

/// Which class the samples of a batch are of.
#[derive(Clone)]
enum Classes {
    /// The network's chosen one.
    Chosen,
    /// All alike, the first ones first.
    All,
    /// Each of its own: `[n]`.
    Each(Box<Tensor<1, Int>>),
    /// Each between some, by weights that add up to 1: `[n, classes]`.
    Weighted(Box<Tensor<2>>),
}

/// Shapes of tensors by name.
pub fn sizes(tensors: &Tensors) -> shape::Sizes {
    tensors.iter().map(|(name, data)| (name.clone(), data.shape().to_vec())).collect()
}

impl Runner {
    /// Checks that the description fits the tensors, and puts them on the device.
    pub fn new(network: &Network, tensors: &Tensors, device: &Device) -> Result<Self, String> {
        shape::check(network, &sizes(tensors))?;
        Self::unchecked(network, tensors, device)
    }

    /// The same for a description whose parts are only run where they were checked.
    pub(crate) fn unchecked(network: &Network, tensors: &Tensors, device: &Device) -> Result<Self, String> {
        let mut weights = BTreeMap::new();
        for name in network.names() {
            for leaf in ["weight", "bias", "running_mean", "running_var"] {
                let key = format!("{name}.{leaf}");
                let Some(data) = tensors.get(&key) else { continue };
                let weight = Weight::of(data, leaf == "weight", device);
                weights.insert(key, weight);
            }
        }
        Ok(Self::of(Arc::new(network.clone()), weights, device))
    }

    /// A checked description with weights that are on the device already.
    pub fn of(network: Arc<Network>, weights: BTreeMap<String, Weight>, device: &Device) -> Self {
        Self {
            network,
            weights: Arc::new(weights),
            device: device.clone(),
            classes: Classes::Chosen,
            latents: None,
        }
    }

    /// The same weights, with every batch of all classes alike, the first ones first: as in training.
    pub fn of_all_classes(self) -> Self {
        Self { classes: Classes::All, ..self }
    }

    /// The same weights, with the samples of every batch of these classes, `[n]`.
    pub fn of_classes(self, each: Tensor<1, Int>) -> Self {
        Self { classes: Classes::Each(Box::new(each)), ..self }
    }

    /// The same weights, with each sample of a batch between classes, by weights `[n, classes]` that add up to 1.
    pub fn of_weights(self, weights: Tensor<2>) -> Self {
        Self { classes: Classes::Weighted(Box::new(weights)), ..self }
    }

    /// Rows of a table `[classes, n]` for so many samples.
    fn rows(&self, table: Tensor<2>, samples: usize) -> Tensor<2> {
        let [classes, width] = table.dims();
        let row = |class: usize, times: usize| {
            table.clone().slice([class..class + 1, 0..width]).repeat_dim(0, times)
        };
        match &self.classes {
            Classes::Chosen => return row(self.network.latent.class, samples),
            Classes::Each(classes) => return table.select(0, (**classes).clone()),
            Classes::Weighted(weights) => return (**weights).clone().matmul(table),
            Classes::All => {}
        }
        let share = |class: usize| samples * class / classes;
        let each = (0..classes)
            .map(|class| (class, share(class + 1) - share(class)))
            .filter(|(_, times)| *times > 0);
        Tensor::cat(each.map(|(class, times)| row(class, times)).collect(), 0)
    }

    /// The description.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The tensor `[k]` of a layer, where the file has it.
    fn one(&self, name: &str, leaf: &str) -> Option<Tensor<1>> {
        match self.weights.get(&format!("{name}.{leaf}")) {
            Some(Weight::One(t)) => Some(t.clone()),
            _ => None,
        }
    }

    /// The weight `[out, in]` of a linear layer.
    fn two(&self, name: &str) -> Result<Tensor<2>, String> {
        match self.weights.get(&format!("{name}.weight")) {
            Some(Weight::Two(t)) => Ok(t.clone()),
            _ => Err(format!("tensor {name}.weight is missing")),
        }
    }

    /// The weight `[out, in, h, w]` of a convolution (`[in, out, h, w]` of a transposed one).
    fn four(&self, name: &str) -> Result<Tensor<4>, String> {
        match self.weights.get(&format!("{name}.weight")) {
            Some(Weight::Four(t)) => Ok(t.clone()),
            _ => Err(format!("tensor {name}.weight is missing")),
        }
    }

    /// Scale `[count]` of a norm, or ones; and its shift `[count]`, or zeros.
    fn affine(&self, name: &str, count: usize) -> (Tensor<1>, Tensor<1>) {
        let scale = self.one(name, "weight").unwrap_or_else(|| Tensor::ones([count], &self.device));
        let shift = self.one(name, "bias").unwrap_or_else(|| Tensor::zeros([count], &self.device));
        (scale, shift)
    }

    /// All layers in turn.
    pub fn layers(&self, layers: &[Layer], x: Value) -> Result<Value, String> {
        layers.iter().try_fold(x, |x, layer| self.layer(&layer.op, x))
    }

    /// One layer.
    pub fn layer(&self, op: &Op, x: Value) -> Result<Value, String> {
        Ok(match op {
            Op::Linear { weights } => {
                let y = x.flat().matmul(self.two(weights)?.transpose());
                Value::Flat(match self.one(weights, "bias") {
                    Some(b) => y + b.unsqueeze(),
                    None => y,
                })
            }
            Op::Conv { weights, stride, padding, dilation, groups, edges } => {
                let (mut x, mut padding) = (x.map(), *padding);
                let mode = match edges {
                    Edges::Zeros => None,
                    Edges::Reflect => Some(PadMode::Reflect),
                    Edges::Replicate => Some(PadMode::Edge),
                };
                if let Some(mode) = mode.filter(|_| padding > 0) {
                    x = x.pad((padding, padding, padding, padding), mode);
                    padding = 0;
                }
                let options = ConvOptions::new([*stride; 2], [padding; 2], [*dilation; 2], *groups);
                Value::Map(conv2d(x, self.four(weights)?, self.one(weights, "bias"), options))
            }
            Op::ConvTranspose { weights, stride, padding, output_padding } => {
                let options =
                    ConvTransposeOptions::new([*stride; 2], [*padding; 2], [*output_padding; 2], [1; 2], 1);
                Value::Map(conv_transpose2d(x.map(), self.four(weights)?, self.one(weights, "bias"), options))
            }
            Op::BatchNorm { weights, epsilon } => {
                let statistic = |leaf| {
                    self.one(weights, leaf).ok_or_else(|| format!("tensor {weights}.{leaf} is missing"))
                };
                let (mean, variance) = (statistic("running_mean")?, statistic("running_var")?);
                let (scale, shift) = self.affine(weights, mean.dims()[0]);
                match x {
                    Value::Flat(x) => Value::Flat(batch_norm(x, scale, shift, mean, variance, *epsilon)),
                    Value::Map(x) => Value::Map(batch_norm(x, scale, shift, mean, variance, *epsilon)),
                }
            }
            Op::GroupNorm { weights, groups, epsilon } => {
                let x = x.map();
                let [n, c, h, w] = x.dims();
                let groups = if *groups == 0 { c } else { *groups };
                let y =
                    standardised(x.reshape([n * groups, c / groups * h * w]), *epsilon).reshape([n, c, h, w]);
                let (scale, shift) = self.affine(weights, c);
                Value::Map(y * scale.reshape([1, c, 1, 1]) + shift.reshape([1, c, 1, 1]))
            }
            Op::LayerNorm { weights, epsilon } => {
                let dims = match &x {
                    Value::Map(x) => Some(x.dims()),
                    Value::Flat(_) => None,
                };
                let x = x.flat();
                let [_, count] = x.dims();
                let (scale, shift) = self.affine(weights, count);
                let y = standardised(x, *epsilon) * scale.unsqueeze() + shift.unsqueeze();
                dims.map_or(Value::Flat(y.clone()), |d| Value::Map(y.reshape(d)))
            }
            Op::Relu => x.each(activation::relu, activation::relu),
            Op::LeakyRelu { slope } => {
                x.each(|x| activation::leaky_relu(x, *slope), |x| activation::leaky_relu(x, *slope))
            }
            Op::Elu => x.each(|x| activation::elu(x, 1.0), |x| activation::elu(x, 1.0)),
            Op::Selu => x.each(activation::selu, activation::selu),
            Op::Gelu => x.each(activation::gelu, activation::gelu),
            Op::Silu => x.each(activation::silu, activation::silu),
            Op::Softplus => x.each(|x| activation::softplus(x, 1.0), |x| activation::softplus(x, 1.0)),
            Op::Mish => x.each(activation::mish, activation::mish),
            Op::Tanh => x.each(activation::tanh, activation::tanh),
            Op::Sigmoid => x.each(activation::sigmoid, activation::sigmoid),
            Op::Bound { limit } => {
                let limit = *limit;
                x.each(|x| (x / limit).tanh() * limit, |x| (x / limit).tanh() * limit)
            }
            Op::Prelu { weights } => {
                let slope = self
                    .one(weights, "weight")
                    .ok_or_else(|| format!("tensor {weights}.weight is missing"))?;
                let copy = slope.clone();
                x.each(|x| activation::prelu(x, slope), |x| activation::prelu(x, copy))
            }
            Op::Reshape { channels, height, width, channels_last } => {
                let x = x.flat();
                let n = x.dims()[0];
                Value::Map(if *channels_last {
                    x.reshape([n, *height, *width, *channels]).permute([0, 3, 1, 2])
                } else {
                    x.reshape([n, *channels, *height, *width])
                })
            }
            Op::Flatten { channels_last } => Value::Flat(match x {
                Value::Map(x) if *channels_last => x.permute([0, 2, 3, 1]).flatten(1, 3),
                x => x.flat(),
            }),
            Op::Pad { before, after } => {
                let x = x.map();
                let [n, c, h, w] = x.dims();
                let cut =
                    |side: usize| (*before).min(0).unsigned_abs()..side - (*after).min(0).unsigned_abs();
                let x = x.slice([0..n, 0..c, cut(h), cut(w)]);
                let (more, less) = ((*before).max(0).unsigned_abs(), (*after).max(0).unsigned_abs());
                Value::Map(x.pad((more, less, more, less), PadMode::Constant(0.0)))
            }
            Op::Upsample { factor, bilinear, aligned } => {
                let x = x.map();
                let [n, c, h, w] = x.dims();
                let f = *factor;
                Value::Map(if *bilinear {
                    let options = InterpolateOptions::new(InterpolateMode::Bilinear);
                    interpolate(x, options.with_align_corners(*aligned).with_output_size([h * f, w * f]))
                } else {
                    x.reshape([n, c, h * w, 1])
                        .repeat_dim(3, f)
                        .reshape([n, c * h, 1, w * f])
                        .repeat_dim(2, f)
                        .reshape([n, c, h * f, w * f])
                })
            }
            Op::PixelShuffle { factor } => Value::Map(pixel_shuffle(x.map(), *factor)),
            Op::MaxPool { size, stride, padding } => {
                let stride = if *stride == 0 { *size } else { *stride };
                let options = MaxPoolOptions::new([*size; 2]).with_stride([stride; 2]);
                Value::Map(max_pool2d(x.map(), options.with_padding([*padding; 2])))
            }
            Op::AvgPool { size } => {
                let x = x.map();
                let [_, _, h, w] = x.dims();
                let window = if *size == 0 { [h, w] } else { [*size; 2] };
                Value::Map(avg_pool2d(x, AvgPoolOptions::new(window)))
            }
            Op::Residual { main, shortcut } => {
                let added = self.layers(main, x.clone())?;
                added.plus(self.layers(shortcut, x)?)
            }
            Op::Attention { query, key, value, scaled } => {
                let x = x.map();
                let [n, _, h, w] = x.dims();
                let part = |layers: &[Layer], x: &Tensor<4>| {
                    Ok::<_, String>(self.layers(layers, Value::Map(x.clone()))?.map())
                };
                let pixels = |x: Tensor<4>| -> Tensor<3> { x.flatten(2, 3) };
                // Of every picture all pairs of pixels are held: of a few pictures at a time.
                let most = (LOOKS / (h * w * h * w).max(1)).max(1);
                let mut out = Vec::new();
                for x in x.split(most.min(n), 0) {
                    let (q, k, v) = (part(query, &x)?, part(key, &x)?, part(value, &x)?);
                    let share = if *scaled { (q.dims()[1].max(1) as f64).powf(-0.5) } else { 1.0 };
                    let looks = activation::softmax(pixels(q * share).transpose().matmul(pixels(k)), 2);
                    let [n, c, ..] = v.dims();
                    out.push(pixels(v).matmul(looks.transpose()).reshape([n, c, h, w]));
                }
                Value::Map(Tensor::cat(out, 0))
            }
            Op::Scale { weights } => {
                let scale = self
                    .one(weights, "weight")
                    .ok_or_else(|| format!("tensor {weights}.weight is missing"))?;
                let copy = scale.clone();
                x.each(|x| x * scale.reshape([1, 1]), |x| x * copy.reshape([1, 1, 1, 1]))
            }
            Op::SumPool => {
                let x = x.map();
                Value::Map(x.sum_dim(2).sum_dim(3))
            }
            Op::Subsample { stride, before, after } => {
                let x = x.map();
                let every = |step: usize| Slice::with_step(0, None, step as isize);
                let first = x.slice([every(1), every(1), every(*stride), every(*stride)]);
                let [n, _, rows, columns] = first.dims();
                let zeros = |channels: usize| Tensor::zeros([n, channels, rows, columns], &first.device());
                let all = [
                    (*before > 0).then(|| zeros(*before)),
                    Some(first.clone()),
                    (*after > 0).then(|| zeros(*after)),
                ];
                Value::Map(Tensor::cat(all.into_iter().flatten().collect(), 1))
            }
            Op::Film { weights, latent } => {
                let table = self.two(weights)?;
                let channels = table.dims()[1] / 2;
                let heard = match (latent.as_str(), &self.latents) {
                    ("", _) => None,
                    (name, Some(z)) => Some((**z).clone().matmul(self.two(name)?.transpose())), // [n, 2 · channels]
                    (name, None) => return Err(format!("{name} hears z, and nothing is drawn of one here")),
                };
                let by = |n: usize| {
                    let rows = self.rows(table.clone(), n);
                    let rows = match &heard {
                        Some(heard) => rows + heard.clone(),
                        None => rows,
                    };
                    (rows.clone().narrow(1, 0, channels), rows.narrow(1, channels, channels))
                };
                match x {
                    Value::Flat(x) => {
                        let (scale, shift) = by(x.dims()[0]);
                        Value::Flat(x * scale + shift)
                    }
                    Value::Map(x) => {
                        let n = x.dims()[0];
                        let (scale, shift) = by(n);
                        Value::Map(
                            x * scale.reshape([n, channels, 1, 1]) + shift.reshape([n, channels, 1, 1]),
                        )
                    }
                }
            }
            Op::Class { weights, join, classes } => {
                let table = if weights.is_empty() {
                    let hot = |i: usize| if i / classes == i % classes { 1.0 } else { 0.0 };
                    let hot = (0..classes * classes).map(hot).collect::<Vec<f32>>();
                    Tensor::from_data(TensorData::new(hot, [*classes; 2]), &self.device)
                } else {
                    self.two(weights)?
                };
                match x {
                    Value::Flat(x) => {
                        let rows = self.rows(table, x.dims()[0]);
                        Value::Flat(match join {
                            Join::Before => Tensor::cat(vec![rows, x], 1),
                            Join::After => Tensor::cat(vec![x, rows], 1),
                            Join::Multiply => x * rows,
                            Join::Add => x + rows,
                        })
                    }
                    Value::Map(x) => {
                        let [n, _, h, w] = x.dims();
                        let width = table.dims()[1];
                        let rows = self.rows(table, n);
                        let planes = if shape::planes(width, !weights.is_empty(), h, w) == width {
                            rows.reshape([n, width, 1, 1]).repeat_dim(2, h).repeat_dim(3, w)
                        } else {
                            rows.reshape([n, 1, h, w])
                        };
                        let both = if *join == Join::Before { vec![planes, x] } else { vec![x, planes] };
                        Value::Map(Tensor::cat(both, 1))
                    }
                }
            }
        })
    }

    /// The decoder's own output for latents in its own units: `[n, z]` → `[n, c, h, w]`.
    pub fn decode(&self, z: Tensor<2>) -> Result<Tensor<4>, String> {
        self.watched(z, &mut Watch::nobody())
    }

    /// The decoder's pictures in the network's own range: z `[n, dims]` → `[n, channels, height, width]`. `watch` is told
    /// each layer's activation.
    pub fn watched(&self, z: Tensor<2>, watch: &mut Watch<'_>) -> Result<Tensor<4>, String> {
        let told = Self { latents: Some(Box::new(z.clone())), ..self.clone() };
        let mut flow = Value::Flat(z);
        for Layer { op, .. } in &self.network.decoder {
            flow = told.layer(op, flow)?;
            let name = || match op.weights() {
                "" => op.title(),
                name => name.into(),
            };
            watch.layer(name, || flow.clone());
        }
        Ok(flow.map())
    }

    /// Which dimensions each part of the decoder hears, where several hear z (BigGAN's skip-z) and each a stretch of its own; else empty.
    pub fn chunks(&self) -> Vec<Chunk> {
        let mut all: Vec<(usize, usize, String)> = Vec::new();
        for (i, layer) in self.network.decoder.iter().enumerate() {
            let heard = super::deep(std::slice::from_ref(layer)).into_iter().filter_map(|l| match &l.op {
                Op::Film { latent, .. } if !latent.is_empty() => Some(latent.as_str()),
                Op::Linear { weights } if i == 0 => Some(weights.as_str()),
                _ => None,
            });
            let stretch = |name: &str| {
                let rows = floats(self.two(name).ok()?.abs().max_dim(0));
                let first = rows.iter().position(|v| *v > 0.0)?;
                Some((first, rows.iter().rposition(|v| *v > 0.0)? + 1))
            };
            let Some((from, to)) = heard.filter_map(stretch).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            else {
                continue;
            };
            let blocks = all.len();
            let name = if i == 0 { "first layer".into() } else { format!("block {blocks}") };
            all.push((from, to, name));
        }
        let whole = all.len() > 1
            && all.first().is_some_and(|c| c.0 == 0)
            && all.windows(2).all(|c| c[0].1 == c[1].0)
            && all.last().is_some_and(|c| c.1 == self.network.latent.dims);
        let chunk = |(from, to, heard_by)| Chunk { heard_by, dims: to - from };
        if whole { all.into_iter().map(chunk).collect() } else { Vec::new() }
    }

    /// The weights of the first layer that latents meet, as `[z, outputs]`; `None` where that is not a linear layer or a
    /// transposed convolution over one pixel.
    pub fn first_weight(&self) -> Option<Tensor<2>> {
        let weighted = self.network.decoder.iter().map(|l| &l.op).find(|op| !op.weights().is_empty())?;
        match weighted {
            // A file's linear layers keep their weight as [out, in].
            Op::Linear { weights } => Some(self.two(weights).ok()?.transpose()),
            Op::ConvTranspose { weights, .. } => Some(self.four(weights).ok()?.flatten::<2>(1, 3)),
            _ => None,
        }
        .filter(|w: &Tensor<2>| w.dims()[0] == self.network.latent.dims)
    }

    /// Mean and log-variance, `[n, dims]` each, of pictures `[n, channels, height, width]` in the network's own range; an
    /// auto-encoder has no log-variance.
    pub fn encode(&self, x: Tensor<4>) -> Result<(Tensor<2>, Option<Tensor<2>>), String> {
        let network = &*self.network;
        let h = self.layers(&network.encoder, Value::Map(x))?;
        if matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed) {
            let a = self.layers(&network.head, h.clone())?.flat();
            let b = self.layers(&network.second_head, h)?.flat();
            return Ok(if network.posterior == Posterior::Heads { (a, Some(b)) } else { (b, Some(a)) });
        }
        let both = self.layers(&network.head, h)?.flat();
        let [n, all] = both.dims();
        let half = all / 2;
        Ok(match network.posterior {
            Posterior::Halves => (both.clone().slice([0..n, 0..half]), Some(both.slice([0..n, half..all]))),
            Posterior::HalvesReversed => {
                (both.clone().slice([0..n, half..all]), Some(both.slice([0..n, 0..half])))
            }
            Posterior::Interleaved => {
                let pairs = both.reshape([n, half, 2]);
                let pick = |i: usize| pairs.clone().slice([0..n, 0..half, i..i + 1]).reshape([n, half]);
                (pick(0), Some(pick(1)))
            }
            _ => (both, None),
        })
    }

    /// What the discriminator or critic says of pictures `[n, channels, height, width]` in the network's own range: (its
    /// outputs `[n, outputs]`, the features `[n, k]` that its last layer with weights takes).
    pub fn discriminate(&self, x: Tensor<4>) -> Result<(Tensor<2>, Tensor<2>), String> {
        let layers = &self.network.critic;
        let last = layers.iter().rposition(|l| !l.op.weights().is_empty()).unwrap_or(0);
        let features = self.layers(&layers[..last], Value::Map(x))?;
        let out = self.layers(&layers[last..], features.clone())?;
        Ok((out.flat(), features.flat()))
    }

    /// Latents `[n, dims]` drawn from N(0, 1), in the network's own units: the same shape.
    pub fn own_units(&self, z: Tensor<2>) -> Tensor<2> {
        // Φ(z) is uniform where z is normal: sliders and walks stay in σ, and the prior is the network's.
        match self.network.latent.prior {
            Prior::Normal => z,
            Prior::Uniform => (z * std::f64::consts::FRAC_1_SQRT_2).erf(),
            Prior::UniformUnit => (z * std::f64::consts::FRAC_1_SQRT_2).erf() * 0.5 + 0.5,
        }
    }

    /// The network's pictures `[n, channels, h, w]` as 0–1, red first: `[n, 1 or 3, h, w]`; those with opacity on white.
    pub fn to_unit(&self, x: Tensor<4>) -> Tensor<4> {
        let x = match self.network.picture.range {
            Range::Unit => x,
            Range::Signed => (x + 1.0) * 0.5,
            Range::Bytes => x / 255.0,
        };
        if self.network.picture.channels != 4 {
            return self.ordered(x);
        }
        let (colour, opacity) = (x.clone().narrow(1, 0, 3), x.narrow(1, 3, 1));
        let white = opacity.ones_like() - opacity.clone();
        colour * opacity + white
    }

    /// Pictures `[n, 1 or 3, h, w]` of 0–1, red first, as the network's own `[n, channels, h, w]`; all is opaque.
    pub fn from_unit(&self, x: Tensor<4>) -> Tensor<4> {
        let x = if self.network.picture.channels == 4 {
            let opaque = x.clone().narrow(1, 0, 1).ones_like();
            Tensor::cat(vec![x, opaque], 1)
        } else {
            self.ordered(x)
        };
        match self.network.picture.range {
            Range::Unit => x,
            Range::Signed => x * 2.0 - 1.0,
            Range::Bytes => x * 255.0,
        }
    }

    /// `[n, channels, h, w]` with red and blue exchanged, where the network has blue first.
    fn ordered(&self, x: Tensor<4>) -> Tensor<4> {
        if self.network.picture.order == super::Order::Bgr && x.dims()[1] == 3 { x.flip([1]) } else { x }
    }
}

/// `[n, k]` → the same shape, each row with mean 0 and variance 1.
fn standardised(x: Tensor<2>, epsilon: f64) -> Tensor<2> {
    let mean = x.clone().mean_dim(1);
    let centred = x - mean;
    let variance = centred.clone().square().mean_dim(1);
    centred / (variance + epsilon).sqrt()
}
