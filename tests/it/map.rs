//! The map: its planes, layouts and neighbours against what they promise, and the tab as a person uses it.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, state, window};
use burn::tensor::{Device, Tensor};
use eframe::egui::{self, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;
use zscope::action::{Action, History, apply, bench::Benching, map::Mapping};
use zscope::app::App;
use zscope::data::{Attribute, AttributeKind, Pictures};
use zscope::engine::message::{Event, Importance, Place};
use zscope::engine::tool::{Found, ToolKind, ToolNews, ToolOrder};
use zscope::latent::plane::{Axis, Plane, Ruling};
use zscope::latent::prior::share_below;
use zscope::latent::{neighbours, tsne};
use zscope::shot::{self, Stage};
use zscope::state::Tab;
use zscope::state::bench::{Bookmark, WELL_LIMIT, Well};
use zscope::state::map::{By, Grid, View};
use zscope::tools::memory::{self, Likeness};
use zscope::tools::points::{self, Points};
use zscope::zoo::Model;

fn normals(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
    (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
}

fn plane(ruling: Ruling) -> Plane {
    Plane { right: Axis::Dimension(3), up: Axis::Dimension(1), ruling }
}

#[test]
fn cells_of_a_plane_by_probability_are_equally_probable() {
    let n = 12;
    let z = normals(5, 1);
    let cells = plane(Ruling::Probability).cells(&z, [0, 0], (n, n), 1.0 / n as f32);
    assert_eq!(cells.len(), n * n);
    for (k, cell) in cells.iter().enumerate() {
        let (column, row) = (k % n, n - 1 - k / n);
        let middle = |i: usize| (i as f32 + 0.5) / n as f32;
        assert!((share_below(cell[3]) - middle(column)).abs() < 1e-4, "column {column}");
        assert!((share_below(cell[1]) - middle(row)).abs() < 1e-4, "row {row} from below");
        assert_eq!((cell[0], cell[2], cell[4]), (z[0], z[2], z[4]), "the other dimensions stay");
    }
    // Draws from the prior fall into each column equally often, borders halfway between the cells in probability.
    let draws = normals(60_000, 2);
    let mut counts = vec![0usize; n];
    for x in draws {
        let column = (0..n).filter(|i| x > Ruling::Probability.coordinate(*i as f32 / n as f32)).count();
        counts[column.max(1) - 1] += 1;
    }
    for count in counts {
        assert!((count as f64 - 5000.0).abs() < 5.0 * (5000.0f64 * 11.0 / 12.0).sqrt(), "{count} of 5000");
    }
    let even = plane(Ruling::Sigma).cells(&z, [-2, -2], (4, 4), 1.5);
    assert_eq!((even[0][3], even[3][3], even[0][1], even[15][1]), (-2.25, 2.25, 2.25, -2.25));
}

#[test]
fn both_coordinates_come_out_right_where_axes_are_not_orthogonal() {
    let unit = |v: [f32; 4]| {
        let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
        v.iter().map(|x| x / length).collect::<Vec<f32>>()
    };
    let (e, f) = (unit([1.0, 2.0, 0.0, -1.0]), unit([0.5, 1.0, 1.0, 0.0]));
    let plane = Plane { right: Axis::Along(e), up: Axis::Along(f), ruling: Ruling::Sigma };
    let z = normals(4, 3);
    let moved = plane.through(&z, 1.25, -0.5);
    assert!((plane.right.of(&moved) - 1.25).abs() < 1e-5 && (plane.up.of(&moved) + 0.5).abs() < 1e-5);
    let there = plane.through(&moved, plane.right.of(&z), plane.up.of(&z));
    assert!(there.iter().zip(&z).all(|(a, b)| (a - b).abs() < 1e-5), "going back is no way back");
}

/// Points in three groups far from each other, `n` each.
fn groups(n: usize, dims: usize) -> (Vec<Vec<f32>>, Vec<usize>) {
    let noise = normals(3 * n * dims, 5);
    let rows: Vec<Vec<f32>> = noise
        .chunks(dims)
        .enumerate()
        .map(|(i, r)| r.iter().enumerate().map(|(k, v)| v + 9.0 * f32::from(u8::from(k == i % 3))).collect())
        .collect();
    (rows, (0..3 * n).map(|i| i % 3).collect())
}

#[test]
fn principal_coordinates_keep_distances_in_a_plane() {
    // Rows that lie in a plane of six dimensions: two components are all there is.
    let flat = normals(400, 6);
    let rows: Vec<Vec<f32>> = flat
        .chunks(2)
        .map(|p| {
            let (a, b) = (3.0 * p[0], p[1]);
            vec![0.6 * a + 5.0, 0.8 * a, 0.0, 0.8 * b, 0.0, 0.6 * b - 1.0]
        })
        .collect();
    let points = Points::new("rows".into(), &rows, Vec::new(), None);
    assert!((points.share[0] + points.share[1] - 1.0).abs() < 1e-4 && points.share[0] > 0.8);
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    for (i, j) in [(0, 1), (5, 77), (120, 199)] {
        let (there, here) = (distance(&rows[i], &rows[j]), distance(&points.flat[i], &points.flat[j]));
        assert!((there - here).abs() < 1e-3, "{there} became {here}");
    }
}

#[test]
fn tsne_keeps_groups_and_is_the_same_again() {
    let (rows, labels) = groups(60, 12);
    let go = |_: usize, _: usize| true;
    let map = tsne::tsne(&rows, &go).unwrap();
    assert_eq!(map, tsne::tsne(&rows, &go).unwrap(), "the same rows give another map");
    let flat: Vec<f32> = map.iter().flatten().copied().collect();
    let mut same = 0;
    for (i, at) in map.iter().enumerate() {
        assert!(at.iter().all(|v| v.is_finite()));
        let near = neighbours::nearest(&flat, at, 6);
        same += near.iter().filter(|(j, _)| labels[*j] == labels[i]).count();
    }
    assert!(same >= 6 * map.len() * 98 / 100, "{same} of {} neighbours are of the same group", 6 * map.len());
    // Distances between groups: each is a clump, apart from the others.
    let stopped = tsne::tsne(&rows, &|done, _| done < 3);
    assert!(stopped.is_none(), "it can't be cancelled");
}

#[test]
fn what_is_not_embedded_lies_among_its_neighbours() {
    let (rows, labels) = groups(1750, 8);
    let points = Points::new("rows".into(), &rows, Vec::new(), None);
    assert!(points.len() > tsne::EMBEDDED);
    let found = points::tsne(&points, &|_, _| true).unwrap();
    assert_eq!((found.xy.len(), found.embedded.len()), (5250, tsne::EMBEDDED));
    let middle = |k: usize| {
        let of: Vec<_> = found.xy.iter().zip(&labels).filter(|(_, l)| **l == k).map(|(p, _)| *p).collect();
        let mean = |a: usize| of.iter().map(|p| p[a]).sum::<f32>() / of.len() as f32;
        [mean(0), mean(1)]
    };
    let middles = [middle(0), middle(1), middle(2)];
    let far = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let right = found.xy.iter().zip(&labels).filter(|(p, l)| {
        (0..3).min_by(|a, b| far(**p, middles[*a]).total_cmp(&far(**p, middles[*b]))) == Some(**l)
    });
    let right = right.count();
    assert!(right >= 5198, "{right} of 5250 lie in their own group");
    assert!(points::tsne(&points, &|done, _| done < 2).is_err());
}

/// Draws a grey picture of one value, z[0].
struct Flat;

impl Model for Flat {
    fn inputs(&self) -> Vec<zscope::point::Input> {
        vec![zscope::point::Input::z(2)]
    }

    fn forward(&self, given: &zscope::zoo::Given, _: &mut zscope::nn::Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        let [n, _] = z.dims();
        Some(z.slice([0..n, 0..1]).reshape([n, 1, 1, 1]).repeat(&[1, 1, 4, 4]))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self)
    }
}

#[test]
fn the_training_pictures_like_an_output_are_found() {
    let greys: [u8; 5] = [0, 255, 128, 126, 60];
    let pixels = greys.iter().flat_map(|g| [*g; 16]).collect();
    let pictures = Pictures { width: 4, height: 4, channels: 1, pixels, ..Pictures::default() };
    let z: Arc<[f32]> = [127.0 / 255.0, 0.0].into();
    let device = Device::flex();
    let flat = zscope::zoo::Held::home(Box::new(Flat), &device);
    let near = memory::nearest(&flat, None, z.clone(), &pictures, &device, &|_, _| true).unwrap();
    let order: Vec<usize> = near.found.iter().map(|(i, _)| *i).collect();
    assert_eq!(order, [2, 3, 4, 0, 1]);
    assert!((near.found[0].1 - 1.0 / 255.0).abs() < 1e-5);
    assert!((near.among - 2.0 / 255.0).abs() < 1e-5, "the nearest's own nearest is 126");
    let other = Pictures { width: 2, ..pictures };
    assert!(memory::nearest(&flat, None, z, &other, &device, &|_, _| true).is_err());
}

fn some_points(n: usize, dims: usize) -> Arc<Points> {
    let rows: Vec<Vec<f32>> = normals(n * dims, 8).chunks(dims).map(<[f32]>::to_vec).collect();
    let values = (0..n).map(|i| f32::from(u8::from(i % 4 == 0))).collect();
    let smiling = Attribute::new("Smiling", AttributeKind::Binary, values);
    Arc::new(Points::new("rows".into(), &rows, vec![smiling], None))
}

#[test]
fn a_point_is_chosen_with_its_neighbours_and_a_group_goes_into_a_well() {
    let (mut s, mut h) = (state(6), History::default());
    let points = some_points(900, 6);
    let news = ToolNews::Done(Found::Points(points.clone()));
    s.tell(Event::Tool { model: 1, kind: ToolKind::Points, news });
    assert_eq!(s.map.cloud.layout.as_ref().unwrap().xy, points.flat);
    apply(&mut s, &mut h, Action::Map(Mapping::By(By::Dimensions(4, 2))));
    let layout = s.map.cloud.layout.clone().unwrap();
    assert_eq!(layout.xy[17], [points.z(17)[4], points.z(17)[2]]);
    apply(&mut s, &mut h, Action::Map(Mapping::Choose(Some(17))));
    let chosen = s.map.cloud.chosen.clone().unwrap();
    let truth: Vec<_> = neighbours::nearest(&points.rows, points.z(17), 9)[1..].to_vec();
    assert_eq!(chosen.neighbours, truth);
    let flat: Vec<f32> = layout.xy.iter().flatten().copied().collect();
    let near = neighbours::nearest(&flat, &layout.xy[17], 9);
    assert_eq!(chosen.kept, truth.iter().filter(|(i, _)| near.iter().any(|(j, _)| i == j)).count());
    assert_eq!(s.map.cloud.place(points.z(3)), Some([points.z(3)[4], points.z(3)[2]]));
    apply(&mut s, &mut h, Action::Map(Mapping::Choose(Some(9999))));
    assert_eq!(s.map.cloud.chosen, None);

    let marks =
        |n: usize| -> Vec<Bookmark> { (0..n).map(|i| Bookmark::from(points.z(i).to_vec())).collect() };
    apply(&mut s, &mut h, Action::Bench(Benching::PutAll(Well::Has, marks(400))));
    assert_eq!(s.bench.well(Well::Has).len(), 400);
    apply(&mut s, &mut h, Action::Bench(Benching::PutAll(Well::Has, marks(200))));
    assert_eq!(s.bench.well(Well::Has).len(), 400, "half of a group is no group");
    assert!(s.failure(Place::Bench).unwrap().contains(&WELL_LIMIT.to_string()));
    apply(&mut s, &mut h, Action::Undo);
    assert!(s.bench.well(Well::Has).is_empty(), "a group is taken back as one");
    let wrong = vec![Bookmark::from(vec![0.0; 5])];
    apply(&mut s, &mut h, Action::Bench(Benching::PutAll(Well::A, wrong)));
    assert!(s.bench.well(Well::A).is_empty());
    // A layout of other points comes too late.
    let late = points::Tsne { xy: vec![[0.0; 2]; 900], key: points.key + 1, ..points::Tsne::default() };
    s.tell(Event::Tool { model: 1, kind: ToolKind::Tsne, news: ToolNews::Done(Found::Tsne(late.into())) });
    assert!(s.map.cloud.tsne.is_none());
}

#[test]
fn dead_dimensions_say_why_and_the_plane_shows_those_that_matter() {
    let mut s = state(4);
    let values = vec![0.002, 3.0, 0.5, 1.0];
    s.tell(Event::Ranking { model: 1, measure: Importance::Kl, values });
    assert!(s.dead(0).unwrap().contains("0.0020 nats"));
    assert_eq!((s.dead(1), s.dead(2)), (None, None));
    let (plane, _) = s.plane().unwrap();
    assert_eq!((plane.right, plane.up), (Axis::Dimension(1), Axis::Dimension(3)));
    s.tell(Event::Ranking { model: 1, measure: Importance::Sensitivity, values: vec![0.1, 0.0, 0.2, 0.3] });
    assert!(s.dead(1).unwrap().contains("the picture changes by 0.00 %"));
    assert_eq!(state(1).plane(), None);
}

#[test]
fn the_plane_stays_inside_all_probability() {
    let (mut s, mut h) = (state(4), History::default());
    apply(&mut s, &mut h, Action::Map(Mapping::Look([0.9, -3.0], 2.0)));
    assert_eq!((s.map.grid.centre, s.map.grid.zoom), ([0.75, 0.25], 2.0));
    apply(&mut s, &mut h, Action::Map(Mapping::Look([f32::NAN, 0.5], 4.0)));
    assert_eq!(s.map.grid.zoom, 2.0);
    apply(&mut s, &mut h, Action::Map(Mapping::Look([0.5; 2], 1e-9)));
    assert_eq!(s.map.grid, Grid::default());
    apply(&mut s, &mut h, Action::Map(Mapping::Count(1000)));
    assert_eq!(s.map.grid.count, 32);
}

fn pointer(h: &mut Harness<'static, Stage>, at: Pos2, pressed: Option<bool>, modifiers: Modifiers) {
    h.event(egui::Event::ModifiersChanged(modifiers));
    h.event(egui::Event::PointerMoved(at));
    if let Some(pressed) = pressed {
        h.event(egui::Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers });
    }
    h.step();
}

fn open(h: &mut Harness<'static, Stage>, name: &str, view: View) {
    app(h).act(Action::OpenShipped(name.into()));
    let opened = |a: &App| a.state().model.as_ref().is_some_and(|m| m.name == name);
    shot::until(h, "opening the model", |a| opened(a) && a.state().ranking.is_some()).unwrap();
    app(h).act(Action::Show(Tab::Map));
    app(h).act(Action::Map(Mapping::View(view)));
    h.run_steps(3);
}

#[test]
fn a_click_on_the_plane_goes_there_and_a_drag_moves_it() {
    let Some((mut h, _runs)) = window([1024.0, 700.0], true) else { return };
    open(&mut h, "digits-vae-2d", View::Plane);
    shot::until(&mut h, "the plane", App::settled).unwrap();
    h.step();
    let before = app(&mut h).state().latent.z.clone();
    let rect = h.get_by_label("Pictures on a plane of latent space").rect();
    let at = rect.min + rect.size() * egui::vec2(0.25, 0.1);
    pointer(&mut h, at, Some(true), Modifiers::NONE);
    pointer(&mut h, at, Some(false), Modifiers::NONE);
    h.run_steps(2);
    let z = app(&mut h).state().latent.z.clone();
    assert!((share_below(z[0]) - 0.25).abs() < 5e-3 && (share_below(z[1]) - 0.9).abs() < 5e-3, "{z:?}");
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, before);
    h.get_by_label("+").click();
    h.run_steps(2);
    let zoomed = app(&mut h).state().map.grid.clone();
    assert!(zoomed.zoom > 1.2);
    pointer(&mut h, rect.center(), Some(true), Modifiers::NONE);
    for k in 1..6u8 {
        pointer(&mut h, rect.center() - egui::vec2(f32::from(k) * 8.0, 0.0), None, Modifiers::NONE);
    }
    pointer(&mut h, rect.center() - egui::vec2(40.0, 0.0), Some(false), Modifiers::NONE);
    let moved = app(&mut h).state().map.grid.centre;
    assert!(moved[0] > zoomed.centre[0] && moved[1] == zoomed.centre[1], "{moved:?}");
    shot::until(&mut h, "the moved plane", App::settled).unwrap();
    h.get_by_label("Whole plane").click();
    h.run_steps(2);
    assert_eq!(app(&mut h).state().map.grid, Grid::default());
}

#[test]
fn strips_set_dimensions() {
    let Some((mut h, _runs)) = window([1024.0, 700.0], false) else { return };
    app(&mut h).act(Action::Show(Tab::Map));
    app(&mut h).act(Action::Map(Mapping::View(View::Strips)));
    h.run_steps(3);
    let first = app(&mut h).state().order[0];
    let rect = h.get_by_label(&format!("Strip of z{first}")).rect();
    let at = rect.left_center() + egui::vec2(6.0, 0.0);
    pointer(&mut h, at, Some(true), Modifiers::NONE);
    pointer(&mut h, at, Some(false), Modifiers::NONE);
    h.run_steps(2);
    assert_eq!(app(&mut h).state().latent.z[first], -2.5);
    shot::until(&mut h, "the strips", App::settled).unwrap();
}

#[test]
fn points_are_mapped_chosen_and_taken_as_a_group() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    open(&mut h, "digits-vae", View::Points);
    assert_eq!(app(&mut h).state().map.cloud.data, "digits");
    app(&mut h).act(Action::Tool(ToolOrder::Points { data: Some("digits:300".into()), count: 300 }));
    shot::until(&mut h, "the points", |a| a.state().map.cloud.points.is_some()).unwrap();
    h.run_steps(3);
    let points = app(&mut h).state().map.cloud.points.clone().unwrap();
    assert_eq!((points.len(), points.dims), (300, 20));
    let canvas = h.get_by_label("Latents as points").rect();
    // The points are on the screen: some pixels are neither ground nor text.
    let picture = h.render().unwrap();
    let ground = picture.get_pixel(canvas.left() as u32 + 12, canvas.top() as u32 + 12).0;
    let part = canvas.shrink(40.0);
    let drawn = (part.top() as u32..part.bottom() as u32)
        .flat_map(|y| (part.left() as u32..part.right() as u32).map(move |x| (x, y)))
        .filter(|(x, y)| picture.get_pixel(*x, *y).0.iter().zip(ground).any(|(a, b)| a.abs_diff(b) > 40))
        .count();
    assert!(drawn > 3000, "only {drawn} pixels of points");
    // Shift and a drag around the left half.
    let corners = [
        canvas.left_top() + egui::vec2(5.0, 5.0),
        canvas.center_top() + egui::vec2(0.0, 5.0),
        canvas.center_bottom() - egui::vec2(0.0, 5.0),
        canvas.left_bottom() + egui::vec2(5.0, -5.0),
    ];
    pointer(&mut h, corners[0], Some(true), Modifiers::SHIFT);
    for at in &corners[1..] {
        pointer(&mut h, *at, None, Modifiers::SHIFT);
    }
    pointer(&mut h, corners[3], Some(false), Modifiers::SHIFT);
    h.run_steps(2);
    let layout = app(&mut h).state().map.cloud.layout.clone().unwrap();
    let group = app(&mut h).state().map.cloud.group.clone();
    let left = (0..300).filter(|i| layout.xy[*i][0] < layout.frame.0[0]).count();
    assert!(
        group.len().abs_diff(left) <= 6 && !group.is_empty(),
        "{} in the lasso, {left} left",
        group.len()
    );
    assert!(group.iter().filter(|i| layout.xy[**i][0] < layout.frame.0[0] + 1e-3).count() + 2 >= group.len());
    h.get_by_label("Mean").click();
    h.run_steps(2);
    let well = app(&mut h).state().bench.well(Well::A).to_vec();
    let mean = |k: usize| group.iter().map(|i| points.z(*i)[k]).sum::<f32>() / group.len() as f32;
    assert_eq!(well.len(), 1);
    assert!((0..20).all(|k| (well[0].z[k] - mean(k)).abs() < 1e-4));
    // A cancelled t-SNE leaves the layout as it was.
    app(&mut h).act(Action::Tool(ToolOrder::Tsne(points.clone())));
    app(&mut h).act(Action::CancelTool(ToolKind::Tsne));
    shot::until(&mut h, "giving up", |a| !a.state().tools.contains_key(&ToolKind::Tsne)).unwrap();
    assert_eq!(app(&mut h).state().map.cloud.by, By::Pca);
    for by in [Likeness::Pixels, Likeness::Features] {
        let (z, data) = (points.z(5).into(), String::new());
        app(&mut h).act(Action::Tool(ToolOrder::Nearest { z, of: points.clone(), data, by }));
        let done = |a: &App| a.state().map.cloud.nearest.as_ref().is_some_and(|n| n.by == by);
        shot::until(&mut h, "like pictures", done).unwrap();
        let nearest = app(&mut h).state().map.cloud.nearest.clone().unwrap();
        assert_eq!((nearest.found.len(), nearest.pictures.len()), (6, 6));
        // The reconstruction of a picture is most like that picture, or like one that looks the same to the judge.
        assert!(nearest.found[0].1 <= nearest.found[5].1 && nearest.among > 0.0);
    }
}

#[test]
fn a_model_without_an_encoder_maps_samples_by_what_a_judge_sees() {
    let Some((mut h, _runs)) = window([1024.0, 700.0], true) else { return };
    open(&mut h, "digits-gan", View::Points);
    assert!(app(&mut h).state().map.cloud.samples);
    app(&mut h).act(Action::Tool(ToolOrder::Points { data: Some("digits:20".into()), count: 20 }));
    let failed = |a: &App| a.state().failure(Place::Bench).is_some();
    shot::until(&mut h, "the refusal", failed).unwrap();
    h.run_steps(2);
    assert!(h.query_by_label_contains("this model has no encoder").is_some());
    app(&mut h).act(Action::Tool(ToolOrder::Points { data: None, count: 40 }));
    shot::until(&mut h, "the samples", |a| a.state().map.cloud.points.is_some()).unwrap();
    h.run_steps(3);
    let points = app(&mut h).state().map.cloud.points.clone().unwrap();
    assert_eq!((points.len(), points.dims, points.pictures.is_none()), (40, 100, true));
    let AttributeKind::Class(names) = &points.attributes[0].kind else { panic!("no classes") };
    assert!(names.len() == 10 && points.attributes[0].values.iter().all(|v| (0.0..10.0).contains(v)));
    // Chosen, and seen by what the model draws.
    app(&mut h).act(Action::Map(Mapping::Choose(Some(7))));
    h.run_steps(2);
    shot::until(&mut h, "its picture", App::settled).unwrap();
    assert!(h.query_by_label_contains("Sample 7").is_some());
}
