//! `zscope walk`: a film through latents.
//!
//! Must not know: egui.

use super::super::{Outcome, Trouble, line, shown};
use super::args::{Ease, WalkArgs};
use super::{ON, Opened};
use crate::latent::{Easing, Interpolation, Path};
use crate::metrics::codes::has_codes;
use crate::tools::film::{Film, film};
use serde_json::json;

/// Runs `zscope walk`.
pub fn walk(args: WalkArgs, json: bool) -> Outcome {
    let opened = Opened::any(&args.file, args.device, None)?;
    if opened.model.latent_dims() == 0 && !has_codes(&opened.model) {
        return Err(Trouble::Failure(format!("{} has no latent space and no codes", args.file.display())));
    }
    let keys =
        if args.keys.is_empty() { (1..=4).map(|n: u64| n.to_string().into()).collect() } else { args.keys };
    let keyframes = keys.iter().map(|k| opened.point(k, &args.data)).collect::<Result<_, _>>()?;
    let path = Path {
        keyframes,
        interpolation: if args.linear { Interpolation::Linear } else { Interpolation::Spherical },
        easing: match args.easing {
            Ease::Even => Easing::Even,
            Ease::Smooth => Easing::Smooth,
            Ease::Smoother => Easing::Smoother,
        },
        closed: args.closed,
        nearest: args.nearest,
    };
    let (frames, fps, height) = (args.frames, args.fps, args.height);
    let order = Film { path, frames, fps, height, smooth: !args.sharp, out: args.out };
    order.check(opened.model.inputs()).map_err(Trouble::Misuse)?;
    let out = film(&opened.model, &order, &opened.chosen.device, ON)?;
    if json {
        return line(
            &json!({ "out": shown(out.as_path()), "frames": frames, "fps": fps, "keyframes": keys.len() }),
        );
    }
    out!("wrote {frames} frames to {}", out.display());
    Ok(())
}
