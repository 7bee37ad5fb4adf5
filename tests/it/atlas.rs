//! The atlas: every exhibit has what its page promises, and every button of it opens the real tool.
//!
//! Must not know: how pages are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use egui_kittest::kittest::Queryable;
use std::collections::BTreeSet;
use zscope::action::{Action, atlas::Atlasing};
use zscope::atlas::formula::{Atom, meaning, parse, symbol};
use zscope::atlas::{Page, Show, exhibit, exhibits, read};
use zscope::data::{Job, Spec, Want};
use zscope::engine::message::{Phase, Source, TrainOrder};
use zscope::shot;
use zscope::state::atlas::Tried;
use zscope::state::{Tab, map, pixels};
use zscope::zoo;

#[test]
fn the_texts_are_whole() {
    let all = read().unwrap();
    let numbers: BTreeSet<u32> = all.iter().map(|e| e.words.number).collect();
    assert_eq!(numbers, (1..=25).collect(), "the course has 25 systems");
    assert_eq!(all.len(), 25);
    let keys: BTreeSet<&str> = all.iter().map(|e| e.words.key.as_str()).collect();
    assert_eq!(keys.len(), 25);
    for e in &all {
        let w = &e.words;
        let texts = w.idea.iter().chain([&w.name, &w.line, &w.question, &w.train.watch, &w.broken.watch]);
        assert!(texts.clone().all(|t| t.len() >= 5), "{}: a text is missing", w.key);
        assert!(texts.clone().all(|t| t.len() < 330), "{}: a text is too long for its place", w.key);
        assert!(!w.papers.is_empty() && !w.formula.is_empty(), "{}", w.key);
    }
}

#[test]
fn lessons_can_be_trained_and_breaking_changes_something() {
    for e in exhibits() {
        let w = &e.words;
        for lesson in [&w.train, &w.broken] {
            let recipe =
                zoo::recipe(&lesson.recipe).unwrap_or_else(|| panic!("{}: {}", w.key, lesson.recipe));
            lesson.settings.check(recipe).unwrap_or_else(|m| panic!("{}: {m}", w.key));
            let spec: Spec = lesson.data.parse().unwrap_or_else(|m| panic!("{}: {m}", w.key));
            let _ = spec;
            assert!(lesson.minutes <= 3.0, "{}: what takes longer is not soon", w.key);
        }
        let asked = |l: &zscope::atlas::Lesson| (l.recipe.clone(), l.data.clone(), l.settings.clone());
        assert!(asked(&w.train) != asked(&w.broken), "{}: nothing is broken", w.key);
        if let Some(name) = &w.open.model {
            assert!(zscope::shipped::find(name).is_some(), "{}: {name} is not shipped", w.key);
        }
    }
}

#[test]
fn every_symbol_is_explained_and_every_coloured_term_has_its_curve() {
    for e in exhibits() {
        let w = &e.words;
        let recipe = zoo::recipe(&w.recipe).unwrap();
        for atom in w.formula.iter().flat_map(|f| parse(f)) {
            if let Some(loss) = &atom.loss {
                assert!(
                    recipe.losses.iter().any(|l| l.name == loss),
                    "{}: {} has no loss {loss}",
                    w.key,
                    w.recipe
                );
            }
            if symbol(&atom.base) {
                assert!(meaning(&atom, &w.symbols).is_some(), "{}: {atom:?} means nothing", w.key);
            }
        }
    }
}

#[test]
fn formulas_are_read() {
    let atom = |base: &str, sub: &str, sup: &str, loss: Option<&str>| Atom {
        base: base.into(),
        sub: sub.into(),
        sup: sup.into(),
        loss: loss.map(String::from),
    };
    assert_eq!(
        parse("[[kl|KL(q_φ ‖ p)]] + x_{i−1}^2"),
        [
            atom("KL", "", "", Some("kl")),
            atom("(", "", "", Some("kl")),
            atom("q", "φ", "", Some("kl")),
            atom(" ‖ ", "", "", Some("kl")),
            atom("p", "", "", Some("kl")),
            atom(")", "", "", Some("kl")),
            atom(" + ", "", "", None),
            atom("x", "i−1", "2", None),
        ]
    );
    // What is not closed is text, and nothing panics.
    for odd in ["", "_", "^", "[[", "[[a", "x_{", "]]", "_{}", "한글_한"] {
        parse(odd);
    }
    assert!(symbol("KL") && symbol("θ") && !symbol("log") && !symbol("+"));
}

#[test]
fn exhibits_are_found_by_words() {
    let found = |words: &str| {
        let all: Vec<&str> =
            exhibits().iter().filter(|e| e.found_by(words)).map(|e| e.words.key.as_str()).collect();
        all
    };
    assert_eq!(found("goodfellow"), ["gan", "optimum"]);
    assert_eq!(found("GOODFELLOW theorem"), [""; 0]);
    assert_eq!(found("").len(), 25);
    assert!(found("smiling").contains(&"arithmetic"));
}

/// Opens every page, presses each of its buttons, and sees the tool that it promises.
#[test]
fn every_button_opens_its_tool() {
    let Some((mut h, _runs)) = window([1280.0, 800.0], false) else { return };
    app(&mut h).act(Action::Show(Tab::Atlas));
    h.run_steps(3);
    for e in exhibits() {
        let w = &e.words;
        app(&mut h).act(Action::Show(Tab::Atlas));
        app(&mut h).act(Action::Atlas(Atlasing::Page(Some(w.key.clone()))));
        h.run_steps(3);
        assert!(h.query_by_label_contains(&w.line).is_some(), "{}: its page is not open", w.key);
        // Training is asked for and taken back before it costs anything; the registry's tests train every system.
        for (title, lesson, what) in
            [("Train it yourself", &w.train, Tried::Trained), ("Break it", &w.broken, Tried::Broken)]
        {
            app(&mut h).act(Action::Show(Tab::Atlas));
            h.run_steps(2);
            h.get_by_label(title).click();
            h.run_steps(4);
            let state = app(&mut h).state();
            assert_eq!(state.tab, Tab::Train, "{}", w.key);
            assert_eq!((&state.form.recipe, &state.form.data), (&lesson.recipe, &lesson.data));
            assert_eq!(state.form.settings, lesson.settings);
            assert!(state.tried(&w.key, what));
            assert!(
                h.query_by_label_contains(&lesson.watch).is_some(),
                "{}: what to watch for is not said",
                w.key
            );
            shot::until(&mut h, "its beginning", |a| a.state().progress.recipe == lesson.recipe).unwrap();
            app(&mut h).act(Action::Stop);
            shot::until(&mut h, "its end", |a| {
                matches!(a.state().progress.phase, Phase::Idle | Phase::Finished)
            })
            .unwrap();
        }
        let Some(name) = &w.open.model else { continue };
        app(&mut h).act(Action::Show(Tab::Atlas));
        h.run_steps(2);
        h.get_by_label("Open").click();
        let source = Source::Shipped(name.clone());
        shot::until(&mut h, "its model", |a| {
            a.state().model.as_ref().is_some_and(|m| m.source == source) && a.state().atlas.on_way.is_none()
        })
        .unwrap();
        h.run_steps(2);
        let state = app(&mut h).state();
        let tab = match w.open.page {
            Page::Explore => Tab::Explore,
            Page::Morph => Tab::Morph,
            Page::Mix => Tab::Mix,
            Page::Map => Tab::Map,
        };
        assert_eq!(state.tab, tab, "{}", w.key);
        for show in &w.open.shows {
            let there = match show {
                Show::Plane => state.map.view == map::View::Plane,
                Show::Strips => state.map.view == map::View::Strips,
                Show::Surprise => state.pixels.view == pixels::View::Surprise,
                Show::Families => state.families.open && state.families.chosen.len() >= 3,
                Show::Layers => state.inside.window,
                Show::Keyframes => state.bench.path().legs() > 0,
                Show::Example => !state.tools.is_empty() || state.enlarging.truth.is_some(),
            };
            assert!(there, "{}: {show:?} is not shown", w.key);
        }
        assert!(h.query_by_label_contains(&w.question).is_some(), "{}: the question is not asked", w.key);
        app(&mut h).act(Action::Inside(zscope::action::inside::Looking::Window(false)));
        app(&mut h).act(Action::Families(zscope::action::families::Siding::Open(false)));
    }
}

#[test]
fn without_a_model_the_page_says_so_and_the_newest_run_serves() {
    let mut state = crate::app::state(4);
    let gan = exhibit("gan").unwrap();
    assert_eq!(state.model_of(gan), None);
    let mut history = zscope::action::History::default();
    let open = Action::Atlas(Atlasing::Do("gan".into(), Tried::Opened));
    assert!(zscope::action::apply(&mut state, &mut history, open.clone()).is_empty());
    let message = state.failure(zscope::engine::message::Place::Model).unwrap().to_owned();
    assert!(message.contains("train it yourself"), "{message}");
    assert!(!state.tried("gan", Tried::Opened));
    state.progress.phase = Phase::Running;
    state.progress.recipe = "lab".into();
    assert_eq!(state.model_of(gan), Some(Source::Training));
    let commands = zscope::action::apply(&mut state, &mut history, open);
    assert!(state.tried("gan", Tried::Opened), "{commands:?}");
    // An exhibit that is no more is put back to the map.
    zscope::action::apply(&mut state, &mut history, Action::Atlas(Atlasing::Page(Some("no-such".into()))));
    assert_eq!(state.atlas.page, None);
}

/// The data of each lesson has what its recipe needs.
#[test]
fn lessons_have_data_that_their_recipes_can_learn_from() {
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let mut seen = BTreeSet::new();
    for lesson in exhibits().iter().flat_map(|e| [&e.words.train, &e.words.broken]) {
        let recipe = zoo::recipe(&lesson.recipe).unwrap();
        let name = lesson.data.split(':').next().unwrap();
        if seen.insert((recipe.name, name.to_owned())) {
            let spec: Spec = format!("{name}:40").parse().unwrap();
            let data = spec.load(Want::square(32, None), &job).unwrap();
            let order = TrainOrder {
                recipe: lesson.recipe.clone(),
                data: lesson.data.clone(),
                settings: lesson.settings.clone(),
                minutes: Some(lesson.minutes),
                ..TrainOrder::default()
            };
            zscope::engine::begin::facts(recipe, &order, &data).unwrap_or_else(|m| panic!("{m}"));
        }
    }
}

#[test]
fn tours_are_read_written_and_walked() {
    use zscope::action::tour::Guiding;
    use zscope::state::tour::{Tour, shipped};
    assert_eq!(shipped().len(), 3, "one of the shipped tours can't be read");
    for tour in shipped() {
        let again =
            Tour::read(&tour.text(std::path::Path::new("/nowhere")).unwrap(), std::path::Path::new(""))
                .unwrap();
        assert_eq!(again, **tour, "{}", tour.title);
    }
    let here = std::path::Path::new("");
    for (text, part) in [
        ("", "title"),
        ("title = 'a'", "without a step"),
        ("title = 'a'\n[[step]]\ntitle = 'b'\npage = 'Nowhere'", "Nowhere"),
        ("title = 'a'\n[[step]]\ntitle = 'b'\npage = 'Atlas'\nexhibit = 'no'", "step 1"),
        ("title = 'a'\n[[step]]\ntitle = 'b'\npage = 'Atlas'\nlesson = 'Broken'", "which exhibit"),
    ] {
        let why = Tour::read(text, here).unwrap_err();
        assert!(why.contains(part) && !why.contains('\n'), "{text}: {why}");
    }
    // A window walks one, and one that was written there comes back the same from its file.
    let Some((mut h, dir)) = window([1280.0, 800.0], false) else { return };
    app(&mut h).act(Action::Tour(Guiding::Begin(shipped()[1].clone())));
    let arrived = |a: &zscope::app::App| {
        a.state().model.as_ref().is_some_and(|m| m.source == Source::Shipped("digits-gan".into()))
    };
    shot::until(&mut h, "the tour", arrived).unwrap();
    h.run_steps(2);
    let first = app(&mut h).state().point();
    app(&mut h).act(Action::Tour(Guiding::Step(2)));
    h.run_steps(3);
    assert_eq!(
        (app(&mut h).state().tab, app(&mut h).state().atlas.page.as_deref()),
        (Tab::Atlas, Some("gan"))
    );
    app(&mut h).act(Action::Tour(Guiding::Step(0)));
    h.run_steps(3);
    assert_eq!((app(&mut h).state().tab, app(&mut h).state().point()), (Tab::Explore, first));
    app(&mut h).act(Action::Tour(Guiding::New));
    app(&mut h).act(Action::Tour(Guiding::Add));
    app(&mut h).act(Action::Tour(Guiding::Words("Mine".into(), "Look".into())));
    let written = app(&mut h).state().touring.at.clone().unwrap().tour;
    let file = dir.path().join("mine.toml");
    app(&mut h).act(Action::Tour(Guiding::Save(file.clone())));
    shot::until(&mut h, "the tour", |_| file.exists()).unwrap();
    app(&mut h).act(Action::Tour(Guiding::End));
    app(&mut h).act(Action::Tour(Guiding::Read(file)));
    shot::until(&mut h, "the tour", |a| a.state().touring.at.is_some()).unwrap();
    assert_eq!(app(&mut h).state().touring.at.clone().unwrap().tour, written);
}
