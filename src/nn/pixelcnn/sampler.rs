//! Drawing with a PixelCNN place by place, on plain numbers: what was computed of the rows above and of the places to the
//! left is kept, so that a place costs one place's work and no whole pass. A picture is drawn by the same operations in the
//! same order whatever is drawn beside it, so it is the same bit for bit alone and in a sheet. On any device the weights
//! are read once and the work is done by the processor: 784 tiny steps one after the other suit no GPU.
//!
//! Must not know: tensors beyond the weights, who looks on.

use super::output::{Channel, Output};
use super::{FIRST, LATER, Layer, PixelCnn, WHERE, position};
use crate::nn::fast::gemm::{Mat, product};
use crate::nn::fast::rows::gate_of;
use crate::nn::host::floats;
use crate::objective::discrete;
use crate::random::Stream;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use multiversion::multiversion as wide;
use rayon::prelude::*;

/// Below this the most likely value is taken.
const COLD: f32 = 1e-3;

/// What one picture is drawn by.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Where its chance comes from: the numbers of a place follow from this and the place alone.
    pub seed: u32,
    /// Divides logits, and widths: 1 = what was learnt, 0 = the most likely value of each place.
    pub temperature: f32,
    /// Weights over the classes; empty where the network is told none.
    pub class: Vec<f32>,
    /// The map that it is told, place by place; empty where there is none.
    pub map: Vec<f32>,
    /// Levels that are there already, place by place with all channels, and of which places; both empty where nothing is.
    pub given: (Vec<u16>, Vec<bool>),
}

/// A matrix `[from, to]` with a bias.
struct Dense {
    weight: Vec<f32>,
    bias: Vec<f32>,
    to: usize,
}

impl Dense {
    /// Of a kernel `[to, from, rows, columns]`, as patches are laid out: place by place, each with its channels.
    fn of(conv: &Conv2d) -> Self {
        let [to, from, rows, columns] = conv.weight.dims();
        let kernel = floats(conv.weight.val());
        let places = rows * columns;
        let mut weight = vec![0.0; kernel.len()];
        for (k, v) in kernel.iter().enumerate() {
            let (out, rest) = (k / (from * places), k % (from * places));
            let (channel, place) = (rest / places, rest % places);
            weight[(place * from + channel) * to + out] = *v;
        }
        let bias = conv.bias.as_ref().map_or_else(|| vec![0.0; to], |b| floats(b.val()));
        Self { weight, bias, to }
    }

    /// y ← y + x · W.
    fn add(&self, y: &mut [f32], x: &[f32]) {
        times(y, x, &self.weight);
    }

    /// The bias + x · W.
    fn apply(&self, x: &[f32], y: &mut [f32]) {
        y.copy_from_slice(&self.bias);
        self.add(y, x);
    }

    /// The same of all rows of x, `[rows, from]` → `[rows, to]`.
    fn rows(&self, x: &[f32], rows: usize, y: &mut [f32]) {
        for y in y.chunks_exact_mut(self.to) {
            y.copy_from_slice(&self.bias);
        }
        let from = self.weight.len() / self.to;
        product(y, true, Mat::new(x, rows, from), Mat::new(&self.weight, from, self.to));
    }
}

/// y ← y + x · W of a matrix `[x, y]`, number by number of x: the same order whatever else is computed.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn times(y: &mut [f32], x: &[f32], w: &[f32]) {
    for (x, w) in x.iter().zip(w.chunks_exact(y.len())) {
        for (y, w) in y.iter_mut().zip(w) {
            *y += x * w;
        }
    }
}

struct Weights {
    vertical: Dense,
    across: Dense,
    horizontal: Dense,
    residual: Option<Dense>,
    skip: Dense,
    /// `[classes, 2f]`; empty without classes.
    class: Vec<f32>,
    map: Option<Dense>,
    /// Rows of the vertical kernel.
    above: usize,
    /// Columns of the horizontal one.
    left: usize,
}

impl Weights {
    fn of(layer: &Layer) -> Self {
        Self {
            vertical: Dense::of(&layer.vert_stack),
            across: Dense::of(&layer.vert_to_horiz),
            horizontal: Dense::of(&layer.horiz_stack),
            residual: layer.horiz_resid.as_ref().map(Dense::of),
            skip: Dense::of(&layer.horiz_skip),
            class: layer.class_cond.as_ref().map_or_else(Vec::new, |l| floats(l.weight.val())),
            map: layer.map_cond.as_ref().map(Dense::of),
            above: layer.vert_stack.weight.dims()[2],
            left: layer.horiz_stack.weight.dims()[3],
        }
    }
}

/// A network's weights as it draws with them.
pub struct Sampler {
    layers: Vec<Weights>,
    hidden: Dense,
    channels: Vec<(Option<Dense>, Dense)>,
    output: Output,
    blind: bool,
    features: usize,
    /// Numbers of a place that go in, where it is among them.
    inputs: usize,
    /// What goes in for each level, where it is not the level's own brightness: `[levels, inputs]`, without where it is.
    table: Option<Vec<f32>>,
}

/// A picture that is being drawn.
pub struct Drawing {
    ask: Ask,
    height: usize,
    width: usize,
    /// Levels, place by place with all channels; 0 where it is not drawn yet.
    levels: Vec<u16>,
    /// What went into the network of them.
    x: Vec<f32>,
    /// Of each layer the features that its vertical kernel sees, of the row before and of this one, `[w, f]` each.
    seen: Vec<[Vec<f32>; 2]>,
    /// Of each layer the horizontal stack's features of this row, `[w, f]`.
    rows: Vec<Vec<f32>>,
    /// Of each layer what the vertical stack and what it is told add to this row, `[w, 2f]`.
    told: Vec<Vec<f32>>,
    /// Of each layer what the class adds, `[2f]`.
    class: Vec<Vec<f32>>,
}

impl Drawing {
    /// Levels, place by place with all channels; 0 where it is not drawn yet.
    pub fn levels(&self) -> &[u16] {
        &self.levels
    }
}

impl Sampler {
    /// The weights of a network. `table`: what goes in for each level `[levels, inputs]`; `None` = its brightness, −1 to 1.
    pub fn of(net: &PixelCnn, output: Output, table: Option<Tensor<2>>) -> Self {
        let channel = |c: &Channel| (c.before.as_ref().map(Dense::of), Dense::of(&c.logits));
        let hidden = Dense::of(&net.head.hidden);
        let first = net.layers.first();
        Self {
            inputs: first.map_or(0, |l| l.vert_stack.weight.dims()[1]),
            blind: first.is_some_and(|l| l.blind),
            layers: net.layers.iter().map(Weights::of).collect(),
            features: hidden.to,
            hidden,
            channels: net.head.channels.iter().map(channel).collect(),
            output,
            table: table.map(floats),
        }
    }

    /// Begins a picture.
    fn begin(&self, ask: Ask, [height, width]: [usize; 2]) -> Drawing {
        let (f, places) = (self.features, height * width);
        let class = |layer: &Weights| {
            let mut sum = vec![0.0; 2 * f];
            if !layer.class.is_empty() {
                times(&mut sum, &ask.class, &layer.class);
            }
            sum
        };
        let row = |n: usize| vec![vec![0.0; n]; self.layers.len()];
        Drawing {
            height,
            width,
            levels: vec![0; places * self.output.channels()],
            x: vec![0.0; places * self.inputs],
            seen: vec![[vec![0.0; width * f], vec![0.0; width * f]]; self.layers.len()],
            rows: row(width * f),
            told: row(width * 2 * f),
            class: self.layers.iter().map(class).collect(),
            ask,
        }
    }

    /// Draws pictures of one size, a row of all of them at a time; after each row `go_on` sees how far they are and
    /// says whether they are still wanted. `None`: they were not.
    pub fn draw(
        &self,
        asks: Vec<Ask>,
        [height, width]: [usize; 2],
        mut go_on: impl FnMut(&[Drawing]) -> bool,
    ) -> Option<Vec<Vec<u16>>> {
        let mut all: Vec<Drawing> = asks.into_iter().map(|ask| self.begin(ask, [height, width])).collect();
        for i in 0..height {
            all.par_iter_mut().for_each(|one| self.row(one, i));
            if !go_on(&all) {
                return None;
            }
        }
        Some(all.into_iter().map(|one| one.levels).collect())
    }

    fn row(&self, one: &mut Drawing, i: usize) {
        self.above(one, i);
        let mut scratch = Scratch::new(self);
        for j in 0..one.width {
            self.place(one, i, j, &mut scratch);
        }
    }

    /// What all layers know of row `i` from the rows above it.
    fn above(&self, one: &mut Drawing, i: usize) {
        let (f, w) = (self.features, one.width);
        let mut patches = Vec::new();
        for (l, layer) in self.layers.iter().enumerate() {
            // The row before becomes the last but one; of a blind network it is what the columns of that row left.
            if l > 0 && self.blind {
                one.seen[l][0].copy_from_slice(&one.rows[l]);
            }
            let (size, from) = if l == 0 { (FIRST, self.inputs) } else { (LATER, f) };
            patches.clear();
            patches.resize(w * layer.above * size * from, 0.0);
            for r in 0..layer.above {
                // Row of the kernel → row of what it sees.
                let source: &[f32] = if l == 0 {
                    let Some(row) = (i + r).checked_sub(layer.above) else { continue };
                    &one.x[row * w * from..(row + 1) * w * from]
                } else {
                    if i == 0 && r == 0 {
                        continue;
                    }
                    &one.seen[l][r]
                };
                for j in 0..w {
                    for k in 0..size {
                        let Some(column) = (j + k).checked_sub(size / 2).filter(|c| *c < w) else { continue };
                        let to = ((j * layer.above + r) * size + k) * from;
                        patches[to..to + from].copy_from_slice(&source[column * from..(column + 1) * from]);
                    }
                }
            }
            let mut v = vec![0.0; w * 2 * f];
            layer.vertical.rows(&patches, w, &mut v);
            let told = &mut one.told[l];
            layer.across.rows(&v, w, told);
            for (j, (v, told)) in v.chunks_exact_mut(2 * f).zip(told.chunks_exact_mut(2 * f)).enumerate() {
                for ((v, told), class) in v.iter_mut().zip(told.iter_mut()).zip(&one.class[l]) {
                    *v += class;
                    *told += class;
                }
                if let Some(map) = &layer.map {
                    let n = map.weight.len() / map.to;
                    let at = (i * w + j) * n;
                    let mut of_map = vec![0.0; map.to];
                    map.apply(&one.ask.map[at..at + n], &mut of_map);
                    for ((v, told), m) in v.iter_mut().zip(told.iter_mut()).zip(&of_map) {
                        *v += m;
                        *told += m;
                    }
                }
            }
            if !self.blind && l + 1 < self.layers.len() {
                let [before, now] = &mut one.seen[l + 1];
                std::mem::swap(before, now);
                gate_of(now, &v, f);
            }
        }
    }

    /// Draws the place (`i`, `j`), or takes what is given there.
    fn place(&self, one: &mut Drawing, i: usize, j: usize, s: &mut Scratch) {
        let (f, w) = (self.features, one.width);
        s.skip.fill(0.0);
        for (l, layer) in self.layers.iter().enumerate() {
            let from = if l == 0 { self.inputs } else { f };
            s.sum.copy_from_slice(&layer.horizontal.bias);
            for (sum, told) in s.sum.iter_mut().zip(&one.told[l][j * 2 * f..(j + 1) * 2 * f]) {
                *sum += told;
            }
            for k in 0..layer.left {
                // The first layer ends before the place, the others at it.
                let back = if l == 0 { layer.left } else { layer.left - 1 };
                let Some(column) = (j + k).checked_sub(back) else { continue };
                let source = if l == 0 { &one.x[i * w * from..] } else { &one.rows[l][..] };
                let x = &source[column * from..(column + 1) * from];
                times(&mut s.sum, x, &layer.horizontal.weight[k * from * 2 * f..(k + 1) * from * 2 * f]);
            }
            gate_of(&mut s.gated, &s.sum, f);
            layer.skip.apply(&s.gated, &mut s.own);
            for (skip, own) in s.skip.iter_mut().zip(&s.own) {
                *skip += own;
            }
            if let Some(residual) = &layer.residual {
                residual.apply(&s.gated, &mut s.own);
                if l > 0 {
                    for (own, h) in s.own.iter_mut().zip(&one.rows[l][j * f..(j + 1) * f]) {
                        *own += h;
                    }
                }
                one.rows[l + 1][j * f..(j + 1) * f].copy_from_slice(&s.own);
            }
        }
        s.skip.iter_mut().for_each(|v| *v = v.max(0.0));
        self.hidden.apply(&s.skip, &mut s.own);
        self.choose(one, i * w + j, &s.own);
    }

    /// The levels of a place by its features, and what goes into the network of them.
    fn choose(&self, one: &mut Drawing, place: usize, features: &[f32]) {
        let channels = self.output.channels();
        let span = place * channels..(place + 1) * channels;
        let given = one.ask.given.1.get(place).copied().unwrap_or(false);
        if given {
            one.levels[span.clone()].copy_from_slice(&one.ask.given.0[span.clone()]);
        } else {
            // From 0 to 1, both ends left out.
            let chance = Stream::new(u64::from(one.ask.seed), place as u64).uniforms(channels + 1, 0.5);
            let chance: Vec<f32> = chance.iter().map(|u| (u + 0.5).clamp(1e-6, 1.0 - 1e-6)).collect();
            let drawn = self.drawn(features, one.ask.temperature, &chance);
            one.levels[span.clone()].copy_from_slice(&drawn);
        }
        let x = &mut one.x[place * self.inputs..(place + 1) * self.inputs];
        let (x, at) = x.split_at_mut(self.inputs - WHERE);
        at[0] = position(place / one.width, one.height);
        at[1] = position(place % one.width, one.width);
        match &self.table {
            Some(table) => {
                let (level, own) = (usize::from(one.levels[place]), x.len());
                x.copy_from_slice(&table[level * own..(level + 1) * own]);
            }
            None => {
                for (x, level) in x.iter_mut().zip(&one.levels[span]) {
                    *x = self.brightness(*level);
                }
            }
        }
    }

    /// A level as the network sees it.
    fn brightness(&self, level: u16) -> f32 {
        f32::from(level) * (2.0 / (self.output.levels() - 1).max(1) as f32) - 1.0
    }

    /// The numbers of channel `c` by a place's features and the channels before it.
    fn numbers(&self, features: &[f32], known: &[f32], c: usize) -> Vec<f32> {
        let (before, logits) = &self.channels[c];
        let mut own = features.to_vec();
        if let Some(before) = before {
            for (own, bias) in own.iter_mut().zip(&before.bias) {
                *own += bias;
            }
            before.add(&mut own, known);
        }
        own.iter_mut().for_each(|v| *v = v.max(0.0));
        let mut numbers = vec![0.0; logits.to];
        logits.apply(&own, &mut numbers);
        numbers
    }

    /// A place's levels by its features and chance, one number a channel and one more.
    fn drawn(&self, features: &[f32], temperature: f32, chance: &[f32]) -> Vec<u16> {
        match self.output {
            Output::Two => {
                let logit = self.numbers(features, &[], 0)[0];
                vec![choice(&[0.0, logit], temperature, chance[0])]
            }
            Output::Levels { channels, .. } => {
                let (mut levels, mut known) = (Vec::new(), Vec::new());
                for (c, u) in chance.iter().enumerate().take(channels) {
                    let level = choice(&self.numbers(features, &known, c), temperature, *u);
                    known.push(self.brightness(level));
                    levels.push(level);
                }
                levels
            }
            Output::Mixture { components, channels } => {
                let numbers = self.numbers(features, &[], 0);
                let k = usize::from(choice(&numbers[..components], temperature, chance[channels]));
                let coefficient =
                    |i: usize| numbers[discrete::place(components, 3) + i * components + k].tanh();
                let (mut levels, mut known): (Vec<u16>, Vec<f32>) = (Vec::new(), Vec::new());
                for (c, u) in chance.iter().enumerate().take(channels) {
                    let begin = discrete::place(components, c);
                    let mut mean = numbers[begin + k];
                    match c {
                        1 => mean += coefficient(0) * known[0],
                        2 => mean += coefficient(1) * known[0] + coefficient(2) * known[1],
                        _ => {}
                    }
                    let scale = numbers[begin + components + k].max(discrete::NARROWEST).exp();
                    let scale = if temperature < COLD { 0.0 } else { scale * temperature };
                    let x = mean + scale * (u / (1.0 - u)).ln();
                    let level = ((x.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u16;
                    known.push(self.brightness(level));
                    levels.push(level);
                }
                levels
            }
        }
    }
}

/// Buffers of a place.
struct Scratch {
    sum: Vec<f32>,
    gated: Vec<f32>,
    own: Vec<f32>,
    skip: Vec<f32>,
}

impl Scratch {
    fn new(s: &Sampler) -> Self {
        let f = s.features;
        let of = |n: usize| vec![0.0; n];
        Self { sum: of(2 * f), gated: of(f), own: of(f), skip: of(f) }
    }
}

/// One of the values by their logits over the temperature: the first up to which the probabilities exceed `u`, 0–1.
fn choice(logits: &[f32], temperature: f32, u: f32) -> u16 {
    let best = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0);
    if temperature < COLD {
        return best as u16;
    }
    let most = logits.get(best).copied().unwrap_or(0.0);
    let weight = |l: &f32| f64::from((l - most) / temperature).exp();
    let target = f64::from(u) * logits.iter().map(weight).sum::<f64>();
    let mut below = 0.0;
    for (i, logit) in logits.iter().enumerate() {
        below += weight(logit);
        if below > target {
            return i as u16;
        }
    }
    best as u16
}
