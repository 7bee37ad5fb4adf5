//! `zscope eval`: a model's figures on held-out pictures.
//!
//! Must not know: egui.

use super::args::EvalArgs;
use super::{Outcome, Trouble, device, line, load, model};
use crate::data::plane::NAMES;
use crate::data::{DataError, Dataset, Job, Spec, Split};
use crate::engine::device::Chosen;
use crate::engine::session;
use crate::latent::prior::Spread;
use crate::metrics::captioned::{self, Captioned};
use crate::metrics::disentangle::{self, Scores};
use crate::metrics::displacement;
use crate::metrics::evaluate::{self, evaluate, means};
use crate::metrics::judge::{Named, knows};
use crate::metrics::translated::{self, Translated};
use crate::metrics::upscaled::Upscaled;
use crate::tools::plane::{self, Figures};
use crate::weights::Checkpoint;
use crate::zoo::{self, Held, Shape};
use burn::tensor::Device;
use serde::Serialize;
use serde_json::json;
use std::sync::atomic::AtomicBool;

/// The figures, and who judged.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    judge: Option<&'a str>,
    #[serde(flatten)]
    figures: &'a evaluate::Figures,
}

pub fn eval(args: EvalArgs, json: bool) -> Outcome {
    let checkpoint = load(&args.file)?;
    let card = &checkpoint.card;
    let own = session::data_of(&args.file, &card.data);
    let spec = super::spec_with(args.data.as_deref().unwrap_or(&own), &args.data_options)?;
    let chosen = device(args.device.into())?;
    let subject = model(&checkpoint, &chosen)?;
    if subject.model().plane().is_some() {
        return points(&subject, &spec, &chosen.device, json);
    }
    if subject.model().predictor().is_some() {
        return tracks(&subject, &spec, &card.shape, &chosen.device, json);
    }
    let Measured { figures, judge, title } = measure(&args, &checkpoint, &subject, &spec, &chosen)?;
    let judge = judge.as_deref().filter(|_| figures.frechet.is_some());
    if json {
        return line(&Report { judge, figures: &figures });
    }
    let used = match figures.held_out {
        all if all == figures.pictures => format!("{all} held-out pictures"),
        all => format!("{} of {all} held-out pictures", figures.pictures),
    };
    out!("{} on {used} of {title}", card.recipe);
    print(&figures, judge);
    Ok(())
}

/// Figures, who judged, and on what.
pub(super) struct Measured {
    /// The figures.
    pub figures: evaluate::Figures,
    /// Name of the judge.
    pub judge: Option<String>,
    /// What the data is called.
    pub title: String,
}

/// Measures a model on held-out pictures of the data that `spec` names.
pub(super) fn measure(
    args: &EvalArgs,
    checkpoint: &Checkpoint,
    subject: &Held,
    spec: &str,
    chosen: &Chosen,
) -> Result<Measured, Trouble> {
    let card = &checkpoint.card;
    let parsed: Spec = spec.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let data = parsed.load_held_out(card.shape.want(), &job).map_err(|e| e.to_string())?;
    if data.test.pictures.is_empty() {
        return Err(Trouble::Failure(format!(
            "nothing is held out of {spec} (pictures to train on: {}), so there is nothing to measure on: name other data with --data, or test pictures with --test",
            data.train.pictures.len()
        )));
    }
    let judge = judge(args, &card.shape, &data.test)?;
    let judging = judge.as_ref().map(|(_, j)| model(j, chosen)).transpose()?;
    let named = judge.as_ref().zip(judging.as_ref());
    let named = named.map(|((_, j), judge)| Named { model: judge.model(), outputs: &j.card.outputs });
    let samples = (args.samples as usize, Spread::cut(args.truncation));
    let mut figures = evaluate(subject, &card.outputs, &data.test, named, samples, &chosen.device)?;
    if parsed.known_factors() {
        let codes = means(subject, &data.test, &chosen.device)?;
        figures.disentanglement = codes.and_then(|c| disentangle::score(&c, &data.test.attributes));
    }
    if let Some(named) = named {
        figures.captioned = captioned::measure(subject, named, &data.test, &chosen.device)?;
    }
    figures.translated = beside_truth(subject, &data, &parsed, &card.shape, &chosen.device)?;
    Ok(Measured { figures, judge: judge.map(|(name, _)| name), title: data.title })
}

/// How right translations of held-out pictures are, both ways. `None`: the model translates nothing, or the truth is not known.
fn beside_truth(
    subject: &Held,
    data: &Dataset,
    spec: &Spec,
    shape: &Shape,
    device: &Device,
) -> Result<Option<[Translated; 2]>, String> {
    let (true, [further]) = (subject.model().translator().is_some(), data.domains.as_slice()) else {
        return Ok(None);
    };
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let Some([first, second]) = spec.truths(shape.want(), &job).map_err(|e| e.to_string())? else {
        return Ok(None);
    };
    let there = translated::measure(subject, &data.test.pictures, &first, false, device)?;
    let back = translated::measure(subject, &further.test.pictures, &second, true, device)?;
    Ok(there.zip(back).map(|(there, back)| [there, back]))
}

/// The figures of a model whose samples are points of the plane, beside the density of its data.
fn points(model: &Held, spec: &str, device: &Device, json: bool) -> Outcome {
    let parsed: Spec = spec.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let world = parsed.world().map_err(|e| e.to_string())?.ok_or_else(|| {
        Trouble::Misuse(format!(
            "the density of {spec} is not known, so there is nothing to measure with: name points with --data, points:FILE or one of {}",
            NAMES.join(", ")
        ))
    })?;
    let figures = plane::figures(model, Some(&world), plane::FINE, device);
    let Some(Figures { coverage, optimal: Some(optimal) }) = figures else {
        return Err(Trouble::Failure("this model draws no points, so there is nothing to measure".into()));
    };
    if json {
        return line(&json!({
            "modes": coverage.map(|c| c.modes),
            "modes_there": coverage.map(|c| c.of),
            "high_quality": coverage.map(|c| c.high_quality),
            "reverse_kl": coverage.map(|c| c.reverse_kl).filter(|v| v.is_finite()),
            "jsd": optimal.jsd,
            "value": optimal.value,
            "best_value": optimal.best(),
            "apart": optimal.apart,
        }));
    }
    out!("{} samples beside {spec}", plane::SAMPLES);
    if let Some(c) = coverage {
        out!("{:<18}{:>10} of {}", "modes", c.modes, c.of);
        out!(
            "{:<18}{:>10.3} of samples within 3σ of a mode; true Gaussians have 0.989",
            "high quality",
            c.high_quality
        );
        out!("{:<18}{:>10.3} nats, over modes; 0 = all are drawn alike", "reverse KL", c.reverse_kl);
    }
    let how = if optimal.dense { "an even lattice of z" } else { "drawn z" };
    out!("{:<18}{:>10.3} nats; 0 = alike, ln 2 = nothing in common (p_G by {how})", "JSD", optimal.jsd);
    if let (Some(value), Some(apart)) = (optimal.value, optimal.apart) {
        out!(
            "{:<18}{value:>10.3} nats; the best D would reach {:.3} = 2·JSD − ln 4",
            "D's value",
            optimal.best()
        );
        out!("{:<18}{apart:>10.3} on average, where there are points", "|D − D*|");
    }
    Ok(())
}

/// The figures of a model that foretells tracks, beside those that learn nothing.
fn tracks(model: &Held, spec: &str, shape: &Shape, device: &Device, json: bool) -> Outcome {
    let parsed: Spec = spec.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = parsed.load_held_out(shape.want(), &job).map_err(|e| e.to_string())?;
    let held = data.test.tracks().filter(|t| !t.scenes.is_empty()).ok_or_else(|| {
        Trouble::Misuse(format!(
            "no tracks are held out of {spec}, so there is nothing to measure on: name tracks with --data, such as crowds or tracks:DIR,FILE"
        ))
    })?;
    let Some(figures) = displacement::measure(model, held, displacement::SAMPLES, device) else {
        return Err(Trouble::Misuse(format!("{spec} has tracks of other steps than this model foretells")));
    };
    if json {
        return line(&figures);
    }
    let (scenes, people) = (figures.scenes, figures.people);
    out!("{people} people in {scenes} held-out scenes of {}, steps of {} s", data.title, held.span.dt());
    out!(
        "a scene begins at every frame and holds who is there throughout; 8 steps are the first of those foretold"
    );
    out!("metres, mean over people: of the best sample of each person / of the best sample of each scene");
    let steps: Vec<usize> =
        figures.rows.first().map_or(Vec::new(), |r| r.away.iter().map(|a| a.steps).collect());
    let heads = steps.iter().map(|s| format!("{:>16}{:>16}", format!("ADE{s}"), format!("FDE{s}")));
    out!("{:<20}{:>8}{}{:>14}", "", "best of", heads.collect::<String>(), "collisions");
    for row in &figures.rows {
        let cells = row.away.iter().map(|a| {
            let both = |x: f64, y: f64| format!("{:>16}", format!("{x:.3} / {y:.3}"));
            both(a.ade, a.scene_ade) + &both(a.fde, a.scene_fde)
        });
        let hits = format!("{:.3} %", 100.0 * row.collisions);
        out!("{:<20}{:>8}{}{hits:>14}", row.name, row.samples, cells.collect::<String>());
    }
    let truth = 100.0 * figures.true_collisions;
    out!(
        "collisions: people and steps within {} m of another; the truth has {truth:.3} %",
        displacement::TOUCH
    );
    Ok(())
}

/// The judge for pictures of this shape, with its name: the one that was asked for, or a shipped one that fits, where
/// it tells what these pictures' labels name (a judge of faces has nothing to say of hearts).
fn judge(args: &EvalArgs, shape: &Shape, test: &Split) -> Result<Option<(String, Checkpoint)>, Trouble> {
    let Some(path) = &args.judge else {
        let shipped = crate::shipped::judge(shape)?;
        return Ok(shipped
            .filter(|(_, j)| knows(&j.card.outputs, j.card.shape.classes, test))
            .map(|(name, j)| (name.to_string(), j)));
    };
    let judge = load(path)?;
    let name = path.display().to_string();
    if !zoo::find(&judge.card.recipe)?.recipe.names_labels() {
        return Err(Trouble::Misuse(format!(
            "{name} is a {}, which can't judge: give a classifier",
            judge.card.recipe
        )));
    }
    if !judge.card.shape.reads(shape) {
        let say = |s: &Shape| {
            format!("{}×{} {}", s.width, s.height, if s.channels == 1 { "grey" } else { "colour" })
        };
        let (reads, draws) = (say(&judge.card.shape), say(shape));
        return Err(Trouble::Misuse(format!(
            "{name} reads {reads} pictures and this model is made for {draws} ones: give another judge"
        )));
    }
    Ok(Some((name, judge)))
}

fn print(figures: &evaluate::Figures, judge: Option<&str>) {
    let show = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(v) = value {
            out!("{name:<18}{v:>10.3} {unit}");
        }
    };
    show("-ln p(x)", figures.nll, "nats per image, exactly");
    show("", figures.bits_per_dimension, "bits per dimension");
    show("-ELBO", figures.neg_elbo, "nats per image");
    show("reconstruction", figures.reconstruction, "nats per image");
    show("KL", figures.kl, "nats per image");
    show("PSNR", figures.psnr_db, "dB");
    show("NMSE", figures.nmse, "of pictures redrawn from their codes: share of the pixels' variance");
    show("bits a picture", figures.bits, "places times log2 of the codebook's entries");
    show("  by their use", figures.entropy_bits, "places times the entropy of the codes");
    for (name, level) in figures.codes.iter().flat_map(|c| &c.0) {
        out!(
            "{name:<18}{:>10.1} % of {} entries in use, perplexity {:.1}, {} places",
            100.0 * level.in_use,
            level.entries,
            level.perplexity,
            level.places
        );
        show(
            "  by its prior",
            level.prior_bits,
            "bits a picture: -log2 p of the codes, the levels above given",
        );
    }
    show("active dimensions", figures.active_dims.map(|n| n as f64), "");
    if let Some(judge) = judge {
        out!("{:<18}{:>10} {judge}", "judge", "");
    }
    show("its accuracy", figures.judge_accuracy, "on these held-out pictures");
    show(
        "Fréchet (FID64)",
        figures.frechet,
        "in the judge's 64 features; not comparable with Inception's FID",
    );
    show("  within classes", figures.frechet_within_classes, "mean over classes");
    show("as asked", figures.class_agreement, "of samples named as the class they were asked for");
    show("precision", figures.precision, "of samples on the data's manifold in the same features");
    show("recall", figures.recall, "of data on the samples'");
    let about = match (judge, figures.confident_share_mean) {
        (Some(_), None) => "of samples named with probability 0.9 or more",
        (Some(_), Some(_)) => "of samples sure in every attribute (p ≥ 0.9 or ≤ 0.1)",
        (None, None) => "of held-out pictures named with probability 0.9 or more",
        (None, Some(_)) => "of held-out pictures sure in every attribute (p ≥ 0.9 or ≤ 0.1)",
    };
    show("confident share", figures.confident_share, about);
    show("  held out", figures.confident_share_real, "of held-out pictures: the most to expect");
    show("  mean", figures.confident_share_mean, "of single attributes are sure");
    show("  mean held out", figures.confident_share_mean_real, "of those of held-out pictures");
    show("classes seen", figures.classes_seen.map(|n| n as f64), "among those");
    show(
        "accuracy",
        figures.accuracy,
        if figures.attribute_accuracy.is_some() { "mean over attributes" } else { "" },
    );
    show("largest gap", figures.attribute_frequency_gap_max, "percentage points between samples and data");
    show("within 5 points", figures.attributes_within_5_points.map(|n| n as f64), "attributes");
    attributes(figures);
    if let Some(upscaled) = &figures.upscaled {
        enlarged(upscaled);
    }
    figures.translated.iter().flatten().for_each(way);
    figures.captioned.iter().for_each(told);
    if let Some(scores) = &figures.disentanglement {
        disentangled(scores);
    }
}

/// A line for the model, and one for bicubic interpolation.
fn enlarged(figures: &Upscaled) {
    let by = figures.factor;
    out!("enlarged {by} times, on Y without a border of {by} pixels:");
    out!("{:<18}{:>10}{:>10}{:>12}", "", "PSNR, dB", "SSIM", "energy");
    for (name, l) in [("bicubic", figures.bicubic), ("the model", figures.model)] {
        let ssim = l.ssim.map_or("–".to_string(), |v| format!("{v:.4}"));
        out!("{name:<18}{:>10.3}{ssim:>10}{:>12.3}", l.psnr, l.energy);
    }
    out!("energy: of slopes from pixel to pixel, as a share of the true pictures'; below 1 is blurred");
}

/// Lines of one way of translating.
fn way(figures: &Translated) {
    let Translated { way, pictures, l1, l1_untouched, right, cycle } = figures;
    out!("{way}, {pictures} held-out pictures beside their true translations, L1 on the 0–1 scale:");
    out!("{:<18}{l1:>10.4} to the truth; {l1_untouched:.4} as they went in", "L1");
    let share = 100.0 * right;
    out!("{:<18}{share:>10.1} % nearer to the truth than half of what they were", "translated rightly");
    out!("{:<18}{cycle:>10.4} after there and back", "cycle L1");
}

/// Lines of what captions say, and whether it is there.
fn told(figures: &Captioned) {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let Captioned { samples, named, right, right_of_others, right_of_data, by_attribute } = figures;
    out!("{samples} held-out captions drawn, which name {named} attributes; in per cent by the judge:");
    out!("{:<24}{:>10}", "as the caption says", percent(*right));
    out!("{:<24}{:>10}", "as another's says", percent(*right_of_others));
    out!("{:<24}{:>10}", "of real pictures", percent(*right_of_data));
    by_attribute.0.iter().for_each(|(name, v)| out!("{name:<24}{:>10}", percent(*v)));
}

/// A line for each attribute: percentages.
fn attributes(figures: &evaluate::Figures) {
    let percent = |value: Option<f64>| value.map_or("–".to_string(), |v| format!("{:.1}", 100.0 * v));
    if let Some(each) = &figures.attribute_accuracy {
        out!("{:<24}{:>10}", "in per cent", "accuracy");
        each.0.iter().for_each(|(name, v)| out!("{name:<24}{:>10}", percent(Some(*v))));
    }
    if let Some(each) = &figures.attribute_frequency {
        out!("{:<24}{:>10}{:>10}{:>12}", "in per cent", "samples", "data", "agreement");
        for (name, f) in &each.0 {
            let agreement = figures.attribute_agreement.as_ref().and_then(|a| a.get(name)).copied();
            let [samples, data] = [f.samples, f.data].map(|v| percent(Some(v)));
            out!("{name:<24}{samples:>10}{data:>10}{:>12}", percent(agreement));
        }
    }
}

fn disentangled(scores: &Scores) {
    out!("disentanglement of posterior means against {} known factors:", scores.factors.len());
    let show = |name: &str, value: f64, help: &str| out!("{name:<18}{value:>10.3} {help}");
    show("MIG", scores.mig, "mutual information gap, 20 equal bins (Chen et al. 2018)");
    show("disentanglement", scores.dci_disentanglement, "1: a dimension stands for one factor (DCI)");
    show("completeness", scores.dci_completeness, "1: a factor has one dimension (DCI)");
    show("informativeness", scores.dci_informativeness, "1: a forest reads the factors without error (DCI)");
    for f in &scores.factors {
        out!(
            "  {:<12} z{:<4} gap {:.3}  informativeness {:.3}",
            f.name,
            f.dimension,
            f.mig,
            f.informativeness
        );
    }
}
