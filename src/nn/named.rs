//! A module's tensors by the names and in the layouts that PyTorch uses: `fc1.weight` as `[out, in]`,
//! a batch norm's scale as `weight`, its shift as `bias`.
//!
//! Must not know: any one system, files.

use super::noise::hash;
use super::spread;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use std::collections::BTreeMap;

/// Tensors by name.
pub type Tensors = BTreeMap<String, TensorData>;

/// Name of a field that stands in no tensor's name: of a layer that another wraps, which is known by the other's name.
const WRAPPED: &str = "wrapped";

/// Where a visitor stands in a module: names and container types down to the parameter.
#[derive(Default)]
pub(super) struct Path(Vec<(String, String)>);

impl Path {
    pub(super) fn enter(&mut self, name: &str, container: &str) {
        self.0.push((name.to_string(), container.to_string()));
    }

    pub(super) fn exit(&mut self) {
        self.0.pop();
    }

    /// The field's own name ("weight").
    pub(super) fn leaf(&self) -> &str {
        self.0.last().map_or("", |(name, _)| name.as_str())
    }

    /// The type of the module that holds the field ("Linear").
    pub(super) fn container(&self) -> &str {
        self.0.last().map_or("", |(_, container)| container.as_str())
    }

    /// The whole name, PyTorch's words.
    pub(super) fn name(&self, prefix: &str) -> String {
        let norm = self.container().contains("Norm");
        let mut parts: Vec<&str> = Vec::new();
        if !prefix.is_empty() {
            parts.push(prefix);
        }
        parts.extend(self.0.iter().map(|(name, _)| name.as_str()).filter(|name| *name != WRAPPED));
        if let Some(last) = parts.last_mut() {
            *last = match *last {
                "gamma" if norm => "weight",
                "beta" if norm => "bias",
                other => other,
            };
        }
        parts.join(".")
    }

    /// Burn keeps a linear layer's weight as `[in, out]`, PyTorch as `[out, in]`.
    fn transposed(&self) -> bool {
        self.container().contains("Linear") && self.leaf() == "weight"
    }
}

fn transpose(data: TensorData) -> TensorData {
    let shape = data.shape().to_vec();
    let [rows, columns] = match shape[..] {
        [r, c] => [r, c],
        _ => return data,
    };
    let values: Vec<f32> = data.iter::<f32>().collect();
    let mut out = Vec::with_capacity(values.len());
    for c in 0..columns {
        out.extend((0..rows).map(|r| values[r * columns + c]));
    }
    TensorData::new(out, [columns, rows])
}

struct Collect<'a> {
    path: Path,
    prefix: &'a str,
    out: Vec<(String, TensorData)>,
}

impl ModuleVisitor for Collect<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let data = param.val().into_data();
        let data = if self.path.transposed() { transpose(data) } else { data };
        self.out.push((self.path.name(self.prefix), data));
    }
}

/// All of a module's parameters and buffers, in the module's order, under `prefix`. Call it on
/// [`Module::valid`]'s copy: that is where a batch norm's running statistics are up to date.
pub fn collect<M: Module>(module: &M, prefix: &str) -> Vec<(String, TensorData)> {
    let mut visitor = Collect { path: Path::default(), prefix, out: Vec::new() };
    module.visit(&mut visitor);
    visitor.out
}

/// What is known of a parameter's gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    /// The parameter's name.
    pub name: String,
    /// ‖∂loss/∂w‖₂.
    pub norm: f32,
    /// An even selection of its numbers.
    pub sample: Vec<f32>,
}

/// The same while it is on the device.
pub struct Held {
    /// The parameter's name.
    pub name: String,
    /// ‖∂loss/∂w‖₂, one number.
    pub norm: Tensor<1>,
    /// An even selection of its numbers.
    pub sample: Tensor<1>,
}

struct Gradients<'a> {
    path: Path,
    prefix: &'a str,
    gradients: &'a GradientsParams,
    out: Vec<Held>,
}

impl ModuleVisitor for Gradients<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let name = self.path.name(self.prefix);
            let sample = spread::pick(gradient.clone());
            self.out.push(Held { name, norm: gradient.square().sum().sqrt(), sample });
        }
    }
}

/// What is kept of each parameter's gradient, where there is one; it stays on the device.
pub fn held_gradients<M: Module>(module: &M, gradients: &GradientsParams, prefix: &str) -> Vec<Held> {
    let mut visitor = Gradients { path: Path::default(), prefix, gradients, out: Vec::new() };
    module.visit(&mut visitor);
    visitor.out
}

struct Load<'a> {
    path: Path,
    prefix: &'a str,
    tensors: &'a Tensors,
    error: Option<String>,
}

impl ModuleMapper for Load<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.name(self.prefix);
        let Some(data) = self.tensors.get(&name) else {
            self.error.get_or_insert(format!("tensor {name} is missing"));
            return param;
        };
        let data = if self.path.transposed() { transpose(data.clone()) } else { data.clone() };
        let want = param.lazy_shape().to_vec();
        if data.shape().to_vec() != want {
            let got = data.shape().to_vec();
            self.error.get_or_insert(format!("tensor {name} has shape {got:?} where {want:?} belongs"));
            return param;
        }
        let device = param.lazy_device();
        let id = ParamId::from(hash(&name));
        param.transform_for_load(Tensor::from_data(data, &device), id)
    }
}

/// Fills a module from tensors by name. Each parameter's id is set from its name, so that optimiser state
/// that was saved under these ids finds its parameter again.
///
/// Fails with a sentence naming the first tensor that is missing or has another shape.
pub fn load<M: Module>(module: M, prefix: &str, tensors: &Tensors) -> Result<M, String> {
    let mut mapper = Load { path: Path::default(), prefix, tensors, error: None };
    let module = module.map(&mut mapper);
    match mapper.error {
        Some(error) => Err(error),
        None => Ok(module),
    }
}
