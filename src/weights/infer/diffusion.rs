//! The auto-encoders of latent diffusion (Rombach et al. 2022) and their small copies (TAESD), whose layers have the same
//! names in every file: as CompVis's program, as diffusers, and as TAESD itself calls them. Names tell here what
//! shapes leave open, so that nothing is searched.
//!
//! Must not know: values of weights, the search for other networks.

use super::modules::{Kind, Modules};
use crate::nn::network::{Latent, Layer, Network, Op, Picture, Posterior, Range, deep};

/// Sides of pictures that are tried, pixels: the layers take any.
const SIDES: [usize; 3] = [256, 128, 64];

/// Layers of TAESD's Sequentials, at most: they have 19 and less.
const LAYERS: usize = 64;

/// ε of all norms in both programs.
const EPSILON: f64 = 1e-6;

/// The networks for pictures of several sides, the largest first, or `None` where a file's names are others'.
pub fn networks(modules: &Modules) -> Option<Vec<Network>> {
    let names = Names { modules };
    let halves = names.large().or_else(|| names.small())?;
    Some(SIDES.iter().filter_map(|side| halves.of_side(*side)).collect())
}

/// Both halves without a picture's size.
struct Halves {
    /// Channels of the latent map.
    channels: usize,
    /// How often smaller its side is than the picture's.
    factor: usize,
    /// From the latent map to a picture; empty = it has none.
    decoder: Vec<Layer>,
    /// From a picture to the latent map, or to that of means and of log-variances.
    encoder: Vec<Layer>,
    /// How the encoder's end is read.
    posterior: Posterior,
    /// What the pictures' numbers mean.
    range: Range,
}

impl Halves {
    fn of_side(&self, side: usize) -> Option<Network> {
        let map = side.checked_div(self.factor).filter(|map| *map > 0 && map * self.factor == side)?;
        let why = "how large the picture is: its layers take any";
        let begin = Layer::assumed(Op::reshape(self.channels, map, map), why);
        let decodes = !self.decoder.is_empty();
        let decoder = decodes.then_some(begin).into_iter().chain(self.decoder.iter().cloned()).collect();
        let mut network = Network {
            format: 1,
            latent: Latent { dims: self.channels * map * map, ..Latent::default() },
            picture: Picture {
                width: side,
                height: side,
                channels: 3,
                range: self.range,
                ..Picture::default()
            },
            posterior: self.posterior,
            decoder,
            encoder: self.encoder.clone(),
            ..Network::default()
        };
        network.settle(&[
            "output",
            "range",
            "order",
            "activation",
            "encoder_activation",
            "upsampling",
            "posterior",
        ]);
        network.notes.push(
            "Its names are those of an auto-encoder for latent diffusion: begin with a picture that it encodes, as what is drawn from N(0, 1) was never shown to its decoder."
                .into(),
        );
        Some(network)
    }
}

/// A file's modules by name.
struct Names<'a> {
    modules: &'a Modules,
}

impl Names<'_> {
    fn kind(&self, name: &str) -> Option<Kind> {
        self.modules.all.iter().find(|m| m.name == name).map(|m| m.kind)
    }

    fn has(&self, name: &str) -> bool {
        self.kind(name).is_some()
    }

    /// The first of some names that there is.
    fn any(&self, path: &str, names: &[&str]) -> Option<String> {
        names.iter().map(|n| format!("{path}.{n}")).find(|n| self.has(n))
    }

    /// Channels (into, out) of a convolution.
    fn channels(&self, name: &str) -> Option<(usize, usize)> {
        match self.kind(name)? {
            Kind::Kernel { a, b, .. } => Some((b, a)),
            _ => None,
        }
    }

    /// A convolution that keeps the map.
    fn conv(&self, name: &str) -> Option<Layer> {
        match self.kind(name)? {
            Kind::Kernel { k, .. } => Some(Op::conv(name, 1, k / 2).into()),
            _ => None,
        }
    }

    /// A group norm, of 32 groups where they go into all channels (as both programs have it).
    fn norm(&self, name: &str) -> Option<Layer> {
        let channels = self.modules.all.iter().filter_map(|m| match m.kind {
            Kind::Norm { n, running: false } => Some(n),
            _ => None,
        });
        let groups = [32, 16, 8, 4, 2, 1].into_iter().find(|g| channels.clone().all(|n| n % g == 0))?;
        let why = if groups == 32 { "" } else { "the number of groups" };
        let norm = Op::GroupNorm { weights: name.to_owned(), groups, epsilon: EPSILON };
        self.has(name).then(|| Layer::assumed(norm, why))
    }

    /// Norm, SiLU, convolution, twice.
    fn residual(&self, path: &str) -> Option<Layer> {
        let name = |leaf: &str| format!("{path}.{leaf}");
        let mut main = Vec::new();
        for (norm, conv) in [("norm1", "conv1"), ("norm2", "conv2")] {
            main.extend([self.norm(&name(norm))?, Op::Silu.into(), self.conv(&name(conv))?]);
        }
        let beside = self.any(path, &["nin_shortcut", "conv_shortcut"]);
        let shortcut = beside.and_then(|n| self.conv(&n)).into_iter().collect();
        Some(Op::Residual { main, shortcut }.into())
    }

    /// Norm, attention of one head, convolution of one pixel.
    fn attention(&self, path: &str) -> Option<Layer> {
        let part = |names: &[&str]| self.any(path, names).and_then(|n| self.conv(&n));
        let norm = self.norm(&self.any(path, &["norm", "group_norm"])?)?;
        let looks = Op::Attention {
            query: vec![part(&["q", "to_q", "query"])?],
            key: vec![part(&["k", "to_k", "key"])?],
            value: vec![part(&["v", "to_v", "value"])?],
            scaled: true,
        };
        let end = part(&["proj_out", "to_out.0", "proj_attn"])?;
        Some(Op::Residual { main: vec![norm, looks.into(), end], shortcut: Vec::new() }.into())
    }

    /// One stage: blocks, each with its attention, and what makes the map larger or smaller. Empty where there is none.
    fn stage(&self, path: &str) -> Vec<Layer> {
        let mut out = Vec::new();
        for j in 0.. {
            let block =
                ["block", "resnets"].into_iter().find_map(|w| self.residual(&format!("{path}.{w}.{j}")));
            let Some(block) = block else { break };
            out.push(block);
            out.extend(
                ["attn", "attentions"].into_iter().find_map(|w| self.attention(&format!("{path}.{w}.{j}"))),
            );
        }
        if let Some(name) = self.any(path, &["downsample.conv", "downsamplers.0.conv"]) {
            out.push(Op::Pad { before: 0, after: 1 }.into());
            out.push(Op::conv(name, 2, 0).into());
        }
        if let Some(name) = self.any(path, &["upsample.conv", "upsamplers.0.conv"]) {
            out.push(Op::nearest(2).into());
            out.extend(self.conv(&name));
        }
        out
    }

    /// Block, attention, block.
    fn middle(&self, path: &str) -> Vec<Layer> {
        let mut out = Vec::new();
        for j in 0.. {
            let blocks = [format!("{path}.mid.block_{}", j + 1), format!("{path}.mid_block.resnets.{j}")];
            let Some(block) = blocks.iter().find_map(|b| self.residual(b)) else { break };
            out.push(block);
            let looks = [format!("{path}.mid.attn_{}", j + 1), format!("{path}.mid_block.attentions.{j}")];
            out.extend(looks.iter().find_map(|a| self.attention(a)));
        }
        out
    }

    /// All stages of one half, the first ones first: as they are numbered, but for CompVis's decoder.
    fn stages(&self, path: &str) -> Vec<Layer> {
        let of = |word: &str| -> Vec<Vec<Layer>> {
            let all = (0..).map(|i| self.stage(&format!("{path}.{word}.{i}")));
            all.take_while(|stage| !stage.is_empty()).collect()
        };
        let turned = of("up").into_iter().rev();
        ["down", "down_blocks", "up_blocks"].into_iter().flat_map(of).chain(turned).flatten().collect()
    }

    /// CompVis's and diffusers' auto-encoder.
    fn large(&self) -> Option<Halves> {
        let begins = |half: &str| {
            let path = format!("{half}.conv_in");
            let module = self.modules.all.iter().find(|m| m.name.ends_with(&path))?;
            let path = module.name.strip_suffix(".conv_in")?.to_owned();
            (!self.stages(&path).is_empty()).then_some(path)
        };
        let (decodes, encodes) = (begins("decoder"), begins("encoder"));
        let path = decodes.as_deref().or(encodes.as_deref())?;
        let root = path.rsplit_once("coder").map(|(root, _)| &root[..root.len() - 2])?;
        let half = |path: &str| -> Option<Vec<Layer>> {
            let mut layers = vec![self.conv(&format!("{path}.conv_in"))?];
            let (middle, stages) = (self.middle(path), self.stages(path));
            let grows = stages.iter().any(|l| matches!(l.op, Op::Upsample { .. }));
            let (first, second) = if grows { (middle, stages) } else { (stages, middle) };
            layers.extend(first.into_iter().chain(second));
            let norm = self.any(path, &["norm_out", "conv_norm_out"])?;
            layers.extend([self.norm(&norm)?, Op::Silu.into(), self.conv(&format!("{path}.conv_out"))?]);
            Some(layers)
        };
        let beside = |name: &str| self.conv(&format!("{root}{name}"));
        let mut decoder = Vec::new();
        if let Some(path) = &decodes {
            decoder.extend(beside("post_quant_conv"));
            decoder.extend(half(path)?);
        }
        let mut encoder = Vec::new();
        if let Some(path) = &encodes {
            encoder.extend(half(path)?);
            encoder.extend(beside("quant_conv"));
        }
        let ends = |layer: Option<&Layer>| layer.and_then(|l| self.channels(l.op.weights()));
        let given = ends(encoder.last()).map(|(_, out)| out);
        // Without a decoder, pairs of means and log-variances are likelier than codes; those of a VQ-VAE are its table's.
        let codes = self.modules.all.iter().any(|m| matches!(m.kind, Kind::Table { .. }));
        let channels = match (ends(decoder.first()), given) {
            (Some((into, _)), _) => into,
            (None, Some(out)) if codes || out % 2 == 1 => out,
            (None, out) => out? / 2,
        };
        let posterior = if given == Some(2 * channels) { Posterior::Halves } else { Posterior::Mean };
        Some(Halves {
            channels,
            factor: factor(&decoder, &encoder),
            decoder,
            encoder,
            posterior,
            range: Range::Signed,
        })
    }

    /// TAESD's halves: one Sequential each, of convolutions and of blocks of three.
    fn small(&self) -> Option<Halves> {
        let block = |path: &str, n: usize| format!("{path}{n}.conv.0");
        // Where a block is numbered, its Sequential is.
        let mut paths: Vec<String> = Vec::new();
        for module in &self.modules.all {
            let Some(rest) = module.name.strip_suffix(".conv.0") else { continue };
            let path = rest.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            if path.len() < rest.len() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        let last = |path: &str| {
            let number = |name: &str| name.strip_prefix(path)?.split('.').next()?.parse::<usize>().ok();
            self.modules.all.iter().filter_map(|m| number(&m.name)).max()
        };
        let half = |path: &String| -> Option<Vec<Layer>> {
            let last = last(path).filter(|last| *last < LAYERS)?;
            let mut layers = Vec::new();
            for n in 0..=last {
                let plain = format!("{path}{n}");
                if self.has(&block(path, n)) {
                    layers.extend(self.three(&plain)?);
                } else if let Some(conv) = self.conv(&plain) {
                    layers.push(conv);
                }
            }
            // What has other layers too is another network.
            let numbered = |name: &str| {
                name.strip_prefix(path.as_str()).is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()))
            };
            let all = self.modules.all.iter().filter(|m| numbered(&m.name)).count();
            (deep(&layers).iter().filter(|l| !l.op.weights().is_empty()).count() == all).then_some(layers)
        };
        let (mut encoder, mut decoder) = (Vec::new(), Vec::new());
        let mut channels = 0;
        for path in &paths {
            let layers = half(path)?;
            let first = self.channels(layers.first()?.op.weights())?;
            let end = self.channels(layers.last()?.op.weights())?;
            // What has no bias stands behind a doubling, or strides.
            let bare = |op: &Op| matches!(self.kind(op.weights()), Some(Kind::Kernel { bias: None, .. }));
            let draws = end.1 == 3 && first.0 != 3;
            let strided = layers.into_iter().flat_map(|layer| match layer.op {
                Op::Conv { ref weights, .. } if bare(&layer.op) && draws => {
                    vec![Op::nearest(2).into(), Op::conv(weights.as_str(), 1, 1).into()]
                }
                Op::Conv { ref weights, .. } if bare(&layer.op) => {
                    vec![Op::conv(weights.as_str(), 2, 1).into()]
                }
                _ => vec![layer],
            });
            let mut layers: Vec<Layer> = strided.collect();
            if draws && decoder.is_empty() {
                channels = first.0;
                layers.insert(1, Op::Relu.into());
                layers.insert(0, Op::Bound { limit: 3.0 }.into());
                decoder = layers;
            } else if first.0 == 3 && encoder.is_empty() {
                channels = end.1;
                encoder = layers;
            }
        }
        let resized = |l: &Layer| matches!(l.op, Op::Upsample { .. } | Op::Conv { stride: 2, .. });
        let known = !decoder.is_empty() || !encoder.is_empty();
        let resizes =
            [&decoder, &encoder].into_iter().all(|half| half.is_empty() || half.iter().any(resized));
        (known && resizes).then(|| {
            let factor = factor(&decoder, &encoder);
            Halves { channels, factor, decoder, encoder, posterior: Posterior::Mean, range: Range::Unit }
        })
    }

    /// TAESD's block: three convolutions with ReLU between, and one after the sum.
    fn three(&self, path: &str) -> Option<Vec<Layer>> {
        let conv = |i: usize| self.conv(&format!("{path}.conv.{i}"));
        let main = vec![conv(0)?, Op::Relu.into(), conv(2)?, Op::Relu.into(), conv(4)?];
        let shortcut = self.conv(&format!("{path}.skip")).into_iter().collect();
        Some(vec![Op::Residual { main, shortcut }.into(), Op::Relu.into()])
    }
}

/// How often smaller the latent map is than the picture.
fn factor(decoder: &[Layer], encoder: &[Layer]) -> usize {
    let doublings = decoder.iter().filter(|l| matches!(l.op, Op::Upsample { .. })).count();
    let halvings = encoder.iter().filter(|l| matches!(l.op, Op::Conv { stride: 2, .. })).count();
    1 << doublings.max(halvings).min(16)
}
