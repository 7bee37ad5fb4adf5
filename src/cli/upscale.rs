//! `zscope upscale`: pictures of any size, enlarged.
//!
//! Must not know: egui.

use super::args::UpscaleArgs;
use super::{Outcome, Trouble, device, line, load, model, shown};
use crate::metrics::psnr::{Likeness, likeness};
use crate::tools::upscale::{self, Plain, TILE};
use serde_json::json;

/// A picture with three channels, for a comparison of a grey with a coloured one.
fn coloured(picture: &Plain) -> Plain {
    match picture.channels {
        3 => picture.clone(),
        _ => Plain { channels: 3, values: picture.values.repeat(3), ..*picture },
    }
}

/// What is said of one beside the truth.
fn beside(own: &Plain, truth: &Plain, factor: usize) -> Likeness {
    let (own, truth) = match own.channels == truth.channels {
        true => (own.clone(), truth.clone()),
        false => (coloured(own), coloured(truth)),
    };
    likeness(&own.values, &truth.values, [own.channels, own.height, own.width], factor)
}

pub fn upscale(args: &UpscaleArgs, json: bool) -> Outcome {
    if !args.truth.is_empty() && args.truth.len() != args.pictures.len() {
        return Err(Trouble::Misuse(format!(
            "--truth wants a picture for each that is enlarged: {} for {}",
            args.truth.len(),
            args.pictures.len()
        )));
    }
    let chosen = device(args.device.into())?;
    let subject = model(&load(&args.file)?, &chosen)?;
    let Some(factor) = subject.model().upscaler().map(|u| u.factor()) else {
        return Err(Trouble::Misuse(format!(
            "{} enlarges no pictures: give a model of the recipe srgan",
            args.file.display()
        )));
    };
    std::fs::create_dir_all(&args.out)
        .map_err(|e| format!("the folder {} could not be made: {e}", args.out.display()))?;
    for (i, path) in args.pictures.iter().enumerate() {
        let picture = upscale::read(path)?;
        let (low, truth) = match (args.from_large, args.truth.get(i)) {
            (true, _) => picture.made_small(factor).map(|(low, large)| (low, Some(large)))?,
            (false, Some(truth)) => (picture, Some(upscale::read(truth)?)),
            (false, None) => (picture, None),
        };
        if let Some(t) = &truth
            && (t.width, t.height) != (low.width * factor, low.height * factor)
        {
            return Err(Trouble::Misuse(format!(
                "the true picture of {} has {}×{} pixels, and enlarged it has {}×{}",
                path.display(),
                t.width,
                t.height,
                low.width * factor,
                low.height * factor
            )));
        }
        let large = upscale::upscale(&subject, &low, TILE, &chosen.device, &|_, _| true)?;
        let name = path.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy());
        let out = args.out.join(format!("{name}-x{factor}.png"));
        large.write(&out)?;
        let figures = truth.map(|t| [beside(&large, &t, factor), beside(&low.bicubic(factor), &t, factor)]);
        if json {
            line(&json!({
                "out": shown(out.as_path()),
                "width": large.width,
                "height": large.height,
                "model": figures.map(|f| f[0]),
                "bicubic": figures.map(|f| f[1]),
            }))?;
            continue;
        }
        out!("wrote {} ({}×{})", out.display(), large.width, large.height);
        for (name, l) in
            figures.into_iter().flatten().zip(["the model", "bicubic"]).map(|(l, name)| (name, l))
        {
            let ssim = l.ssim.map_or("–".to_string(), |v| format!("{v:.4}"));
            out!(
                "{name:<12}PSNR {:>7.3} dB  SSIM {ssim}  energy {:.3} of the true picture's",
                l.psnr,
                l.energy
            );
        }
    }
    Ok(())
}
