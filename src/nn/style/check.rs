//! Whether a description of a style-based generator fits its tensors, followed layer by layer, so that one that does not is named
//! before anything is computed; and the layers as a person sees them.
//!
//! Must not know: Burn, values.

use super::{Block, Dense, Filtered, Mapping, Shortcut, Space, Style, Styled, Synthesis, ToRgb, Waves};
use std::collections::BTreeMap;

/// Shapes of tensors by name.
pub type Sizes = BTreeMap<String, Vec<usize>>;

/// Most numbers that one picture's layer may have.
const MOST: usize = 1 << 28;
/// The longest side of a map, pixels; the farthest that a margin goes.
const SIDE: usize = 8192;
/// The longest filter, and the largest factor.
const TAPS: usize = 128;
const FACTOR: usize = 8;

/// What is known of a generator beside its layers.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Dimensions of what the sliders move: z, or w.
    pub latent: usize,
    /// Classes; 0 = there are none.
    pub classes: usize,
    /// Channels, rows and columns of the picture.
    pub picture: [usize; 3],
}

/// One layer in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Which part of the generator it is in.
    pub part: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Its numbers in words.
    pub details: String,
    /// The name its tensors begin with.
    pub weights: String,
    /// Numbers in its tensors, those of its style among them.
    pub parameters: usize,
    /// Channels, rows and columns of what it gives; a vector has its length alone.
    pub output: Vec<usize>,
}

/// From z to w.
pub const MAPPING: &str = "mapping";
/// The mapping of a generator that is opened in w: nothing flows through it.
pub const ASIDE: &str = "mapping, for the components of w";
/// From w to the picture.
pub const SYNTHESIS: &str = "synthesis";

/// Dimensions of (z, w) by the tensors.
pub fn dims(style: &Style, sizes: &Sizes) -> Result<[usize; 2], String> {
    let of = |layer: &Dense, at: usize| {
        let name = format!("{}.weight", layer.weights);
        match sizes.get(&name).map(Vec::as_slice) {
            Some([out, into]) => Ok([*out, *into][at]),
            Some(other) => Err(format!("tensor {name} of shape {other:?} is no matrix")),
            None => Err(format!("tensor {name} is missing")),
        }
    };
    let Mapping { embed, layers, .. } = &style.mapping;
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
        return Err("the mapping has no layers".into());
    };
    let joined = embed.as_ref().map_or(Ok(0), |e| of(e, 0))?;
    let z = of(first, 1)?.checked_sub(joined).filter(|z| *z > 0);
    Ok([z.ok_or("the mapping's first layer has no room for z")?, of(last, 0)?])
}

struct Walk<'a> {
    sizes: &'a Sizes,
    w: usize,
    steps: Vec<Step>,
    /// Places of w that are taken.
    places: usize,
}

/// All layers; the sentence names the tensor that does not fit.
pub fn steps(style: &Style, frame: Frame, sizes: &Sizes) -> Result<Vec<Step>, String> {
    let [z, w] = dims(style, sizes)?;
    let Mapping { embed, layers, average, ws, dims: said } = &style.mapping;
    if (z, w) != *said {
        return Err(format!("the mapping is from {z} to {w} numbers, not from {} to {}", said.0, said.1));
    }
    let mut walk = Walk { sizes, w, steps: Vec::new(), places: 0 };
    let latent = if style.space == Space::Z { z } else { w };
    if latent != frame.latent {
        return Err(format!("its latents have {latent} numbers, not {}", frame.latent));
    }
    let part = if style.space == Space::Z { MAPPING } else { ASIDE };
    let mut flow = z;
    if let Some(embed) = embed {
        let out = walk.dense(embed, frame.classes, None)?;
        walk.push(part, "Linear", "of the class", &embed.weights, vec![out])?;
        flow += out;
    } else if frame.classes > 0 {
        return Err("there are classes, and nothing that takes them".into());
    }
    for layer in layers {
        flow = walk.dense(layer, flow, None)?;
        walk.push(part, "Linear", "LeakyReLU 0.2", &layer.weights, vec![flow])?;
    }
    if let Some(average) = average {
        walk.want(average, "w_avg", &[w])?;
    }
    let end = match &style.synthesis {
        Synthesis::Stylegan2 { constant, blocks } => walk.second(constant, blocks, frame.picture[0])?,
        Synthesis::Stylegan3 { input, layers, scale } => {
            if !scale.is_finite() {
                return Err("the picture's scale is no number".into());
            }
            walk.third(input, layers)?
        }
    };
    if walk.places != *ws {
        return Err(format!("its layers take {} w, and the mapping gives {ws}", walk.places));
    }
    if end != frame.picture {
        let [c, h, w] = end;
        let [pc, ph, pw] = frame.picture;
        return Err(format!(
            "the synthesis ends in {c} × {h} × {w}, where a picture of {pc} × {ph} × {pw} belongs"
        ));
    }
    Ok(walk.steps)
}

impl Walk<'_> {
    fn get(&self, name: &str, leaf: &str) -> Result<&[usize], String> {
        let key = format!("{name}.{leaf}");
        self.sizes.get(&key).map(Vec::as_slice).ok_or_else(|| format!("tensor {key} is missing"))
    }

    fn want(&self, name: &str, leaf: &str, shape: &[usize]) -> Result<(), String> {
        let found = self.get(name, leaf)?;
        match found == shape {
            true => Ok(()),
            false => Err(format!("tensor {name}.{leaf} has shape {found:?}, where {shape:?} belongs")),
        }
    }

    /// One number, whatever its shape.
    fn single(&self, name: &str, leaf: &str) -> Result<(), String> {
        let found = self.get(name, leaf)?;
        match found.iter().all(|d| *d == 1) {
            true => Ok(()),
            false => Err(format!("tensor {name}.{leaf} has shape {found:?}, where one number belongs")),
        }
    }

    fn push(
        &mut self,
        part: &'static str,
        title: &'static str,
        details: impl Into<String>,
        weights: &str,
        output: Vec<usize>,
    ) -> Result<(), String> {
        let numbers = output.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        if numbers.is_none_or(|n| n == 0 || n > MOST) || output.iter().any(|d| *d > MOST) {
            return Err(format!("{weights} gives {output:?} numbers, more than a picture's layer has"));
        }
        let affine = format!("{weights}.affine");
        let learnt = |name: &str| {
            let of = |leaf| self.sizes.get(&format!("{name}.{leaf}")).map_or(0, |s| s.iter().product());
            ["weight", "bias", "noise_strength", "const"].into_iter().map(of).sum::<usize>()
        };
        let parameters = learnt(weights) + learnt(&affine);
        let (details, weights) = (details.into(), weights.to_owned());
        self.steps.push(Step { part, title, details, weights, parameters, output });
        Ok(())
    }

    /// A dense layer of so many inputs; what it gives.
    fn dense(&self, layer: &Dense, into: usize, out: Option<usize>) -> Result<usize, String> {
        let Dense { weights, gain, bias_gain } = layer;
        let shape = self.get(weights, "weight")?;
        let [rows, columns] = *shape else {
            return Err(format!("tensor {weights}.weight of shape {shape:?} is no matrix"));
        };
        if columns != into || out.is_some_and(|out| out != rows) {
            let out = out.map_or("any".into(), |n| n.to_string());
            return Err(format!(
                "tensor {weights}.weight has shape {shape:?}, where [{out}, {into}] belongs"
            ));
        }
        if self.sizes.contains_key(&format!("{weights}.bias")) {
            self.want(weights, "bias", &[rows])?;
        }
        match gain.is_finite() && bias_gain.is_finite() {
            true => Ok(rows),
            false => Err(format!("a gain of {weights} is no number")),
        }
    }

    /// A kernel of so many inputs: what it gives, and its side.
    fn kernel(&self, name: &str, into: usize, side: Option<usize>) -> Result<[usize; 2], String> {
        match *self.get(name, "weight")? {
            [out, i, k, l]
                if i == into && k == l && (1..=TAPS).contains(&k) && side.is_none_or(|s| s == k) =>
            {
                Ok([out, k])
            }
            ref other => {
                let k = side.map_or("k".into(), |k| k.to_string());
                Err(format!(
                    "tensor {name}.weight has shape {other:?}, where [out, {into}, {k}, {k}] belongs"
                ))
            }
        }
    }

    fn number(name: &str, what: &str, numbers: &[Option<f64>]) -> Result<(), String> {
        match numbers.iter().flatten().all(|n| n.is_finite()) {
            true => Ok(()),
            false => Err(format!("the {what} of {name} is no number")),
        }
    }

    fn second(&mut self, constant: &str, blocks: &[Block], channels: usize) -> Result<[usize; 3], String> {
        let [mut c, mut side, _] = match *self.get(constant, "const")? {
            [c, h, w] if h == w => [c, h, w],
            ref other => {
                return Err(format!("tensor {constant}.const has shape {other:?}, where [c, h, h] belongs"));
            }
        };
        self.push(SYNTHESIS, "Constant", "", constant, vec![c, side, side])?;
        let mut pictures = 0;
        for (i, Block { weights, side: own, layers, shortcut, to_rgb }) in blocks.iter().enumerate() {
            let into = c;
            let doubled = layers.iter().filter(|l| l.up).count();
            if doubled != usize::from(i > 0) || layers.first().is_some_and(|l| l.up != (i > 0)) {
                return Err(format!("{weights} does not double the size once, in its first layer"));
            }
            side = if i > 0 { side.saturating_mul(2) } else { side };
            if side != *own || side > SIDE {
                return Err(format!("{weights} is of {own} pixels, and what comes there of {side}"));
            }
            for layer in layers {
                c = self.styled(layer, c, side)?;
            }
            if let Some(Shortcut { weights, gain }) = shortcut {
                Self::number(weights, "gain", &[Some(*gain)])?;
                if self.kernel(weights, into, Some(1))?[0] != c {
                    return Err(format!("{weights} gives other channels than what it is beside"));
                }
                self.filter(weights)?;
                self.push(SYNTHESIS, "Shortcut", "kernel 1, ×2", weights, vec![c, side, side])?;
            }
            if let Some(ToRgb { weights, affine, gain, clamp }) = to_rgb {
                Self::number(weights, "gain", &[Some(*gain), *clamp])?;
                self.dense(affine, self.w, Some(c))?;
                let [out, _] = self.kernel(weights, c, Some(1))?;
                self.want(weights, "bias", &[out])?;
                if out != channels {
                    return Err(format!("{weights} gives {out} channels, and the picture has {channels}"));
                }
                if pictures > 0 {
                    self.filter(weights_of(blocks, i))?;
                }
                pictures += 1;
                self.push(SYNTHESIS, "To colours", "modulated, kernel 1", weights, vec![out, side, side])?;
            }
            self.places += layers.len();
        }
        self.places += 1;
        let last = blocks.last().is_some_and(|b| b.to_rgb.is_some());
        match last && (pictures == 1 || pictures == blocks.len()) {
            true => Ok([channels, side, side]),
            false => Err("colours are neither of all blocks nor of the last alone".into()),
        }
    }

    /// The filter that maps are made twice as large with.
    fn filter(&self, name: &str) -> Result<(), String> {
        self.want(name, "resample_filter", &[4, 4])
    }

    fn styled(&mut self, layer: &Styled, into: usize, side: usize) -> Result<usize, String> {
        let Styled { weights, affine, up, noise, gain, clamp } = layer;
        Self::number(weights, "gain", &[Some(*gain), *clamp])?;
        self.dense(affine, self.w, Some(into))?;
        let [out, _] = self.kernel(weights, into, Some(3))?;
        self.want(weights, "bias", &[out])?;
        if *up {
            self.filter(weights)?;
        }
        if *noise {
            self.want(weights, "noise_const", &[side, side])?;
            self.single(weights, "noise_strength")?;
        }
        let larger = if *up { ", ×2" } else { "" };
        let noise = if *noise { ", noise" } else { "" };
        let details = format!("modulated, kernel 3{larger}{noise}, LeakyReLU 0.2");
        self.push(SYNTHESIS, "Styled convolution", details, weights, vec![out, side, side])?;
        Ok(out)
    }

    fn third(&mut self, input: &Waves, layers: &[Filtered]) -> Result<[usize; 3], String> {
        let Waves { weights, affine, side, rate, bandwidth } = input;
        self.dense(affine, self.w, Some(4))?;
        let mut c = match *self.get(weights, "weight")? {
            [c, d] if c == d => c,
            ref other => {
                return Err(format!("tensor {weights}.weight has shape {other:?}, where [c, c] belongs"));
            }
        };
        self.want(weights, "freqs", &[c, 2])?;
        self.want(weights, "phases", &[c])?;
        self.want(weights, "transform", &[3, 3])?;
        if !(rate.is_finite() && bandwidth.is_finite() && *rate > 0.0 && *rate / 2.0 > *bandwidth) {
            return Err(format!("the rates of {weights} make no sense"));
        }
        if !(1..=SIDE).contains(side) {
            return Err(format!("{weights} has maps of {side} pixels"));
        }
        let mut side = *side;
        let details = format!("waves of {side} pixels, turned and moved by w");
        self.push(SYNTHESIS, "Fourier features", details, weights, vec![c, side, side])?;
        for layer in layers {
            [c, side] = self.filtered(layer, c, side)?;
        }
        self.places = layers.len() + 1;
        Ok([c, side, side])
    }

    /// Taps of a filter, and whether it is one along both ways.
    fn taps(&self, name: &str, leaf: &str) -> Result<usize, String> {
        match self.sizes.get(&format!("{name}.{leaf}")).map(Vec::as_slice) {
            None => Ok(1),
            Some([k]) if (1..=TAPS).contains(k) => Ok(*k),
            Some([k, l]) if k == l && (1..=TAPS).contains(k) => Ok(*k),
            Some(other) => Err(format!("tensor {name}.{leaf} of shape {other:?} is no filter")),
        }
    }

    fn filtered(&mut self, layer: &Filtered, into: usize, side: usize) -> Result<[usize; 2], String> {
        let Filtered { weights, affine, to_rgb, up, down, padding, side: own, clamp } = layer;
        Self::number(weights, "gain", &[*to_rgb, *clamp])?;
        self.dense(affine, self.w, Some(into))?;
        let [out, k] = self.kernel(weights, into, None)?;
        self.want(weights, "bias", &[out])?;
        self.single(weights, "magnitude_ema")?;
        let (ups, downs) = (self.taps(weights, "up_filter")?, self.taps(weights, "down_filter")?);
        let factors = (1..=FACTOR).contains(up) && (1..=FACTOR).contains(down);
        let near = padding.iter().all(|p| p.unsigned_abs() <= SIDE);
        let bare = (*up > 1 && ups == 1) || (*down > 1 && downs == 1);
        if !factors || !near || bare {
            return Err(format!("the factors or margins of {weights} make no sense"));
        }
        let larger = ((side + k - 1) * up) as isize;
        // After the padding, after the first filter, after the second.
        let end = |a: isize, b: isize| {
            let whole = larger + a + b;
            let inner = whole - ups as isize + 1;
            let last = inner - downs as isize + 1;
            // Something of the map itself is left.
            let cut = (-a).max(0) + (-b).max(0);
            (cut < larger && whole > 0 && inner > 0 && last > 0 && whole as usize <= 2 * SIDE)
                .then(|| ((last as usize).div_ceil(*down), whole as usize))
        };
        let [left, right, top, bottom] = *padding;
        let (across, along) = (end(left, right), end(top, bottom));
        let (Some((wide, whole)), Some((high, _))) = (across, along) else {
            return Err(format!("the margins of {weights} leave nothing of its map"));
        };
        if wide != *own || high != *own || own > &SIDE {
            return Err(format!("{weights} gives {wide} × {high} pixels, where {own} × {own} belong"));
        }
        if out.checked_mul(whole * whole).is_none_or(|n| n > MOST) {
            return Err(format!(
                "{weights} has maps of {out} × {whole} × {whole}, more than a picture's layer has"
            ));
        }
        let details = match to_rgb {
            Some(_) => format!("modulated, kernel {k}"),
            None => format!("modulated, kernel {k}, ×{up}, LeakyReLU 0.2, ÷{down}"),
        };
        let title = if to_rgb.is_some() { "To colours" } else { "Filtered convolution" };
        self.push(SYNTHESIS, title, details, weights, vec![out, *own, *own])?;
        Ok([out, *own])
    }
}

/// NAME of the filter that makes the picture so far larger, in block `i`.
fn weights_of(blocks: &[Block], i: usize) -> &str {
    blocks.get(i).map_or("", |b| b.weights.as_str())
}
