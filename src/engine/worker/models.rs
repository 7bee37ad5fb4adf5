//! The worker's models: opening, watching, lending weights to the viewer, saving, moving to another device.
//!
//! Must not know: egui, panels, how a step is made.

use super::loads::{Opening, Read};
use super::{Explored, ShippedModel, Worker};
use crate::engine::device;
use crate::engine::link::News;
use crate::engine::message::*;
use crate::engine::points;
use crate::engine::session;
use crate::engine::tap;
use crate::engine::tool::ToolKind;
use crate::engine::viewer::Subject;
use crate::latent::Direction;
use crate::metrics::importance;
use crate::nn::network::{self, Network, settings::NetworkSetting};
use crate::tools::picture;
use crate::weights::{self, Card, Checkpoint, infer};
use crate::zoo::{self, Held};
use std::path::Path;
use std::sync::Arc;

/// Name of the setting that says which of several networks is meant.
const READING: &str = "layers";
/// Pictures that importance is measured on while training.
const LIVE_PROBE: usize = 64;

impl Worker {
    pub(super) fn open(&mut self, path: &Path) -> Result<(), String> {
        if picture::is_picture(path) {
            return self.bring(path);
        }
        self.close_opening();
        if !weights::open::own(path) {
            self.opening = Some(Opening::start(path, self.end.wake.clone())?);
            self.send(Event::Opening(Some(called(path))), News::Asked);
            return Ok(());
        }
        self.opened(path, (weights::read(path)?, Vec::new()))
    }

    /// Explores what was read of a file.
    pub(super) fn opened(&mut self, path: &Path, (checkpoint, readings): Read) -> Result<(), String> {
        self.explore(called(path), Source::File(path.to_path_buf()), checkpoint, readings)
            .map_err(|e| format!("{} does not fit its recipe: {e}", path.display()))
    }

    pub(super) fn open_shipped(&mut self, name: &str) -> Result<(), String> {
        self.close_opening();
        let checkpoint = self.shipped(name)?;
        self.explore(name.into(), Source::Shipped(name.into()), checkpoint, Vec::new())
    }

    pub(super) fn shipped(&self, name: &str) -> Result<Checkpoint, String> {
        find(self.config.shipped, name)
    }

    fn explore(
        &mut self,
        name: String,
        source: Source,
        checkpoint: Checkpoint,
        readings: Vec<(String, Network)>,
    ) -> Result<(), String> {
        let model = session::explore(&checkpoint, &self.device.device)?;
        if !model.draws() {
            return Err("this model draws no pictures, so there is nothing to explore; open a generator or an auto-encoder".into());
        }
        let id = self.new_id();
        let card = &checkpoint.card;
        let data = match &source {
            Source::File(path) => session::data_of(path, &card.data),
            _ => card.data.clone(),
        };
        let mut info = info(id, name, source, card, count(&checkpoint), &model);
        if card.network.is_some() && info.opening.is_empty() {
            info.opening = importance::opening(&model, &crate::data::Split::default(), &self.device.device);
        }
        info.layers = tap::layers(&model, &self.device.device);
        info.resumable = checkpoint.resumable();
        info.fingerprint = checkpoint.fingerprint();
        info.network = card.network.as_ref().map(|n| {
            let mut view = network::view::view(n, &network::run::sizes(&checkpoint.tensors));
            view.settings.splice(0..0, which(n, &readings));
            Box::new(view)
        });
        // A comparison is of no one model, and goes on.
        self.tools.retain(|kind, _| *kind == ToolKind::Families);
        let known = card.importance.len() == model.latent_dims();
        let probe = (!known).then(|| Arc::new(crate::data::Split::default()));
        let device = self.device.device.clone();
        let world = points::world(&data).map(Arc::new);
        info.data = data;
        self.slot.put(Some(Subject { id, step: card.step, live: false, model, device, probe, world }));
        self.end.wanted.nudge();
        let (importance, is_kl) = (card.importance.clone(), card.importance_is_kl);
        self.explored = Some(Explored { info: info.clone(), readings, checkpoint: Some(checkpoint) });
        self.send(Event::Model(info), News::Asked);
        self.compare_still();
        if known {
            let measure = if is_kl { Importance::Kl } else { Importance::Sensitivity };
            self.send(Event::Ranking { model: id, measure, values: importance }, News::Asked);
        }
        Ok(())
    }

    /// Changes what shapes don't tell of the explored foreign network, and remembers it beside its file.
    pub(super) fn choose(&mut self, name: &str, choice: &str) -> Result<(), String> {
        let foreign = self.explored.as_ref().and_then(|e| Some((e, e.checkpoint.as_ref()?)));
        let (Explored { info, readings, .. }, checkpoint) =
            foreign.ok_or("only a foreign network has such settings; open one first")?;
        let mut checkpoint = checkpoint.clone();
        let network = checkpoint.card.network.as_mut();
        let network = network.ok_or("only a foreign network has such settings; open one first")?;
        if name == READING {
            let reading = readings.iter().find(|(words, _)| words == choice);
            **network = reading.ok_or_else(|| format!("no network that fits is {choice}"))?.1.clone();
            network.settle(&[READING]);
        } else {
            network::settings::choose(network, name, choice)?;
        }
        network::shape::check(network, &network::run::sizes(&checkpoint.tensors))?;
        let (network, source, readings) = (network.clone(), info.source.clone(), readings.clone());
        self.explore(info.name.clone(), source.clone(), checkpoint, readings)?;
        match source {
            Source::File(path) if !weights::open::own(&path) => {
                let noted = weights::open::remember(&path, &network);
                noted.map(drop).map_err(|e| format!("{e}; the choice holds until the window is closed"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn new_id(&mut self) -> ModelId {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(super) fn watch(&mut self) -> Result<(), String> {
        let Some(training) = &self.training else { return Err("nothing is being trained".into()) };
        let session = &training.drive.session;
        let mut checkpoint = session.card(Vec::new(), false, Vec::new());
        checkpoint.held = session.opening();
        let model = session.model();
        if !model.draws() {
            return Ok(());
        }
        let name = format!("{} in training", session.recipe().title);
        let card = &checkpoint;
        let parameters = session.parameters();
        let mut info = info(training.id, name, Source::Training, card, parameters, &model);
        info.layers = tap::layers(&model, &self.device.device);
        if !info.has_encoder && info.latent_dims > 0 {
            // A GAN hardly ever sees the origin, and draws nothing worth looking at there.
            info.opening = importance::opening(&model, &crate::data::Split::default(), &self.device.device);
        }
        self.explored = Some(Explored { info: info.clone(), readings: Vec::new(), checkpoint: None });
        self.lend();
        self.send(Event::Model(info), News::Asked);
        self.compare_still();
        Ok(())
    }

    /// Leaves the weights of now for the viewer, when it is the trained model that is looked at.
    pub(super) fn lend(&mut self) {
        let (Some(training), Some(explored)) = (&self.training, &mut self.explored) else { return };
        if explored.info.id != training.id {
            return;
        }
        let session = &training.drive.session;
        let model = session.model();
        let mut grown = None;
        if explored.info.inputs != model.inputs() {
            let (inputs, layers) = (model.inputs().to_vec(), tap::layers(&model, &self.device.device));
            (explored.info.inputs, explored.info.layers) = (inputs.clone(), layers.clone());
            grown = Some(Event::Grown { model: training.id, inputs, layers });
        }
        self.slot.put(Some(Subject {
            id: training.id,
            step: session.step,
            live: training.phase == Phase::Running,
            model,
            device: self.device.device.clone(),
            probe: Some(Arc::new(session.dataset.train.head(LIVE_PROBE))),
            world: training.world.clone(),
        }));
        self.end.wanted.nudge();
        if let Some(grown) = grown {
            self.send(grown, News::Asked);
        }
    }

    pub(super) fn save(&mut self, path: &Path, directions: Vec<Direction>) -> Result<(), String> {
        let explored = self.explored.as_ref().ok_or("there is no model to save; open or train one first")?;
        let mut checkpoint = match (&explored.checkpoint, &self.training) {
            (Some(checkpoint), _) => checkpoint.clone(),
            (None, Some(training)) => training.drive.session.checkpoint()?,
            (None, None) => return Err("there is no model to save; open or train one first".into()),
        };
        checkpoint.card.directions = directions;
        checkpoint.write(path)?;
        self.send(Event::Saved(path.to_path_buf()), News::Asked);
        Ok(())
    }

    pub(super) fn use_device(&mut self, choice: DeviceChoice) -> Result<(), String> {
        let training =
            self.training.as_ref().is_some_and(|t| matches!(t.phase, Phase::Running | Phase::Paused));
        if training || self.preparing.is_some() {
            return Err("stop the training before changing the device".into());
        }
        self.device = device::choose(choice, self.config.gpu.as_ref())?;
        self.tell_device();
        if let Some((info, checkpoint)) = self.compared.take() {
            // Its weights are on the old device.
            self.draw_too(info.name, info.source, checkpoint)?;
        }
        if let Some(Explored { info, readings, checkpoint: Some(checkpoint) }) = self.explored.take() {
            return self.explore(info.name, info.source, checkpoint, readings);
        }
        // The finished training's weights are on the old device; its checkpoint brings them to the new one.
        if let Some(training) = self.training.take()
            && let Ok(checkpoint) = training.drive.session.checkpoint()
        {
            return self.explore(
                training.drive.session.recipe().title.into(),
                Source::Training,
                checkpoint,
                Vec::new(),
            );
        }
        Ok(())
    }
}

/// A model inside the program, by its name.
pub(super) fn find(shipped: &[ShippedModel], name: &str) -> Result<Checkpoint, String> {
    let shipped = shipped.iter().find(|m| m.name == name);
    let shipped = shipped.ok_or_else(|| format!("no model \"{name}\" is shipped with this program"))?;
    Checkpoint::from_bytes(shipped.bytes).map_err(|e| format!("{name} {e}"))
}

/// What to call a checkpoint file, and what it holds.
pub(super) fn named(path: &Path) -> Result<(String, Checkpoint), String> {
    Ok((called(path), weights::read(path)?))
}

/// What a file is called in the window.
fn called(path: &Path) -> String {
    path.file_stem().map_or("model".into(), |s| s.to_string_lossy().into_owned())
}

/// Which of the networks that fit is run, as a setting; none where there is no choice.
fn which(network: &Network, readings: &[(String, Network)]) -> Option<NetworkSetting> {
    let own = infer::summary(network);
    let chosen = readings.iter().position(|(words, _)| *words == own);
    (readings.len() > 1).then(|| NetworkSetting {
        name: READING.into(),
        title: "Layers".into(),
        help: "Size of the pictures, and each convolution's stride (s), padding (p) and output padding (o): all of these fit the tensors. Choosing puts the other settings back".into(),
        choices: readings.iter().map(|(words, _)| words.clone()).collect(),
        chosen,
        guessed: !network.settled.iter().any(|s| s == READING),
    })
}

pub(super) fn count(checkpoint: &Checkpoint) -> usize {
    session::parameters(checkpoint.tensors.iter().map(|(name, data)| (name.as_str(), data.num_elements())))
}

pub(super) fn info(
    id: ModelId,
    name: String,
    source: Source,
    card: &Card,
    parameters: usize,
    model: &Held,
) -> ModelInfo {
    let foreign = card.network.is_some().then(|| "Foreign network".to_string());
    let title = foreign
        .unwrap_or_else(|| zoo::find(&card.recipe).map_or(card.recipe.clone(), |e| e.recipe.title.into()));
    ModelInfo {
        id,
        name,
        source,
        recipe: card.recipe.clone(),
        title,
        data: card.data.clone(),
        inputs: model.inputs().to_vec(),
        latent_dims: model.latent_dims(),
        width: card.shape.width,
        height: card.shape.height,
        channels: card.shape.channels,
        parameters,
        step: card.step,
        points: model.model().plane().is_some(),
        pixels: model.model().pixels().is_some(),
        codes_prior: model.model().codes_prior().map(|prior| prior.classes().to_vec()),
        has_encoder: model.encodes(),
        opening: card.opening.clone(),
        first: card.first.clone(),
        held: card.held.clone(),
        resumable: false,
        directions: card.directions.clone(),
        fingerprint: String::new(),
        network: None,
        layers: Vec::new(),
    }
}
