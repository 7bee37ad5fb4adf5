//! `zscope eval`: a model's figures on held-out pictures.
//!
//! Must not know: egui.

use super::args::EvalArgs;
use super::{Outcome, Trouble, device, line, load, model};
use crate::data::{DataError, Job, Spec, Want};
use crate::metrics::disentangle::{self, Scores};
use crate::metrics::evaluate::{evaluate, means};
use std::sync::atomic::AtomicBool;

pub fn eval(args: EvalArgs, json: bool) -> Outcome {
    let checkpoint = load(&args.file)?;
    let card = &checkpoint.card;
    let spec = args.data.clone().unwrap_or_else(|| card.data.clone());
    let parsed: Spec = spec.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let chosen = device(args.device.into())?;
    let subject = model(&checkpoint, &chosen)?;
    let judge = match &args.judge {
        Some(path) => Some(load(path)?),
        None => crate::shipped::judge()?,
    };
    let judge = judge.filter(|j| args.judge.is_some() || fits(&j.card.shape, &card.shape));
    let judge = judge.map(|j| model(&j, &chosen)).transpose()?;
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let want = Want { size: card.shape.width, channels: Some(card.shape.channels) };
    let data = parsed.load(want, &job).map_err(|e| e.to_string())?;
    let mut figures = evaluate(&*subject, &data.test, judge.as_deref(), args.samples, &chosen.device);
    if parsed.known_factors() {
        let codes = means(&*subject, &data.test, &chosen.device);
        figures.disentanglement = codes.and_then(|c| disentangle::score(&c, &data.test.attributes));
    }
    if json {
        return line(&figures);
    }
    println!("{} on {} held-out pictures of {}", card.recipe, figures.pictures, data.title);
    let show = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(v) = value {
            println!("{name:<18}{v:>10.3} {unit}");
        }
    };
    show("-ELBO", figures.neg_elbo, "nats per image");
    show("reconstruction", figures.reconstruction, "nats per image");
    show("KL", figures.kl, "nats per image");
    show("PSNR", figures.psnr_db, "dB");
    show("active dimensions", figures.active_dims.map(|n| n as f64), "");
    show(
        "Fréchet (FID64)",
        figures.frechet,
        "in the judge's 64 features; not comparable with Inception's FID",
    );
    show("confident share", figures.confident_share, "of samples named with probability 0.9 or more");
    show("classes seen", figures.classes_seen.map(|n| n as f64), "among those");
    show("accuracy", figures.accuracy, "");
    if let Some(scores) = figures.disentanglement {
        disentangled(&scores);
    }
    Ok(())
}

fn disentangled(scores: &Scores) {
    println!("disentanglement of posterior means against {} known factors:", scores.factors.len());
    let show = |name: &str, value: f64, help: &str| println!("{name:<18}{value:>10.3} {help}");
    show("MIG", scores.mig, "mutual information gap, 20 equal bins (Chen et al. 2018)");
    show("disentanglement", scores.dci_disentanglement, "1: a dimension stands for one factor (DCI)");
    show("completeness", scores.dci_completeness, "1: a factor has one dimension (DCI)");
    show("informativeness", scores.dci_informativeness, "1: a forest reads the factors without error (DCI)");
    for f in &scores.factors {
        println!(
            "  {:<12} z{:<4} gap {:.3}  informativeness {:.3}",
            f.name, f.dimension, f.mig, f.informativeness
        );
    }
}

fn fits(a: &crate::zoo::Shape, b: &crate::zoo::Shape) -> bool {
    (a.width, a.height, a.channels) == (b.width, b.height, b.channels)
}
