//! StyleGAN3's synthesis, as its modules tell it.
//!
//! Must not know: StyleGAN2.

use super::{Told, strange};
use crate::nn::style::{Filtered, Synthesis, Waves};
use crate::weights::foreign::objects::Field;

/// The synthesis, channels and sides of the picture, and how many w it takes.
pub fn synthesis(told: &Told<'_>) -> Result<(Synthesis, [usize; 3], usize), String> {
    if told.objects.is_empty() {
        return Err("holds the bare tensors of a StyleGAN3, which do not say its sampling rates; open the .pkl that they were taken from".into());
    }
    told.module("synthesis", "SynthesisNetwork")?;
    let Some(Field::Texts(names)) = told.field("synthesis", "layer_names") else {
        return Err(strange("its synthesis does not say the order of its layers"));
    };
    let names: Vec<String> = names.iter().map(|n| format!("synthesis.{n}")).collect();
    let input = "synthesis.input";
    told.module(input, "SynthesisInput")?;
    let input = Waves {
        weights: input.into(),
        affine: told.affine(input)?,
        side: side(told, input, "size")?,
        rate: told.number(input, "sampling_rate", 0.0)?,
        bandwidth: told.number(input, "bandwidth", 0.0)?,
    };
    let layers = names.iter().map(|n| filtered(told, n)).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = layers.last() else { return Err(strange("its synthesis has no layers")) };
    let channels = told.shape(&last.weights, "weight")?.first().copied().unwrap_or(0);
    let picture = [channels, last.side, last.side];
    let ws = layers.len() + 1;
    told.expect("", "num_ws", &Field::Number(ws as f64))?;
    told.expect("", "img_resolution", &Field::Number(last.side as f64))?;
    let scale = told.number("synthesis", "output_scale", 1.0)?;
    Ok((Synthesis::Stylegan3 { input, layers, scale }, picture, ws))
}

/// A whole number that is not negative.
fn whole(n: f64) -> Option<usize> {
    (n.fract() == 0.0 && (0.0..1e9).contains(&n)).then_some(n as usize)
}

/// Both sides of a map.
fn side(told: &Told<'_>, module: &str, field: &str) -> Result<usize, String> {
    match told.field(module, field) {
        Some(Field::Numbers(sides)) if matches!(**sides, [a, b] if a == b) => {
            whole(sides[0]).ok_or_else(|| strange(&format!("{field} of {module} is no size")))
        }
        _ => Err(strange(&format!("{field} of {module} is not of two equal sides"))),
    }
}

fn filtered(told: &Told<'_>, name: &str) -> Result<Filtered, String> {
    told.module(name, "SynthesisLayer")?;
    let Some(Field::Bool(colours)) = told.field(name, "is_torgb") else {
        return Err(strange(&format!("{name} does not say whether it gives colours")));
    };
    let factor = |field: &str| {
        whole(told.number(name, field, 1.0)?).ok_or_else(|| strange(&format!("{field} of {name} is none")))
    };
    let Some(Field::Numbers(margins)) = told.field(name, "padding") else {
        return Err(strange(&format!("{name} does not say its padding")));
    };
    let sane = |p: &f64| p.fract() == 0.0 && p.abs() < 1e6;
    let margins: Option<[f64; 4]> = margins.clone().try_into().ok().filter(|m: &[f64; 4]| m.iter().all(sane));
    let padding = margins.ok_or_else(|| strange(&format!("the padding of {name} is no four numbers")))?;
    let into = told.shape(name, "weight")?.get(1).copied().unwrap_or(1).max(1);
    Ok(Filtered {
        weights: name.into(),
        affine: told.affine(name)?,
        to_rgb: colours.then(|| (into as f64).sqrt().recip()),
        up: factor("up_factor")?,
        down: factor("down_factor")?,
        padding: padding.map(|p| p as isize),
        side: side(told, name, "out_size")?,
        clamp: told.limit(name, "conv_clamp")?,
    })
}
