//! A description as a PyTorch program: plain `torch.nn` modules under the names of the tensors, and a forward pass
//! that can be read.
//!
//! Must not know: files, Burn.

use super::shape::{self, Flow, Sizes};
use super::{Edges, Join, Layer, Network, Op, Posterior, Prior, Range, deep};
use std::fmt::Write;

/// The program. `file`: the name of the weights beside it, which it loads when it is given no other.
pub fn program(network: &Network, sizes: &Sizes, file: &str) -> Result<String, String> {
    let mut writer = Writer { network, sizes, modules: String::new() };
    let mut methods = String::new();
    let p = network.picture;
    let range = match p.range {
        Range::Unit => "0 to 1",
        Range::Signed => "-1 to 1",
        Range::Bytes => "0 to 255",
    };
    let prior = match network.latent.prior {
        Prior::Normal => "N(0, 1)",
        Prior::Uniform => "uniform, -1 to 1",
        Prior::UniformUnit => "uniform, 0 to 1",
    };
    let pictures = format!("[n, {}, {}, {}], {range}", p.channels, p.height, p.width);
    if !network.decoder.is_empty() {
        let body = writer.part("decoder")?;
        let dims = network.latent.dims;
        let again = deep(&network.decoder)
            .iter()
            .any(|l| matches!(&l.op, Op::Film { latent, .. } if !latent.is_empty()));
        let body = if again { format!("        z = x\n{body}") } else { body };
        let _ = write!(
            methods,
            "\n    def decode(self, x):\n        \"\"\"z [n, {dims}], {prior} -> pictures {pictures}.\"\"\"\n{body}        return x\n"
        );
    }
    if network.encodes() {
        let body = writer.part("encoder")?;
        let head = writer.part("head")?;
        let second = writer.part("second head")?;
        let _ = write!(
            methods,
            "\n    def encode(self, x):\n        \"\"\"Pictures {pictures} -> mean and log-variance of q(z|x).\"\"\"\n{body}"
        );
        let heads = matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed);
        if heads {
            let _ = write!(methods, "        h = x\n{head}        a, x = x, h\n{second}");
            methods += if network.posterior == Posterior::Heads {
                "        return a, x\n"
            } else {
                "        return x, a\n"
            };
        } else {
            methods += &head;
            methods += match network.posterior {
                Posterior::Halves => "        return x.chunk(2, 1)\n",
                Posterior::HalvesReversed => "        return x.chunk(2, 1)[::-1]\n",
                Posterior::Interleaved => "        return x[:, 0::2], x[:, 1::2]\n",
                _ => "        return x, None\n",
            };
        }
    }
    if !network.critic.is_empty() {
        let body = writer.part("critic")?;
        let _ = write!(
            methods,
            "\n    def critic(self, x):\n        \"\"\"Pictures {pictures} -> logits.\"\"\"\n{body}        return x\n"
        );
    }
    let modules = &writer.modules;
    let scale = if modules.contains("Scale()") { SCALE } else { "" };
    Ok(format!(
        r#"# Written by zscope: the network of {file} in plain torch.nn.
#   from THIS_FILE import load
#   model = load()
import json
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F


def place(root, path, module):
    """Puts a module where its tensors' names say."""
    *outer, name = path.split(".")
    for part in outer:
        if part not in root._modules:
            root.add_module(part, nn.Module())
        root = root._modules[part]
    for inner, below in getattr(root, name, nn.Module()).named_children():
        module.add_module(inner, below)
    root.add_module(name, module)

{scale}
class Model(nn.Module):
    def __init__(self):
        super().__init__()
{modules}
    def run(self, path, x):
        return self.get_submodule(path)(x)
{methods}

def read(path):
    """A .safetensors file as a dictionary of float32 tensors."""
    kinds = {{"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    out = {{}}
    for name, about in header.items():
        if name == "__metadata__" or about["dtype"] not in kinds:
            continue
        start, end = about["data_offsets"]
        flat = torch.frombuffer(data[start:end], dtype=kinds[about["dtype"]])
        out[name] = flat.reshape(about["shape"]).float()
    return out


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), {file:?})
    model = Model()
    wanted = model.state_dict()
    model.load_state_dict({{k: v for k, v in read(path).items() if k in wanted}})
    return model.eval()


if __name__ == "__main__":
    print(load())
"#
    ))
}

/// A number that is learnt, which PyTorch has no module for.
const SCALE: &str = "
class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.weight

";

struct Writer<'a> {
    network: &'a Network,
    sizes: &'a Sizes,
    /// Lines of `__init__`.
    modules: String,
}

impl Writer<'_> {
    fn part(&mut self, part: &str) -> Result<String, String> {
        let parts = self.network.parts();
        let Some((_, layers)) = parts.into_iter().find(|(name, _)| *name == part) else {
            return Ok(String::new());
        };
        let mut flow = shape::start(self.network, part, self.sizes)?;
        let mut body = String::new();
        self.layers(layers, &mut flow, "x", 8, &mut body)?;
        Ok(body)
    }

    fn layers(
        &mut self,
        layers: &[Layer],
        flow: &mut Flow,
        x: &str,
        indent: usize,
        out: &mut String,
    ) -> Result<(), String> {
        for layer in layers {
            self.layer(&layer.op, *flow, x, indent, out)?;
            *flow = shape::after(&layer.op, *flow, self.network.latent, self.sizes)?;
        }
        Ok(())
    }

    fn size(&self, name: &str, leaf: &str) -> Option<&Vec<usize>> {
        self.sizes.get(&format!("{name}.{leaf}"))
    }

    /// Declares a module, and says how it is called.
    fn module(&mut self, name: &str, constructor: &str) -> String {
        let _ = writeln!(self.modules, "        place(self, {name:?}, nn.{constructor})");
        format!("self.run({name:?}, @)")
    }

    fn layer(&mut self, op: &Op, flow: Flow, x: &str, indent: usize, out: &mut String) -> Result<(), String> {
        let truth = |b: bool| if b { "True" } else { "False" };
        let bias = truth(self.size(op.weights(), "bias").is_some());
        let scaled = truth(self.size(op.weights(), "weight").is_some());
        let dim = |i: usize| self.size(op.weights(), "weight").and_then(|s| s.get(i)).copied().unwrap_or(0);
        let channels = match flow {
            Flow::Flat(n) | Flow::Map(n, ..) => n,
        };
        let expression = match op {
            Op::Linear { weights } => {
                let make = format!("Linear({}, {}, bias={bias})", dim(1), dim(0));
                self.module(weights, &make)
            }
            Op::Conv { weights, stride, padding, dilation, groups, edges } => {
                let edges = match edges {
                    Edges::Zeros => "",
                    Edges::Reflect => ", padding_mode=\"reflect\"",
                    Edges::Replicate => ", padding_mode=\"replicate\"",
                };
                let make = format!(
                    "Conv2d({}, {}, {}, stride={stride}, padding={padding}, dilation={dilation}, groups={groups}, bias={bias}{edges})",
                    dim(1) * groups,
                    dim(0),
                    dim(2)
                );
                self.module(weights, &make)
            }
            Op::ConvTranspose { weights, stride, padding, output_padding } => {
                let make = format!(
                    "ConvTranspose2d({}, {}, {}, stride={stride}, padding={padding}, output_padding={output_padding}, bias={bias})",
                    dim(0),
                    dim(1),
                    dim(2)
                );
                self.module(weights, &make)
            }
            Op::BatchNorm { weights, epsilon } => {
                let kind = if matches!(flow, Flow::Flat(_)) { "1d" } else { "2d" };
                self.module(
                    weights,
                    &format!("BatchNorm{kind}({channels}, eps={epsilon:e}, affine={scaled})"),
                )
            }
            Op::GroupNorm { weights, groups, epsilon } => {
                let groups = if *groups == 0 { channels } else { *groups };
                if weights.is_empty() {
                    format!("F.group_norm(@, {groups}, eps={epsilon:e})")
                } else {
                    self.module(weights, &format!("GroupNorm({groups}, {channels}, eps={epsilon:e})"))
                }
            }
            Op::LayerNorm { weights, epsilon } => {
                let shape = self.size(weights, "weight").cloned().unwrap_or_default();
                let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
                self.module(
                    weights,
                    &format!("LayerNorm([{}], eps={epsilon:e}, bias={bias})", shape.join(", ")),
                )
            }
            Op::Relu => "F.relu(@)".into(),
            Op::LeakyRelu { slope } => format!("F.leaky_relu(@, {slope})"),
            Op::Elu => "F.elu(@)".into(),
            Op::Selu => "F.selu(@)".into(),
            Op::Gelu => "F.gelu(@)".into(),
            Op::Silu => "F.silu(@)".into(),
            Op::Softplus => "F.softplus(@)".into(),
            Op::Mish => "F.mish(@)".into(),
            Op::Tanh => "torch.tanh(@)".into(),
            Op::Sigmoid => "torch.sigmoid(@)".into(),
            Op::Bound { limit } => format!("{limit} * torch.tanh(@ / {limit})"),
            Op::Prelu { weights } => self.module(weights, &format!("PReLU({})", dim(0))),
            Op::Reshape { channels, height, width, channels_last: false } => {
                format!("@.reshape(-1, {channels}, {height}, {width})")
            }
            Op::Reshape { channels, height, width, channels_last: true } => {
                format!("@.reshape(-1, {height}, {width}, {channels}).permute(0, 3, 1, 2)")
            }
            Op::Flatten { channels_last: true } if matches!(flow, Flow::Map(..)) => {
                "@.permute(0, 2, 3, 1).flatten(1)".into()
            }
            Op::Flatten { .. } => "@.flatten(1)".into(),
            Op::Pad { before, after } => format!("F.pad(@, ({before}, {after}, {before}, {after}))"),
            Op::Upsample { factor, bilinear: false, .. } => {
                format!("F.interpolate(@, scale_factor={factor})")
            }
            Op::Upsample { factor, bilinear: true, aligned } => {
                let aligned = if *aligned { "True" } else { "False" };
                format!("F.interpolate(@, scale_factor={factor}, mode=\"bilinear\", align_corners={aligned})")
            }
            Op::PixelShuffle { factor } => format!("F.pixel_shuffle(@, {factor})"),
            Op::MaxPool { size, stride: 0, .. } => format!("F.max_pool2d(@, {size})"),
            Op::MaxPool { size, stride, padding } => format!("F.max_pool2d(@, {size}, {stride}, {padding})"),
            Op::AvgPool { size: 0 } => "F.adaptive_avg_pool2d(@, 1)".into(),
            Op::AvgPool { size } => format!("F.avg_pool2d(@, {size})"),
            Op::Residual { main, shortcut } => {
                let pad = " ".repeat(indent);
                // Nested blocks need names of their own.
                let (s, m) = (format!("{x}s"), format!("{x}m"));
                let _ = writeln!(out, "{pad}{s} = {m} = {x}");
                self.layers(main, &mut flow.clone(), &m, indent, out)?;
                self.layers(shortcut, &mut flow.clone(), &s, indent, out)?;
                let _ = writeln!(out, "{pad}{x} = {s} + {m}");
                return Ok(());
            }
            Op::Attention { query, key, value, scaled } => {
                let pad = " ".repeat(indent);
                let (q, k, v) = (format!("{x}q"), format!("{x}k"), format!("{x}v"));
                let _ = writeln!(out, "{pad}{q} = {k} = {v} = {x}");
                self.layers(query, &mut flow.clone(), &q, indent, out)?;
                self.layers(key, &mut flow.clone(), &k, indent, out)?;
                self.layers(value, &mut flow.clone(), &v, indent, out)?;
                let products = format!("torch.bmm({q}.flatten(2).transpose(1, 2), {k}.flatten(2))");
                let share = if *scaled { format!(" / {q}.shape[1] ** 0.5") } else { String::new() };
                let looks = format!("torch.softmax({products}{share}, -1)");
                format!(
                    "torch.bmm({v}.flatten(2), {looks}.transpose(1, 2)).reshape(-1, {v}.shape[1], *{q}.shape[2:])"
                )
            }
            Op::Scale { weights } => {
                let _ = writeln!(self.modules, "        place(self, {weights:?}, Scale())");
                format!("self.run({weights:?}, @)")
            }
            Op::SumPool => "@.sum((2, 3), keepdim=True)".into(),
            Op::Subsample { stride, before, after } => {
                format!("F.pad(@[:, :, ::{stride}, ::{stride}], (0, 0, 0, 0, {before}, {after}))")
            }
            Op::Film { weights, latent } => {
                let class = self.network.latent.class;
                let (classes, both) = (dim(0), dim(1));
                let call = self.module(weights, &format!("Embedding({classes}, {both})"));
                let rows = call.replace('@', &format!("torch.full((len({x}),), {class})"));
                let rows =
                    if matches!(flow, Flow::Map(..)) { format!("{rows}[:, :, None, None]") } else { rows };
                let half = both / 2;
                let rows = match latent.as_str() {
                    "" => rows,
                    name => {
                        let dims = self.network.latent.dims;
                        let heard = self.module(name, &format!("Linear({dims}, {both}, bias=False)"));
                        let map = if matches!(flow, Flow::Map(..)) { "[:, :, None, None]" } else { "" };
                        format!("({rows} + {}{map})", heard.replace('@', "z"))
                    }
                };
                format!("@ * {rows}[:, :{half}] + {rows}[:, {half}:]")
            }
            Op::Class { weights, join, classes } => {
                let class = self.network.latent.class;
                let (rows, numbers) = (dim(0), dim(1));
                let row = if weights.is_empty() {
                    format!("F.one_hot(torch.full((len({x}),), {class}), {classes}).float()")
                } else {
                    let call = self.module(weights, &format!("Embedding({rows}, {numbers})"));
                    call.replace('@', &format!("torch.full((len({x}),), {class})"))
                };
                let width = if weights.is_empty() { *classes } else { numbers };
                let row = match flow {
                    Flow::Flat(_) => row,
                    Flow::Map(_, h, w) if shape::planes(width, !weights.is_empty(), h, w) == width => {
                        format!("{row}[:, :, None, None].expand(-1, -1, {h}, {w})")
                    }
                    Flow::Map(_, h, w) => format!("{row}.reshape(-1, 1, {h}, {w})"),
                };
                match join {
                    Join::Before => format!("torch.cat([{row}, @], 1)"),
                    Join::After => format!("torch.cat([@, {row}], 1)"),
                    Join::Multiply => format!("@ * {row}"),
                    Join::Add => format!("@ + {row}"),
                }
            }
        };
        let _ = writeln!(out, "{}{x} = {}", " ".repeat(indent), expression.replace('@', x));
        Ok(())
    }
}
