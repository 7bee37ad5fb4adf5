//! Priors over codes: what is drawn is what the network says, probabilities add up, and a run goes from codes to priors and on.
//!
//! Must not know: how a codebook learns.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use crate::runs::{same, weights};
use burn::tensor::{Device, Int, Tensor, TensorData};
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::action::sampling::Sampling;
use zscope::data::{Job, Spec};
use zscope::engine::device;
use zscope::engine::grid::{GRID, draw_grid, given, grid_points};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::metrics::{codes, sampler};
use zscope::nn::host::floats;
use zscope::nn::pixelcnn::output::Output;
use zscope::nn::pixelcnn::sampler::{Ask, Sampler};
use zscope::nn::pixelcnn::{PixelCnn, Plan, Told};
use zscope::nn::{Init, Noise, Watch, init};
use zscope::point::{Value, Values};
use zscope::shot;
use zscope::state::Tab;
use zscope::zoo::model::CodesAsked;
use zscope::zoo::{self, Facts, Given, Shape};

/// Steps before the prior begins.
const FROM: u64 = 4;

fn run(words: &[&str]) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    let both = [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (out.status.success(), both.concat())
}

fn must(words: &[&str]) -> String {
    let (fine, said) = run(words);
    assert!(fine, "{words:?}: {said}");
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn order(recipe: &str, data: &str, out: Option<&Path>) -> TrainOrder {
    let entry = zoo::find(recipe).unwrap();
    let mut settings = entry.recipe.tiny_settings();
    settings.0.insert("prior_from".into(), FROM as f64);
    TrainOrder {
        recipe: recipe.into(),
        data: data.into(),
        settings,
        seed: 3,
        out: out.map(Into::into),
        ..TrainOrder::default()
    }
}

fn session(order: TrainOrder, resume: bool) -> Session {
    let entry = zoo::find(&order.recipe).unwrap();
    let (record, mut order, mut from) = (order.out.is_some(), order, None);
    if resume {
        let (recorded, checkpoint) = session::resume(order.out.as_ref().unwrap()).unwrap();
        (order, from) = (TrainOrder { resume: true, out: order.out, ..recorded }, checkpoint);
    }
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, from, record).unwrap()
}

fn steps(session: &mut Session, count: u64) {
    (0..count).for_each(|_| session.advance());
    session.metrics();
}

/// With what was kept, a class and a map, each code is what whole passes of the network say: at temperature 0 the likeliest.
#[test]
fn codes_are_drawn_as_whole_passes_say() {
    let (device, [h, w], [codes, d, map]) = (Device::flex(), [4, 5], [6, 3, 2]);
    let plan = Plan {
        inputs: d,
        features: 8,
        layers: 3,
        classes: 2,
        map,
        blind: false,
        output: Output::Levels { levels: codes, channels: 1 },
    };
    let net = init::initialise(PixelCnn::new(&plan, &device), "prior", 7, Init::Torch);
    let dice = |seed, count| Noise::new(seed, 0).uniforms(count, 1.0);
    let table = Tensor::<2>::from_data(TensorData::new(dice(1, codes * d), [codes, d]), &device);
    let told = dice(2, h * w * map);
    let of_class = |k: usize| vec![f32::from(u8::from(k == 0)), f32::from(u8::from(k == 1))];
    let ask = |k: usize| Ask {
        seed: 5,
        temperature: 0.0,
        class: of_class(k),
        map: told.clone(),
        given: Default::default(),
    };
    let sampler = Sampler::of(&net, plan.output, Some(table.clone()));
    let drawn = sampler.draw(vec![ask(0), ask(1)], [h, w], |_| true).unwrap();
    assert_ne!(drawn[0], drawn[1], "the class is not heard");
    for (k, drawn) in drawn.iter().enumerate() {
        // Place by place [h · w, map] as planes.
        let planes = Tensor::<3>::from_data(TensorData::new(told.clone(), [1, h * w, map]), &device);
        let told = Told {
            class: Some(Tensor::from_data(TensorData::new(of_class(k), [1, 2]), &device)),
            map: Some(planes.swap_dims(1, 2).reshape([1, map, h, w])),
        };
        let mut grid = vec![0i32; h * w];
        for place in 0..h * w {
            let ids = Tensor::<1, Int>::from_data(TensorData::new(grid.clone(), [h * w]), &device);
            let mut x = table.clone().select(0, ids).reshape([1, h, w, d]).permute([0, 3, 1, 2]); // [1, d, h, w]
            // What is not drawn yet must not be seen; anything may stand there.
            x = x + 0.0;
            let features = net.forward(x.clone(), &told, "", &mut Watch::nobody()); // [1, f, h, w]
            let logits = floats(net.head().numbers(features, &x, 0)); // [1, codes, h, w]
            let at = |code: usize| logits[code * h * w + place];
            grid[place] = (0..codes).max_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap() as i32;
        }
        assert_eq!(grid, drawn.iter().map(|c| i32::from(*c)).collect::<Vec<_>>());
    }
}

/// Over all grids of 2×2 codes the probabilities add up to 1, and what is drawn often is what is probable.
#[test]
fn probabilities_of_all_grids_add_up_to_one() {
    let device = Device::flex();
    let facts: Facts = Shape { width: 8, height: 8, channels: 1, classes: 0, attributes: 0 }.into();
    let entry = zoo::find("vq-vae").unwrap();
    let mut settings = entry.recipe.tiny_settings();
    settings.0.insert("entries".into(), 3.0);
    let mut system = entry.built(&facts, &settings, 5, &device, 0).unwrap();
    let batch = |seed| {
        let x = Noise::new(seed, 0).uniforms(8 * 64, 0.5).iter().map(|v| v + 0.5).collect::<Vec<f32>>();
        let x = Tensor::from_data(TensorData::new(x, [8, 1, 8, 8]), &device.clone().autodiff());
        zoo::Batch {
            x,
            classes: None,
            attributes: None,
            factors: None,
            points: None,
            labels: None,
            captions: None,
            tracks: None,
            columns: Default::default(),
            domains: Vec::new(),
            clips: None,
        }
    };
    system.step(0, &batch(1), &mut Noise::new(1, 0), &settings);
    system.enter(1, &settings, 5);
    settings.0.insert("prior_from".into(), 1.0);
    settings.0.insert("prior_rate".into(), 0.02);
    for i in 1..6 {
        system.step(i, &batch(i), &mut Noise::new(1, i), &settings);
    }
    let model = system.model();
    let prior = model.codes_prior().unwrap();
    let grids: Vec<i32> = (0..81).flat_map(|n| [n / 27, n / 9 % 3, n / 3 % 3, n % 3]).collect();
    let all = Tensor::<3, Int>::from_data(TensorData::new(grids, [81, 2, 2]), &device);
    let costs = floats(prior.costs(&Given(vec![zoo::Fed::Codes(all)]), None).unwrap().remove(0));
    let total: f64 = costs.iter().map(|c| f64::from(-c).exp()).sum();
    assert!((total - 1.0).abs() < 1e-5, "{total}");
    let asked: Vec<CodesAsked> = (0..4000).map(|seed| CodesAsked { seed, ..Default::default() }).collect();
    let mut counts = vec![0u32; 81];
    for values in prior.draw(&asked, &mut || true).unwrap() {
        let codes = values["codes"].codes().unwrap();
        counts[codes.iter().fold(0, |n, c| n * 3 + usize::from(*c))] += 1;
    }
    for (count, cost) in counts.iter().zip(&costs) {
        let expected = 4000.0 * (-cost).exp();
        let apart = (*count as f32 - expected).abs();
        assert!(apart < 5.0 * expected.sqrt() + 3.0, "{count} of 4000 drawn, {expected} expected");
    }
}

/// A run goes from codes to priors at its step: the codes then stay as they are, and saved anywhere it goes on bit for bit.
#[test]
fn a_run_goes_from_codes_to_priors_exactly() {
    let dir = tempfile::tempdir().unwrap();
    for (recipe, data, losses) in [
        ("vq-vae", "digits:48", vec!["prior"]),
        ("vq-vae-2", "faces:24?classes=Smiling", vec!["prior_top", "prior_bottom"]),
    ] {
        let whole = dir.path().join(format!("{recipe}-whole"));
        let mut s = session(order(recipe, data, Some(&whole)), false);
        steps(&mut s, FROM);
        let before = weights(&s);
        assert_eq!(s.phase(), "codes");
        assert!(s.model().model().codes_prior().is_none());
        assert!(sampler::unable(&s.model()).is_some());
        steps(&mut s, FROM);
        assert_eq!(s.phase(), "prior");
        let after = weights(&s);
        for (name, data) in &before {
            assert_eq!(
                data.as_bytes(),
                after[name].as_bytes(),
                "{recipe}: {name} moved while the prior learnt"
            );
        }
        assert!(after.keys().any(|name| name.starts_with(&format!("{}_ema.layers.0", losses[0]))));
        let read = zscope::engine::folder::read_metrics(&whole, u64::MAX);
        let recipe_of = zoo::recipe(recipe).unwrap();
        for (i, loss) in recipe_of.losses.iter().enumerate() {
            let there: Vec<bool> = read.rows.iter().map(|row| !row[i].is_nan()).collect();
            let prior = losses.contains(&loss.name);
            assert!(
                there.iter().enumerate().all(|(at, there)| *there == ((at as u64 >= FROM) == prior)),
                "{}",
                loss.name
            );
        }
        for cut in [FROM - 1, FROM, FROM + 2] {
            let out = dir.path().join(format!("{recipe}-{cut}"));
            let mut first = session(order(recipe, data, Some(&out)), false);
            steps(&mut first, cut);
            first.save().unwrap();
            first.close();
            let mut again = session(order(recipe, data, Some(&out)), true);
            steps(&mut again, 2 * FROM - cut);
            same(&weights(&again), &after);
        }
    }
}

/// A phase is begun by hand from the command line, once, and then the model samples, evaluates, and is the same in PyTorch.
#[test]
fn a_prior_is_begun_by_hand_sampled_and_exported() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, png) = (dir.path().join("run"), dir.path().join("s.png"));
    let train = |more: &[&str]| {
        let mut command = vec!["train", "vq-vae-2", "--out", text(&folder), "--device", "cpu"];
        for set in
            ["width=8", "entries=8", "code_size=4", "size=32", "batch=4", "prior_width=4", "prior_layers=2"]
        {
            command.extend(["--set", set]);
        }
        command.extend(more);
        must(&command)
    };
    train(&["--data", "faces:24?classes=Smiling", "--steps", "3"]);
    train(&["--resume", "--steps", "6", "--phase", "prior"]);
    let recorded = std::fs::read_to_string(folder.join("run.toml")).unwrap();
    assert!(recorded.contains("prior_from = 3"), "{recorded}");
    // The same command again goes on, and the phase stays where it began.
    train(&["--resume", "--steps", "8", "--phase", "prior"]);
    let recorded = std::fs::read_to_string(folder.join("run.toml")).unwrap();
    assert!(recorded.contains("prior_from = 3"), "{recorded}");
    let model = folder.join("checkpoints/step-00000008.safetensors");
    let sheet = |more: &[&str]| {
        let mut command = vec!["sample", text(&model), "--n", "4", "--out", text(&png), "--device", "cpu"];
        command.extend(more);
        must(&command);
        std::fs::read(&png).unwrap()
    };
    assert!(sheet(&[]) == sheet(&[]), "one seed draws one sheet");
    assert!(sheet(&[]) != sheet(&["--seed", "2"]), "seeds are not heard");
    assert!(
        sheet(&["--temperature", "0"]) != sheet(&["--temperature-of", "bottom=0"]),
        "the top is not warm"
    );
    sheet(&["--class", "1"]);
    for (more, words) in
        [(["--class", "7"], "no class \"7\""), (["--temperature-of", "middle=1"], "top, bottom")]
    {
        let mut command = vec!["sample", text(&model), "--out", text(&png), "--device", "cpu"];
        command.extend(more);
        let (fine, said) = run(&command);
        assert!(!fine && said.contains(words), "{said}");
    }
    let said = must(&["eval", text(&model), "--samples", "8", "--device", "cpu"]);
    assert!(said.contains("by its prior"), "{said}");
    if !crate::convert::torch() {
        return;
    }
    let (stripped, program) = (dir.path().join("model.safetensors"), dir.path().join("model.py"));
    must(&["convert", text(&model), "--out", text(&stripped), "--torch", text(&program)]);
    const NATS: &str = r#"
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
codes = [torch.arange(side * side).reshape(1, side, side) * 5 % 8 for side in (4, 8)]
y = torch.ones(1, dtype=torch.long)
print(" ".join(str(v.item()) for v in model.nats(codes, y)))
assert [list(c.shape) for c in model.sample(2, y.repeat(2))] == [[2, 4, 4], [2, 8, 8]]
"#;
    let said = std::process::Command::new("python3").args(["-c", NATS, text(&program)]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let theirs: Vec<f32> =
        String::from_utf8_lossy(&said.stdout).split_whitespace().map(|v| v.parse().unwrap()).collect();
    let device = Device::flex();
    let opened = session::open(&zscope::weights::Checkpoint::read(&stripped).unwrap(), &device).unwrap();
    let grid = |side: i32| {
        let codes: Vec<i32> = (0..side * side).map(|i| i * 5 % 8).collect();
        zoo::Fed::Codes(Tensor::from_data(TensorData::new(codes, [1, side as usize, side as usize]), &device))
    };
    let class = Tensor::from_floats([[0.0, 1.0]], &device);
    let ours = opened.codes_prior().unwrap().costs(&Given(vec![grid(4), grid(8)]), Some(class)).unwrap();
    for (a, b) in ours.into_iter().map(|c| floats(c)[0]).zip(theirs) {
        assert!((a - b).abs() < 1e-4 * a.abs(), "{a} here, {b} in PyTorch");
    }
}

/// A phase that cannot be begun is refused in a sentence.
#[test]
fn phases_that_are_not_there_are_refused() {
    let (fine, said) = run(&["train", "vq-vae", "--steps", "2", "--phase", "prior"]);
    assert!(!fine && said.contains("--resume"), "{said}");
    let recipe = zoo::recipe("vq-vae").unwrap();
    let mut order = order("vq-vae", "digits:8", None);
    assert!(order.begin_phase(recipe, "codes", 3, 0).unwrap_err().contains("it has prior"));
    order.recipe = "dcgan".into();
    let said = order.begin_phase(zoo::recipe("dcgan").unwrap(), "prior", 3, 0).unwrap_err();
    assert!(said.contains("no phases"), "{said}");
}

/// Samples come from the prior wherever there are samples, the same for the same seed; a level can be kept.
#[test]
fn samples_are_the_priors() {
    let device = device::cpu().device;
    let mut s = session(order("vq-vae-2", "faces:24?classes=Smiling", None), false);
    steps(&mut s, 2 * FROM);
    let model = s.model();
    assert_eq!(sampler::unable(&model), None);
    assert!(given(&model, &s.dataset.train, 4, &device).is_empty());
    let few = grid_points(&model, GRID.seed, 2, 1.0, &[]);
    assert_eq!(few, grid_points(&model, GRID.seed, 5, 1.0, &[])[..2]);
    assert_ne!(few[0].held, few[1].held);
    assert!(draw_grid(&model, GRID, &[], &device).is_some());
    let more = sampler::first(&model, 3).unwrap();
    assert_eq!(more[..2], sampler::first(&model, 2).unwrap());
    let mut pictures = 0;
    sampler::each(&model, 3, Default::default(), &device, &|| true, |_, x| pictures += x.dims()[0]).unwrap();
    assert_eq!(pictures, 3);
    let prior = model.model().codes_prior().unwrap();
    let one = |asked: CodesAsked| prior.draw(&[asked], &mut || true).unwrap().remove(0);
    let first = one(CodesAsked { seed: 1, class: Some(0), ..Default::default() });
    let kept = vec![first["top"].codes().cloned(), None];
    let below = one(CodesAsked { seed: 2, class: Some(0), kept, ..Default::default() });
    assert_eq!(first["top"], below["top"]);
    assert_ne!(first["bottom"], below["bottom"]);
    let mut rows = 0;
    assert_eq!(
        prior.draw(&[CodesAsked::default()], &mut || {
            rows += 1;
            rows < 3
        }),
        None
    );
    assert_eq!(rows, 3);
    let figures = codes::measure(&model, &s.dataset.test, &[0, 1, 2], &device).unwrap().unwrap();
    assert!(figures.levels.0.iter().all(|(_, level)| level.prior_bits.unwrap() > 0.0));
}

/// In the window codes are drawn, shown one by one, drawn anew below, taken back.
#[test]
fn codes_are_drawn_in_the_window() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut s = session(order("vq-vae-2", "faces:24?classes=Smiling", Some(&out)), false);
    steps(&mut s, 2 * FROM);
    let saved = s.save().unwrap().unwrap();
    s.close();
    app(&mut h).act(Action::Open(saved));
    app(&mut h).act(Action::Show(Tab::Explore));
    shot::until(&mut h, "the model", |a| a.state().draws_codes() && a.settled()).unwrap();
    let codes = |values: &Values, name: &str| values[name].codes().unwrap().clone();
    let before = app(&mut h).state().latent.held.clone();
    h.get_by_label("🎲 Sample").click();
    shot::until(&mut h, "codes", |a| a.state().sampling.replay.is_some()).unwrap();
    let now = app(&mut h).state().latent.held.clone();
    assert_ne!(codes(&now, "top"), codes(&before, "top"));
    // Not all of it is shown yet, and what is not is as it was.
    let (grid, at) = app(&mut h).state().drawing_at().unwrap();
    let shown = app(&mut h).state().held_shown();
    assert_eq!(grid, "top");
    assert_eq!(codes(&shown, "top")[..at], codes(&now, "top")[..at]);
    assert_eq!(codes(&shown, "top")[at..], codes(&before, "top")[at..]);
    assert_eq!(shown["bottom"], before["bottom"]);
    assert_eq!(app(&mut h).state().shown().held, shown, "the picture is of what is shown");
    app(&mut h).act(Action::Sampling(Sampling::Whole));
    h.step();
    assert_eq!(app(&mut h).state().held_shown(), now);
    h.get_by_label("Bottom anew").click();
    shot::until(&mut h, "the bottom", |a| a.state().latent.held["bottom"] != now["bottom"]).unwrap();
    assert_eq!(app(&mut h).state().latent.held["top"], now["top"]);
    // The grid that stayed is not shown again.
    assert_eq!(app(&mut h).state().drawing_at().unwrap().0, "bottom");
    app(&mut h).act(Action::Undo);
    app(&mut h).act(Action::Undo);
    h.step();
    assert_eq!(app(&mut h).state().latent.held, before);
    assert_eq!(app(&mut h).state().held_shown(), before, "undo leaves nothing half shown");
    assert!(matches!(before["top"], Value::Codes(_)));
}
