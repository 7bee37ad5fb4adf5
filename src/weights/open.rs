//! Opens any file of weights: zscope's own, or a stranger's, whose network is inferred or described beside it.
//!
//! Must not know: the engine, the window.

use super::checkpoint::{FOREIGN, KEY};
use super::foreign::{self, Archive};
use super::infer::{self, Guess};
use super::{Card, Checkpoint, whole};
use crate::nn::Tensors;
use crate::nn::network::run::sizes;
use crate::nn::network::{Network, shape};
use crate::zoo::{Settings, Shape};
use safetensors::tensor::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest description that is read.
const DESCRIPTION: u64 = 4 << 20;

/// Reads a checkpoint, zscope's own or a foreign one. The sentence says what is wrong with which file and what to do.
pub fn read(path: &Path) -> Result<Checkpoint, String> {
    if own(path) { Checkpoint::read(path) } else { Ok(foreign(path)?.0) }
}

/// Whether a file says that zscope wrote it.
pub fn own(path: &Path) -> bool {
    let header = || -> Option<bool> {
        let mut file = std::fs::File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut size = [0; 8];
        file.read_exact(&mut size).ok()?;
        let header = u64::from_le_bytes(size);
        if header > (100 << 20) || header + 8 > length {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(header).read_to_end(&mut bytes).ok()?;
        // The header alone: `SafeTensors::read_metadata` wants the whole file.
        let metadata: Metadata = serde_json::from_slice(&bytes).ok()?;
        metadata.metadata().as_ref().map(|m| m.contains_key(KEY))
    };
    header().unwrap_or(false)
}

/// The description beside a file: FILE.zscope.toml.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".zscope.toml");
    name.into()
}

/// Reads a foreign file with its network, and other networks that fit as well.
pub fn foreign(path: &Path) -> Result<(Checkpoint, Vec<(String, Network)>), String> {
    let archive = foreign::file::read(path)?;
    let name = path.display();
    if let Some(card) = archive.card.clone() {
        let card = serde_json::from_str(&card)
            .map_err(|e| format!("{name} has a description that this version of zscope cannot read ({e})"))?;
        let tensors = infer::tensors(archive).map_err(|e| format!("{name} {e}"))?;
        return Ok((Checkpoint { card, tensors }, Vec::new()));
    }
    let description = beside(path);
    if description.exists() {
        let (network, tensors) = described(&description, archive)?;
        return Ok((checkpoint(network, tensors), Vec::new()));
    }
    let Guess { network, tensors, others } = infer::infer(archive).map_err(|e| format!("{name} {e}"))?;
    Ok((checkpoint(network, tensors), others))
}

fn described(path: &Path, archive: Archive) -> Result<(Network, Tensors), String> {
    let name = path.display();
    let network = parse(path)?;
    let tensors = infer::tensors(archive).map_err(|e| format!("{name} describes a file whose {e}"))?;
    shape::check(&network, &sizes(&tensors))
        .map_err(|e| format!("{name} does not fit the file it describes: {e}; correct it, or delete it to have the network inferred"))?;
    Ok((network, tensors))
}

/// Reads a description.
pub fn parse(path: &Path) -> Result<Network, String> {
    let name = path.display();
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|e| format!("{name} could not be read: {e}"))?;
    file.take(DESCRIPTION).read_to_string(&mut text).map_err(|e| format!("{name} could not be read: {e}"))?;
    toml::from_str(&text).map_err(|e| {
        let line = e.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{name} is no description of a network: {line}")
    })
}

/// Writes a network beside the file that it is of, whole or not at all.
pub fn remember(path: &Path, network: &Network) -> Result<PathBuf, String> {
    let target = beside(path);
    whole::write(&target, text(network)?.as_bytes())?;
    Ok(target)
}

/// A description as text.
pub fn text(network: &Network) -> Result<String, String> {
    let body = toml::to_string(network).map_err(|e| format!("the description could not be written: {e}"))?;
    Ok(format!(
        "# The network of the file beside this one, as zscope runs it. Correct it where it is wrong; delete it to have\n# the network inferred again. `assumed` says what neither names nor shapes tell.\n\n{body}"
    ))
}

/// A checkpoint of a described network.
pub fn checkpoint(network: Network, mut tensors: Tensors) -> Checkpoint {
    let used = network.names();
    tensors
        .retain(|name, _| name.rsplit_once('.').is_some_and(|(module, _)| used.iter().any(|u| u == module)));
    let outputs = network.outputs(&sizes(&tensors));
    let shape = Shape {
        width: network.picture.width,
        height: network.picture.height,
        channels: network.picture.shown(),
        classes: if outputs > 1 { outputs } else { 0 },
        attributes: 0,
    };
    let card = Card {
        classes: Vec::new(),
        factors: Vec::new(),
        columns: Default::default(),
        domains: Vec::new(),
        labels: None,
        frames: 0,
        captions: None,
        tracks: None,
        held: Default::default(),
        format: 1,
        recipe: FOREIGN.into(),
        settings: Settings::default(),
        shape,
        data: String::new(),
        seed: 0,
        step: 0,
        phase: 0,
        seen: 0,
        seconds: 0.0,
        importance: Vec::new(),
        importance_is_kl: false,
        opening: Vec::new(),
        first: Vec::new(),
        outputs: Vec::new(),
        directions: Vec::new(),
        network: Some(Box::new(network)),
    };
    Checkpoint { card, tensors }
}
