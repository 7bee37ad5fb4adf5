//! StyleGAN2's synthesis, as its modules and tensors tell it.
//!
//! Must not know: StyleGAN3.

use super::{Told, strange};
use crate::nn::style::{Block, GAIN, Shortcut, Styled, Synthesis, ToRgb};
use crate::weights::foreign::objects::Field;

/// What the two ways of a residual block are multiplied by.
const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// More blocks have more than 8192 pixels.
const BLOCKS: usize = 13;

/// The synthesis, channels and sides of the picture, and how many w it takes.
pub fn synthesis(told: &Told<'_>) -> Result<(Synthesis, [usize; 3], usize), String> {
    told.module("synthesis", "SynthesisNetwork")?;
    let sides: Vec<usize> =
        (2..=BLOCKS).map(|log| 1 << log).take_while(|side| told.has(&format!("synthesis.b{side}"))).collect();
    if let Some(Field::Numbers(said)) = told.field("synthesis", "block_resolutions")
        && !said.iter().copied().eq(sides.iter().map(|s| *s as f64))
    {
        return Err(strange(&format!("its blocks are said to be of {said:?} pixels")));
    }
    let Some(last) = sides.last() else {
        return Err(strange("its synthesis has neither a block b4 nor an input of waves"));
    };
    let blocks = sides.iter().map(|side| block(told, *side)).collect::<Result<Vec<_>, _>>()?;
    let ws = blocks.iter().map(|b| b.layers.len()).sum::<usize>() + 1;
    told.expect("", "num_ws", &Field::Number(ws as f64))?;
    told.expect("", "img_resolution", &Field::Number(*last as f64))?;
    let colours = blocks.last().and_then(|b| b.to_rgb.as_ref());
    let colours = colours.ok_or_else(|| strange("its last block gives no colours"))?;
    let channels = told.shape(&colours.weights, "weight")?.first().copied().unwrap_or(0);
    Ok((Synthesis::Stylegan2 { constant: "synthesis.b4".into(), blocks }, [channels, *last, *last], ws))
}

fn block(told: &Told<'_>, side: usize) -> Result<Block, String> {
    let name = format!("synthesis.b{side}");
    told.module(&name, "SynthesisBlock")?;
    told.expect(&name, "resolution", &Field::Number(side as f64))?;
    let shortcut = format!("{name}.skip");
    let colours = format!("{name}.torgb");
    let residual = told.has(&shortcut);
    let known = match told.field(&name, "architecture") {
        None => true,
        Some(Field::Text(kind)) => match kind.as_str() {
            "resnet" => residual || side == 4,
            "skip" => !residual && told.has(&colours),
            "orig" => !residual,
            _ => false,
        },
        _ => false,
    };
    if !known {
        return Err(strange(&format!("the architecture of {name} is none of skip, resnet and orig")));
    }
    let layer = |leaf: &str, up: bool, by: f64| styled(told, &format!("{name}.{leaf}"), up, by);
    let mut layers = Vec::new();
    if side > 4 {
        layers.push(layer("conv0", true, 1.0)?);
    }
    layers.push(layer("conv1", false, if residual { HALF } else { 1.0 })?);
    let shortcut = match residual {
        true => {
            told.module(&shortcut, "Conv2dLayer")?;
            told.expect(&shortcut, "activation", &Field::Text("linear".into()))?;
            told.expect(&shortcut, "up", &Field::Number(2.0))?;
            told.expect(&shortcut, "down", &Field::Number(1.0))?;
            told.expect(&shortcut, "act_gain", &Field::Number(1.0))?;
            told.expect(&shortcut, "conv_clamp", &Field::None)?;
            let into = told.shape(&shortcut, "weight")?.get(1).copied().unwrap_or(1).max(1);
            let gain = told.number(&shortcut, "weight_gain", (into as f64).sqrt().recip())?;
            Some(Shortcut { weights: shortcut, gain: gain * HALF })
        }
        false => None,
    };
    let to_rgb = match told.has(&colours) {
        true => {
            told.module(&colours, "ToRGBLayer")?;
            let into = told.shape(&colours, "weight")?.get(1).copied().unwrap_or(1).max(1);
            let gain = told.number(&colours, "weight_gain", (into as f64).sqrt().recip())?;
            let (affine, clamp) = (told.affine(&colours)?, told.limit(&colours, "conv_clamp")?);
            Some(ToRgb { weights: colours, affine, gain, clamp })
        }
        false => None,
    };
    Ok(Block { weights: name, side, layers, shortcut, to_rgb })
}

fn styled(told: &Told<'_>, name: &str, up: bool, by: f64) -> Result<Styled, String> {
    told.module(name, "SynthesisLayer")?;
    told.expect(name, "activation", &Field::Text("lrelu".into()))?;
    told.expect(name, "up", &Field::Number(if up { 2.0 } else { 1.0 }))?;
    told.expect(name, "padding", &Field::Number(1.0))?;
    let noise = match told.field(name, "use_noise") {
        Some(Field::Bool(noise)) => *noise,
        Some(Field::Number(noise)) => *noise != 0.0,
        _ => told.sizes.contains_key(&format!("{name}.noise_strength")),
    };
    let clamp = told.limit(name, "conv_clamp")?.map(|limit| limit * by);
    let gain = told.number(name, "act_gain", GAIN)? * by;
    Ok(Styled { weights: name.into(), affine: told.affine(name)?, up, noise, gain, clamp })
}
