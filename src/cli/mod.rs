//! The command line: the same engine with no window. Errors go to stderr; exit code 2 for misuse, 1 for failure.
//!
//! Must not know: egui.

/// `println!` for a pipe whose other end may be gone (`zscope inspect FILE | head`): what nobody reads is not written,
/// and the work goes on. Any other failure (a full disk) ends the command with a sentence.
macro_rules! out {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let written = writeln!(std::io::stdout(), $($words)*);
        if let Err(e) = written && e.kind() != std::io::ErrorKind::BrokenPipe {
            eprintln!("zscope: the output could not be written ({e})");
            std::process::exit(1);
        }
    }};
}

pub mod args;
mod atlas;
mod clip;
mod compare;
mod convert;
mod evaluate;
mod foreign;
mod inspect;
mod lab;
pub mod latent;
mod predict;
mod runs;
mod sample;
mod train;
mod translate;
mod upscale;
mod window;

use crate::data::spec::per_mille;
use crate::data::{DataError, Fit, Spec};
use crate::engine::device::{self, Chosen};
use crate::engine::message::DeviceChoice;
use crate::weights::Checkpoint;
use crate::zoo::Held;
use args::Command;
use std::path::Path;

/// What is behind pictures side by side.
const GROUND: image::Rgb<u8> = image::Rgb([24, 24, 27]);

/// Why a command ended badly.
#[derive(Debug, PartialEq)]
pub enum Trouble {
    /// It was asked wrongly: exit code 2.
    Misuse(String),
    /// It went wrong: exit code 1.
    Failure(String),
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Failure(message)
    }
}

/// How a headless command went.
pub type Outcome = Result<(), Trouble>;

/// Runs a headless command; `json` = one JSON object a line on stdout.
pub fn run(command: Command, json: bool) -> Outcome {
    match command {
        Command::Train(args) => train::train(args, json),
        Command::Runs(args) => runs::runs(&args, json),
        Command::Film(args) => runs::film(&args, json),
        Command::Walk(args) => latent::walk(args, json),
        Command::Edit(args) => latent::edit(args, json),
        Command::Directions(args) => latent::directions(args, json),
        Command::Map(what) => latent::map(what, json),
        Command::Project(args) => latent::project(args, json),
        Command::Layers(args) => latent::layers(args, json),
        Command::Eval(args) => evaluate::eval(args, json),
        Command::Compare(args) => compare::compare(&args, json),
        Command::Lab(args::LabCommand::Sweep(args)) => lab::sweep(&args, json),
        Command::Upscale(args) => upscale::upscale(&args, json),
        Command::Translate(args) => translate::translate_all(&args, json),
        Command::Predict(args) => predict::predict(&args, json),
        Command::Sample(args) => sample::sample(args, json),
        Command::Inspect { file } => inspect::inspect(&file, json),
        Command::Convert(args) => convert::convert(&args, json),
        Command::Describe(args) => foreign::describe(&args, json),
        Command::Forward(args) => foreign::forward(&args, json),
        Command::Recipes => inspect::recipes(json),
        Command::Atlas(args) => atlas::atlas(&args, json),
        Command::Data { spec, size } => inspect::data(&spec, size, json),
        Command::Strip(args) => latent::strip(&args),
        Command::Shot(args) => window::shot(&args, json),
        Command::Bench(args) => window::bench(&args, json),
    }
}

/// Reads a checkpoint: a path, or the name of a shipped model.
pub fn load(name: &Path) -> Result<Checkpoint, String> {
    if !name.exists()
        && let Some(bytes) = name.to_str().and_then(crate::shipped::find)
    {
        return Checkpoint::from_bytes(bytes).map_err(|e| format!("{} {e}", name.display()));
    }
    crate::weights::read(name)
}

/// The model of a checkpoint on the chosen device.
fn model(checkpoint: &Checkpoint, device: &Chosen) -> Result<Held, String> {
    crate::engine::session::explore(checkpoint, &device.device)
}

/// A data SPEC with what the options say beside it.
fn spec_with(spec: &str, options: &args::DataArgs) -> Result<String, Trouble> {
    let said = |e: DataError| Trouble::Misuse(e.to_string());
    let args::DataArgs { test, hold_out, hold_out_seed, fit, mirror } = options;
    if test.is_none() && hold_out.is_none() && hold_out_seed.is_none() && fit.is_none() && !mirror {
        return Ok(spec.into());
    }
    let mut spec: Spec = spec.parse().map_err(said)?;
    let mine = &mut spec.options;
    if let Some(share) = hold_out {
        mine.hold = Some(per_mille(share).map_err(said)?);
    }
    mine.seed = hold_out_seed.or(mine.seed);
    if let Some((fit, _)) = Fit::ALL.iter().find(|(_, word)| fit.as_deref() == Some(*word)) {
        mine.fit = Some(*fit);
    }
    mine.mirror |= mirror;
    if let Some(test) = test {
        mine.test = Some(Box::new(test.parse().map_err(said)?));
    }
    // Read again, so that what does not go with this data is refused in the same words.
    let text = spec.to_string();
    text.parse::<Spec>().map_err(said)?;
    Ok(text)
}

/// The device for a headless command. A GPU is looked for only where it may be used.
fn device(choice: DeviceChoice) -> Result<Chosen, String> {
    let gpu = match choice {
        DeviceChoice::Cpu => None,
        DeviceChoice::Auto => crate::gpu::headless(true).ok(),
        DeviceChoice::Gpu => Some(crate::gpu::headless(false)?),
    };
    let gpu = gpu.map(|g| device::Gpu { device: g.device, name: g.name, hardware: g.hardware });
    device::choose(choice, gpu.as_ref())
}

/// A path as JSON holds it: bytes that are no UTF-8 are replaced, as every name is worth showing.
fn shown<'a>(path: impl Into<Option<&'a Path>>) -> Option<String> {
    path.into().map(|p| p.to_string_lossy().into_owned())
}

/// Prints one JSON object as a line.
fn line(value: &impl serde::Serialize) -> Outcome {
    let text = serde_json::to_string(value).map_err(|e| Trouble::Failure(e.to_string()))?;
    out!("{text}");
    Ok(())
}
