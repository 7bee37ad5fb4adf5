//! One digit from its number: which class, hand, slant, width …, and its picture.
//!
//! Must not know: the other pictures. Everything follows from (seed, index), so that pictures can be drawn in any
//! order, on any thread.

use super::super::drawn::mix;
use super::factors::{Factors, normal};
use super::warp::Warp;
use super::{curve, fonts, hands, ink};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Range of [`Factors::slant`].
pub const SLANT: (f32, f32) = (-25.0, 45.0);
/// Range of [`Factors::rotation`].
pub const ROTATION: (f32, f32) = (-15.0, 15.0);
/// Range of [`Factors::width`].
pub const WIDTH: (f32, f32) = (1.2, 5.5);
/// Range of [`Factors::aspect`].
pub const ASPECT: (f32, f32) = (0.6, 1.7);

/// How many of the digits are printed (drawn from a font) rather than written.
const PRINTED: f32 = 0.06;

/// Pen width of each digit, next to the others': all are scaled to the same box, which makes the strokes of a digit
/// that is written large, or with a small ring, finer.
const FINENESS: [f32; 10] = [1.05, 1.0, 1.0, 1.02, 0.9, 1.0, 0.92, 1.0, 0.88, 0.86];

/// A drawn digit.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// 0..=9.
    pub digit: u8,
    /// What it was drawn with.
    pub factors: Factors,
    /// `size × size` grey bytes, row-major; 0 = paper (black), 255 = ink (white).
    pub pixels: Vec<u8>,
}

/// Draws digit number `index` of the stream `seed` at `size × size` pixels (meant for [`super::SIZES`]).
///
/// Every ten consecutive indices, from a multiple of ten on, hold each digit once, in a mixed order.
pub fn draw(seed: u64, index: u64, size: usize) -> Drawn {
    let digit = class(seed, index);
    let (factors, mut rng) = sample(seed, index, digit);
    write(digit, factors, &mut rng, size)
}

/// Digit number `index` of the stream `seed`, in the same hand and ink, but of another class (0..=9) or drawn with
/// other factors.
pub fn draw_as(seed: u64, index: u64, digit: u8, factors: Factors, size: usize) -> Drawn {
    let (_, mut rng) = sample(seed, index, digit);
    write(digit, factors, &mut rng, size)
}

/// The class and the factors of digit number `index` of the stream `seed`.
pub fn factors(seed: u64, index: u64) -> (u8, Factors) {
    let digit = class(seed, index);
    (digit, sample(seed, index, digit).0)
}

/// The factors, and the chance that everything else is then drawn with.
fn sample(seed: u64, index: u64, digit: u8) -> (Factors, Pcg64) {
    let mut rng = Pcg64::seed_from_u64(mix(seed, index));
    let fine = FINENESS[usize::from(digit.min(9))];
    let factors = Factors {
        slant: normal(&mut rng, 11.0, 13.0, SLANT),
        rotation: normal(&mut rng, 0.0, 6.0, ROTATION),
        width: normal(&mut rng, 2.7 * fine, 0.85 * fine, WIDTH),
        aspect: normal(&mut rng, 0.0, 0.25, (ASPECT.0.ln(), ASPECT.1.ln())).exp(),
    };
    (factors, rng)
}

fn write(digit: u8, factors: Factors, rng: &mut Pcg64, size: usize) -> Drawn {
    let printed = rng.random::<f32>() < PRINTED;
    let (mut lines, closed) = match printed.then(|| fonts::outline(digit, rng.random())) {
        Some(Some(outline)) => (outline, true),
        _ => (curve::flatten(&hands::write(digit, rng)), false),
    };
    Warp::random(rng, &factors).apply(&mut lines);
    let pen = ink::Pen::random(rng, &factors, closed);
    Drawn { digit, factors, pixels: ink::draw(&lines, &pen, size) }
}

/// The class of picture `index`: one of each in every ten, shuffled, so that any count is balanced.
fn class(seed: u64, index: u64) -> u8 {
    let mut digits: [u8; 10] = std::array::from_fn(|i| i as u8);
    // Another stream than the pictures', which use `index` itself.
    let mut rng = Pcg64::seed_from_u64(mix(!seed, index / 10));
    for i in (1..digits.len()).rev() {
        digits.swap(i, rng.random_range(0..=i));
    }
    digits[(index % 10) as usize]
}
