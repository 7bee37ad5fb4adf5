//! Clips of the drawn faces: each face turns, blinks, speaks, begins to smile, or does several of these, smoothly, so that
//! what changes over time is known of every frame.
//!
//! Must not know: files, or what is trained on them.

use super::super::clips::CLIP;
use super::super::dataset::{Attribute, AttributeKind, Clips, Dataset, Track};
use super::super::drawn::{self, Plan, mix};
use super::super::want::{DataError, Fit, Job, Want};
use super::dice::chance;
use super::{Correlation, Factors, SIZES, TEST_SEED, TRAIN_SEED, columns, draw, put, sample};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::f32::consts::{PI, TAU};

/// Frames of a clip.
pub const FRAMES: usize = 16;

/// What is mixed into a face's number for what it does.
const DOES: u64 = 0x61_6374_7300;

/// How long closing and opening an eye take each, as a part of the clip.
const BLINK: f32 = 0.2;

/// What a face does in a clip; what is absent stays as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acts {
    /// Turns: by how many degrees to each side, how often there and back in a clip, and where in that it begins (0–1).
    pub turn: Option<[f32; 3]>,
    /// Blinks: at which part of the clip the eyes are closed.
    pub blink: Option<f32>,
    /// Speaks: how far the mouth opens, how often in a clip, and where in that it begins (0–1).
    pub speech: Option<[f32; 3]>,
    /// Begins to smile: at which part of the clip, and how broadly it smiles in the end.
    pub smile: Option<[f32; 2]>,
}

/// The names of the acts, as attributes.
pub const ACTS: [&str; 4] = ["Turns", "Blinks", "Speaks", "Begins_to_Smile"];

/// The names of what changes over time.
pub const TRACKS: [&str; 4] = ["yaw", "eye_open", "mouth_open", "smile"];

impl Acts {
    /// What face number `index` of the stream `seed` does. Takes the same numbers whatever comes of it.
    pub fn sample(seed: u64, index: u64) -> Self {
        let rng = &mut Pcg64::seed_from_u64(mix(mix(seed, index), DOES));
        let turns = chance(rng, 0.6);
        let turn = [rng.random_range(8.0..=18.0), rng.random_range(0.5..=1.0), rng.random()];
        let blinks = chance(rng, 0.5);
        let blink = rng.random_range(0.25..=0.75);
        let speaks = chance(rng, 0.5);
        let speech = [rng.random_range(0.45..=1.0), rng.random_range(1.5..=2.5), rng.random()];
        let smiles = chance(rng, 0.5);
        let smile = [rng.random_range(0.0..=0.4), rng.random_range(0.6..=1.0)];
        Self {
            turn: turns.then_some(turn),
            blink: blinks.then_some(blink),
            speech: speaks.then_some(speech),
            smile: smiles.then_some(smile),
        }
    }

    /// The face at part `s` (0–1) of the clip.
    pub fn at(&self, face: &Factors, s: f32) -> Factors {
        let mut now = *face;
        if let Some([degrees, often, begin]) = self.turn {
            // Its own turn goes on being part of it, within what can be drawn.
            now.yaw = face.yaw * 0.25 + degrees * (TAU * (often * s + begin)).sin();
        }
        if let Some(at) = self.blink {
            let away = ((s - at) / BLINK).abs().min(1.0);
            now.eye_open = face.eye_open * (1.0 - (PI / 2.0 * away).cos().powi(2));
        }
        if let Some([open, often, begin]) = self.speech {
            now.mouth_open = open * 0.5 * (1.0 - (TAU * (often * s + begin)).cos());
        }
        if let Some([begin, broad]) = self.smile {
            let part = ((s - begin) / 0.6).clamp(0.0, 1.0);
            now.smile = face.smile + (broad - face.smile) * part * part * (3.0 - 2.0 * part);
        }
        now
    }

    fn any(&self) -> [bool; 4] {
        [self.turn.is_some(), self.blink.is_some(), self.speech.is_some(), self.smile.is_some()]
    }
}

/// Which part of a clip frame `frame` is, 0–1.
pub fn part(frame: usize) -> f32 {
    frame as f32 / (FRAMES - 1) as f32
}

/// Frame `frame` of clip `index` of the stream `seed`.
pub fn factors(seed: u64, index: u64, frame: usize) -> Factors {
    let face = sample(seed, index, Correlation::default());
    Acts::sample(seed, index).at(&face, part(frame))
}

/// Draws `count` training clips of [`FRAMES`] frames, and a tenth as many test clips (31 to 312). The attributes are those of the
/// first frame and [`ACTS`]; what changes is told of each frame ([`TRACKS`]).
///
/// # Errors
/// As [`super::load_with`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("faces", &SIZES, 3, Some(Fit::Crop), count * FRAMES, want)?;
    let split = |seed: u64, clips: usize, before: usize| {
        let (frames, drawn) = plan.draw(clips * FRAMES, before, job, |i, pixels| {
            let f = factors(seed, i / FRAMES as u64, i as usize % FRAMES);
            put(&draw(&f, plan.size), pixels);
            f
        })?;
        let first: Vec<Factors> = drawn.iter().step_by(FRAMES).copied().collect();
        let mut attributes = columns::attributes(&first);
        attributes.extend(acts(seed, clips));
        let of = |name: &str, get: fn(&Factors) -> f32| Track {
            name: name.into(),
            values: drawn.iter().map(get).collect(),
        };
        let [yaw, eyes, mouth, smile] = TRACKS;
        let tracks = vec![
            of(yaw, |f| f.yaw),
            of(eyes, |f| f.eye_open),
            of(mouth, |f| f.mouth_open),
            of(smile, |f| f.smile),
        ];
        Ok::<_, DataError>(drawn::clips(CLIP, Clips { frames, length: FRAMES, tracks }, attributes))
    };
    let train = split(TRAIN_SEED, count, 0)?;
    let test = split(TEST_SEED, plan.tests / FRAMES, count * FRAMES)?;
    Ok(Dataset {
        title: "built-in faces that turn, blink, speak and smile".into(),
        train,
        test,
        ..Dataset::default()
    })
}

/// What each of so many clips' faces does, an attribute an act.
fn acts(seed: u64, clips: usize) -> Vec<Attribute> {
    let all: Vec<[bool; 4]> = (0..clips as u64).map(|i| Acts::sample(seed, i).any()).collect();
    let one = |(k, name): (usize, &&str)| {
        let values = all.iter().map(|acts| f32::from(u8::from(acts[k]))).collect();
        Attribute::new(*name, AttributeKind::Binary, values)
    };
    ACTS.iter().enumerate().map(one).collect()
}
