//! A model whose picture takes many passes: it is shown while it comes about, and given up when another one is wanted.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use zscope::engine::link::Slot;
use zscope::engine::message::{Shown, Wanted, What};
use zscope::engine::viewer::{Subject, SubjectSlot, Viewer};
use zscope::gpu::Pixels;
use zscope::nn::Watch;
use zscope::point::Input;
use zscope::zoo::{Given, Held, Model};

/// Passes of a picture, each of so long.
const PASSES: usize = 60;
const PASS: Duration = Duration::from_millis(10);

/// Draws in many passes: each makes the picture a little lighter, up to z.
struct Slow {
    passes: Arc<AtomicUsize>,
    /// How many passes were made of each picture that was begun.
    ended: Arc<Mutex<Vec<usize>>>,
}

impl Model for Slow {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(1)]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?; // [n, 1]
        let n = z.dims()[0];
        let whole = z.reshape([n, 1, 1, 1]).expand([n, 1, 4, 4]); // [n, 1, 4, 4]
        for pass in 0..PASSES {
            if !watch.wanted() {
                self.ended.lock().unwrap().push(pass);
                return None;
            }
            std::thread::sleep(PASS);
            self.passes.fetch_add(1, SeqCst);
            watch.partly(|| whole.clone() * ((pass + 1) as f32 / PASSES as f32));
        }
        self.ended.lock().unwrap().push(PASSES);
        Some(whole)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Slow { passes: self.passes.clone(), ended: self.ended.clone() })
    }
}

fn wanted(stamp: u64, z: f32) -> Wanted {
    Wanted {
        model: 1,
        stamp,
        point: Some(vec![z].into()),
        grid: None,
        tap: None,
        plane: false,
        pixels: None,
        enlarged: None,
        futures: None,
        plus: None,
        sheets: Vec::new(),
        strips: Vec::new(),
        asked: Instant::now(),
    }
}

fn grey(shown: &Shown) -> f32 {
    let Pixels::Cpu(values) = &shown.image.pixels else { panic!("no window draws on this device") };
    values[0]
}

#[test]
fn a_slow_picture_is_shown_as_it_comes_and_given_up_for_another() {
    let device = Device::flex();
    let (passes, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let model: Box<dyn Model> = Box::new(Slow { passes: passes.clone(), ended: ended.clone() });
    let (slot, slots) = (SubjectSlot::default(), Slot::default());
    let ((send, shown), (events, _heard)) = (channel(), channel());
    let viewer = Viewer::spawn(slot.clone(), slots.clone(), send, events, Arc::new(|_| {})).unwrap();
    let model = Held::home(model, &device);
    slot.put(Some(Subject { id: 1, step: 0, live: false, model, device, probe: None, world: None }));
    let next = || shown.recv_timeout(Duration::from_secs(20)).unwrap();
    slots.put(wanted(1, 0.5));
    // Pictures done in part come in order, and are of the first request.
    let first: Vec<Shown> = (0..3).map(|_| next()).collect();
    assert!(first.iter().all(|s| s.partial && s.stamp == 1 && s.what == What::Main));
    assert!(first.windows(2).all(|w| grey(&w[0]) < grey(&w[1])), "lighter and lighter");
    // Another picture is wanted: the first is given up within one pass, and never finished.
    slots.put(wanted(2, 1.0));
    let made = passes.load(SeqCst);
    let last = loop {
        let shown = next();
        if shown.stamp == 2 && !shown.partial {
            break shown;
        }
        assert!(shown.partial, "the first was never whole");
    };
    assert!((grey(&last) - 1.0).abs() < 1e-6, "the whole picture replaces what was there in part");
    let ended = ended.lock().unwrap().clone();
    assert!(ended.len() == 2 && ended[0] <= made + 1 && ended[1] == PASSES, "{ended:?} of {made}");
    // The same wish again, as when something else on the screen changes, gives up nothing.
    slots.put(wanted(3, 0.25));
    while !next().partial {}
    slots.put(wanted(4, 0.25));
    while next().partial {}
    slot.close();
    viewer.join().unwrap();
}
