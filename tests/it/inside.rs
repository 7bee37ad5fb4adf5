//! What goes on inside a model: what its layers give, how numbers spread, which classes a judge sees; and the window that
//! shows it.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use super::runs::{same, session, weights};
use burn::tensor::{Device, Tensor, TensorData, activation};
use egui_kittest::kittest::Queryable;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use zscope::action::{Action, inside::Looking};
use zscope::app::App;
use zscope::data::{Job, Spec, Want};
use zscope::engine::classes::{Classes, WITHOUT};
use zscope::engine::health::{Monitor, Trouble, vanished};
use zscope::engine::message::Phase;
use zscope::engine::table::CLASSES;
use zscope::engine::table::Table;
use zscope::engine::{classes, session as sessions, statistics, tap};
use zscope::metrics::judge::{Named, Reading};
use zscope::nn::Watch;
use zscope::nn::host::floats;
use zscope::nn::resnet::double;
use zscope::nn::{Noise, spread};
use zscope::point::Input;
use zscope::shot;
use zscope::state::inside::{Charts, Spread};
use zscope::state::{Tab, Until};
use zscope::weights::Checkpoint;
use zscope::zoo::{self, Given, Held, Model};

#[test]
fn layers_lead_from_the_latent_to_the_picture() {
    for entry in crate::registry::systems() {
        let name = entry.recipe.name;
        let mut s = session(name, None, &[]);
        s.advance();
        let model = s.model();
        let device = Device::flex();
        let layers = tap::layers(&model, &device);
        if entry.recipe.names_labels() {
            assert!(layers.is_empty(), "{name} has no latents to follow");
            continue;
        }
        if model.latent_dims() == 0 {
            assert!(layers.len() > 2, "{name} shows what its codes or pictures go through");
            continue;
        }
        let z = Noise::new(5, 0).normals(model.latent_dims());
        let given: Vec<_> = (0..layers.len())
            .map(|i| {
                tap::tapped((1, 1), &model, i, &z.clone().into(), &device).expect("a layer that is listed")
            })
            .collect();
        let whole = tap::all(&model, &z.clone().into(), &device);
        let mut same = whole.iter().zip(&given).zip(&layers);
        assert!(same.all(|((a, b), info)| a.0 == *info && a.1 == *b.values), "{name}");
        assert!(whole.len() == layers.len() && tap::all(&model, &z[1..].into(), &device).is_empty());
        assert!(tap::tapped((1, 1), &model, layers.len(), &z.clone().into(), &device).is_none());
        assert!(
            tap::tapped((1, 1), &model, 0, &z[1..].into(), &device).is_none(),
            "a latent of another model"
        );
        let weights = s.checkpoint().unwrap().tensors;
        for (layer, tapped) in layers.iter().zip(&given) {
            assert_eq!(layer.shape, tapped.shape, "{name}");
            assert_eq!(tapped.values.len(), tapped.shape.iter().product::<usize>());
            // What places look at is of the layer's name without its end.
            let own = format!("{}.weight", layer.name);
            let looks = layer.name.ends_with(zscope::nn::attention::LOOKS);
            assert!(looks || weights.contains_key(&own), "{name}: {}", layer.name);
        }
        // The first is what directions by components rest on, the last is squashed into the picture.
        let at = Tensor::from_data(TensorData::new(z.clone(), [1, z.len()]), &device);
        assert_eq!(*given[0].values, floats(model.hidden(at.clone()).unwrap()), "{name}");
        let last = given.last().unwrap().values.to_vec();
        if let Some(plane) = model.model().plane() {
            // A point is what the last layer gives, as it is.
            let given = Given(vec![zscope::zoo::Fed::Latent(at)]);
            assert_eq!(last, floats(plane.points(&given).unwrap()), "{name}");
            continue;
        }
        if let Some(predictor) = model.model().predictor() {
            // The last layer gives the first person's steps, which add up to where they walk.
            let past = zscope::data::tracks::small(predictor.span());
            let future = floats(predictor.futures(&past, at));
            let from = &past[2 * (predictor.span().past - 1)..2 * predictor.span().past];
            let mut place = [from[0], from[1]];
            for (step, there) in last.chunks(2).zip(future.chunks(2)) {
                place = [place[0] + step[0], place[1] + step[1]];
                assert!(
                    (place[0] - there[0]).hypot(place[1] - there[1]) < 1e-5,
                    "{name}: {place:?} {there:?}"
                );
            }
            continue;
        }
        let last = Tensor::<1>::from_data(TensorData::new(last.clone(), [last.len()]), &device);
        if ["progan", "stylegan"].contains(&name) {
            // What is at an early stage is doubled, and the last layer is the picture, cut to its range.
            let side = (last.dims()[0] as f64).sqrt() as usize;
            let mut whole = last.reshape([1, 1, side, side]);
            while whole.dims()[3] < 28 {
                whole = double(whole);
            }
            let cut = floats(((whole + 1.0) * 0.5).clamp(0.0, 1.0));
            assert_eq!(cut, floats(model.decode(at).unwrap()), "{name}");
            continue;
        }
        let squashed = match entry.recipe.adversarial() {
            true => (last.tanh() + 1.0) * 0.5,
            false => activation::sigmoid(last),
        };
        let picture = floats(model.decode(at).unwrap());
        let apart = floats(squashed).iter().zip(&picture).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-6, "{name}: {apart}");
    }
}

#[test]
fn a_foreign_networks_layers_are_followed_too() {
    let own = Checkpoint::from_bytes(zscope::shipped::find("digits-gan").unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("netG.safetensors");
    std::fs::write(&file, zscope::weights::write::bare(&own).unwrap()).unwrap();
    let foreign = zscope::weights::read(&file).unwrap();
    let device = Device::flex();
    let model = sessions::explore(&foreign, &device).unwrap();
    let rows = foreign.card.network.as_ref().unwrap().decoder.len();
    let layers = tap::layers(&model, &device);
    assert_eq!(layers.len(), rows, "one for each row that the page shows");
    let z = Noise::new(5, 0).normals(model.latent_dims());
    let last = tap::tapped((1, 1), &model, rows - 1, &z.clone().into(), &device).unwrap();
    let picture = model.decode(Tensor::from_data(TensorData::new(z.clone(), [1, z.len()]), &device)).unwrap();
    let drawn = floats(picture);
    let apart = last.values.iter().zip(&drawn).map(|(a, b)| ((a + 1.0) * 0.5 - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-6, "{apart}");
}

#[test]
fn quantiles_are_even_and_the_selection_misses_no_place() {
    let even = spread::quantiles((0..=160).rev().map(|v| v as f32).collect());
    assert_eq!(even, (0..=16).map(|k| 10.0 * k as f32).collect::<Vec<_>>());
    assert_eq!(spread::quantiles(vec![f32::NAN, 2.0, f32::INFINITY]), vec![2.0; 17]);
    assert!(spread::quantiles(Vec::new()).iter().all(|v| v.is_nan()));
    // A convolution's weights: every place of the kernel is looked at, and every channel.
    let (channels, kernel) = (64 * 64, 16);
    let values: Vec<f32> = (0..channels * kernel).map(|i| (i % kernel) as f32).collect();
    let device = Device::flex();
    let data = TensorData::new(values.clone(), [64, 64, 4, 4]);
    let tensor = Tensor::<4>::from_data(data.clone(), &device);
    let picked = spread::picked(&data);
    assert!(picked.len() <= 2048 && picked.len() > 1000, "{}", picked.len());
    let places: BTreeSet<u32> = picked.iter().map(|v| *v as u32).collect();
    assert_eq!(places.len(), kernel);
    let there = floats(spread::pick(tensor));
    assert_eq!(there, picked[..there.len()], "the same selection on the device");
}

#[test]
fn spreads_are_recorded_of_every_system() {
    for entry in crate::registry::systems() {
        let name = entry.recipe.name;
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut s = session(name, Some(&run), &[]);
        (0..6).for_each(|_| s.advance());
        s.metrics();
        assert_eq!(s.notices(), vec![]);
        let table = |file: &str| Table::read(&run.join(file));
        let (layers, weights, gradients) =
            (table(statistics::LAYERS), table(statistics::WEIGHTS), table(statistics::GRADIENTS));
        let bins = spread::BINS + 1;
        let recipe_attends = entry.recipe.setting("attention").is_some();
        for spreads in [&weights, &gradients] {
            assert_eq!(spreads.names.len(), layers.names.len() / 4 * bins, "{name}");
            let steps = |t: &Table| t.rows.iter().map(|(s, _)| *s).collect::<Vec<_>>();
            assert_eq!(steps(spreads), steps(&layers), "{name}");
            for (step, row) in &spreads.rows {
                for q in row.chunks(bins) {
                    // Ascending, finite, and not all the same; attention begins closed, and so without a gradient.
                    let grow = q.windows(2).all(|w| w[0] <= w[1]);
                    let closed = recipe_attends && q.iter().all(|v| *v == 0.0);
                    // A part that does not learn in this phase has no gradient.
                    let still = !entry.recipe.phases.is_empty() && q.iter().all(|v| v.is_nan());
                    assert!(still || closed || grow && q[0] < q[bins - 1], "{name} at {step}: {q:?}");
                }
            }
        }
        // Of small layers all numbers are looked at: the ends are those of the weights themselves.
        let (step, row) = weights.rows.last().unwrap();
        let held = s.checkpoint().unwrap().tensors;
        let mut small = 0;
        for (i, q) in row.chunks(bins).enumerate().filter(|_| *step == s.step) {
            let layer = weights.names[i * bins].rsplit_once(':').unwrap().0;
            let data = &held[&format!("{layer}.weight")];
            if data.num_elements() <= 2048 {
                let all: Vec<f32> = data.iter::<f32>().collect();
                let ends = all.iter().fold((f32::MAX, f32::MIN), |e, v| (e.0.min(*v), e.1.max(*v)));
                assert_eq!((q[0], q[bins - 1]), ends, "{name}: {layer}");
                small += 1;
            }
        }
        // All of a fully-connected VAE's layers are large.
        assert!(small > 0 || name == "fc-vae" || *step != s.step, "{name} has no small layer");
        let activations = table(statistics::ACTIVATIONS);
        let names: Vec<String> =
            tap::layers(&s.model(), &Device::flex()).into_iter().map(|l| format!("{}:0", l.name)).collect();
        let firsts: Vec<String> = activations.names.iter().step_by(bins).cloned().collect();
        assert_eq!(firsts, names, "{name}");
        let bytes = run.join(statistics::WEIGHTS).metadata().unwrap().len() / weights.rows.len() as u64;
        println!("{name}: {bytes} bytes a record of weights, {} layers", layers.names.len() / 4);
    }
}

#[test]
fn a_table_takes_columns_that_come_and_go() {
    use zscope::engine::table::TableFile;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    let names = |all: &[&str]| all.iter().map(|n| (*n).to_string()).collect::<Vec<_>>();
    let mut file = TableFile::open(path.clone(), 0);
    file.append(1, &names(&["a", "b"]), &[1.0, 2.0]).unwrap();
    file.append(2, &names(&["a", "b", "c"]), &[3.0, 4.0, 5.0]).unwrap();
    // It is opened again, as a resumed run does, and the column goes.
    let mut file = TableFile::open(path.clone(), 2);
    file.append(3, &names(&["a", "b"]), &[6.0, 7.0]).unwrap();
    let table = Table::read(&path);
    assert_eq!(table.names, ["a", "b", "c"]);
    let column = |i: usize| table.column(i).collect::<Vec<_>>();
    assert_eq!(column(1), [(1, 2.0), (2, 4.0), (3, 7.0)]);
    let finite: Vec<_> = column(2).into_iter().filter(|(_, v)| v.is_finite()).collect();
    assert_eq!(finite, [(2, 5.0)]);
}

/// A table of looks: the data's shares, then those of each look, with the judge sure of everything.
fn looks(names: &[&str], rows: &[(u64, Vec<f32>)]) -> Table {
    let names = std::iter::once("sure").chain(names.iter().copied()).map(str::to_owned).collect();
    Table { names, rows: rows.to_vec(), bytes: 0 }
}

#[test]
fn a_class_that_vanishes_is_named_with_its_figures() {
    let row = |step, sure, shares: [f32; 3]| (step, vec![sure, shares[0], shares[1], shares[2]]);
    let names = ["0", "1", "without Smiling"];
    let usual = [0.4, 0.3, 0.02];
    let mut rows = vec![row(0, 1.0, usual)];
    rows.extend((1..=4).map(|i| row(i * 100, 0.9, [0.35, 0.28, 0.02])));
    assert_eq!(vanished(&looks(&names, &rows)), None, "nothing is wrong");
    // One look may err; a class that the data hardly has is not missed.
    rows.push(row(500, 0.9, [0.7, 0.0, 0.0]));
    assert_eq!(vanished(&looks(&names, &rows)), None);
    rows.push(row(600, 0.9, [0.7, 0.004, 0.0]));
    let told = vanished(&looks(&names, &rows)).expect("it has vanished");
    println!("{}. {}", told.evidence, told.advice);
    assert_eq!((told.trouble, told.since, told.classes), (Trouble::Vanished, 500, vec!["1".to_string()]));
    let (now, once, data) = ("0.4 %", "28.0 %", "30.0 %");
    assert!([now, once, data].iter().all(|v| told.evidence.contains(v)), "{}", told.evidence);
    // Where a judge can't read the samples, it can't miss a class.
    rows.push(row(700, 0.1, [0.05, 0.0, 0.0]));
    rows.push(row(800, 0.1, [0.05, 0.0, 0.0]));
    assert_eq!(vanished(&looks(&names, &rows)), None);
    // The first steps' noise is always read as the same digit; it was not drawn.
    let mut noise = vec![row(0, 1.0, [0.4, 0.3, 0.3])];
    noise.extend((1..=4).map(|i| row(i * 100, 1.0, [1.0, 0.0, 0.0])));
    noise.extend((5..=6).map(|i| row(i * 100, 0.9, [0.0, 0.4, 0.4])));
    assert_eq!(vanished(&looks(&names, &noise)), None);
    // What was never drawn has not vanished.
    let never: Vec<_> =
        rows.iter().map(|(s, r)| row(*s, 0.9, [r[1], if *s == 0 { 0.3 } else { 0.0 }, 0.0])).collect();
    assert_eq!(vanished(&looks(&names, &never)), None);
    // The monitor tells it once, again when another joins, and takes it back.
    let mut m = Monitor::new(zoo::recipe("dcgan").unwrap(), 0.3);
    let steady: Vec<_> = rows[..5].to_vec();
    let mut gone = steady.clone();
    gone.extend([row(500, 0.9, [0.7, 0.0, 0.0]), row(600, 0.9, [0.7, 0.0, 0.0])]);
    m.seen(&looks(&names, &gone));
    assert_eq!(m.look().unwrap()[0].trouble, Trouble::Vanished);
    assert_eq!(m.look(), None);
    gone.extend([row(700, 0.9, [0.0, 0.0, 0.0]), row(800, 0.9, [0.0, 0.0, 0.0])]);
    m.seen(&looks(&names, &gone));
    assert_eq!(m.look().unwrap()[0].classes, ["0", "1"]);
    m.seen(&looks(&names, &steady));
    assert_eq!(m.look(), Some(vec![]));
}

/// Draws digits as a shipped model does; collapsed, always that of one latent.
struct Digits {
    model: Held,
    collapsed: Option<Tensor<2>>,
}

impl Model for Digits {
    fn inputs(&self) -> Vec<Input> {
        self.model.inputs().to_vec()
    }

    fn forward(&self, given: &Given, _: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        let n = z.dims()[0];
        self.model.decode(self.collapsed.clone().map_or(z, |one| one.repeat_dim(0, n)))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self { model: self.model.fork(), collapsed: self.collapsed.clone() })
    }
}

#[test]
fn a_judge_sees_digits_vanish_and_the_record_tells_it_later() {
    let device = Device::flex();
    let shipped = |name: &str| Checkpoint::from_bytes(zscope::shipped::find(name).unwrap()).unwrap();
    let vae = sessions::explore(&shipped("digits-vae"), &device).unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let spec: Spec = "digits:300".parse().unwrap();
    let data = spec.load(Want::square(28, Some(1)), &job).unwrap().train;
    let dir = tempfile::tempdir().unwrap();
    let judge = shipped("digits-judge");
    let new = |from| Classes::new(dir.path(), from, Duration::ZERO, &judge, &device).unwrap();
    // The sample that the judge is surest of.
    let many = Noise::new(2, 0).normal([64, vae.latent_dims()], &device);
    let (mut reading, opened) = (Reading::default(), sessions::open(&judge, &device).unwrap());
    Named { model: &*opened, outputs: &judge.card.outputs }
        .read(vae.decode(many.clone()).unwrap(), &mut reading);
    let sure = |i: &usize| reading.probabilities[*i].iter().copied().fold(0.0, f32::max);
    let surest = (0..64).max_by(|a, b| sure(a).total_cmp(&sure(b))).unwrap();
    let one = many.slice_dim(0, surest..surest + 1);
    let mut classes = new(0);
    let look = |classes: &mut Classes, step: u64, collapsed: bool| {
        // However many turns it takes; the model is asked for once.
        let mut asked = 0;
        for _ in 0..40 {
            let model = || {
                asked += 1;
                let collapsed = collapsed.then(|| one.clone());
                Held::home(Box::new(Digits { model: vae.fork(), collapsed }), &device)
            };
            if classes.go_on(step, model, &data, &device).unwrap() {
                return asked;
            }
        }
        panic!("the look of step {step} has no end");
    };
    assert!(!classes.due(10, Duration::ZERO) && classes.due(25, Duration::ZERO));
    for step in [100, 200, 300, 400] {
        assert_eq!(look(&mut classes, step, false), 1);
    }
    let seen = classes.seen();
    assert_eq!(seen.names.len(), 11);
    assert_eq!(seen.rows.iter().map(|(s, _)| *s).collect::<Vec<_>>(), [0, 100, 200, 300, 400]);
    assert_eq!(seen.rows[1].1, seen.rows[4].1, "the same latents of the same weights");
    assert!(seen.rows[1].1[1..].iter().all(|share| *share > 0.005), "{:?}", seen.rows[1]);
    let sum: f32 = seen.rows[1].1[1..].iter().sum();
    assert!((sum - seen.rows[1].1[0]).abs() < 1e-4, "the classes' shares make up what it is sure of");
    assert_eq!(vanished(&seen), None);
    [500, 600].iter().for_each(|step| assert_eq!(look(&mut classes, *step, true), 1));
    let told = vanished(&Table::read(&dir.path().join(CLASSES))).expect("nine digits have vanished");
    println!("{}", told.evidence);
    assert!(told.classes.len() >= 6 && told.since == 500, "{told:?}");
    assert!(!told.classes.iter().any(|c| c.starts_with(WITHOUT)));
    // A run that is resumed before it happened knows nothing of it.
    assert_eq!(vanished(&new(400).seen()), None);
}

#[test]
fn a_judge_that_cannot_read_the_data_is_not_asked() {
    let device = Device::flex();
    let judge = Checkpoint::from_bytes(zscope::shipped::find("digits-judge").unwrap()).unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let spec: Spec = "shapes:200".parse().unwrap();
    let data = spec.load(Want::square(28, Some(1)), &job).unwrap().train;
    let dir = tempfile::tempdir().unwrap();
    let mut classes = Classes::new(dir.path(), 0, Duration::ZERO, &judge, &device).unwrap();
    assert!(classes.due(30, Duration::ZERO));
    let never = || -> Held { panic!("no model is asked for") };
    assert!(!classes.go_on(30, never, &data, &device).unwrap());
    assert!(!classes.due(1000, Duration::ZERO) && classes.seen().rows.is_empty());
}

#[test]
fn judging_changes_nothing_of_the_training() {
    let dir = tempfile::tempdir().unwrap();
    let judge = Checkpoint::from_bytes(zscope::shipped::find("digits-judge").unwrap()).unwrap();
    let (mut bare, mut judged) =
        (session("dcgan", None, &[]), session("dcgan", Some(&dir.path().join("run")), &[]));
    judged.judged_by(&judge).unwrap();
    for _ in 0..45 {
        bare.advance();
        judged.advance();
    }
    same(&weights(&bare), &weights(&judged));
    let seen = Table::read(&dir.path().join("run").join(CLASSES));
    assert!(seen.rows.iter().any(|(s, _)| *s == 0), "what the judge says of the data is not recorded");
    assert_eq!(classes::LOOK, 256, "the figure that the chart's hint names");
}

#[test]
fn a_layer_is_watched_while_it_learns_and_while_sliders_move() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    // In the window of its own, with a shipped model.
    h.get_by_label("Layers").click();
    shot::until(&mut h, "the first layer", |a| a.state().tapped().is_some()).unwrap();
    let values = |a: &mut App| a.state().tapped().map(|t| t.values.clone());
    let before = values(app(&mut h)).unwrap();
    h.get_by_label("Next layer").click();
    shot::until(&mut h, "the next", |a| a.state().tapped().is_some_and(|t| t.layer == 1)).unwrap();
    h.run_steps(2);
    h.get_by_label("Maps of the layer");
    app(&mut h).act(Action::Inside(Looking::Layer(0)));
    let moved = app(&mut h).state().order[0];
    app(&mut h).act(Action::SetZ(moved, 2.5));
    shot::until(&mut h, "what it gives now", |a| a.state().tapped().is_some_and(|t| *t.values != *before))
        .unwrap();
    app(&mut h).act(Action::Inside(Looking::Window(false)));
    // Among the charts, while it trains.
    app(&mut h).act(Action::Show(Tab::Train));
    app(&mut h).act(Action::TrainingData("digits:300".into()));
    app(&mut h).act(Action::Until(Until::Stopped));
    app(&mut h).act(Action::Train);
    shot::until(&mut h, "training", |a| a.state().progress.step > 0).unwrap();
    app(&mut h).act(Action::Inside(Looking::Named("fc3".into())));
    assert_eq!(app(&mut h).state().charts(), Charts::Layers);
    shot::until(&mut h, "the layer in training", |a| a.state().tapped().is_some()).unwrap();
    let (step, early) = app(&mut h).state().tapped().map(|t| (t.step, t.values.clone())).unwrap();
    let later = |a: &App| a.state().tapped().is_some_and(|t| t.step > step && *t.values != *early);
    shot::until(&mut h, "the same layer later", later).unwrap();
    h.run_steps(2);
    h.get_by_label("Units of the layer");
    app(&mut h).act(Action::Inside(Looking::Named("fc1".into())));
    assert!(app(&mut h).state().notice.as_ref().is_some_and(|n| n.contains("fc1")), "an encoder's layer");
    for spread in [Spread::Weights, Spread::Gradients, Spread::Activations] {
        app(&mut h).act(Action::Inside(Looking::Charts(Charts::Histograms)));
        app(&mut h).act(Action::Inside(Looking::Spread(spread)));
        let there =
            |a: &App| a.state().followed().is_some_and(|v| !v.spreads[spread as usize].rows.is_empty());
        shot::until(&mut h, "a histogram", there).unwrap();
        h.run_steps(2);
    }
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();
}
