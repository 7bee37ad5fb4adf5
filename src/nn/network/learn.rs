//! A description's tensors as parameters that an optimiser moves.
//!
//! Must not know: losses, files.

use super::run::{Runner, Weight};
use super::{Layer, Network, deep};
use crate::nn::Tensors;
use crate::nn::noise::hash;
use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parameters by their number of dimensions.
#[derive(Module, Debug)]
pub struct Weights {
    one: Vec<Param<Tensor<1>>>,
    two: Vec<Param<Tensor<2>>>,
    four: Vec<Param<Tensor<4>>>,
}

/// Their names and shapes in the file, in the same order.
#[derive(Clone, Debug, Default)]
pub struct Names {
    one: Vec<(String, Vec<usize>)>,
    two: Vec<(String, Vec<usize>)>,
    four: Vec<(String, Vec<usize>)>,
}

fn param<const D: usize>(id: ParamId, tensor: Tensor<D>) -> Param<Tensor<D>> {
    Param::initialized(id, tensor.require_grad())
}

impl Weights {
    /// The tensors of these layers but for running statistics, which stay as they are. `prefix`: the name under which
    /// an optimiser knows them.
    pub fn of(prefix: &str, layers: &[&[Layer]], tensors: &Tensors, device: &Device) -> (Self, Names) {
        let mut weights = Self { one: Vec::new(), two: Vec::new(), four: Vec::new() };
        let mut names = Names::default();
        for layer in layers.iter().flat_map(|l| deep(l)).filter(|l| !l.op.weights().is_empty()) {
            for leaf in ["weight", "bias"] {
                let name = format!("{}.{leaf}", layer.op.weights());
                let Some(data) = tensors.get(&name) else { continue };
                let entry = (name.clone(), data.shape().to_vec());
                // A layer that stands twice learns once.
                if names.all().any(|(_, n)| *n == name) {
                    continue;
                }
                // As [`crate::nn::named::load`] does, so that an optimiser's state finds its parameter again.
                let id = |kind: &str, i: usize| ParamId::from(hash(&format!("{prefix}.{kind}.{i}")));
                match Weight::of(data, leaf == "weight", device) {
                    Weight::One(t) => {
                        weights.one.push(param(id("one", names.one.len()), t));
                        names.one.push(entry);
                    }
                    Weight::Two(t) => {
                        weights.two.push(param(id("two", names.two.len()), t));
                        names.two.push(entry);
                    }
                    Weight::Four(t) => {
                        weights.four.push(param(id("four", names.four.len()), t));
                        names.four.push(entry);
                    }
                }
            }
        }
        (weights, names)
    }
}

impl Names {
    /// (path of the parameter in [`Weights`], name in the file).
    pub fn all(&self) -> impl Iterator<Item = (String, &String)> {
        fn each<'a>(
            kind: &'a str,
            list: &'a [(String, Vec<usize>)],
        ) -> impl Iterator<Item = (String, &'a String)> {
            list.iter().enumerate().map(move |(i, (name, _))| (format!("{kind}.{i}"), name))
        }
        each("one", &self.one).chain(each("two", &self.two)).chain(each("four", &self.four))
    }

    /// Tensors under the names that they have in the file.
    pub fn collect(&self, weights: &Weights) -> Vec<(String, TensorData)> {
        fn put<const D: usize>(
            out: &mut Vec<(String, TensorData)>,
            names: &[(String, Vec<usize>)],
            params: &[Param<Tensor<D>>],
        ) {
            for ((name, shape), param) in names.iter().zip(params) {
                let values: Vec<f32> = param.val().into_data().iter().collect();
                out.push((name.clone(), TensorData::new(values, shape.clone())));
            }
        }
        let mut out = Vec::new();
        put(&mut out, &self.one, &weights.one);
        put(&mut out, &self.two, &weights.two);
        put(&mut out, &self.four, &weights.four);
        out
    }
}

/// A network that runs with these parameters, and with what is fixed of it.
pub fn runner(
    network: &Arc<Network>,
    parts: &[(&Names, Weights)],
    fixed: &BTreeMap<String, Weight>,
    device: &Device,
) -> Runner {
    let mut all = fixed.clone();
    for (names, weights) in parts {
        let one = names.one.iter().zip(&weights.one).map(|((n, _), p)| (n.clone(), Weight::One(p.val())));
        let two = names.two.iter().zip(&weights.two).map(|((n, _), p)| (n.clone(), Weight::Two(p.val())));
        let four = names.four.iter().zip(&weights.four).map(|((n, _), p)| (n.clone(), Weight::Four(p.val())));
        all.extend(one.chain(two).chain(four));
    }
    Runner::of(network.clone(), all, device)
}
