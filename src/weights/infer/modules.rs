//! A file's tensors as the modules that they are parameters of: kinds and sizes from shapes, in PyTorch's layout.
//!
//! Must not know: how modules are connected.

use super::nameless::{self, renamed};
use super::normalised::{pruned, unnormed};
use crate::nn::Tensors;
use crate::weights::foreign::hints::Layers;
use crate::weights::foreign::{Archive, Entry, Layout};
use burn::tensor::TensorData;
use std::collections::{BTreeMap, BTreeSet};

/// Tables of scales and shifts by the names of the norms before them.
pub type Films = BTreeMap<String, String>;

/// What a module's tensors show that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A linear layer.
    Matrix {
        /// Features out.
        out: usize,
        /// Features in.
        into: usize,
    },
    /// A convolution, or a transposed one: `[a, b, k, k]`.
    Kernel {
        /// First dimension: out of a convolution, in of a transposed one.
        a: usize,
        /// Second dimension.
        b: usize,
        /// Side.
        k: usize,
        /// Length of its bias.
        bias: Option<usize>,
    },
    /// A norm.
    Norm {
        /// Channels.
        n: usize,
        /// Whether it has running statistics: a batch norm.
        running: bool,
    },
    /// A table of classes.
    Table {
        /// Classes.
        classes: usize,
        /// Numbers each.
        width: usize,
    },
    /// A learnt slope (PReLU).
    Slope(usize),
    /// The modules of a residual block.
    Block {
        /// Which of the file's blocks.
        id: usize,
        /// Channels or features in.
        into: usize,
        /// Channels or features out.
        out: usize,
        /// Whether it is of linear layers.
        flat: bool,
    },
}

/// One module.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The name that its tensors begin with.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

impl Module {
    /// Whether it is more than a norm, a slope or a table: what chains are made of.
    pub fn weighted(&self) -> bool {
        matches!(self.kind, Kind::Matrix { .. } | Kind::Kernel { .. } | Kind::Block { .. })
    }
}

/// What of a file is its framework's way and not its author's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Whether vectors that become maps, and maps that become vectors, have all channels of a pixel together.
    pub channels_last: bool,
    /// Whether paddings are TensorFlow's and JAX's.
    pub same: bool,
    /// Whether it is Keras, whose batch norms have another ε.
    pub keras: bool,
    /// Whether it is Chainer.
    pub chainer: bool,
}

impl Dialect {
    /// The batch norms' usual ε.
    pub fn epsilon(self) -> f64 {
        if self.keras { 1e-3 } else { 1e-5 }
    }
}

/// A file's modules.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    /// In the file's order, or (where formats forget it) by name.
    pub all: Vec<Module>,
    /// Their tensors in PyTorch's layout: `NAME.weight`, `NAME.bias`, `NAME.running_mean`, `NAME.running_var`.
    pub tensors: Tensors,
    /// Tensors that belong to no module that is known.
    pub rest: Vec<String>,
    /// What was done to tensors before, in words.
    pub notes: Vec<String>,
    /// Whether the order is the file's.
    pub ordered: bool,
    /// What its framework does otherwise than PyTorch.
    pub dialect: Dialect,
    /// Tables of scales and shifts behind norms.
    pub films: Films,
    /// Matrices from z to what is added to those, by the names of the norms before them.
    pub latents: Films,
    /// Classes that those are of; 0 = there are none.
    pub classes: usize,
    /// Whether a table is one more channel of a decoder's first map.
    pub plane: bool,
    /// Classes of which a first layer takes one number each; 0 = there is none.
    pub one_hot: usize,
    /// What the file says of layers beside their tensors, by module.
    pub hints: Layers,
    /// A kernel that its program scales by what the file does not hold.
    pub unscaled: Option<String>,
    /// Modules whose weight is of no layer that zscope runs, each with the sentence that says so. They stop a file only
    /// where its network uses them.
    pub strange: Vec<(String, String)>,
}

/// The parameter that a name ends with, in PyTorch's word.
fn leaf(word: &str) -> Option<&'static str> {
    Some(match word {
        "weight" | "kernel" | "w" | "W" | "Matrix" | "gamma" | "scale" | "weights" | "embedding"
        | "embeddings" => "weight",
        "bias" | "b" | "beta" | "biases" => "bias",
        "running_mean" | "moving_mean" | "mean" => "running_mean",
        "running_var" | "moving_variance" | "var" => "running_var",
        "weight_orig" => "orig",
        "weight_mask" => "mask",
        // The early implementations of spectral norm, which take one more step whenever they run.
        "weight_bar" => "bar",
        "sn_u" => "stepped",
        "weight_u" => "u",
        "weight_v" => "v",
        "weight_g" => "g",
        _ => return None,
    })
}

/// A tensor's module and parameter.
fn split(name: &str) -> Option<(String, &'static str)> {
    let clean = name.replace('/', ".");
    let clean = clean.strip_suffix(":0").unwrap_or(&clean);
    let kept: Vec<&str> = clean
        .split('.')
        .filter(|c| !matches!(*c, "module" | "_orig_mod" | "params" | "batch_stats" | "_fsdp_wrapped_module"))
        .collect();
    let clean = kept.join(".");
    for (tail, word) in [
        (".parametrizations.weight.original", "orig"),
        (".parametrizations.weight.0._u", "u"),
        (".parametrizations.weight.0._v", "v"),
        (".parametrizations.weight.original0", "g"),
        (".parametrizations.weight.original1", "v"),
    ] {
        if let Some(module) = clean.strip_suffix(tail) {
            return Some((module.to_owned(), word));
        }
    }
    if let Some((module, word)) = clean.rsplit_once('.') {
        return Some((module.to_owned(), leaf(word)?));
    }
    if let Some((module, word)) = clean.rsplit_once('_')
        && let Some(word) = leaf(word)
    {
        return Some((module.to_owned(), word));
    }
    // W1, b1: a network written by hand.
    let digits = clean.trim_start_matches(|c: char| c.is_alphabetic());
    let word = &clean[..clean.len() - digits.len()];
    (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
        .then(|| Some((format!("layer{digits}"), leaf(word)?)))
        .flatten()
}

/// Whether a layer is one of the linear ones that diffusers' self-attention of maps is made of.
fn attends(name: &str) -> bool {
    let layers = ["to_q", "to_k", "to_v", "to_out.0", "query", "key", "value", "proj_attn"];
    name.contains("block")
        && layers.iter().any(|l| name.strip_suffix(l).is_some_and(|path| path.contains(".attentions.")))
}

/// Compares names so that conv2 stands before conv10.
pub fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    fn pieces(text: &str) -> Vec<(String, u64)> {
        let mut out = Vec::new();
        let (mut word, mut digits) = (String::new(), String::new());
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            if !digits.is_empty() {
                out.push((std::mem::take(&mut word), digits.parse().unwrap_or(u64::MAX)));
                digits.clear();
            }
            word.push(c);
        }
        out.push((word, digits.parse().unwrap_or(0)));
        out
    }
    pieces(a).cmp(&pieces(b))
}

impl Modules {
    /// Sorts an archive's tensors into modules. The sentence names the tensor that stopped it.
    /// `twins`: keep a model beside its averaged copy (else the copy stands for it).
    pub fn of(archive: Archive, twins: bool) -> Result<Self, String> {
        let Archive { layout, mut ordered, mut tensors, hints, .. } = archive;
        let module = |name: &str| split(&format!("{name}.weight")).map(|(module, _)| module);
        let hints = hints.into_iter().filter_map(|(name, h)| Some((module(&name)?, h))).collect();
        let mut out = Self { hints, ..Self::default() };
        for entry in &mut tensors {
            // As JAX writes paths: ['params']['decoder']['Conv_0']['kernel'].
            if let Some(path) = entry.name.strip_prefix("['").and_then(|n| n.strip_suffix("']")) {
                entry.name = path.replace("']['", ".");
            }
        }
        if !tensors.is_empty() && tensors.iter().all(|e| nameless::is_number(&e.name)) {
            tensors.sort_by(|a, b| natural(&a.name, &b.name));
            if let Some(names) = nameless::named(&tensors) {
                tensors.iter_mut().zip(names).for_each(|(e, name)| e.name = name);
                out.notes.push("Tensors have no names; their order tells which belong together.".into());
                ordered = true;
            }
        }
        let chainer = renamed(&mut tensors);
        out.ordered = ordered;
        let mut order: Vec<String> = Vec::new();
        let mut by_module: BTreeMap<String, BTreeMap<&'static str, Entry>> = BTreeMap::new();
        for entry in tensors {
            if entry.name.ends_with("num_batches_tracked") {
                continue;
            }
            match split(&entry.name) {
                // Of a tensor without numbers nothing can be made.
                Some((module, word))
                    if !entry.values.is_empty()
                        && entry.values.len() == entry.shape.iter().product::<usize>() =>
                {
                    if !by_module.contains_key(&module) {
                        order.push(module.clone());
                    }
                    by_module.entry(module).or_default().insert(word, entry);
                }
                _ => out.rest.push(entry.name),
            }
        }
        if !twins {
            drop_twins(&mut order, &mut out.notes);
        }
        if !ordered {
            order.sort_by(|a, b| natural(a, b));
        }
        // Channels last shows in kernels [k, k, in, out].
        let last = |e: &Entry| matches!(*e.shape.as_slice(), [h, w, a, b] if h == w && h <= 11 && (a > 11 || b > 11 || (a, b) == (1, 1)) && !(a == b && a == h));
        let kernels = || by_module.values().filter_map(|m| m.get("weight")).filter(|e| e.shape.len() == 4);
        // "kernel" is TensorFlow's and JAX's word, "w" that of their smaller libraries.
        let theirs = |e: &Entry| {
            let name = e.name.strip_suffix(":0").unwrap_or(&e.name);
            matches!(name.rsplit(['.', '/']).next(), Some("kernel" | "w" | "W" | "weights"))
        };
        let square = |e: &Entry| matches!(*e.shape.as_slice(), [h, w, ..] if h == w && h <= 11);
        // "weights" is that of TensorFlow's slim, and "biases" of its first years.
        let first_years =
            by_module.values().filter_map(|m| m.get("bias")).any(|e| e.name.ends_with("/biases"));
        let says = |e: &Entry| e.name.contains("kernel") || e.name.ends_with("/weights") || first_years;
        let named = |e: &Entry| theirs(e) && says(e) && square(e);
        let channels_last = layout == Layout::Torch
            && kernels().next().is_some()
            && (kernels().all(last) || kernels().all(named));
        out.dialect = Dialect {
            channels_last,
            same: channels_last && kernels().all(theirs),
            keras: by_module
                .values()
                .filter_map(|m| m.get("running_var"))
                .any(|e| e.name.contains("moving_variance")),
            chainer,
        };
        for name in order {
            let Some(parts) = by_module.remove(&name) else { continue };
            out.module(name, parts, layout);
        }
        out.drop_aliases();
        if out.dialect.channels_last {
            out.notes.push("Kernels are stored channels last; they were turned into PyTorch's order.".into());
        }
        Ok(out)
    }

    /// Whether there is a module of that name.
    pub fn has(&self, name: &str) -> bool {
        self.all.iter().any(|m| m.name == name)
    }

    /// A linear layer's or table's rows, columns and numbers.
    pub fn matrix(&self, name: &str) -> Option<(usize, usize, Vec<f32>)> {
        let (rows, columns) = match self.all.iter().find(|m| m.name == name)?.kind {
            Kind::Matrix { out, into } => (out, into),
            Kind::Table { classes, width } => (classes, width),
            _ => return None,
        };
        let numbers: Vec<f32> = self.tensors.get(&format!("{name}.weight"))?.iter::<f32>().collect();
        (!numbers.is_empty()).then_some((rows, columns, numbers))
    }

    /// A convolution's channels out and in, and its side.
    pub fn kernel(&self, name: &str) -> Option<(usize, usize, usize)> {
        match self.all.iter().find(|m| m.name == name)?.kind {
            Kind::Kernel { a, b, k, .. } => Some((a, b, k)),
            _ => None,
        }
    }

    /// Refuses a layer with a number that is none: whatever it is given, it draws nothing.
    pub fn check_finite(&self) -> Result<(), String> {
        let broken = |t: &TensorData| t.iter::<f32>().any(|v| !v.is_finite());
        match self.tensors.iter().find(|(_, t)| broken(t)) {
            Some((name, _)) => Err(format!(
                "holds a number that is not finite in tensor {name}, so that its network draws nothing; use an earlier file of that training, or get it again if it was copied"
            )),
            None => Ok(()),
        }
    }

    /// A layer that is a field and in a Sequential too is in the file twice; where it stands in the order, it is used.
    fn drop_aliases(&mut self) {
        let weight =
            |m: &Module| self.tensors.get(&format!("{}.weight", m.name)).filter(|t| t.num_elements() >= 16);
        let mut gone: Vec<String> = Vec::new();
        for (i, module) in self.all.iter().enumerate() {
            let Some(own) = weight(module).filter(|_| module.weighted()) else {
                continue;
            };
            let numbers = own.as_slice::<f32>().unwrap_or_default();
            // Weights that nothing has trained yet may be alike by chance only where they are all one number.
            let plain = numbers.windows(2).all(|w| w[0] == w[1]);
            let again = |m: &Module| {
                m.kind == module.kind
                    && !numbered(&m.name, &module.name)
                    && weight(m).is_some_and(|t| t.as_slice::<f32>().unwrap_or_default() == numbers)
            };
            if !plain && self.all[i + 1..].iter().any(again) {
                gone.push(module.name.clone());
            }
        }
        self.all.retain(|m| !gone.contains(&m.name));
    }

    fn put(&mut self, module: &str, leaf: &str, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.insert(format!("{module}.{leaf}"), TensorData::new(values, shape));
    }

    fn module(&mut self, name: String, mut parts: BTreeMap<&'static str, Entry>, layout: Layout) {
        if let Some(kept) =
            parts.get("orig").filter(|_| !parts.contains_key("u") && !parts.contains_key("mask"))
        {
            self.unscaled.get_or_insert_with(|| kept.name.clone());
        }
        if let Some(weight) = pruned(&mut parts) {
            let note = "Kernels were pruned: their masks were multiplied in.".to_owned();
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            parts.insert("weight", weight);
        } else if let Some(weight) = unnormed(&mut parts) {
            let how = if weight.1 { "spectral norm" } else { "weight norm" };
            let note = format!("Kernels under {how} were multiplied out.");
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            parts.insert("weight", weight.0);
        }
        let bias = parts.remove("bias");
        let length = bias.as_ref().map(|b| b.values.len());
        let running = parts.remove("running_mean").zip(parts.remove("running_var"));
        let Some(mut weight) = parts.remove("weight") else {
            let kind = match &running {
                Some((mean, _)) => Kind::Norm { n: mean.values.len(), running: true },
                None => {
                    self.rest.extend(bias.map(|b| b.name));
                    return;
                }
            };
            self.running(&name, running);
            self.all.push(Module { name, kind });
            return;
        };
        let kernel_word = weight.name.ends_with("kernel") || weight.name.ends_with("kernel:0");
        let kind = match *weight.shape.as_slice() {
            [] | [0] => {
                self.rest.push(weight.name);
                return;
            }
            [n] if running.is_some() => Kind::Norm { n, running: true },
            // Group and layer norms have shifts; what has none and is not called a norm is a learnt slope.
            [n] if bias.is_none() && (n == 1 || sloped(&name, &weight.name)) => Kind::Slope(n),
            [n] => Kind::Norm { n, running: false },
            [rows, columns] => {
                let table = bias.is_none() && name.to_lowercase().contains("emb");
                let says = length.filter(|_| rows != columns).map(|l| l == columns);
                let across =
                    says.unwrap_or(layout == Layout::Burn || kernel_word || self.dialect.channels_last);
                if across && !table {
                    weight.values = transposed(&weight.values, rows, columns);
                    weight.shape = vec![columns, rows];
                }
                match *weight.shape.as_slice() {
                    [classes, width] if table => Kind::Table { classes, width },
                    // Linear layers of each pixel are convolutions of one.
                    [out, into] if attends(&name) => {
                        weight.shape = vec![out, into, 1, 1];
                        Kind::Kernel { a: out, b: into, k: 1, bias: length }
                    }
                    [out, into] if length.is_none_or(|l| l == out) => Kind::Matrix { out, into },
                    _ => {
                        let why = format!(
                            "tensor {} of shape {:?} does not go with a bias of {}",
                            weight.name,
                            weight.shape,
                            length.unwrap_or(0)
                        );
                        return self.unread(name, weight.name, why);
                    }
                }
            }
            [a, b, h, w] => {
                if self.dialect.channels_last {
                    weight.values = channels_first(&weight.values, [a, b, h, w]);
                    weight.shape = vec![w, h, a, b];
                    if flax_transposed(&name) {
                        weight.values = mirrored(&weight.values, [w, h, a, b]);
                        weight.shape.swap(0, 1);
                    }
                }
                match *weight.shape.as_slice() {
                    [a, b, k, other] if k == other => Kind::Kernel { a, b, k, bias: length },
                    _ => {
                        let why = format!(
                            "tensor {} of shape {:?} is no square kernel, and zscope runs square ones",
                            weight.name, weight.shape
                        );
                        return self.unread(name, weight.name, why);
                    }
                }
            }
            // A layer norm over maps.
            [c, h, w] if bias.as_ref().is_some_and(|b| b.shape == weight.shape) => {
                Kind::Norm { n: c * h * w, running: false }
            }
            _ => {
                let why = format!(
                    "tensor {} of shape {:?} is of no layer that zscope runs (linear, 2-D convolutions, norms, embeddings)",
                    weight.name, weight.shape
                );
                return self.unread(name, weight.name, why);
            }
        };
        self.put(&name, "weight", weight.shape, weight.values);
        if let Some(b) = bias {
            self.put(&name, "bias", b.shape, b.values);
        }
        self.running(&name, running);
        self.rest.extend(parts.into_values().map(|e| e.name));
        self.all.push(Module { name, kind });
    }

    /// Keeps a module that zscope has no layer for among what is left over.
    fn unread(&mut self, module: String, tensor: String, why: String) {
        self.rest.push(tensor);
        self.strange.push((module, why));
    }

    fn running(&mut self, name: &str, running: Option<(Entry, Entry)>) {
        if let Some((mean, variance)) = running {
            self.put(name, "running_mean", vec![mean.values.len()], mean.values);
            self.put(name, "running_var", vec![variance.values.len()], variance.values);
        }
    }
}

/// Whether a vector without a shift may be learnt slopes by its names: PyTorch's PReLU calls them `weight`, and what is
/// called a norm, or holds a scale, is one.
fn sloped(module: &str, tensor: &str) -> bool {
    let module = module.to_lowercase();
    let norm = module.contains("norm") || module.contains("bn");
    module.contains("relu") || (!norm && tensor.ends_with("weight"))
}

/// Modules under a name with "ema" stand for their twins without: the first name, or the second, as a training's file
/// may have all of them under one.
fn drop_twins(order: &mut Vec<String>, notes: &mut Vec<String>) {
    for depth in 1..=2 {
        drop_twins_at(depth, order, notes);
    }
}

fn drop_twins_at(depth: usize, order: &mut Vec<String>, notes: &mut Vec<String>) {
    let first = |n: &String| n.split('.').take(depth).collect::<Vec<_>>().join(".");
    let last = |g: &str| g.rsplit('.').next().unwrap_or_default().to_lowercase();
    let groups: BTreeSet<String> = order.iter().map(first).collect();
    for averaged in groups.iter().filter(|g| last(g).contains("ema")) {
        let plain = |g: &String| last(g).replace("ema", "").trim_matches(['_', '-']).to_owned();
        let below = |g: &String| -> BTreeSet<String> {
            order.iter().filter(|n| first(n) == *g).map(|n| n[g.len()..].to_owned()).collect()
        };
        let same = |g: &&String| {
            let bare = plain(averaged);
            *g != averaged
                && below(g) == below(averaged)
                && (bare.is_empty()
                    || last(g).starts_with(&bare)
                    || last(g).ends_with(&bare)
                    || bare.starts_with(&last(g)))
        };
        if let Some(twin) = groups.iter().find(same) {
            notes.push(format!("{averaged} is the averaged copy of {twin}, and stands for it."));
            let twin = twin.clone();
            order.retain(|n| first(n) != twin);
            return;
        }
    }
}

/// Whether two names differ in one number only, as those of one layer that a list has several times.
fn numbered(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    let mut apart = a.iter().zip(&b).filter(|(x, y)| x != y);
    let number = |x: &str| x.parse::<u32>().is_ok();
    a.len() == b.len() && apart.next().is_some_and(|(x, y)| number(x) && number(y)) && apart.next().is_none()
}

fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}

/// `[h, w, a, b]` as `[b, a, h, w]`.
fn channels_first(values: &[f32], [h, w, a, b]: [usize; 4]) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for j in 0..b {
        for i in 0..a {
            out.extend((0..h * w).map(|p| values[(p * a + i) * b + j]));
        }
    }
    out
}

/// Whether a name is Flax's of a transposed convolution, which slides its kernel over a spread map as it is: PyTorch's
/// has it mirrored, and its two channels the other way round.
fn flax_transposed(name: &str) -> bool {
    let number = name.rsplit('.').next().and_then(|n| n.strip_prefix("ConvTranspose_"));
    number.is_some_and(|n| n.parse::<u32>().is_ok())
}

/// `[a, b, h, w]` as `[b, a, h, w]`, rows and columns backwards.
fn mirrored(values: &[f32], [a, b, h, w]: [usize; 4]) -> Vec<f32> {
    let area = h * w;
    let kernel = |i: usize, j: usize| values[(i * b + j) * area..][..area].iter().rev().copied();
    (0..b).flat_map(|j| (0..a).flat_map(move |i| kernel(i, j))).collect()
}

/// The side of a square of so many pixels.
pub fn square(n: usize) -> Option<usize> {
    let side = (n as f64).sqrt().round() as usize;
    (side > 0 && side * side == n).then_some(side)
}
