//! Style-based generators by their names: NVIDIA's StyleGAN2 and StyleGAN3, which say of each layer what it is, the bare tensors of
//! such a StyleGAN2, and rosinality's.
//!
//! Must not know: how files are read, how pictures are drawn.

mod leftover;
mod renamed;
mod second;
mod third;

use super::Guess;
use crate::nn::Tensors;
use crate::nn::network::run::sizes;
use crate::nn::network::{Latent, Network, Picture, Range};
use crate::nn::style::check::{Frame, Sizes, dims};
use crate::nn::style::components;
use crate::nn::style::run::Generator;
use crate::nn::style::{Dense, Mapping, Space, Style};
use crate::weights::foreign::objects::{Field, Objects};
use crate::weights::foreign::{Archive, Entry, Layout};
use burn::tensor::{Device, TensorData};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What the mapping's weights and biases are multiplied by where nothing says it: all programs' own.
const RATE: f64 = 0.01;
/// The name of w's mean.
const AVERAGE: &str = "mapping.w_avg";

/// What a file says: fields of its modules, shapes of its tensors, and what of both was asked for.
struct Told<'a> {
    objects: &'a Objects,
    sizes: &'a Sizes,
    seen: RefCell<BTreeSet<String>>,
}

impl Told<'_> {
    /// A module that is expected here, of that class; where there are no objects, one that has tensors.
    fn module(&self, name: &str, class: &str) -> Result<(), String> {
        self.seen.borrow_mut().insert(name.to_owned());
        match self.objects.get(name) {
            Some(object) if object.class == class => Ok(()),
            Some(object) => {
                Err(strange(&format!("{name} is a {}, where a {class} belongs", said(&object.class))))
            }
            None if self.objects.is_empty() => Ok(()),
            None => Err(strange(&format!("it has no {name}"))),
        }
    }

    /// Whether there is such a module.
    fn has(&self, name: &str) -> bool {
        match self.objects.is_empty() {
            true => {
                let below = format!("{name}.");
                self.sizes.range(below.clone()..).next().is_some_and(|(n, _)| n.starts_with(&below))
            }
            false => self.objects.contains_key(name),
        }
    }

    fn field(&self, module: &str, name: &str) -> Option<&Field> {
        self.objects.get(module)?.fields.get(name)
    }

    /// A number; `usual` of a file that says nothing.
    fn number(&self, module: &str, name: &str, usual: f64) -> Result<f64, String> {
        match self.field(module, name) {
            Some(Field::Number(n)) if n.is_finite() => Ok(*n),
            None if self.objects.is_empty() => Ok(usual),
            _ => Err(strange(&format!("{module} does not say its {name}"))),
        }
    }

    /// A number or None.
    fn limit(&self, module: &str, name: &str) -> Result<Option<f64>, String> {
        match self.field(module, name) {
            Some(Field::None) => Ok(None),
            None if self.objects.is_empty() => Ok(None),
            _ => self.number(module, name, 0.0).map(Some),
        }
    }

    /// Fails where a field is something else than what these programs have, if it is there.
    fn expect(&self, module: &str, name: &str, want: &Field) -> Result<(), String> {
        match self.field(module, name) {
            None => Ok(()),
            Some(found) if found == want => Ok(()),
            Some(found) => Err(strange(&format!("{name} of {module} is {}", words(found)))),
        }
    }

    fn shape(&self, module: &str, leaf: &str) -> Result<&[usize], String> {
        let name = format!("{module}.{leaf}");
        let shape = self.sizes.get(&name).map(Vec::as_slice);
        shape.ok_or_else(|| strange(&format!("it has no tensor {name}")))
    }

    fn dense(&self, name: &str, activation: &str, rate: f64) -> Result<Dense, String> {
        self.module(name, "FullyConnectedLayer")?;
        self.expect(name, "activation", &Field::Text(activation.into()))?;
        let into = self.shape(name, "weight")?.get(1).copied().unwrap_or(1).max(1);
        let gain = self.number(name, "weight_gain", rate / (into as f64).sqrt())?;
        Ok(Dense { weights: name.into(), gain, bias_gain: self.number(name, "bias_gain", rate)? })
    }

    fn affine(&self, module: &str) -> Result<Dense, String> {
        self.dense(&format!("{module}.affine"), "linear", 1.0)
    }

    fn mapping(&self) -> Result<Mapping, String> {
        self.module("mapping", "MappingNetwork")?;
        let embed =
            self.has("mapping.embed").then(|| self.dense("mapping.embed", "linear", 1.0)).transpose()?;
        let layer = |i: usize| format!("mapping.fc{i}");
        let count = (0..).take_while(|i| self.has(&layer(*i))).count();
        if let Some(Field::Number(said)) = self.field("mapping", "num_layers")
            && *said != count as f64
        {
            return Err(strange(&format!("its mapping has {count} layers and says {said}")));
        }
        let layers = (0..count).map(|i| self.dense(&layer(i), "lrelu", RATE)).collect::<Result<_, _>>()?;
        let average = self.sizes.contains_key(AVERAGE).then(|| "mapping".into());
        Ok(Mapping { embed, layers, average, ws: 0, dims: (0, 0) })
    }
}

/// A field in words.
fn words(field: &Field) -> String {
    match field {
        Field::None => "None".into(),
        Field::Bool(b) => b.to_string(),
        Field::Number(n) => n.to_string(),
        Field::Text(t) => format!("\"{t}\""),
        Field::Numbers(all) => format!("{all:?}"),
        Field::Texts(all) => format!("{all:?}"),
        Field::Other => "something else".into(),
    }
}

/// A class in words.
fn said(class: &str) -> &str {
    if class.is_empty() { "module of another program" } else { class }
}

/// What is said where a program is none of those that are known.
fn strange(what: &str) -> String {
    format!(
        "holds a generator of a program that was derived from StyleGAN, or of another one: {what}; zscope draws StyleGAN2, StyleGAN2-ADA and StyleGAN3 as NVIDIA published them, and would draw nonsense of this one"
    )
}

/// A file's generator; `None`: it is something else. The sentence starts where the file's name ends.
pub(super) fn told(archive: &Archive) -> Result<Option<Guess>, String> {
    let Some((entries, mut notes)) = entries(archive)? else { return Ok(None) };
    let mut tensors = loaded(&entries)?;
    let sizes = sizes(&tensors);
    let told = Told { objects: &archive.objects, sizes: &sizes, seen: RefCell::default() };
    told.module("", "Generator")?;
    let mapping = told.mapping()?;
    let (synthesis, picture, ws) = match told.has("synthesis.input") {
        true => third::synthesis(&told)?,
        false => second::synthesis(&told)?,
    };
    let mut style = Style { space: Space::Z, mapping: Mapping { ws, ..mapping }, synthesis };
    let [z, w] = dims(&style, &sizes)?;
    style.mapping.dims = (z, w);
    let classes = match &style.mapping.embed {
        Some(embed) => told.shape(&embed.weights, "weight")?.get(1).copied().unwrap_or(0),
        None => 0,
    };
    let [channels, height, width] = picture;
    let frame = Frame { latent: z, classes, picture };
    leftover::check(&told, &style)?;
    if style.mapping.average.is_none() {
        let bare = style.clone();
        let generator = Generator::new(&bare, frame, &tensors, &Device::flex()).map_err(|e| strange(&e))?;
        let mean = components::average(&generator, classes);
        let count = mean.len();
        tensors.insert(AVERAGE.into(), TensorData::new(mean, [count]));
        style.mapping.average = Some("mapping".into());
        notes.push("the file has no mean of w: it was taken over 4,096 seeded z".into());
    }
    let network = Network {
        format: 1,
        latent: Latent { dims: z, classes, ..Latent::default() },
        picture: Picture { width, height, channels, range: Range::Signed, ..Picture::default() },
        style: Some(Box::new(style)),
        settled: ["range", "order"].map(String::from).to_vec(),
        notes,
        ..Network::default()
    };
    crate::nn::network::shape::check(&network, &super::sizes(&tensors)).map_err(|e| strange(&e))?;
    Ok(Some(Guess { network, tensors, others: Vec::new() }))
}

/// The tensors of a file that holds such a generator, under NVIDIA's names; `None`: it holds something else.
pub(super) fn tensors(archive: &Archive) -> Result<Option<Tensors>, String> {
    let Some((entries, _)) = entries(archive)? else { return Ok(None) };
    let mut tensors = loaded(&entries)?;
    if !tensors.contains_key(AVERAGE)
        && let Some(guess) = told(archive)?
    {
        tensors = guess.tensors;
    }
    Ok(Some(tensors))
}

/// Tensors under NVIDIA's names, and what is to be said of them.
type Named = (Vec<Entry>, Vec<String>);

fn entries(archive: &Archive) -> Result<Option<Named>, String> {
    // Burn's layouts are only in files that zscope wrote, which say themselves what they hold.
    if archive.layout == Layout::Burn {
        return Ok(None);
    }
    let kind = |what: &str| vec![format!("Told by the file's own words: {what}.")];
    if !archive.objects.is_empty() {
        let class = archive.objects.get("").map_or("", |o| o.class.as_str());
        if class != "Generator" {
            return Err(format!(
                "holds a {} of a StyleGAN program and no generator; open the file that has its G_ema",
                said(class)
            ));
        }
        let third = archive.objects.contains_key("synthesis.input");
        let program = if third { "StyleGAN3" } else { "StyleGAN2, as NVIDIA's PyTorch programs write it" };
        return Ok(Some((archive.tensors.clone(), kind(program))));
    }
    if let Some(found) = renamed::rosinality(archive)? {
        return Ok(Some(found));
    }
    renamed::bare(archive)
}

/// Finite tensors by name, single numbers as one of one dimension.
fn loaded(entries: &[Entry]) -> Result<Tensors, String> {
    let mut all = Tensors::new();
    for Entry { name, shape, values, .. } in entries {
        if values.iter().any(|v| !v.is_finite()) {
            return Err(format!("holds a number that is not finite in tensor {name}"));
        }
        let shape = if shape.is_empty() { vec![1] } else { shape.clone() };
        all.insert(name.clone(), TensorData::new(values.clone(), shape));
    }
    Ok(all)
}
