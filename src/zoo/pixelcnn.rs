//! PixelCNN: a picture's probability as the product of its pixels', each by the ones before it, ln p(x) = Σ ln p(x_i | x_<i) (van den
//! Oord et al. 2016, "Conditional image generation with PixelCNN decoders"), so that it is known exactly.
//!
//! Shapes for 28×28 in two values and width 32: 1×28² and where each pixel is, 2×28² → 2 stacks of 32×28² (7×7 masked A, then 3×3 masked B) → skip connections
//! added up, 32×28² → 1×1 convolutions → logits 1×28². Cost: −ln p(x). What is shown is an averaged copy.
//!
//! Must not know: files, messages.

use super::averaged::Averaged;
use super::model::{Chances, Model, Pixels};
use super::system::{Batch, Facts, Shape, System};
use super::train::Learns;
use super::{Does, Given, Loss, PartInfo, Recipe, Role, Scale, Setting, Settings, common};
use crate::nn::host::floats;
use crate::nn::pixelcnn::output::{BYTE, Output, scaled};
use crate::nn::pixelcnn::sampler::{Ask, Drawing, Sampler};
use crate::nn::pixelcnn::{PixelCnn, Plan, Told};
use crate::nn::{Init, Noise, Watch, init};
use crate::objective::{self, discrete};
use crate::point::{Input, Kind, TEMPERATURE};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::{Arc, OnceLock};

/// What is said of a pixel.
const OUTPUT: Setting = Setting {
    name: "output",
    title: "A pixel is",
    help: "What the network says of a pixel: black or white, one of 256 levels, or a mixture of a few bell curves over the levels (PixelCNN++), which learns colour faster.",
    default: 0.0,
    min: 0.0,
    max: 2.0,
    scale: Scale::Choice(&[(0.0, "black or white"), (1.0, "256 levels"), (2.0, "a mixture of logistics")]),
    live: false,
};

/// Components of a mixture.
const COMPONENTS: Setting = Setting {
    name: "components",
    title: "Components",
    help: "How many bell curves the mixture of logistics has.",
    default: 5.0,
    min: 1.0,
    max: 32.0,
    scale: Scale::Integer,
    live: false,
};

/// Layers of both stacks.
const LAYERS: Setting = Setting {
    name: "layers",
    title: "Layers",
    help: "How many layers there are: each sees one pixel further, and costs as much as any other.",
    default: 7.0,
    min: 1.0,
    max: 40.0,
    scale: Scale::Integer,
    live: false,
};

/// Whether the vertical stack is there.
const STACKS: Setting = Setting {
    name: "stacks",
    title: "Stacks",
    help: "With both stacks each pixel sees all that is before it. One stack is the first PixelCNN, which never sees a wedge at the upper right: the blind spot.",
    default: 0.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Choice(&[(0.0, "vertical and horizontal"), (1.0, "one, with a blind spot")]),
    live: false,
};

/// Whether it is told the class.
pub const CONDITIONAL: Setting = Setting {
    name: "conditional",
    title: "Told the class",
    help: "Whether it is told which class a picture is of, and so can be asked for one; needs data with classes.",
    default: 0.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Choice(&[(0.0, "no"), (1.0, "yes")]),
    live: false,
};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "pixelcnn",
    title: "PixelCNN",
    summary: "Draws pixel by pixel, each by the ones before it: it knows how probable any picture is, and finishes what you begin.",
    paper: "van den Oord et al. 2016, Conditional Image Generation with PixelCNN Decoders; Salimans et al. 2017, PixelCNN++",
    parts: &[
        PartInfo { name: "pixelcnn", title: "PixelCNN", does: Does::Draws, turn: None },
        PartInfo { name: "pixelcnn_ema", title: "averaged PixelCNN", does: Does::Average, turn: None },
    ],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 4.0), ("width", 4.0), ("layers", 2.0)],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(32.0),
        OUTPUT,
        COMPONENTS,
        common::width(32.0),
        LAYERS,
        STACKS,
        CONDITIONAL,
        Setting {
            help: "How slowly the averaged network that is shown follows the trained one: its pictures are likelier; 0 shows the raw weights.",
            default: 0.999,
            ..common::EMA
        },
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
    ],
    losses: &[
        Loss {
            name: "nll",
            title: "−ln p(x)",
            unit: "nats per image",
            help: "How improbable the network finds the pictures: exactly, not a bound.",
            role: Role::Term,
            axis: "nats",
            even: None,
        },
        Loss {
            name: "neighbours",
            title: "Neighbours alone",
            unit: "nats per image",
            help: "What a model would pay that knows of each pixel only the one to the left and the one above: staying here means that the network copies its neighbours.",
            role: Role::Neighbours,
            axis: "nats",
            even: None,
        },
        Loss {
            name: "bits_per_dimension",
            title: "Bits per dimension",
            unit: "bits",
            help: "−log₂ p(x) divided by the numbers in a picture, as papers give it.",
            role: Role::Figure,
            axis: "bits",
            even: None,
        },
    ],
    data: "digits",
};

/// The plan that settings ask for. Fails where they do not suit the pictures.
fn plan(shape: &Shape, classes: usize, settings: &Settings) -> Result<Plan, String> {
    let count = |name: &str| settings.count(&RECIPE, name);
    let channels = shape.channels;
    let output = match count(OUTPUT.name) {
        0 if channels != 1 => {
            return Err(
                "black or white pixels are of grey pictures: set channels to grey, or output to 256 levels or to a mixture"
                    .into(),
            );
        }
        0 => Output::Two,
        1 => Output::Levels { levels: BYTE, channels },
        _ => Output::Mixture { components: count(COMPONENTS.name), channels },
    };
    let told = count(CONDITIONAL.name) > 0;
    if told && classes < 2 {
        return Err(
            "the data has no classes to tell the network; set conditional to no, or choose data with classes, such as digits or faces?classes=Smiling"
                .into(),
        );
    }
    Ok(Plan {
        inputs: channels,
        features: count("width"),
        layers: count(LAYERS.name),
        classes: if told { classes } else { 0 },
        map: 0,
        blind: count(STACKS.name) > 0,
        output,
    })
}

/// What the network's part is called, and what its tensors' names begin with.
const NAME: &str = "pixelcnn";

#[derive(Clone)]
struct Training {
    part: Averaged<PixelCnn>,
    plan: Plan,
    shape: Shape,
    classes: Vec<String>,
}

/// Builds the system with PyTorch's initialisation.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let (shape, classes) = (facts.shape, facts.class_names());
    let plan = plan(&shape, classes.len(), settings)?;
    let net = PixelCnn::new(&plan, &device.clone().autodiff());
    let net = init::initialise(net, NAME, seed, Init::Torch);
    Ok(Box::new(Training { part: Averaged::new(NAME, net, 0.9, 0.999), plan, shape, classes }))
}

/// Pictures `[n, c, h, w]`, 0–1, in black and white, drawn from their grey values: the same shape, 0 or 1.
fn binarised(x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
    let (shape, device) = (x.dims(), x.device());
    let dice: Vec<f32> = noise.uniforms(shape.iter().product(), 0.5).iter().map(|u| u + 0.5).collect();
    let dice = Tensor::<4>::from_data(TensorData::new(dice, shape), &device); // [n, c, h, w]
    x.greater(dice).float() // [n, c, h, w]
}

/// Pictures `[n, c, h, w]`, 0–1, as the levels that the output has: the same shape.
fn levels(x: Tensor<4>, output: Output) -> Tensor<4, Int> {
    (x * (output.levels() - 1) as f32).round().int() // [n, c, h, w]
}

/// What a model pays that knows of each pixel only the one to the left and the one above, of a batch `[n, c, h, w]`, 0–1, in nats per
/// image: `[1]`. Of two values by how often each follows each pair in the batch; of levels as a Laplace distribution about
/// the mean of the two, whose entropy is ln(2be).
fn neighbours(x: &Tensor<4>, output: Output) -> Tensor<1> {
    let [n, c, h, w] = x.dims();
    let before = |down: usize, right: usize| {
        let all = x.clone().pad([(down, 0), (right, 0)], 0.0); // [n, c, h + down, w + right]
        all.slice_dim(2, 0..h).slice_dim(3, 0..w) // [n, c, h, w]
    };
    let (above, left) = (before(1, 0), before(0, 1));
    if output != Output::Two {
        let apart = (x.clone() - (above + left) * 0.5).abs().mean() * 255.0; // [1]
        return ((apart.clamp_min(0.1) * 2.0).log() + 1.0) * (c * h * w) as f32; // [1]
    }
    let is = |x: &Tensor<4>, white: bool| if white { x.clone() } else { 1.0 - x.clone() }; // [n, c, h, w]
    let mut total = Tensor::<1>::zeros([1], &x.device());
    for (a, l) in [(false, false), (false, true), (true, false), (true, true)] {
        let there = is(&above, a) * is(&left, l); // [n, c, h, w]
        let all = there.clone().sum() + 1e-6; // [1]
        let white = (there * x.clone()).sum() + 1e-6; // [1]
        let black = (all.clone() - white.clone()).clamp_min(1e-6); // [1]
        total = total - white.clone() * (white / all.clone()).log() - black.clone() * (black / all).log();
    }
    total / n as f32
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let output = self.plan.output;
        let x = match output {
            Output::Two => binarised(batch.x.clone(), noise),
            _ => batch.x.clone(),
        }; // [n, c, h, w]
        let net = self.part.playing(true);
        let at = levels(x.clone(), output); // [n, c, h, w]
        let told = Told { class: self.told(batch), map: None };
        let features = net.forward(scaled(at.clone(), output.levels()), &told, "", &mut Watch::nobody());
        let n = x.dims()[0];
        let cost = match output {
            Output::Two => {
                let logits = net.head().numbers(features, &x, 0); // [n, 1, h, w]
                objective::bernoulli(logits, x.clone())
            }
            _ => net.head().cost(output, features, at).reshape([n as i32, -1]).sum_dim(1).mean(), // [1]
        };
        let nll = cost.clone().detach().reshape([1]);
        let bits = nll.clone() / (self.shape.pixels() as f32 * std::f32::consts::LN_2);
        let shown = Tensor::cat(vec![nll, neighbours(&x, output), bits], 0).inner();
        let decay = settings.get(&RECIPE, common::EMA.name) as f32;
        self.part.descend(cost, settings.get(&RECIPE, "learning_rate"), decay, step);
        shown
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained {
            net: self.part.shown(),
            plan: self.plan,
            shape: self.shape,
            classes: self.classes.clone(),
            sampler: Arc::new(OnceLock::new()),
        })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }
}

impl Training {
    /// The classes of a batch, one-hot `[n, classes]`, where the network is told them.
    fn told(&self, batch: &Batch) -> Option<Tensor<2>> {
        let classes = batch.classes.clone().filter(|_| self.plan.classes > 0)?;
        Some(classes.one_hot::<2>(self.plan.classes).float()) // [n, classes]
    }
}

#[derive(Clone)]
struct Trained {
    net: PixelCnn,
    plan: Plan,
    shape: Shape,
    classes: Vec<String>,
    /// The weights as they draw, read from the device when the first picture is drawn.
    sampler: Arc<OnceLock<Sampler>>,
}

impl Trained {
    /// Where the class stands among the inputs.
    fn class(&self, given: &Given) -> Option<Tensor<2>> {
        if self.plan.classes > 0 { given.class(0) } else { None }
    }

    /// The inputs behind the class.
    fn behind(&self) -> usize {
        usize::from(self.plan.classes > 0)
    }

    fn device(&self) -> Device {
        self.net.devices().first().cloned().unwrap_or_default()
    }

    /// Costs of pictures as the model draws them, for class weights `[n, classes]`: `[n, c or 1, h, w]`.
    fn costs_of(&self, x: Tensor<4>, class: Option<Tensor<2>>) -> Tensor<4> {
        let output = self.plan.output;
        let at = levels(x, output); // [n, c, h, w]
        let told = Told { class, map: None };
        let features = self.net.forward(scaled(at.clone(), output.levels()), &told, "", &mut Watch::nobody()); // [n, f, h, w]
        self.net.head().cost(output, features, at) // [n, c or 1, h, w]
    }

    /// What the sampler is asked for each point.
    fn asks(&self, given: &Given) -> Option<Vec<Ask>> {
        let i = self.behind();
        let partial = given.picture(i)?; // [n, c + 1, h, w]
        let (seeds, temperatures) = (given.noise(i + 1)?, given.number(i + 2)?);
        let class = self.class(given).map(crate::nn::host::rows);
        let Shape { channels, .. } = self.shape;
        let places = self.shape.pixels() / channels;
        let planes = floats(partial);
        let all = planes.chunks_exact((channels + 1) * places).enumerate().map(|(n, planes)| {
            let (picture, mask) = planes.split_at(channels * places);
            let there: Vec<bool> = mask.iter().map(|m| *m > 0.5).collect();
            let most = (self.plan.output.levels() - 1) as f32;
            let level = |place: usize, c: usize| (picture[c * places + place] * most).round() as u16;
            let levels = (0..places).flat_map(|place| (0..channels).map(move |c| level(place, c)));
            Ask {
                seed: seeds.get(n).copied().unwrap_or_default(),
                temperature: temperatures.get(n).copied().unwrap_or(1.0),
                class: class.as_ref().and_then(|c| c.get(n).cloned()).unwrap_or_default(),
                map: Vec::new(),
                given: if there.contains(&true) { (levels.collect(), there) } else { Default::default() },
            }
        });
        Some(all.collect())
    }

    /// Pictures of levels that lie place by place: `[n, c, h, w]`, 0–1.
    fn pictured<'a>(&self, all: impl Iterator<Item = &'a [u16]>) -> Tensor<4> {
        let Shape { width, height, channels, .. } = self.shape;
        let most = (self.plan.output.levels() - 1) as f32;
        let numbers: Vec<f32> = all.flat_map(|levels| levels.iter().map(|l| f32::from(*l) / most)).collect();
        let n = numbers.len() / self.shape.pixels();
        let device = self.device();
        let x = Tensor::<4>::from_data(TensorData::new(numbers, [n, height, width, channels]), &device);
        x.permute([0, 3, 1, 2]) // [n, c, h, w]
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let Shape { width, height, channels, .. } = self.shape;
        let class = (self.plan.classes > 0).then(|| Input::class(self.classes.clone()));
        let kind = Kind::Partial { width, height, channels };
        let given = Input { name: "given".into(), kind, home: None };
        let rest = [given, Input::noise(), Input::number(TEMPERATURE, [0.0, 2.0], 1.0)];
        class.into_iter().chain(rest).collect()
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let asks = self.asks(given)?;
        let sampler = self.sampler.get_or_init(|| Sampler::of(&self.net, self.plan.output, None));
        let on = |all: &[Drawing], watch: &mut Watch<'_>| {
            watch.partly(|| self.pictured(all.iter().map(Drawing::levels)));
            watch.wanted()
        };
        let drawn = sampler.draw(asks, self.shape.size(), |all| on(all, watch))?;
        let x = self.pictured(drawn.iter().map(Vec::as_slice)); // [n, c, h, w]
        if watch.taps_wanted() {
            // What the layers give of the finished picture.
            let at = scaled(levels(x.clone(), self.plan.output), self.plan.output.levels()); // [n, c, h, w]
            let told = Told { class: self.class(given), map: None };
            self.net.forward(at, &told, "pixelcnn.", watch); // [n, f, h, w]
        }
        Some(x) // [n, c, h, w]
    }

    fn surprise(&self, x: Tensor<4>, _: &Given, noise: &mut Noise) -> Option<Tensor<4>> {
        let x = match self.plan.output {
            Output::Two => binarised(x, noise),
            _ => x,
        }; // [n, c, h, w]
        if self.plan.classes == 0 {
            return Some(self.costs_of(x, None)); // [n, c or 1, h, w]
        }
        // p(x) = Σ p(x | y) / classes, pixel by pixel: what the pixels before say of the class goes along.
        let n = x.dims()[0];
        let of_class = |k: usize| {
            let ids = Tensor::<1, Int>::full([n], k as i32, &x.device()); // [n]
            let cost = self.costs_of(x.clone(), Some(ids.one_hot::<2>(self.plan.classes).float()));
            cost.sum_dim(1) // [n, 1, h, w]
        };
        let each: Vec<Tensor<4>> = (0..self.plan.classes).map(of_class).collect();
        let [_, _, h, w] = x.dims();
        let each = Tensor::cat(each, 1).reshape([n, self.plan.classes, h * w]); // [n, classes, places]
        let so_far = each.cumsum(2); // [n, classes, places]
        let joint = -objective::log_sum_exp(-so_far); // [n, 1, places]
        let before = joint.clone().slice_dim(2, 0..h * w - 1).pad([(1, 0)], -(self.plan.classes as f32).ln());
        Some((joint - before).reshape([n, 1, h, w])) // [n, 1, h, w]
    }

    fn pixels(&self) -> Option<&dyn Pixels> {
        Some(self)
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("pixelcnn.py"), include_str!("gated.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

impl Pixels for Trained {
    fn costs(&self, x: Tensor<4>, given: &Given) -> Tensor<4> {
        self.costs_of(x, self.class(given)) // [n, c or 1, h, w]
    }

    fn chances(&self, x: Tensor<4>, given: &Given, row: usize, column: usize) -> Chances {
        let output = self.plan.output;
        let at = levels(x, output); // [1, c, h, w]
        let x = scaled(at, output.levels()); // [1, c, h, w]
        let told = Told { class: self.class(given), map: None };
        let features = self.net.forward(x.clone(), &told, "", &mut Watch::nobody()); // [1, f, h, w]
        let here = |x: Tensor<4>| x.slice_dim(2, row..row + 1).slice_dim(3, column..column + 1); // [1, c, 1, 1]
        let (features, x) = (here(features), here(x));
        let head = self.net.head();
        let numbers = |c: usize| floats(head.numbers(features.clone(), &x, c)); // [1, numbers, 1, 1]
        let levels = match output {
            Output::Two => vec![discrete::softmax(&[0.0, numbers(0)[0]])],
            Output::Levels { channels, .. } => {
                (0..channels).map(|c| discrete::softmax(&numbers(c))).collect()
            }
            Output::Mixture { components, .. } => {
                discrete::mixture_levels(&numbers(0), &floats(x.clone()), components)
            }
        };
        Chances { levels }
    }

    fn reach(&self, x: Tensor<4>, given: &Given, row: usize, column: usize, blind: bool) -> Tensor<2> {
        let device = self.device().autodiff();
        let output = self.plan.output;
        let [_, _, h, w] = x.dims();
        let x = scaled(levels(x, output), output.levels()); // [1, c, h, w]
        let x = Tensor::<4>::from_inner(x).require_grad(); // [1, c, h, w]
        let net = if blind && !self.plan.blind {
            let net = PixelCnn::new(&Plan { blind, ..self.plan }, &device);
            init::initialise(net, NAME, 1, Init::Torch).no_grad()
        } else {
            self.net.clone().train().no_grad()
        };
        let told = Told { class: self.class(given).map(Tensor::from_inner), map: None };
        let features = net.forward(x.clone(), &told, "", &mut Watch::nobody()); // [1, f, h, w]
        let numbers = net.head().numbers(features, &x, 0); // [1, numbers, h, w]
        let here = numbers.slice_dim(2, row..row + 1).slice_dim(3, column..column + 1).flatten::<1>(0, 3); // [numbers]
        // Each number with a weight of its own, so that none cancels another.
        let weights: Vec<f32> = (0..here.dims()[0]).map(|i| 1.0 + (i as f32 * 0.7).sin() * 0.5).collect();
        let weights = Tensor::<1>::from_data(weights.as_slice(), &device); // [numbers]
        let gradients = (here * weights).sum().backward();
        let zeros = || Tensor::<4>::zeros([1, 1, h, w], &self.device());
        let slope = x.grad(&gradients).unwrap_or_else(zeros); // [1, c, h, w]
        slope.square().sum_dim(1).sqrt().reshape([h, w]) // [h, w]
    }

    fn rounded(&self, x: Tensor<4>) -> Tensor<4> {
        let most = (self.plan.output.levels() - 1) as f32;
        levels(x, self.plan.output).float() / most // [n, c, h, w]
    }
}
