//! What of a file's modules is of a class: tables of scales and shifts behind norms, and first layers of latent and class
//! that stand side by side.
//!
//! Must not know: chains, geometry, where a class comes from.

use super::modules::{Films, Kind, Module, Modules, square};
use crate::nn::Tensors;
use crate::nn::network::{Join, Op};
use burn::tensor::TensorData;

/// A class that joins what flows.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// NAME of its table; empty = one-hot.
    pub weights: String,
    /// Numbers that it has.
    pub width: usize,
    /// Classes.
    pub classes: usize,
}

impl Class {
    /// One of a table.
    pub fn of(table: &Module) -> Option<Self> {
        match table.kind {
            Kind::Table { classes, width } => Some(Self { weights: table.name.clone(), width, classes }),
            _ => None,
        }
    }

    /// One number for each class.
    pub fn one_hot(classes: usize) -> Self {
        Self { weights: String::new(), width: classes, classes }
    }

    /// The layer that joins it.
    pub fn op(&self, join: Join) -> Op {
        let classes = if self.weights.is_empty() { self.classes } else { 0 };
        Op::Class { weights: self.weights.clone(), join, classes }
    }
}

/// What the name of a module says beyond the other's: "embed" of "b1.embed" beside "b1.bn".
fn beside<'a>(name: &'a str, norm: &str) -> Option<&'a str> {
    let below = |path: &str| name.strip_prefix(path)?.strip_prefix('.');
    below(norm).or_else(|| below(norm.rsplit_once('.')?.0))
}

/// Takes tables of scales and shifts out of the modules, for norms that have none of their own (conditional batch norm, de
/// Vries et al. 2017). Two tables become one. The number of classes comes with them.
pub fn films(modules: &mut Modules) -> (Films, usize) {
    let mut films = Films::new();
    let mut of_all = 0;
    let norms: Vec<(String, usize)> = modules
        .all
        .iter()
        .filter_map(|m| match m.kind {
            Kind::Norm { n, running: true } => Some((m.name.clone(), n)),
            _ => None,
        })
        .filter(|(name, _)| !modules.tensors.contains_key(&format!("{name}.weight")))
        .collect();
    for (norm, n) in norms {
        let tables: Vec<(String, usize, usize)> = modules
            .all
            .iter()
            .filter(|m| beside(&m.name, &norm).is_some_and(|own| !own.contains('.')))
            .filter(|m| !modules.tensors.contains_key(&format!("{}.bias", m.name)))
            .filter_map(|m| match m.kind {
                Kind::Table { classes, width } => Some((m.name.clone(), classes, width)),
                Kind::Matrix { out, into } => Some((m.name.clone(), out, into)),
                _ => None,
            })
            .collect();
        let film = match tables.as_slice() {
            [(name, classes, width)] if *width == 2 * n => {
                of_all = *classes;
                name.clone()
            }
            // Scales are about 1, shifts about 0, whatever they are called.
            [(a, classes, p), (b, others, q)] if classes == others && (*p, *q) == (n, n) => {
                let read = |name: &str| numbers(&modules.tensors, &format!("{name}.weight"));
                let (Some(one), Some(two)) = (read(a), read(b)) else { continue };
                let far = |v: &[f32]| v.iter().map(|x| x - 1.0).map(f32::abs).sum::<f32>();
                let (scale, shift) = if far(&one) <= far(&two) { (one, two) } else { (two, one) };
                let rows = scale.chunks(n).zip(shift.chunks(n)).flat_map(|(s, t)| s.iter().chain(t)).copied();
                let name = format!("{norm}.class");
                let table = TensorData::new(rows.collect::<Vec<_>>(), [*classes, 2 * n]);
                modules.tensors.insert(format!("{name}.weight"), table);
                of_all = *classes;
                name
            }
            _ => continue,
        };
        modules.all.retain(|m| !tables.iter().any(|t| t.0 == m.name));
        films.insert(norm, film);
    }
    if !films.is_empty() {
        modules.notes.push("Batch norms are scaled and shifted by class.".into());
    }
    (films, of_all)
}

/// Multiplies a table out with the linear layer that it goes through where a class becomes one more channel of a map or of
/// a picture (as in Brownlee's and LearnOpenCV's conditional GANs). Returns whether the map is a decoder's first.
pub fn planes(modules: &mut Modules) -> bool {
    let all = &modules.all;
    let bias = |m: &Module| modules.tensors.contains_key(&format!("{}.bias", m.name));
    let kernels = || {
        all.iter().filter_map(|m| if let Kind::Kernel { a, b, .. } = m.kind { Some([a, b]) } else { None })
    };
    // The linear layer whose map takes one channel more than it gives.
    let first = |pixels: usize| {
        all.iter().position(|m| match m.kind {
            Kind::Matrix { out, .. } if out > pixels && out.is_multiple_of(pixels) => {
                kernels().any(|k| k.contains(&(out / pixels + 1)))
            }
            _ => false,
        })
    };
    let picture = |pixels: usize| pixels >= 64 && kernels().next().is_some_and(|k| k[1] == 2 || k[1] == 4);
    let found = all.iter().enumerate().find_map(|(i, table)| {
        let (classes, width) = match table.kind {
            Kind::Table { classes, width } => (classes, width),
            Kind::Matrix { out, into } if !bias(table) => (out, into),
            _ => return None,
        };
        let follows = |(j, m): (usize, &Module)| match m.kind {
            Kind::Matrix { out, into } if into == width && j != i && square(out).is_some() => {
                (first(out).is_some() || picture(out)).then_some((m.name.clone(), out))
            }
            _ => None,
        };
        // Without a name that says so, a table is the first of two.
        let named = matches!(table.kind, Kind::Table { .. });
        let near = all.get(i + 1).and_then(|m| follows((i + 1, m)));
        let near = near.or_else(|| all.iter().enumerate().filter(|_| named).find_map(follows))?;
        Some((i, classes, width, near))
    });
    let Some((at, classes, width, (linear, pixels))) = found else { return false };
    let name = all[at].name.clone();
    let map = first(pixels);
    let read = |name: &str, leaf: &str| numbers(&modules.tensors, &format!("{name}.{leaf}"));
    let (Some(rows), Some(weight)) = (read(&name, "weight"), read(&linear, "weight")) else { return false };
    let bias = read(&linear, "bias").unwrap_or_else(|| vec![0.0; pixels]);
    let product = |row: &[f32]| -> Vec<f32> {
        let each = weight.chunks(width).zip(&bias);
        each.map(|(w, b)| w.iter().zip(row).map(|(x, y)| x * y).sum::<f32>() + b).collect()
    };
    let table: Vec<f32> = rows.chunks(width).flat_map(product).collect();
    modules.tensors.insert(format!("{name}.weight"), TensorData::new(table, [classes, pixels]));
    // To what follows, that layer gives the class's channel too.
    if let Some(Kind::Matrix { out, .. }) = map.map(|i| &mut modules.all[i].kind) {
        *out += pixels;
    }
    modules.all[at].kind = Kind::Table { classes, width: pixels };
    modules.all.retain(|m| m.name != linear);
    modules
        .notes
        .push(format!("{name} and {linear} make one more channel of a class; they were multiplied out."));
    map.is_some()
}

/// A layer and the norm behind it.
struct Stem {
    layer: Module,
    norm: Option<Module>,
}

/// Puts first layers that stand side by side into one: one is of the latent (or the picture), the other of a class, and what
/// follows takes both. Returns how many classes there are, 0 = there are no such layers.
pub fn stems(modules: &mut Modules) -> usize {
    let mut classes = 0;
    let mut at = 0;
    while let Some((first, second, length)) = pair(&modules.all[at..]) {
        classes = match (first.layer.kind, second.layer.kind) {
            (_, Kind::Matrix { into, .. }) => into,
            // Which way kernels go shows in what is the same in both.
            (Kind::Kernel { a, .. }, Kind::Kernel { a: same, b, .. }) if a == same => b,
            (_, Kind::Kernel { a, .. }) => a,
            _ => 0,
        };
        modules.notes.push(format!(
            "{} and {} stand side by side, one of them for a class; they were put into one layer.",
            first.layer.name, second.layer.name
        ));
        let kind = match (first.layer.kind, second.layer.kind) {
            (Kind::Matrix { out, into }, Kind::Matrix { out: more, into: beside }) => {
                Kind::Matrix { out: out + more, into: into + beside }
            }
            (Kind::Kernel { a, b, k, bias }, Kind::Kernel { a: c, b: d, bias: other, .. }) => {
                Kind::Kernel { a: a + c, b: b + d, k, bias: bias.zip(other).map(|(x, y)| x + y) }
            }
            (kind, _) => kind,
        };
        join(&mut modules.tensors, &first.layer.name, &second.layer.name);
        let mut both = vec![Module { name: first.layer.name.clone(), kind }];
        if let (Some(one), Some(other)) = (&first.norm, &second.norm) {
            join(&mut modules.tensors, &one.name, &other.name);
            if let (Kind::Norm { n, running }, Kind::Norm { n: more, .. }) = (one.kind, other.kind) {
                both.push(Module { name: one.name.clone(), kind: Kind::Norm { n: n + more, running } });
            }
        }
        let start = modules.all.len() - length.0;
        modules.all.splice(start..start + length.1, both);
        at = start + 1;
    }
    classes
}

/// The first two of such layers; (modules from the first one on, modules of both).
fn pair(all: &[Module]) -> Option<(Stem, Stem, (usize, usize))> {
    for start in 0..all.len() {
        let Some(first) = stem(&all[start..]) else { continue };
        let step = 1 + usize::from(first.norm.is_some());
        let Some(second) = all.get(start + step..).and_then(stem) else { continue };
        let Some(next) = all.get(start + 2 * step) else { continue };
        let alike = first.norm.as_ref().map(|n| n.kind) == second.norm.as_ref().map(|n| n.kind);
        if alike
            && siblings(&first.layer.name, &second.layer.name)
            && together(first.layer.kind, second.layer.kind, next.kind)
        {
            return Some((first, second, (all.len() - start, 2 * step)));
        }
    }
    None
}

fn stem(all: &[Module]) -> Option<Stem> {
    let layer = all.first().filter(|m| matches!(m.kind, Kind::Matrix { .. } | Kind::Kernel { .. }))?;
    let norm = all.get(1).filter(|m| matches!(m.kind, Kind::Norm { .. }));
    Some(Stem { layer: layer.clone(), norm: norm.cloned() })
}

/// Whether names differ in their last sign only ("deconv1_1", "deconv1_2"), or say what each is of ("fc_z", "fc_y").
fn siblings(a: &str, b: &str) -> bool {
    let (Some((x, p)), Some((y, q))) = (a.rsplit_once('_'), b.rsplit_once('_')) else { return false };
    x == y && p.len() == q.len() && !p.contains('.')
}

/// Whether two layers of other inputs and as many outputs give together what the next takes.
fn together(a: Kind, b: Kind, next: Kind) -> bool {
    match (a, b, next) {
        (
            Kind::Matrix { out, into },
            Kind::Matrix { out: other, into: beside },
            Kind::Matrix { into: takes, .. },
        ) => out == other && into != beside && takes == 2 * out,
        (
            Kind::Kernel { a, b, k, .. },
            Kind::Kernel { a: c, b: d, k: other, .. },
            Kind::Kernel { a: p, b: q, .. },
        ) => {
            let plain = a == c && b != d && q == 2 * a;
            let transposed = b == d && a != c && p == 2 * b;
            k == other && (plain || transposed)
        }
        _ => false,
    }
}

/// A tensor's numbers.
fn numbers(tensors: &Tensors, name: &str) -> Option<Vec<f32>> {
    tensors.get(name).map(|t| t.iter::<f32>().collect())
}

/// Puts the tensors of a second module behind those of a first, on the diagonal where they have two sides.
fn join(tensors: &mut Tensors, first: &str, second: &str) {
    for leaf in ["weight", "bias", "running_mean", "running_var"] {
        let (a, b) = (format!("{first}.{leaf}"), format!("{second}.{leaf}"));
        let (Some(x), Some(y)) = (tensors.get(&a), tensors.get(&b)) else { continue };
        let (p, q) = (x.shape().to_vec(), y.shape().to_vec());
        let (Some(mut left), Some(mut right)) = (numbers(tensors, &a), numbers(tensors, &b)) else {
            continue;
        };
        let joined = match (p.as_slice(), q.as_slice()) {
            ([n], [m]) => {
                left.append(&mut right);
                TensorData::new(left, [n + m])
            }
            ([n, i, rest @ ..], [m, j, ..]) => {
                let area: usize = rest.iter().product();
                let mut all = vec![0.0; (n + m) * (i + j) * area];
                let wide = (i + j) * area;
                for (row, values) in left.chunks(i * area).enumerate() {
                    all[row * wide..][..i * area].copy_from_slice(values);
                }
                for (row, values) in right.chunks(j * area).enumerate() {
                    all[(n + row) * wide + i * area..][..j * area].copy_from_slice(values);
                }
                let shape: Vec<usize> = [n + m, i + j].into_iter().chain(rest.iter().copied()).collect();
                TensorData::new(all, shape)
            }
            _ => continue,
        };
        tensors.insert(a, joined);
        tensors.remove(&b);
    }
}
