//! What can be typed.
//!
//! Must not know: how any of it is done.

use super::latent::args::{DirectionsArgs, EditArgs, LayersArgs, MapCommand, ProjectArgs, WalkArgs};
use crate::engine::message::DeviceChoice;
use crate::weights::whole;
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

/// An interactive explorer for the latent space of generative models. Without a command it opens the window.
#[derive(Debug, Parser)]
#[command(name = "zscope", version, after_help = help())]
pub struct Cli {
    /// Print one JSON object a line, for machines.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Window: open this checkpoint.
    pub file: Option<PathBuf>,
    /// Window: which renderer draws it (auto: wgpu on a GPU, glow where there is none).
    #[arg(long, value_enum, default_value_t = Renderer::Auto)]
    pub renderer: Renderer,
    /// Window: where models run.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

fn help() -> String {
    format!(
        "SPEC names a data set: {}.\nFILE is a checkpoint, or the name of a shipped model (zscope recipes lists none; try digits-vae).",
        crate::data::spec::specs()
    )
}

/// Reads the command line. A file may have any name; where text is wanted, what is no UTF-8 is refused by the argument's
/// name.
pub fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(words) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let text = |word: &OsString| OsString::from(word.to_string_lossy().into_owned());
    // The parser does not say which argument it means: it is the one that fails where all others are text.
    let guilty = |at: &usize| {
        let alone = words.iter().enumerate().map(|(i, w)| if i == *at { w.clone() } else { text(w) });
        words[*at].to_str().is_none()
            && Cli::try_parse_from(alone).is_err_and(|e| e.kind() == ErrorKind::InvalidUtf8)
    };
    let Some(at) = (error.kind() == ErrorKind::InvalidUtf8).then(|| (1..words.len()).find(guilty)).flatten()
    else {
        return Err(error);
    };
    let said = words[at].to_string_lossy().into_owned();
    let (name, value) = match said.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name.to_owned(), value.to_owned()),
        _ => match words[at - 1].to_string_lossy() {
            option if option.starts_with("--") => (option.into_owned(), said),
            _ => (format!("argument {at}"), said),
        },
    };
    let message = format!(
        "{name} wants text in UTF-8, which \"{value}\" is not: rename what it names, or give a link to it with a plain name"
    );
    Err(Cli::command().error(ErrorKind::InvalidUtf8, message))
}

/// A number that is one: neither NaN nor infinite.
pub(super) fn finite<T: FromStr + Copy + Into<f64>>(text: &str) -> Result<T, String> {
    let number = text.trim().parse::<T>().ok().filter(|v| (*v).into().is_finite());
    number.ok_or_else(|| "it is not a number".into())
}

/// Where a prior is cut off, σ.
fn truncation(text: &str) -> Result<f32, String> {
    match finite::<f32>(text)? {
        t if t > 0.0 => Ok(t),
        _ => Err("it is above 0, in σ of the prior; leave it out to cut nothing off".into()),
    }
}

/// A file to write, whose ending is one of those that are written.
pub(super) fn written(endings: &'static [&'static str]) -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(move |path| whole::ending(&path, endings).map(|_| path))
}

/// Where models run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum On {
    /// The GPU where there is a hardware one, else the CPU.
    Auto,
    /// The CPU (Burn flex).
    Cpu,
    /// The GPU (Burn wgpu), a software one too.
    Gpu,
}

impl From<On> for DeviceChoice {
    fn from(on: On) -> Self {
        match on {
            On::Auto => Self::Auto,
            On::Cpu => Self::Cpu,
            On::Gpu => Self::Gpu,
        }
    }
}

/// What draws the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Renderer {
    /// By the adapter.
    Auto,
    /// wgpu: pictures are drawn from the model's own buffers.
    Wgpu,
    /// OpenGL: quicker where the only adapter is software.
    Glow,
}

/// The headless commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a recipe; the run folder can be resumed, and opened in the window.
    Train(TrainArgs),
    /// List recorded runs, or say what one holds.
    Runs(RunsArgs),
    /// Make a film of a run's samples: an animated GIF.
    Film(FilmArgs),
    /// Film a way through latents: GIF, animated PNG, or numbered PNGs.
    Walk(WalkArgs),
    /// Move a latent or a picture along directions, or by A − B + C.
    Edit(EditArgs),
    /// Find directions that mean something, judge them, save them with the model.
    Directions(DirectionsArgs),
    /// See latent space as a whole: a plane, strips, points, the training pictures like an output.
    #[command(subcommand)]
    Map(MapCommand),
    /// Find the latent of a picture.
    Project(ProjectArgs),
    /// Say what each layer of the decoder gives for a latent, and draw its maps.
    Layers(LayersArgs),
    /// Print a model's figures on held-out pictures.
    Eval(EvalArgs),
    /// Put models side by side: how likely pictures are to each, how good its samples are, what it costs.
    Compare(CompareArgs),
    /// The adversarial laboratory: every loss on sets of points.
    #[command(subcommand)]
    Lab(LabCommand),
    /// Draw samples from the prior into a PNG.
    Sample(SampleArgs),
    /// Enlarge pictures of any size by a model of super-resolution.
    Upscale(UpscaleArgs),
    /// Make pictures of one kind of pictures of another, by a model that learnt it without pairs.
    Translate(TranslateArgs),
    /// Foretell where the people of a file of tracks walk next.
    Predict(PredictArgs),
    /// Say what is in a checkpoint.
    Inspect {
        /// Checkpoint or shipped model.
        file: PathBuf,
    },
    /// Write what zscope makes of a foreign file beside it (FILE.zscope.toml), to correct it or to change its settings.
    Describe(DescribeArgs),
    /// Write a model in another format: .safetensors (PyTorch's names), .bpk (Burn) or .npz, with a program that loads it.
    Convert(ConvertArgs),
    /// Run arrays through a model in its own units: latents give pictures, pictures give q(z|x) and opinions.
    Forward(ForwardArgs),
    /// List the recipes with their settings.
    Recipes,
    /// List the exhibits of the atlas, or train them one after the other as their pages do
    Atlas(AtlasArgs),
    /// Read a data set and say what is in it.
    Data {
        /// Data SPEC.
        spec: String,
        /// Width and height of the pictures.
        #[arg(long, default_value_t = 64)]
        size: usize,
    },
    /// Copy a checkpoint without its optimiser state: smaller, for sharing.
    Strip(StripArgs),
    /// Draw the real window off-screen into a PNG.
    Shot(ShotArgs),
    /// Measure zscope on this machine.
    Bench(BenchArgs),
}

/// A copy for sharing.
#[derive(Debug, Args)]
pub struct StripArgs {
    /// Checkpoint.
    pub file: PathBuf,
    /// The copy.
    #[arg(long, value_parser = written(&["safetensors"]))]
    pub out: PathBuf,
    /// What the copy says it was trained on ("idx:MNIST"), instead of a folder of this machine.
    #[arg(long)]
    pub data: Option<String>,
    /// The point that it opens on: a seed, a file with a latent, a PNG that carries a point, or a picture to encode; of a model
    /// without a latent a number is a picture of its data.
    #[arg(long, value_name = "POINT")]
    pub opens_on: Option<OsString>,
    /// Dimensions whose sliders stand first, by names or numbers ("yaw,smile,7"); a drag on the picture moves the first two.
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    pub first: Vec<String>,
}

/// What a SPEC may say behind its `?`, by itself.
#[derive(Clone, Debug, Default, Args)]
pub struct DataArgs {
    /// Hold out all pictures of this data set, and none of --data.
    #[arg(long, value_name = "SPEC")]
    pub test: Option<String>,
    /// Hold out this share of a folder's pictures, 0 to 0.9 [default: 0.1].
    #[arg(long, value_name = "SHARE")]
    pub hold_out: Option<String>,
    /// Another number holds out other pictures of a folder.
    #[arg(long, value_name = "SEED")]
    pub hold_out_seed: Option<u64>,
    /// How pictures of another shape are fitted: crop, pad or stretch.
    #[arg(long, value_parser = ["crop", "pad", "stretch"])]
    pub fit: Option<String>,
    /// Train on each picture's mirror image too.
    #[arg(long)]
    pub mirror: bool,
}

/// `zscope train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Recipe (see `zscope recipes`); with --from it may be left out. A network from elsewhere is trained as tune-vae or
    /// tune-gan.
    #[arg(required_unless_present = "from", default_value = "", hide_default_value = true)]
    pub recipe: String,
    /// Data SPEC; default: the recipe's own.
    #[arg(long)]
    pub data: Option<String>,
    /// What of the data is trained on, and how.
    #[command(flatten)]
    pub data_options: DataArgs,
    /// A setting: --set beta=4
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Stop after this many optimiser steps.
    #[arg(long)]
    pub steps: Option<u64>,
    /// Stop after this many passes over the data.
    #[arg(long, value_parser = finite::<f64>)]
    pub epochs: Option<f64>,
    /// Stop after this many minutes of training.
    #[arg(long, value_parser = finite::<f64>)]
    pub minutes: Option<f64>,
    /// Seed of weights, noise and the order of the data [default: 1].
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where to train.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
    /// Run folder; default: a new one in the user's data folder.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Go on from the newest checkpoint in --out, or begin where there is none; --data says where its data is now.
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// Let this later phase of the run begin now, whatever its setting says: --resume --phase prior
    #[arg(long, value_name = "NAME")]
    pub phase: Option<String>,
    /// Begin with this model, in a run of its own: a checkpoint, a shipped model, or a foreign file, whose missing half
    /// is made fresh.
    #[arg(long, conflicts_with_all = ["resume"])]
    pub from: Option<PathBuf>,
    /// Repeat the run in this folder: its data, settings, seed, and the changes made on the way.
    #[arg(long, conflicts_with_all = ["resume", "from", "data", "set", "seed"])]
    pub replay: Option<PathBuf>,
    /// Change a live setting after so many steps: --at 1000:beta=4
    #[arg(long = "at", value_name = "STEP:KEY=VALUE")]
    pub at: Vec<String>,
    /// Save every so many seconds [default: at 5 s, then ever later, up to every 60 s].
    #[arg(long, value_parser = finite::<f64>)]
    pub autosave: Option<f64>,
}

/// `zscope atlas`.
#[derive(Debug, Args)]
pub struct AtlasArgs {
    /// Exhibits by their keys; none = all.
    pub exhibits: Vec<String>,
    /// Train each into a folder of its key in this one; `zscope runs FOLDER` prints the losses afterwards.
    #[arg(long, value_name = "FOLDER")]
    pub train: Option<PathBuf>,
    /// With the ingredient switched off, into KEY-broken.
    #[arg(long, requires = "train")]
    pub broken: bool,
    /// Train each for so many minutes instead of its own.
    #[arg(long, requires = "train")]
    pub minutes: Option<f64>,
}

/// `zscope runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// A run, or a folder of runs; default: the user's.
    pub folder: Option<PathBuf>,
    /// Write the losses of every step of the run into this CSV.
    #[arg(long, requires = "folder", value_parser = written(&["csv"]))]
    pub csv: Option<PathBuf>,
}

/// `zscope film`.
#[derive(Debug, Args)]
pub struct FilmArgs {
    /// The run's folder.
    pub run: PathBuf,
    /// Where the GIF goes.
    #[arg(long, value_parser = written(&["gif"]))]
    pub out: PathBuf,
    /// Pictures a second, 1 to 50.
    #[arg(long, default_value_t = 15.0, value_parser = finite::<f32>)]
    pub fps: f32,
    /// Pixels per pixel, 1 to 8.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub zoom: u32,
}

/// `zscope eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// Data SPEC; default: what it was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// Which pictures count as held out.
    #[command(flatten)]
    pub data_options: DataArgs,
    /// The classifier that judges samples and reconstructions; default: the shipped one that reads such pictures, if any.
    #[arg(long)]
    pub judge: Option<PathBuf>,
    /// Samples that are judged, 2 to 100000.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub samples: u32,
    /// Where the prior is cut off on both sides, in σ: samples become more alike and more typical (the truncation trick).
    #[arg(long, value_parser = truncation)]
    pub truncation: Option<f32>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope describe`.
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// A foreign file: PyTorch, safetensors, Burn or NumPy.
    pub file: PathBuf,
    /// A setting that shapes can't tell: --set posterior=interleaved (inspect lists them)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Take the second, third … network that fits instead of the likeliest (inspect lists them, from 1).
    #[arg(long, default_value_t = 0)]
    pub other: usize,
    /// Infer anew although there is a description.
    #[arg(long)]
    pub anew: bool,
}

/// `zscope convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Checkpoint, foreign file or shipped model.
    pub file: PathBuf,
    /// The new file; its ending says the format: .safetensors, .bpk or .npz.
    #[arg(long, value_parser = written(&["safetensors", "bpk", "npz"]))]
    pub out: PathBuf,
    /// Numbers of 16 bits: half the size, about three digits.
    #[arg(long)]
    pub half: bool,
    /// Also write a PyTorch program (torch.nn) that loads the new .safetensors.
    #[arg(long, value_parser = written(&["py"]))]
    pub torch: Option<PathBuf>,
}

/// `zscope forward`.
#[derive(Debug, Args)]
pub struct ForwardArgs {
    /// Checkpoint, foreign file or shipped model.
    pub file: PathBuf,
    /// A .npz with `z` [n, dims] (latents), or `x` or `enc_in` (pictures), or a .npy of latents.
    #[arg(long)]
    pub input: PathBuf,
    /// Where the results go: a .npz with `y`; or `mu`, `logvar`, `critic`.
    #[arg(long, value_parser = written(&["npz"]))]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// Another model, which draws the same latents: each row of the first is followed by the same of this one.
    #[arg(long, value_name = "MODEL")]
    pub against: Option<PathBuf>,
    /// How many.
    #[arg(long, default_value_t = 64)]
    pub n: usize,
    /// Seed of the latents.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Scale of the latents (1 = the prior), 0 to 10; of what draws places one by one the divisor of its logits.
    #[arg(long, default_value_t = 1.0, value_parser = finite::<f32>)]
    pub temperature: f32,
    /// Where the prior is cut off on both sides, in σ: samples become more alike and more typical (the truncation trick).
    #[arg(long, value_parser = truncation)]
    pub truncation: Option<f32>,
    /// Temperature of one grid of codes that a prior draws, by the input's name: --temperature-of bottom=0.8
    #[arg(long = "temperature-of", value_name = "INPUT=T")]
    pub temperature_of: Vec<String>,
    /// Write each picture as a file of its own: --out is a folder, for 0000.png, 0001.png and so on.
    #[arg(long, conflicts_with = "against")]
    pub each: bool,
    /// Class that is drawn, by name or number, where the model takes one [default: all by turns].
    #[arg(long)]
    pub class: Option<String>,
    /// Caption that is drawn, where the model takes one; of several each by turns [default: captions of the data].
    #[arg(long, value_name = "TEXT", conflicts_with = "data")]
    pub caption: Vec<String>,
    /// Draw each latent in every class: a row a latent, a column a class.
    #[arg(long, conflicts_with_all = ["class", "caption", "against", "each", "data"])]
    pub every_class: bool,
    /// Write clips that play together: --out is a .gif, an animated .png or .apng, or a folder of numbered PNGs.
    #[arg(long, conflicts_with_all = ["class", "against", "each", "every_class", "data"])]
    pub clip: bool,
    /// Frames of the clips, which may be more than were trained [default: as many as were].
    #[arg(long, requires = "clip")]
    pub frames: Option<u16>,
    /// Data whose pictures go in where the model takes pictures or codes [default: what it learnt from].
    #[arg(long, value_name = "SPEC")]
    pub data: Option<String>,
    /// Pixels per pixel.
    #[arg(long, default_value_t = 1)]
    pub zoom: u32,
    /// Where the picture goes: a .png, with --each a folder, with --clip also a .gif.
    #[arg(long)]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope upscale`.
#[derive(Debug, Args)]
pub struct UpscaleArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// Pictures to enlarge.
    #[arg(required = true, value_name = "PICTURE")]
    pub pictures: Vec<PathBuf>,
    /// Folder for the large pictures: NAME-x4.png.
    #[arg(long)]
    pub out: PathBuf,
    /// The true large picture of each, in their order: PSNR and SSIM are printed.
    #[arg(long, value_name = "PICTURE", conflicts_with = "from_large")]
    pub truth: Vec<PathBuf>,
    /// The pictures are the large ones: make them small first, and compare with them.
    #[arg(long)]
    pub from_large: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope translate`.
#[derive(Debug, Args)]
pub struct TranslateArgs {
    /// Checkpoint of a CycleGAN.
    pub file: PathBuf,
    /// Pictures of any size, and folders of them; they are cut and resized to the model's size. Of an animation the first frame.
    #[arg(required = true, value_name = "PICTURE_OR_FOLDER")]
    pub pictures: Vec<PathBuf>,
    /// Folder for the translations: NAME.png.
    #[arg(long)]
    pub out: PathBuf,
    /// Which way: "day → dusk", "day->dusk", or just what they become [default: from the first domain to the second].
    #[arg(long, value_name = "WAY")]
    pub direction: Option<String>,
    /// Write what becomes of each on the way back too: NAME-back.png.
    #[arg(long)]
    pub back: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// Checkpoint of a Social GAN.
    pub file: PathBuf,
    /// File with a line frame id x y for each person in each frame, in metres and steps of 0.4 s; the last frames are what futures
    /// follow from.
    #[arg(long)]
    pub tracks: PathBuf,
    /// Futures.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub samples: u16,
    /// What the noise of the futures follows from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// CSV file for the futures: frame,id,sample,x,y.
    #[arg(long)]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope shot`.
#[derive(Debug, Args)]
pub struct ShotArgs {
    /// What is drawn; a wrong name lists them all.
    #[arg(long, default_value = "explore")]
    pub scene: String,
    /// Width and height in pixels.
    #[arg(long, default_value = "1440x900")]
    pub size: String,
    /// Light instead of dark.
    #[arg(long)]
    pub light: bool,
    /// Where the picture goes.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: PathBuf,
}

/// `zscope bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[arg(value_enum)]
    pub what: Bench,
    /// Recipe, for `train` (fc-vae where none is named), `latency` and `frame` (conv-vae).
    #[arg(long)]
    pub recipe: Option<String>,
    /// For `train`, a setting of the recipe: --set size=32
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Data SPEC, for `scroll` and `map`.
    #[arg(long, default_value = "digits:60000")]
    pub data: String,
    /// Model to drag on, for `latency`; one of codes is painted on. Nothing is trained then.
    #[arg(long)]
    pub open: Option<PathBuf>,
    /// Run folder to go on with, for `soak`; without one it trains a small VAE.
    #[arg(long)]
    pub run: Option<PathBuf>,
    /// Seconds of measuring.
    #[arg(long, default_value_t = 10.0, value_parser = finite::<f64>)]
    pub seconds: f64,
    /// For `train` on a processor: where the time goes, operation by operation.
    #[arg(long)]
    pub profile: bool,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// What is done in the laboratory.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Train every loss on every set of points with several seeds, side by side; write a table and a picture. What is done is not
    /// done again.
    Sweep(SweepArgs),
}

/// `zscope lab sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// Folder for the runs, the table and the picture.
    #[arg(long)]
    pub out: PathBuf,
    /// Sets of points: names such as 2d-ring, or points:FILE.
    #[arg(long, value_delimiter = ',', default_value = "2d-ring,2d-grid")]
    pub data: Vec<String>,
    /// Losses, by their names in the menu; all where none is named.
    #[arg(long, value_delimiter = ',')]
    pub loss: Vec<String>,
    /// Seeds of each: 1 to this.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub seeds: u64,
    /// Steps of each run.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: u64,
    /// A setting of the recipe lab, for all runs.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Runs at a time; as many as there are cores where none is named.
    #[arg(long)]
    pub jobs: Option<usize>,
}

/// `zscope compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Run folders, checkpoints or shipped models, for pictures of one size.
    #[arg(required = true, value_name = "MODEL")]
    pub runs: Vec<PathBuf>,
    /// Data SPEC whose held-out pictures they are measured on; default: what the first model was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// Samples that figures rest on.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(64..=50_000))]
    pub samples: u32,
    /// Held-out pictures whose likelihood is measured.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub pictures: u32,
    /// Folder for compare.md, compare.csv, compare.json and compare.png, the sheets of all models.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// What `zscope bench` measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Slider to pixel.
    Latency,
    /// Training speed.
    Train,
    /// The window's frames, and what watching costs the training.
    Frame,
    /// The data page's frames while scrolling.
    Scroll,
    /// The map's frames with many points (--data digits:60000).
    Map,
    /// A training that is watched for a long time: memory and frames (--seconds 3600).
    Soak,
}
