//! Class-conditional generators of residual blocks whose names tell all of their network: BigGAN as its authors published it in
//! PyTorch (Brock et al. 2019; its `SNGAN` and `SAGAN` settings too), and SNGAN with a projection discriminator in Chainer and in
//! its PyTorch ports (Miyato and Koyama 2018), with self-attention (Zhang et al. 2019) or without, conditional or not.
//!
//! Must not know: the search for other networks, where a class comes from.

use super::modules::{Kind, Modules, square};
use crate::nn::network::{Latent, Layer, Network, Op, Picture, Range};
use burn::tensor::TensorData;

/// ε of Chainer's batch norms.
const CHAINER_EPSILON: f64 = 2e-5;

/// Blocks that are looked for, at most: a map of one pixel doubled so often is larger than any picture.
const BLOCKS: usize = 12;

/// The path before a module whose name ends so: "G." of "G.blocks.0.0.conv1".
fn before(modules: &Modules, end: &str) -> Option<String> {
    let path =
        |name: &str| name.strip_suffix(end).filter(|p| p.is_empty() || p.ends_with('.')).map(str::to_owned);
    modules.all.iter().find_map(|m| path(&m.name))
}

/// The first convolution of BigGAN's first block.
const BIGGAN: &str = "blocks.0.0.conv1";

/// Multiplies out what BigGAN's norms make of a class and of their chunk of z, which is linear: each norm gets a table of scales and
/// shifts for every class, and a matrix that adds what z says, over all of z. The first layer's matrix is of all of z too.
pub fn multiplied_out(modules: &mut Modules) {
    let Some(path) = before(modules, BIGGAN) else { return };
    let (shared, linear) = (format!("{path}shared"), format!("{path}linear"));
    let embedded = modules.matrix(&shared);
    let blocks = (0..BLOCKS).take_while(|i| modules.has(&format!("{path}blocks.{i}.0.conv1"))).count();
    let Some((out, first, weight)) = modules.matrix(&linear) else { return };
    let width = embedded.as_ref().map_or(0, |(_, width, _)| *width);
    let mut gone = vec![shared.clone()];
    let mut chunks = false;
    for i in 0..blocks {
        for norm in ["bn1", "bn2"].map(|norm| format!("{path}blocks.{i}.0.{norm}")) {
            let both = ["gain", "bias"].map(|leaf| format!("{norm}.{leaf}"));
            let [Some((a, b, gain)), Some((c, d, bias))] = both.each_ref().map(|name| modules.matrix(name))
            else {
                continue;
            };
            if (a, b) != (c, d) {
                continue;
            }
            let (classes, n, rows) = match &embedded {
                // Linear layers [n, embedding and chunk] of an embedding that all share.
                Some((classes, _, table)) if b >= width => {
                    let row = |class: usize, weight: &[f32], add: f32| -> Vec<f32> {
                        let told = &table[class * width..][..width];
                        let dot = |w: &[f32]| w.iter().zip(told).map(|(x, y)| x * y).sum::<f32>() + add;
                        weight.chunks(b).map(dot).collect()
                    };
                    let rows = (0..*classes).flat_map(|k| [row(k, &gain, 1.0), row(k, &bias, 0.0)].concat());
                    (*classes, a, rows.collect::<Vec<f32>>())
                }
                Some(_) => continue,
                // Tables of their own [classes, n].
                None => {
                    let scales = gain.chunks(b).map(|row| row.iter().map(|v| v + 1.0).collect::<Vec<f32>>());
                    let rows = scales.zip(bias.chunks(b)).flat_map(|(s, t)| [s, t.to_vec()].concat());
                    (a, b, rows.collect())
                }
            };
            modules.classes = classes;
            let table = format!("{norm}.class");
            modules.tensors.insert(format!("{table}.weight"), TensorData::new(rows, [classes, 2 * n]));
            modules.films.insert(norm.clone(), table);
            gone.extend(both);
            let chunk = if embedded.is_some() { b - width } else { 0 };
            if chunk == 0 || chunk != first {
                continue;
            }
            chunks = true;
            // Chunk i + 1 of z is block i's; of the others it hears nothing.
            let all = chunk * (blocks + 1);
            let (from, to) = (chunk * (i + 1), chunk * (i + 2));
            let spread = |row: &[f32]| {
                let mut wide = vec![0.0; all];
                wide[from..to].copy_from_slice(&row[width..]);
                wide
            };
            let rows: Vec<f32> = gain.chunks(b).chain(bias.chunks(b)).flat_map(spread).collect();
            let name = format!("{norm}.latent");
            modules.tensors.insert(format!("{name}.weight"), TensorData::new(rows, [2 * n, all]));
            modules.latents.insert(norm, name);
        }
    }
    if chunks {
        let all = first * (blocks + 1);
        let wide = weight
            .chunks(first)
            .flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(0.0, all - first)));
        modules
            .tensors
            .insert(format!("{linear}.weight"), TensorData::new(wide.collect::<Vec<f32>>(), [out, all]));
        if let Some(m) = modules.all.iter_mut().find(|m| m.name == linear) {
            m.kind = Kind::Matrix { out, into: all };
        }
        modules.notes.push("Each block hears a chunk of z of its own.".into());
    }
    if embedded.is_some() {
        modules.notes.push("Batch norms are scaled and shifted by an embedding of the class that all share; it was multiplied out.".into());
    }
    modules.all.retain(|m| !gone.contains(&m.name));
}

/// What one of these programs calls the parts of a block.
struct Words {
    convs: [&'static str; 2],
    norms: [&'static str; 2],
    beside: &'static str,
}

/// A generator's network by its names alone.
struct Names<'a> {
    modules: &'a Modules,
    words: Words,
    up: Op,
    epsilon: f64,
    unsure: &'static str,
}

impl Names<'_> {
    /// A convolution that keeps the map.
    fn conv(&self, name: &str) -> Option<Layer> {
        let (.., k) = self.modules.kernel(name)?;
        Some(Op::conv(name, 1, k / 2).into())
    }

    /// A batch norm, with what a class and z make of it.
    fn norm(&self, name: &str) -> Option<Vec<Layer>> {
        let norm = [name.to_owned(), format!("{name}.bn")].into_iter().find(|n| {
            self.modules
                .all
                .iter()
                .any(|m| m.name == *n && matches!(m.kind, Kind::Norm { running: true, .. }))
        })?;
        let latent = self.modules.latents.get(&norm).cloned().unwrap_or_default();
        let film = self.modules.films.get(&norm).map(|table| Op::Film { weights: table.clone(), latent });
        let own = Op::BatchNorm { weights: norm, epsilon: self.epsilon };
        Some(std::iter::once(own).chain(film).map(Layer::from).collect())
    }

    fn up(&self) -> Layer {
        Layer::assumed(self.up.clone(), self.unsure)
    }

    /// Norm, ReLU, doubling, convolution, norm, ReLU, convolution; beside it doubling and a convolution of one pixel.
    fn block(&self, path: &str) -> Option<Layer> {
        let name = |leaf: &str| format!("{path}.{leaf}");
        let ([c1, c2], [b1, b2]) = (self.words.convs.map(name), self.words.norms.map(name));
        let mut main = self.norm(&b1)?;
        main.extend([Op::Relu.into(), self.up(), self.conv(&c1)?]);
        main.extend(self.norm(&b2)?);
        main.extend([Op::Relu.into(), self.conv(&c2)?]);
        let shortcut = vec![self.up(), self.conv(&name(self.words.beside))?];
        Some(Op::Residual { main, shortcut }.into())
    }

    /// x + γ · o(attention of x), keys and values of half as many rows and columns.
    fn attention(&self, path: &str) -> Option<Layer> {
        let part = |leaf: &str| self.conv(&format!("{path}.{leaf}"));
        let pooled = |leaf: &str| Some(vec![part(leaf)?, Op::max_pool(2).into()]);
        let looks = Op::Attention {
            query: vec![part("theta")?],
            key: pooled("phi")?,
            value: pooled("g")?,
            scaled: false,
        };
        let scale = Op::Scale { weights: path.to_owned() };
        let main = vec![looks.into(), part("o")?, scale.into()];
        self.modules.has(path).then(|| Op::Residual { main, shortcut: Vec::new() }.into())
    }

    /// The whole network of a first layer, blocks with attention among them, and the last norm and convolution.
    fn network(&self, first: &str, middle: Vec<Layer>, blocks: usize, last: [&str; 2]) -> Option<Network> {
        let (out, dims, _) = self.modules.matrix(first)?;
        let into = middle.iter().find_map(|l| match &l.op {
            Op::Residual { main, .. } => main.iter().find_map(|l| self.modules.kernel(l.op.weights())),
            _ => None,
        });
        let (_, deepest, _) = into?;
        let side = square(out / deepest.max(1)).filter(|s| s * s * deepest == out)?;
        let (channels, ..) = self.modules.kernel(last[1])?;
        let size = side << blocks;
        let mut decoder =
            vec![Op::Linear { weights: first.into() }.into(), Op::reshape(deepest, side, side).into()];
        decoder.extend(middle);
        decoder.extend(self.norm(last[0])?);
        decoder.extend([Op::Relu.into(), self.conv(last[1])?, Op::Tanh.into()]);
        let mut network = Network {
            format: 1,
            latent: Latent { dims, classes: self.modules.classes, ..Latent::default() },
            picture: Picture {
                width: size,
                height: size,
                channels,
                range: Range::Signed,
                ..Picture::default()
            },
            decoder,
            ..Network::default()
        };
        network.settle(&[
            "output",
            "range",
            "order",
            "activation",
            "map_activation",
            "norms",
            "edges",
            "epsilon",
        ]);
        Some(network)
    }
}

/// The generator of one of these programs, or `None` where a file's names are others'.
pub fn network(modules: &Modules) -> Option<Network> {
    biggan(modules).or_else(|| sngan(modules))
}

fn biggan(modules: &Modules) -> Option<Network> {
    let path = before(modules, BIGGAN)?;
    let words = Words { convs: ["conv1", "conv2"], norms: ["bn1", "bn2"], beside: "conv_sc" };
    let names = Names { modules, words, up: Op::nearest(2), epsilon: 1e-5, unsure: "" };
    let (mut middle, mut blocks) = (Vec::new(), 0);
    while let Some(block) =
        (blocks < BLOCKS).then(|| names.block(&format!("{path}blocks.{blocks}.0"))).flatten()
    {
        middle.push(block);
        middle.extend(names.attention(&format!("{path}blocks.{blocks}.1")));
        blocks += 1;
    }
    let last = ["output_layer.0", "output_layer.2"].map(|n| format!("{path}{n}"));
    let mut network = names.network(&format!("{path}linear"), middle, blocks, [&last[0], &last[1]])?;
    network.settle(&["upsampling"]);
    network.notes.push("Its names are those of BigGAN's generator in PyTorch.".into());
    Some(network)
}

fn sngan(modules: &Modules) -> Option<Network> {
    let path = before(modules, "block2.c1").filter(|p| modules.has(&format!("{p}l1")))?;
    let chainer = modules.dialect.chainer;
    let words = Words { convs: ["c1", "c2"], norms: ["b1", "b2"], beside: "c_sc" };
    let (up, epsilon, unsure) = match chainer {
        true => (Op::nearest(2), CHAINER_EPSILON, ""),
        false => {
            let up = Op::Upsample { factor: 2, bilinear: true, aligned: false };
            (up, 1e-5, "that maps are doubled as in the PyTorch ports of SNGAN, whose values are blended")
        }
    };
    let names = Names { modules, words, up, epsilon, unsure };
    let (mut middle, mut blocks) = (Vec::new(), 0);
    let looks = format!("{path}attn_block");
    let wide = modules.kernel(&format!("{looks}.theta")).map(|(_, into, _)| into);
    let mut looked = wide.is_none();
    while let Some(block) =
        (blocks < BLOCKS).then(|| names.block(&format!("{path}block{}", blocks + 2))).flatten()
    {
        middle.push(block);
        // Attention stands behind the second block or a later one: the first that is as wide as it is.
        let out = modules.kernel(&format!("{path}block{}.c2", blocks + 2)).map(|(out, ..)| out);
        if !looked && blocks > 0 && out == wide {
            middle.push(names.attention(&looks)?);
            looked = true;
        }
        blocks += 1;
    }
    let n = blocks + 2;
    let conv =
        ["c", "l", "conv"].map(|word| format!("{path}{word}{n}")).into_iter().find(|c| modules.has(c))?;
    let mut network = names.network(&format!("{path}l1"), middle, blocks, [&format!("{path}b{n}"), &conv])?;
    if chainer {
        network.settle(&["upsampling"]);
    }
    network.notes.push("Its names are those of SNGAN's generator of residual blocks.".into());
    looked.then_some(network)
}
