//! Models side by side, from their files on: opens them, reads the data, and lets them be compared.
//!
//! Must not know: egui, messages, what is measured.

use super::folder;
use super::open::{explore, open, parameters};
use super::resume;
use crate::data::{DataError, Job, Spec};
use crate::metrics::judge::{Named, knows};
use crate::tools::families::{self, Comparison, Effort, Family};
use crate::tools::{Tick, tick};
use crate::weights::{self, Card, Checkpoint, whole};
use crate::zoo::{self, Does, Settings, Shape, adversarial};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// A model that is to be compared.
pub struct Entry {
    /// Where it came from: a path, or the name of a shipped model.
    pub origin: String,
    /// What it is called.
    pub name: String,
    /// Its weights.
    pub checkpoint: Checkpoint,
}

/// A checkpoint file, or the newest of a run's folder.
pub fn read(path: &Path) -> Result<Entry, String> {
    let origin = path.display().to_string();
    if !path.join("run.toml").exists() {
        return Ok(Entry { origin, name: folder::name_of(path), checkpoint: weights::read(path)? });
    }
    let (_, checkpoint) = resume::resume(path)?;
    let checkpoint =
        checkpoint.ok_or_else(|| format!("{origin} has no checkpoint yet: train it further first"))?;
    let name = path.file_name().map_or_else(|| origin.clone(), |n| n.to_string_lossy().into_owned());
    Ok(Entry { origin, name, checkpoint })
}

/// What a run plays, where it is a GAN with a menu of games; else empty.
pub fn game(recipe: &str, settings: &Settings) -> &'static str {
    let recipe = zoo::recipe(recipe);
    let place = recipe.and_then(|r| settings.find(r, adversarial::LOSS_NAME));
    let game = place.and_then(|place| crate::objective::game::GAMES.get(place as usize));
    game.map_or("", |(_, name)| name)
}

/// Parameters of a checkpoint, and those of them that are not a discriminator's.
fn counted(checkpoint: &Checkpoint) -> [usize; 2] {
    let recipe = zoo::recipe(&checkpoint.card.recipe);
    let judges: Vec<String> = recipe
        .map_or(&[][..], |r| r.parts)
        .iter()
        .filter(|part| part.does == Does::Judges && !part.name.is_empty())
        .map(|part| format!("{}.", part.name))
        .collect();
    let all = || checkpoint.tensors.iter().map(|(name, data)| (name.as_str(), data.num_elements()));
    let drawing = all().filter(|(name, _)| !judges.iter().any(|judge| name.starts_with(judge)));
    [parameters(all()), parameters(drawing)]
}

fn family(entry: &Entry, device: &Device) -> Result<Family, String> {
    let Card { recipe, settings, step, seen, seconds, outputs, shape, .. } = &entry.checkpoint.card;
    let model = explore(&entry.checkpoint, device)?;
    if model.model().plane().is_some() {
        return Err(format!(
            "{} draws points: zscope eval has its figures, and zscope lab sweep a table of many",
            entry.name
        ));
    }
    Ok(Family {
        name: entry.name.clone(),
        origin: entry.origin.clone(),
        recipe: recipe.clone(),
        loss: game(recipe, settings).into(),
        parameters: counted(&entry.checkpoint),
        steps: *step,
        seen: *seen,
        seconds: *seconds,
        outputs: outputs.clone(),
        shape: *shape,
        model,
    })
}

/// The classifier that judges pictures of a shape, where there is one, with its name.
pub type Judge<'a> = &'a dyn Fn(&Shape) -> Result<Option<(String, Checkpoint)>, String>;

/// Compares them on the held-out pictures of `data`; without one on those that the first was trained on.
pub fn compare(
    entries: &[Entry],
    data: Option<&str>,
    effort: Effort,
    judge: Judge<'_>,
    device: &Device,
    cancel: &AtomicBool,
    tell: Tick<'_>,
) -> Result<Comparison, String> {
    let first = entries.first().ok_or("name some models to compare")?;
    let shape = first.checkpoint.card.shape;
    let shapes: Vec<_> = entries.iter().map(|e| (e.name.as_str(), e.checkpoint.card.shape)).collect();
    families::same_size(&shapes)?;
    let families = entries.iter().map(|e| family(e, device)).collect::<Result<Vec<_>, _>>()?;
    tick(tell, 0, 0)?;
    let own = resume::data_of(Path::new(&first.origin), &first.checkpoint.card.data);
    let spec: Spec = data.unwrap_or(&own).parse().map_err(|e: DataError| e.to_string())?;
    let job = Job { progress: &|_, _| {}, cancel };
    let dataset = spec.load(shape.want(), &job).map_err(|e| match data {
        Some(_) => e.to_string(),
        None => format!("{e}; {} was trained on it: name the data that is to be measured on", first.name),
    })?;
    let judge = judge(&shape)?
        .filter(|(_, j)| knows(&j.card.outputs, j.card.shape.classes, &dataset.test))
        .map(|(name, j)| open(&j, device).map(|model| (name, j.card.outputs, model)))
        .transpose()?;
    let named =
        judge.as_ref().map(|(name, outputs, model)| (name.as_str(), Named { model: &**model, outputs }));
    families::compare(&families, &dataset, named, effort, device, tell)
}

/// Writes a comparison into a folder: compare.md, compare.csv, compare.json and compare.png, each whole or as it was.
pub fn write(comparison: &Comparison, into: &Path) -> Result<[PathBuf; 4], String> {
    std::fs::create_dir_all(into)
        .map_err(|e| format!("the folder {} could not be made: {e}", into.display()))?;
    let json = serde_json::to_vec_pretty(&comparison.json())
        .map_err(|e| format!("the table could not be written: {e}"))?;
    let files = ["compare.md", "compare.csv", "compare.json", "compare.png"].map(|name| into.join(name));
    whole::write(&files[0], comparison.markdown(Some("compare.png")).as_bytes())?;
    whole::write(&files[1], comparison.csv().as_bytes())?;
    whole::write(&files[2], &json)?;
    whole::write(&files[3], &crate::tools::picture::png(&comparison.picture, None)?)?;
    Ok(files)
}
