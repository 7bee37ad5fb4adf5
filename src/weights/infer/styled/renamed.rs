//! Generators whose files are tensors and nothing else, under the names of NVIDIA's programs: rosinality's, and a StyleGAN2's own
//! that somebody saved without its objects.
//!
//! Must not know: what the tensors are for beyond their names.

use super::{AVERAGE, Named, strange};
use crate::nn::Noise;
use crate::weights::foreign::number::Kind;
use crate::weights::foreign::{Archive, Entry};

/// The tensor that only rosinality's generators have, and the one that only NVIDIA's StyleGAN2 has.
const INPUT: &str = "input.input";
const CONSTANT: &str = "synthesis.b4.const";
/// rosinality's mean of w, beside the generator.
const MEAN: &str = "latent_avg";
/// The sum of rosinality's filters: they have the factor for what is twice as large.
const SUM: f32 = 4.0;

/// Where a name begins that ends so; the averaged copy's before others.
fn prefix(archive: &Archive, end: &str) -> Option<String> {
    let begin = |e: &Entry| {
        let before = e.name.strip_suffix(end)?;
        (before.is_empty() || before.ends_with('.')).then(|| before.to_owned())
    };
    let mut all: Vec<String> = archive.tensors.iter().filter_map(begin).collect();
    all.sort_by_key(|p| !p.contains("ema"));
    all.into_iter().next()
}

/// What is below a prefix, without it.
fn below(archive: &Archive, prefix: &str) -> Vec<Entry> {
    let own = |e: &Entry| {
        let name = e.name.strip_prefix(prefix)?.to_owned();
        // Without a prefix a discriminator's stands beside it under its own.
        (!(prefix.is_empty() && ["d.", "g."].iter().any(|p| name.starts_with(p))))
            .then(|| Entry { name, ..e.clone() })
    };
    archive.tensors.iter().filter_map(own).collect()
}

/// A StyleGAN2 of NVIDIA's without its objects.
pub fn bare(archive: &Archive) -> Result<Option<Named>, String> {
    let third = prefix(archive, "synthesis.input.freqs");
    let Some(prefix) = prefix(archive, CONSTANT).or(third) else { return Ok(None) };
    let mut entries = below(archive, &prefix);
    entries.retain(|e| e.name.starts_with("mapping.") || e.name.starts_with("synthesis."));
    let note = "Told by names: NVIDIA's StyleGAN2, of which gains and clamps are not in the file; the program's own are taken (learning rate of the mapping × 0.01, no clamp).";
    Ok(Some((entries, vec![note.into()])))
}

/// rosinality's generator under NVIDIA's names.
pub fn rosinality(archive: &Archive) -> Result<Option<Named>, String> {
    let Some(prefix) = prefix(archive, INPUT).filter(|_| prefix(archive, "conv1.conv.weight").is_some())
    else {
        return Ok(None);
    };
    let mut entries = Vec::new();
    let mut noisy: Vec<(String, usize)> = Vec::new();
    let mut own_noise = false;
    for entry in below(archive, &prefix) {
        if entry.name == MEAN {
            continue;
        }
        let renamed = renamed(entry)?;
        if renamed.name.ends_with(".noise_strength") {
            let module = renamed.name.trim_end_matches(".noise_strength").to_owned();
            if let Some(side) = side(&module) {
                noisy.push((module, side));
            }
        }
        own_noise |= renamed.name.ends_with(".noise_const");
        entries.push(renamed);
    }
    let mut notes = vec![
        "Told by names and shapes: a StyleGAN2 of rosinality's program, whose tensors are renamed as NVIDIA's are; the mapping's learning rate × 0.01, as usual.".to_owned(),
    ];
    // Its first versions saved no noise.
    if !own_noise {
        for (module, side) in noisy {
            let values = Noise::named(0, &module).normals(side * side);
            entries.push(Entry {
                name: format!("{module}.noise_const"),
                shape: vec![side, side],
                kind: Kind::F32,
                values,
            });
        }
        notes.push("The file has no noise of its own: it was drawn from a seed.".into());
    }
    if let Some(mean) = archive.tensors.iter().find(|e| e.name == MEAN || e.name == format!("{prefix}{MEAN}"))
    {
        let shape = vec![mean.values.len()];
        entries.push(Entry { name: AVERAGE.into(), shape, ..mean.clone() });
    }
    Ok(Some((entries, notes)))
}

/// The side of a layer's maps by its module.
fn side(module: &str) -> Option<usize> {
    module.strip_prefix("synthesis.b")?.split('.').next()?.parse().ok().filter(|s| *s <= 8192)
}

/// The module of styled convolution `i` after the first.
fn convolution(i: usize) -> Result<String, String> {
    match i {
        0..24 => Ok(format!("synthesis.b{}.conv{}", 8 << (i / 2), i % 2)),
        _ => Err(strange(&format!("it has a layer convs.{i}"))),
    }
}

fn renamed(entry: Entry) -> Result<Entry, String> {
    let Entry { name, mut shape, kind, mut values } = entry;
    let unknown = || strange(&format!("it has a tensor {name}"));
    let parts: Vec<&str> = name.split('.').collect();
    let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n < 1000).ok_or_else(unknown);
    let (module, rest) = match *parts {
        ["style", i, leaf @ ("weight" | "bias")] => {
            let i = number(i)?.checked_sub(1).ok_or_else(unknown)?;
            (format!("mapping.fc{i}"), vec![leaf])
        }
        ["input", "input"] => ("synthesis.b4".into(), vec!["const"]),
        ["conv1", ref rest @ ..] => ("synthesis.b4.conv1".into(), rest.to_vec()),
        ["convs", i, ref rest @ ..] => (convolution(number(i)?)?, rest.to_vec()),
        ["to_rgb1", ref rest @ ..] => ("synthesis.b4.torgb".into(), rest.to_vec()),
        ["to_rgbs", i, ref rest @ ..] => {
            let block = convolution(number(i)?.saturating_mul(2))?;
            let block = block.trim_end_matches(".conv0").to_owned();
            match *rest {
                ["upsample", "kernel"] => (block, vec!["upsample", "kernel"]),
                _ => (format!("{block}.torgb"), rest.to_vec()),
            }
        }
        ["noises", map] => {
            let i = number(map.strip_prefix("noise_").ok_or_else(unknown)?)?;
            let layer = i.checked_sub(1).map_or(Ok("synthesis.b4.conv1".into()), convolution)?;
            (layer, vec!["noise_const"])
        }
        _ => return Err(unknown()),
    };
    let mut squeeze = |count: usize| {
        if shape.len() > count && shape[..shape.len() - count].iter().all(|d| *d == 1) {
            shape.drain(..shape.len() - count);
        }
    };
    let leaf = match *rest {
        [leaf @ ("weight" | "bias")] if module.starts_with("mapping.") => leaf,
        ["const"] => {
            squeeze(3);
            "const"
        }
        ["noise_const"] => {
            squeeze(2);
            "noise_const"
        }
        ["conv", "weight"] => {
            squeeze(4);
            "weight"
        }
        ["conv", "modulation", "weight"] => "affine.weight",
        ["conv", "modulation", "bias"] => "affine.bias",
        ["conv", "blur", "kernel"] | ["upsample", "kernel"] => {
            values.iter_mut().for_each(|v| *v /= SUM);
            "resample_filter"
        }
        ["noise", "weight"] => "noise_strength",
        ["activate", "bias"] => "bias",
        // Of a way to colours: [1, channels, 1, 1].
        ["bias"] => {
            if let [1, channels, 1, 1] = *shape {
                shape = vec![channels];
            }
            "bias"
        }
        _ => return Err(unknown()),
    };
    Ok(Entry { name: format!("{module}.{leaf}"), shape, kind, values })
}
