//! Where simulated people walk: a corridor with two ways, a crossing of two streams, and groups on a square.
//!
//! Must not know: how people move, pictures, files.

use super::super::tracks::Span;
use super::force::{Crowd, Vector, Walker, length};
use crate::random::Stream;
use std::f64::consts::{PI, TAU};

/// Seconds of one step of the simulation.
pub const STEP: f64 = 0.1;
/// Steps before the first that is observed, in which people find their pace.
const BEFORE: usize = 10;
/// What people do without a reason, m/s².
const UNREST: f64 = 0.3;
/// Nobody comes nearer to another than this, m: a scene where it happens is drawn anew.
pub const TOUCH: f64 = 0.3;
/// How far apart people begin, m.
const ROOM: f64 = 0.8;
/// How far away goals are, m: farther than anybody walks while a scene lasts.
const FAR: f64 = 24.0;
/// Scenes tried of one number of people.
const TRIES: u64 = 8;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Two walls, and people both ways.
    Corridor,
    /// Two streams at a right angle.
    Crossing,
    /// Groups of two and three whose ways meet.
    Groups,
}

/// Numbers of one scene.
struct Dice(Stream);

impl Dice {
    /// Evenly from `low` to `high`.
    fn even(&mut self, low: f64, high: f64) -> f64 {
        let u = self.0.uniforms(1, 0.5)[0];
        low + (high - low) * f64::from(u + 0.5)
    }

    /// A whole number from `low` to `high`, both of them too.
    fn whole(&mut self, low: usize, high: usize) -> usize {
        low + self.0.number() as usize % (high - low + 1)
    }

    /// The speed that a person likes: N(1.34, 0.26) m/s, as in the paper.
    fn speed(&mut self) -> f64 {
        (1.34 + 0.26 * f64::from(self.0.normals(1)[0])).clamp(0.7, 2.0)
    }
}

impl World {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Corridor, Self::Crossing, Self::Groups];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Corridor => "corridor",
            Self::Crossing => "crossing",
            Self::Groups => "groups",
        }
    }

    /// Scene `index` of a seed, `people × steps × 2` metres, around the origin and turned at random. People keep [`TOUCH`] apart:
    /// a scene where they do not is drawn anew, after some tries with fewer people.
    pub fn scene(self, seed: u64, index: u64, span: Span) -> Vec<f32> {
        let mut tries = 0;
        loop {
            let mut dice = Dice(Stream::new(seed ^ (tries << 40), index));
            let most = 9usize.saturating_sub((tries / TRIES) as usize).max(2);
            let (crowd, turn) = (self.begin(&mut dice, most), dice.even(0.0, TAU));
            if let Some(tracks) = walked(crowd, &mut dice, span) {
                return turned(&tracks, turn);
            }
            tries += 1;
        }
    }

    /// Who begins where, at most so many people, and the walls. Follows from the seed and the index alone.
    pub fn people(self, seed: u64, index: u64, most: usize) -> Crowd {
        self.begin(&mut Dice(Stream::new(seed, index)), most)
    }

    fn begin(self, dice: &mut Dice, most: usize) -> Crowd {
        let mut crowd = Crowd::default();
        match self {
            Self::Corridor => {
                let half = dice.even(1.6, 3.0);
                crowd.walls = [-1.0, 1.0].map(|side| [[-40.0, side * half], [40.0, side * half]]).to_vec();
                let n = dice.whole(2, most);
                for i in 0..n {
                    let side = if i % 2 == 0 { -1.0 } else { 1.0 };
                    place(&mut crowd, dice, ROOM, |dice| {
                        let y = dice.even(0.5 - half, half - 0.5);
                        let x = side * dice.even(1.0, 8.0);
                        ([x, y], [x - side * FAR, y], None)
                    });
                }
            }
            Self::Crossing => {
                let n = dice.whole(2, most);
                for i in 0..n {
                    place(&mut crowd, dice, ROOM, |dice| {
                        let (along, aside) = (dice.even(-9.0, -1.5), dice.even(-2.0, 2.0));
                        match i % 2 {
                            0 => ([along, aside], [along + FAR, aside], None),
                            _ => ([aside, along], [aside, along + FAR], None),
                        }
                    });
                }
            }
            Self::Groups => {
                let groups = dice.whole(1, (most / 3).max(1)) + usize::from(most > 5);
                for group in 0..groups {
                    let (size, from, speed) = (dice.whole(2, 3), dice.even(0.0, TAU), dice.speed());
                    let (far, miss) = (dice.even(3.0, 8.0), dice.even(-0.3, 0.3));
                    let start = [far * from.cos(), far * from.sin()];
                    let heading = from + PI + miss;
                    let ahead = [heading.cos(), heading.sin()];
                    for k in 0..size.min(most.saturating_sub(crowd.people.len())) {
                        place(&mut crowd, dice, ROOM * 0.8, |dice| {
                            let aside = (k as f64 - (size as f64 - 1.0) / 2.0) * 0.9 + dice.even(-0.1, 0.1);
                            let behind = dice.even(-0.2, 0.2);
                            let at = [
                                start[0] - ahead[1] * aside - ahead[0] * behind,
                                start[1] + ahead[0] * aside - ahead[1] * behind,
                            ];
                            (at, [at[0] + ahead[0] * FAR, at[1] + ahead[1] * FAR], Some(group))
                        });
                        if let Some(last) = crowd.people.last_mut() {
                            last.speed = speed;
                        }
                    }
                }
            }
        }
        for walker in &mut crowd.people {
            let way = [walker.goal[0] - walker.at[0], walker.goal[1] - walker.at[1]];
            let l = length(way).max(1e-9);
            walker.velocity = way.map(|v| v / l * walker.speed);
        }
        crowd
    }
}

/// Adds one person where there is room for them; where none is found after some looking, nobody.
fn place(
    crowd: &mut Crowd,
    dice: &mut Dice,
    room: f64,
    at: impl Fn(&mut Dice) -> (Vector, Vector, Option<usize>),
) {
    for _ in 0..20 {
        let (here, goal, group) = at(dice);
        let free = |w: &Walker| length([w.at[0] - here[0], w.at[1] - here[1]]) >= room;
        if crowd.people.iter().all(free) {
            let speed = dice.speed();
            crowd.people.push(Walker { at: here, velocity: [0.0; 2], goal, speed, group });
            return;
        }
    }
}

/// Lets a crowd walk and keeps each step of observation, `people × steps × 2`; `None`: there are fewer than two, or two came too near.
fn walked(mut crowd: Crowd, dice: &mut Dice, span: Span) -> Option<Vec<f32>> {
    let n = crowd.people.len();
    if n < 2 {
        return None;
    }
    let each = (f64::from(span.step_ms) / 1000.0 / STEP).round() as usize;
    let mut tracks = vec![0.0; n * span.steps() * 2];
    for k in 0..BEFORE + (span.steps() - 1) * each + 1 {
        if crowd.nearest_pair() < TOUCH {
            return None;
        }
        if let Some(since) = k.checked_sub(BEFORE).filter(|since| since.is_multiple_of(each)) {
            for (i, walker) in crowd.people.iter().enumerate() {
                let at = (i * span.steps() + since / each) * 2;
                tracks[at..at + 2].copy_from_slice(&walker.at.map(|v| v as f32));
            }
        }
        crowd.step(STEP, &dice.0.normals(2 * n), UNREST);
    }
    Some(tracks)
}

/// All points turned around the origin.
fn turned(tracks: &[f32], by: f64) -> Vec<f32> {
    let (sin, cos) = (by.sin() as f32, by.cos() as f32);
    tracks.as_chunks::<2>().0.iter().flat_map(|[x, y]| [x * cos - y * sin, x * sin + y * cos]).collect()
}
