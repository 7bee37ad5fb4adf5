//! The social force model of pedestrian dynamics (Helbing and Molnár 1995): everybody wants to walk to a goal at a speed of their own,
//! keeps away from others and from walls, and stays with those they walk with.
//!
//! Must not know: who walks where, steps of observation, pictures.

/// τ: how soon a person walks as they wish, s.
const RELAX: f64 = 0.5;
/// V⁰ of the potential between two people, m²/s².
const PEOPLE: f64 = 2.1;
/// σ: how far it reaches, m.
const REACH: f64 = 0.3;
/// Δt of the other's step that the potential's ellipse looks ahead, s.
const AHEAD: f64 = 2.0;
/// U⁰ / R of the potential of walls, m/s².
const WALLS: f64 = 10.0 / 0.2;
/// R: how far it reaches, m.
const WALL_REACH: f64 = 0.2;
/// cos φ of half the angle that is looked at, 100°.
const SIGHT: f64 = -0.173_648_177_666_93;
/// c: how much what is out of sight counts.
const UNSEEN: f64 = 0.5;
/// How strongly those who walk together draw each other, m/s². The paper leaves its form open: here it is even, beyond [`APART`].
const TOGETHER: f64 = 0.8;
/// How near to their group's middle nobody is drawn nearer, m.
const APART: f64 = 0.6;
/// Nobody walks faster than this times their own speed.
const FASTEST: f64 = 1.3;

/// A place or a velocity.
pub type Vector = [f64; 2];

fn sum(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1]]
}

fn scaled(a: Vector, by: f64) -> Vector {
    [a[0] * by, a[1] * by]
}

fn difference(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1]]
}

fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// Length of a vector.
pub fn length(a: Vector) -> f64 {
    a[0].hypot(a[1])
}

/// The same direction with length 1; a vector without a length stays as it is.
fn direction(a: Vector) -> Vector {
    let l = length(a);
    if l > 1e-9 { scaled(a, 1.0 / l) } else { a }
}

/// A person who walks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walker {
    /// Where they are, m.
    pub at: Vector,
    /// How they move, m/s.
    pub velocity: Vector,
    /// Where they want to be, m.
    pub goal: Vector,
    /// How fast they like to walk, m/s.
    pub speed: f64,
    /// Who walks with them has the same number; `None` = nobody.
    pub group: Option<usize>,
}

/// People and walls, each wall from one place to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crowd {
    /// The people.
    pub people: Vec<Walker>,
    /// The walls.
    pub walls: Vec<[Vector; 2]>,
}

impl Crowd {
    /// Moves everybody on by `dt` seconds. `chance`: two numbers of N(0, 1) for each person, and `unrest` the strength of what they do
    /// without a reason, m/s².
    pub fn step(&mut self, dt: f64, chance: &[f32], unrest: f64) {
        let forces: Vec<Vector> = (0..self.people.len()).map(|i| self.force(i)).collect();
        let chance = chance.as_chunks::<2>().0;
        for (i, (walker, force)) in self.people.iter_mut().zip(forces).enumerate() {
            let own = chance.get(i).map_or([0.0; 2], |c| c.map(|v| f64::from(v) * unrest));
            let mut velocity = sum(walker.velocity, scaled(sum(force, own), dt));
            let (fast, most) = (length(velocity), FASTEST * walker.speed);
            if fast > most {
                velocity = scaled(velocity, most / fast);
            }
            walker.velocity = velocity;
            walker.at = sum(walker.at, scaled(velocity, dt));
        }
    }

    /// What moves person `i`, m/s².
    fn force(&self, i: usize) -> Vector {
        let me = self.people[i];
        let way = difference(me.goal, me.at);
        let heading = direction(way);
        // At the goal they come to a stand.
        let wish = scaled(heading, me.speed * length(way).min(1.0));
        let mut all = scaled(difference(wish, me.velocity), 1.0 / RELAX);
        for (j, other) in self.people.iter().enumerate() {
            if i == j {
                continue;
            }
            let push = between(me.at, other);
            // What comes from ahead is seen.
            let seen = -dot(heading, push) >= length(push) * SIGHT;
            all = sum(all, scaled(push, if seen { 1.0 } else { UNSEEN }));
        }
        for wall in &self.walls {
            let away = difference(me.at, nearest(me.at, *wall));
            all = sum(all, scaled(direction(away), WALLS * (-length(away) / WALL_REACH).exp()));
        }
        if let Some(group) = me.group {
            let mates: Vec<Vector> =
                self.people.iter().filter(|w| w.group == Some(group)).map(|w| w.at).collect();
            let middle = mates.iter().fold([0.0; 2], |m, at| sum(m, *at));
            let to = difference(scaled(middle, 1.0 / mates.len() as f64), me.at);
            if length(to) > APART {
                all = sum(all, scaled(direction(to), TOGETHER));
            }
        }
        all
    }

    /// The smallest distance between two people, m; infinite where nobody or only one is there.
    pub fn nearest_pair(&self) -> f64 {
        let pairs = self
            .people
            .iter()
            .enumerate()
            .flat_map(|(i, a)| self.people[i + 1..].iter().map(move |b| length(difference(a.at, b.at))));
        pairs.fold(f64::INFINITY, f64::min)
    }
}

/// −∇V(b) at `at`, where V = V⁰·exp(−b/σ) and b is the half short axis of the ellipse that reaches from the other to where their next
/// step leads: 2b = √((|d| + |d − s|)² − |s|²).
fn between(at: Vector, other: &Walker) -> Vector {
    let d = difference(at, other.at);
    let s = scaled(other.velocity, AHEAD);
    let rest = difference(d, s);
    let around = length(d) + length(rest);
    let b = 0.5 * (around * around - dot(s, s)).max(1e-8).sqrt();
    let slope = scaled(sum(direction(d), direction(rest)), around / (4.0 * b));
    scaled(slope, PEOPLE / REACH * (-b / REACH).exp())
}

/// The place of a wall that is nearest to `at`.
fn nearest(at: Vector, [from, to]: [Vector; 2]) -> Vector {
    let along = difference(to, from);
    let part = dot(difference(at, from), along) / dot(along, along).max(1e-12);
    sum(from, scaled(along, part.clamp(0.0, 1.0)))
}
