//! A network from elsewhere that goes on learning, on other pictures: as a variational auto-encoder (Kingma and
//! Welling 2014) or against a discriminator (Goodfellow et al. 2014, non-saturating). What it lacks for that, an encoder
//! or a discriminator, is made fresh. Its batch norms are frozen: scale and shift learn, but mean and variance are the
//! running ones that came with the file, as is usual in fine-tuning. The statistics of a small batch of other pictures
//! would change at once what every slider draws, and what is shown (by running statistics) would not be what is trained.
//!
//! Must not know: files, messages.

use super::adversarial::Judged;
use super::augment::{self, BLUR, D_BLUR, D_NOISE, NOISE};
use super::common::{self, KL, RECONSTRUCTION};
use super::fc_vae::reparameterize;
use super::system::{Batch, Facts, System};
use super::train::{Learns, Part};
use super::{Entry, Model, PartInfo, Recipe, Scale, Setting, Settings, dcgan, opened};
use crate::nn::network::learn::{self, Names, Weights};
use crate::nn::network::run::{Runner, Weight, sizes};
use crate::nn::network::{Latent, Network, fresh, shape};
use crate::nn::{Gradient, Noise, Tensors};
use crate::objective::{self, game::Game};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, activation};
use std::collections::BTreeMap;
use std::sync::Arc;

const fn whole(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    default: f64,
    min: f64,
    max: f64,
) -> Setting {
    Setting { name, title, help, default, min, max, scale: Scale::Integer, live: false }
}

const SIZE: Setting = whole(
    "size",
    "Picture size",
    "Width and height of the pictures in pixels: the network's own.",
    64.0,
    8.0,
    512.0,
);
/// Name of the setting that only a fresh half depends on.
pub const WIDTH_NAME: &str = "width";
const WIDTH: Setting = whole(
    WIDTH_NAME,
    "Width of the fresh half",
    "Channels next to the picture in the encoder or discriminator that is made fresh; the network itself stays as it is.",
    24.0,
    4.0,
    128.0,
);

/// Tuned as a variational auto-encoder.
pub static VAE: Recipe = Recipe {
    name: "tune-vae",
    title: "Tuned auto-encoder",
    summary: "A network from a file goes on learning to redraw pictures; a missing encoder is made fresh, and batch norms keep the statistics that they came with.",
    paper: "Kingma and Welling 2014, Auto-Encoding Variational Bayes",
    parts: &[common::AUTOENCODER],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("width", 4.0)],
    settings: &[
        common::learning_rate(2e-4),
        common::batch(32.0),
        common::beta(1.0),
        common::SIGMA,
        BLUR,
        NOISE,
        WIDTH,
        SIZE,
        common::COLOUR,
    ],
    losses: &[RECONSTRUCTION, KL],
    data: "digits",
};

/// Tuned against a discriminator.
pub static GAN: Recipe = Recipe {
    name: "tune-gan",
    title: "Tuned generator",
    summary: "A generator from a file goes on learning against a discriminator, which is made fresh where it has none; batch norms keep the statistics that they came with.",
    paper: "Goodfellow et al. 2014, Generative Adversarial Networks",
    // Its tensors keep the names of the file that they came in.
    parts: &[
        PartInfo { name: "", ..common::GENERATOR },
        PartInfo { name: fresh::CRITIC, ..common::DISCRIMINATOR },
    ],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("width", 4.0)],
    settings: &[
        common::rate_g(5e-5),
        common::rate_d(2e-4),
        common::batch(32.0),
        common::TURN,
        D_BLUR,
        D_NOISE,
        WIDTH,
        SIZE,
        common::COLOUR,
    ],
    losses: dcgan::RECIPE.losses,
    data: "digits",
};

/// What trains networks that no recipe of the registry made. They are built by [`build`].
pub static ENTRIES: [Entry; 2] =
    [Entry { recipe: &VAE, build: without }, Entry { recipe: &GAN, build: without }];

fn without(_: &Facts, _: &Settings, _: u64, _: &Device) -> Result<Box<dyn System>, String> {
    Err("this trains a network from a file: open one and choose Fine-tune, or name it (zscope train --from FILE)"
        .into())
}

/// Whether a recipe trains networks from elsewhere.
pub fn is(recipe: &str) -> bool {
    ENTRIES.iter().any(|e| e.recipe.name == recipe)
}

/// The recipe that suits a network: one with an encoder is an auto-encoder, another a generator.
pub fn suits(network: &Network) -> Result<&'static Recipe, String> {
    if network.style.is_some() {
        return Err("is a style-based generator, which zscope draws with and does not train".into());
    }
    if network.decoder.is_empty() || network.latent.dims == 0 {
        return Err("has no part that draws pictures from latents, so there is nothing to tune".into());
    }
    Ok(if network.encodes() { &VAE } else { &GAN })
}

/// What of a system's weights a file does not have, in words.
pub fn made(weights: &[(String, TensorData)], file: &Tensors) -> Vec<String> {
    let lacks = |prefix: &str| {
        weights.iter().any(|(n, _)| n.starts_with(prefix)) && !file.keys().any(|n| n.starts_with(prefix))
    };
    let halves = [(fresh::ENCODER, "an encoder"), (fresh::CRITIC, "a discriminator")];
    halves.into_iter().filter(|(prefix, _)| lacks(prefix)).map(|(_, name)| name.into()).collect()
}

/// One optimised part of a network.
struct Learner {
    part: Part<Weights>,
    names: Arc<Names>,
}

impl Clone for Learner {
    fn clone(&self) -> Self {
        Self { part: self.part.clone(), names: self.names.clone() }
    }
}

impl Learner {
    /// Its weights with their names, for a runner of a step in which they learn or do not.
    fn named(&self, learns: bool) -> (&Names, Weights) {
        (&self.names, self.part.playing(learns))
    }
}

impl Learns for Learner {
    fn weights(&self) -> Vec<(String, TensorData)> {
        self.names.collect(&self.part.module.valid())
    }

    fn optimiser(&self) -> Result<(String, TensorData), String> {
        self.part.optimiser()
    }

    fn probe(&mut self, on: bool) {
        self.part.probe(on);
    }

    /// By the file's names.
    fn gradients(&self) -> Vec<Gradient> {
        let prefix = self.part.name();
        let names: BTreeMap<String, &String> =
            self.names.all().map(|(path, name)| (format!("{prefix}.{path}"), name)).collect();
        let all = self.part.gradients().into_iter();
        all.filter_map(|g| Some(Gradient { name: (*names.get(&g.name)?).clone(), ..g })).collect()
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        let prefix = self.part.name();
        let mut own: Tensors = tensors.clone();
        for (path, name) in self.names.all() {
            if let Some(data) = tensors.get(name) {
                // A norm's scale over a whole map is kept as a vector.
                let flat = path
                    .starts_with("one.")
                    .then(|| TensorData::new(data.iter::<f32>().collect(), [data.num_elements()]));
                own.insert(format!("{prefix}.{path}"), flat.unwrap_or_else(|| data.clone()));
            }
        }
        self.part.restore(&own)
    }
}

const MAIN: &str = "tuned";
const OTHER: &str = "tuned_critic";

#[derive(Clone)]
struct Training {
    network: Arc<Network>,
    /// Decoder and encoder, or the generator.
    main: Learner,
    /// The discriminator.
    critic: Option<Learner>,
    /// Running statistics, on the training device and as they are saved.
    fixed: Arc<BTreeMap<String, Weight>>,
    shown: Arc<BTreeMap<String, Weight>>,
    kept: Arc<Tensors>,
    outputs: usize,
    /// Whether the data's labels are the network's classes.
    labelled: bool,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
    device: Device,
}

/// A network in training, and its description with the halves that were made fresh. `labels`: classes of the data. Where
/// they are as many as the network's, each picture is of its own class; else all are of the chosen one. `device`: without
/// autodiff.
pub fn build(
    recipe: &Recipe,
    network: &Network,
    tensors: &Tensors,
    settings: &Settings,
    labels: usize,
    seed: u64,
    device: &Device,
) -> Result<(Box<dyn System>, Network), String> {
    suits(network)?;
    let Latent { classes, class, .. } = network.latent;
    let (mut network, mut tensors) = (network.clone(), tensors.clone());
    let gan = recipe.adversarial();
    let width = settings.count(recipe, "width");
    if gan {
        if network.critic.is_empty() || network.outputs(&sizes(&tensors)) != 1 {
            fresh::critic(&mut network, &mut tensors, width, seed)?;
        }
        // An encoder would no longer know what the generator draws.
        network.encoder.clear();
        network.head.clear();
        network.second_head.clear();
        network.posterior = Default::default();
    } else {
        if !network.encodes() {
            fresh::encoder(&mut network, &mut tensors, width, seed)?;
        }
        network.critic.clear();
    }
    let labelled = classes > 1 && labels == classes;
    if classes > 1 {
        const TUNED: &str = "It was tuned with";
        network.notes.retain(|n| !n.starts_with(TUNED));
        network.notes.push(if labelled {
            format!("{TUNED} each picture as of the class of its label.")
        } else {
            format!("{TUNED} all pictures as of class {class}, as their labels are not of {classes} classes.")
        });
    }
    let sizes = sizes(&tensors);
    shape::check(&network, &sizes)?;
    let training = device.clone().autodiff();
    let learner = |name: &'static str, parts: &[&[crate::nn::network::Layer]], beta: f32| {
        let (weights, names) = Weights::of(name, parts, &tensors, &training);
        Learner { part: Part::new(name, weights, beta, 0.999), names: Arc::new(names) }
    };
    let main = learner(
        MAIN,
        &[&network.decoder, &network.encoder, &network.head, &network.second_head],
        if gan { 0.5 } else { 0.9 },
    );
    let critic = gan.then(|| learner(OTHER, &[&network.critic], 0.5));
    let used = network.names();
    let running = |name: &&String| {
        name.rsplit_once('.')
            .is_some_and(|(module, leaf)| leaf.starts_with("running_") && used.iter().any(|u| u == module))
    };
    let kept: Tensors =
        tensors.iter().filter(|(n, _)| running(n)).map(|(n, d)| (n.clone(), d.clone())).collect();
    let on = |device: &Device| -> Arc<BTreeMap<String, Weight>> {
        Arc::new(kept.iter().map(|(n, d)| (n.clone(), Weight::of(d, false, device))).collect())
    };
    let (fixed, shown) = (on(&training), on(device));
    let outputs = network.outputs(&sizes);
    let description = network.clone();
    let system = Training {
        network: Arc::new(network),
        main,
        critic,
        fixed,
        shown,
        kept: Arc::new(kept),
        outputs,
        labelled,
        judged: None,
        device: training,
    };
    Ok((Box::new(system), description))
}

/// Runs a part that was checked before it was built.
fn run<T>(result: Result<T, String>) -> T {
    result.unwrap_or_else(|e| panic!("a network that was checked does not run: {e}"))
}

/// The discriminator's opinion of each picture, `[n, c, h, w]` → `[n, 1]`: the mean where it has one of every patch.
fn opinion(runner: &Runner, x: Tensor<4>) -> Tensor<2> {
    run(runner.discriminate(x)).0.mean_dim(1)
}

impl Training {
    /// The networks of a step in which the main one, or the critic, learns or does not.
    fn runner(&self, batch: &Batch, [main, critic]: [bool; 2]) -> Runner {
        let mut parts = vec![self.main.named(main)];
        parts.extend(self.critic.as_ref().map(|c| c.named(critic)));
        let runner = learn::runner(&self.network, &parts, &self.fixed, &self.device);
        match &batch.classes {
            Some(classes) if self.labelled => runner.of_classes(classes.clone()),
            _ => runner,
        }
    }

    fn redraw(&mut self, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let runner = self.runner(batch, [true, false]);
        let (mean, log_variance) = {
            let seen = augment::corrupt(batch.x.clone(), noise, &VAE, settings);
            run(runner.encode(runner.from_unit(seen)))
        };
        let device = &self.device;
        let (z, kl) = match log_variance {
            Some(v) => (reparameterize((mean.clone(), v.clone()), noise), objective::mean_kl(mean, v)),
            // A plain auto-encoder is sure of its codes, and pays nothing for them.
            None => (mean, Tensor::zeros([1], device)),
        };
        let drawn = runner.to_unit(run(runner.decode(runner.own_units(z))));
        let sigma = settings.get(&VAE, "sigma") as f32;
        let reconstruction = objective::gaussian(drawn, batch.x.clone(), sigma);
        let loss = reconstruction.clone() + kl.clone() * settings.get(&VAE, "beta") as f32;
        let losses = Tensor::cat(vec![reconstruction.detach(), kl.detach()], 0).inner();
        self.main.part.descend(loss, settings.get(&VAE, "learning_rate"));
        losses
    }

    fn play(&mut self, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&GAN, common::TURN_NAME);
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let runner = self.runner(batch, [learns_g, learns_d]);
        let z = noise.normal([batch.x.dims()[0], self.network.latent.dims], &self.device);
        let drawn = runner.to_unit(run(runner.decode(runner.own_units(z.clone()))));
        // What D sees.
        let mut seen = |x| runner.from_unit(augment::instance_noise(x, noise, &GAN, settings, 1.0));
        let (real, fake) = (seen(batch.x.clone()), seen(drawn.clone()));
        let on_real = opinion(&runner, real);
        let on_fake = opinion(&runner, fake.clone().detach());
        let loss_d = objective::bce_real(on_real.clone()) + objective::bce_fake(on_fake.clone());
        let on = [on_real.clone(), on_fake.clone()];
        self.judged = Some(Judged::new(Game::NonSaturating, [batch.x.clone(), drawn], on, Some(z)));
        let shown = [
            loss_d.clone().detach(),
            activation::sigmoid(on_real.detach()).mean(),
            activation::sigmoid(on_fake.detach()).mean(),
        ];
        if learns_d && let Some(critic) = &mut self.critic {
            critic.part.descend(loss_d, settings.get(&GAN, "learning_rate_d"));
        }
        let loss_g = objective::bce_real(opinion(&self.runner(batch, [false; 2]), fake));
        let shown_g = loss_g.clone().detach();
        if learns_g {
            self.main.part.descend(loss_g, settings.get(&GAN, "learning_rate_g"));
        }
        let [d, real, fake] = shown;
        Tensor::cat(vec![d, shown_g, real, fake], 0).inner()
    }
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        if self.critic.is_some() {
            self.play(batch, noise, settings)
        } else {
            self.redraw(batch, noise, settings)
        }
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone()
    }

    fn model(&self) -> Box<dyn Model> {
        let main = self.main.part.module.valid();
        let mut parts = vec![(&*self.main.names, main)];
        parts.extend(self.critic.as_ref().map(|c| (&*c.names, c.part.module.valid())));
        let device = self.device.clone().inner();
        opened::running(learn::runner(&self.network, &parts, &self.shown, &device), self.outputs)
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        let critic = self.critic.as_ref().map(|c| c as &dyn Learns);
        std::iter::once(&self.main as &dyn Learns).chain(critic).collect()
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        let critic = self.critic.as_mut().map(|c| c as &mut dyn Learns);
        std::iter::once(&mut self.main as &mut dyn Learns).chain(critic).collect()
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all: Vec<_> = self.parts().into_iter().flat_map(Learns::weights).collect();
        all.extend(self.kept.iter().map(|(n, d)| (n.clone(), d.clone())));
        all
    }
}
