//! What a face is made from: every generative factor, its range, and how faces are drawn from the population.
//!
//! Must not know: how a factor looks.

use super::dice::{chance, normal};
use rand::RngExt;
use rand_pcg::Pcg64;

/// How factors go together in the population.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlation {
    /// Every factor by itself: beards, lipstick, hats and grey hair on anyone.
    Independent,
    /// Mildly as in photographs of people: beards and short hair mostly on men, lipstick and earrings mostly on
    /// women, grey and bald heads mostly old.
    #[default]
    CelebaLike,
}

/// A shape of glasses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glasses {
    /// Round wire frames.
    Round,
    /// Rounded rectangles with a strong frame.
    Square,
    /// Pointed at the upper outer corners.
    Cat,
    /// Dark lenses: the eyes are not seen.
    Sun,
}

/// A kind of hat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hat {
    /// A knitted cap with a turned-up edge.
    Beanie,
    /// A cap with a visor.
    Cap,
    /// A hat with a brim all around.
    Brim,
}

/// Everything a face is drawn from. Amounts without a unit go from 0 (none, least) to 1 (most); ranges are in
/// [`super::CONTINUOUS`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Factors {
    /// Turn of the head in degrees, −25..=25; positive looks to the right of the picture.
    pub yaw: f32,
    /// Nod in degrees, −12..=12; positive looks down.
    pub pitch: f32,
    /// Tilt in degrees, −8..=8; positive is clockwise.
    pub roll: f32,
    /// Shift to the right, −0.06..=0.06 half picture widths.
    pub shift_x: f32,
    /// Shift down, −0.05..=0.05 half picture heights.
    pub shift_y: f32,
    /// Size of the head, 0.92..=1.06; 1 is a head as wide as half the picture.
    pub scale: f32,
    /// Where the light comes from: −1 left, 1 right.
    pub light: f32,
    /// Background hue in turns, 0..=1 (0 red, 1/3 green, 2/3 blue).
    pub background_hue: f32,
    /// Background lightness.
    pub background_light: f32,
    /// Hue of the clothes in turns.
    pub cloth_hue: f32,
    /// Width of the face next to its height, 0.9..=1.1; 1 is the middle.
    pub face_width: f32,
    /// Jaw from narrow (0) to square (1).
    pub jaw: f32,
    /// Soft (0) to heavy (1) features: brow, lashes, neck, lips.
    pub masculine: f32,
    /// Age from young (0) to old (1): lines and bags.
    pub age: f32,
    /// Skin from pale (0) to dark (1).
    pub skin_tone: f32,
    /// Rosy cheeks.
    pub rosy: f32,
    /// Size of the eyes, 0.8..=1.2.
    pub eye_size: f32,
    /// Opening of the eyes, from closed (0) to wide open (1).
    pub eye_open: f32,
    /// Iris from brown (0) over green to blue (1).
    pub eye_colour: f32,
    /// Gaze to the left (−1) or right (1) of the picture.
    pub gaze_x: f32,
    /// Gaze up (−1) or down (1).
    pub gaze_y: f32,
    /// Brows low (−1) to raised (1).
    pub brow_height: f32,
    /// Brows from worried (−1, inner ends up) to stern (1, inner ends down).
    pub brow_tilt: f32,
    /// Thickness of the brows.
    pub brow_thick: f32,
    /// Size of the nose.
    pub nose_size: f32,
    /// Mouth from frown (−1) to broad smile (1).
    pub smile: f32,
    /// Opening of the mouth.
    pub mouth_open: f32,
    /// Fullness of the lips.
    pub lip_full: f32,
    /// Lipstick.
    pub lipstick: f32,
    /// Hair from black (0) over brown and auburn to blond (1).
    pub hair_colour: f32,
    /// How much of the hair is grey.
    pub gray: f32,
    /// Hair from short (0) over chin-long (0.5) to over the shoulders (1).
    pub hair_length: f32,
    /// How far the hair stands off the head.
    pub hair_volume: f32,
    /// Hair from straight (0) to wavy (1).
    pub hair_wave: f32,
    /// Where the hair is parted, left (−1) to right (1).
    pub parting: f32,
    /// How far the fringe hangs over the forehead.
    pub fringe: f32,
    /// No hair on the head.
    pub bald: bool,
    /// Beard; 0 is none, else 0.35..=1.
    pub beard: f32,
    /// Moustache; 0 is none, else 0.4..=1.
    pub moustache: f32,
    /// Earrings.
    pub earrings: bool,
    /// Glasses, if any.
    pub glasses: Option<Glasses>,
    /// A hat, if any.
    pub hat: Option<Hat>,
    /// Hue of the hat (and of glasses that have a colour) in turns.
    pub hat_hue: f32,
    /// Film grain; 0 is none, else 0.4..=1.
    pub grain: f32,
    /// Which grain.
    pub grain_seed: u32,
}

impl Factors {
    /// A face from the population. Takes the same numbers from `rng` whichever face comes of it.
    pub fn sample(rng: &mut Pcg64, correlation: Correlation) -> Self {
        let alike = correlation == Correlation::CelebaLike;
        let male = chance(rng, 0.45);
        let masculine =
            if male { normal(rng, 0.82, 0.1, (0.6, 1.0)) } else { normal(rng, 0.16, 0.1, (0.0, 0.4)) };
        let age = normal(rng, 0.34, 0.24, (0.0, 1.0));
        let old = ((age - 0.5) * 2.0).max(0.0);
        // What follows sex and age only where factors are to go together.
        let (heavy, greying) = if alike { (masculine, old) } else { (0.45, 0.0) };
        // A chance that differs between women and men only where factors are to go together.
        let by = |women: f32, men: f32, all: f32| if !alike { all } else { [women, men][usize::from(male)] };
        let smiles = chance(rng, 0.52);
        let smile =
            if smiles { normal(rng, 0.68, 0.2, (0.3, 1.0)) } else { normal(rng, -0.12, 0.26, (-0.9, 0.2)) };
        let opens = chance(rng, if alike && !smiles { 0.28 } else { 0.48 });
        let skin_tone = rng.random::<f32>().powf(1.35);
        let deep = if alike { skin_tone } else { 0.4 };
        let (dark, brown, auburn) =
            (chance(rng, 0.1 + 0.6 * deep), chance(rng, 0.3 + 0.4 * deep), chance(rng, 0.32));
        let shade = if dark { 0.07 } else { [[0.93, 0.68][usize::from(auburn)], 0.40][usize::from(brown)] };
        let greys = chance(rng, if alike { 0.02 + 0.75 * old } else { 0.10 });
        let long = chance(rng, by(0.82, 0.08, 0.49));
        let length =
            if long { normal(rng, 0.7, 0.2, (0.42, 1.0)) } else { normal(rng, 0.1, 0.06, (0.0, 0.22)) };
        let fringed = chance(rng, by(0.28, 0.18, 0.23));
        let bearded = chance(rng, by(0.0, 0.4, 0.18));
        let with_moustache = chance(rng, if alike && bearded { 0.7 } else { by(0.0, 0.08, 0.10) });
        let lipstick = chance(rng, by(0.60, 0.01, 0.30));
        let wears = chance(rng, 0.25);
        let kinds = [Glasses::Round, Glasses::Square, Glasses::Cat, Glasses::Sun];
        let kind = [0, 0, 1, 1, 1, 1, 2, 3, 3, 0][rng.random_range(0..10)];
        let kind = if kind == 2 && alike && male { 1 } else { kind };
        let hatted = chance(rng, 0.12);
        let hat = [Hat::Beanie, Hat::Cap, Hat::Brim][rng.random_range(0..3)];
        let bushy = chance(rng, by(0.06, 0.30, 0.17));
        let rosy = chance(rng, by(0.26, 0.10, 0.18));
        let narrow = chance(rng, 0.14);
        let big_nose = chance(rng, by(0.12, 0.36, 0.23));
        let wavy = chance(rng, by(0.45, 0.25, 0.35));
        let mut face = Self {
            yaw: normal(rng, 0.0, 11.0, (-25.0, 25.0)),
            pitch: normal(rng, 0.0, 5.0, (-12.0, 12.0)),
            roll: normal(rng, 0.0, 3.5, (-8.0, 8.0)),
            shift_x: normal(rng, 0.0, 0.025, (-0.06, 0.06)),
            shift_y: normal(rng, 0.0, 0.02, (-0.05, 0.05)),
            scale: normal(rng, 0.99, 0.03, (0.92, 1.06)),
            light: rng.random_range(-1.0..=1.0),
            background_hue: rng.random(),
            background_light: rng.random(),
            cloth_hue: rng.random(),
            face_width: normal(rng, 1.0, 0.045, (0.9, 1.1)),
            jaw: normal(rng, 0.22 + 0.5 * heavy, 0.16, (0.0, 1.0)),
            masculine,
            age,
            skin_tone,
            rosy: if rosy { normal(rng, 0.85, 0.1, (0.6, 1.0)) } else { normal(rng, 0.1, 0.1, (0.0, 0.3)) },
            eye_size: normal(rng, 1.03 - 0.08 * heavy, 0.07, (0.8, 1.2)),
            eye_open: if narrow {
                normal(rng, 0.32, 0.06, (0.15, 0.4))
            } else {
                normal(rng, 0.76, 0.12, (0.5, 1.0))
            },
            eye_colour: rng.random::<f32>().powf(1.2) * if alike { 1.0 - 0.6 * skin_tone } else { 1.0 },
            gaze_x: normal(rng, 0.0, 0.4, (-1.0, 1.0)),
            gaze_y: normal(rng, 0.0, 0.3, (-1.0, 1.0)),
            brow_height: normal(rng, 0.0, 0.4, (-1.0, 1.0)),
            brow_tilt: normal(rng, -0.22, 0.32, (-1.0, 1.0)),
            brow_thick: if bushy {
                normal(rng, 0.85, 0.08, (0.7, 1.0))
            } else {
                normal(rng, 0.3, 0.13, (0.0, 0.55))
            },
            nose_size: if big_nose {
                normal(rng, 0.82, 0.08, (0.68, 1.0))
            } else {
                normal(rng, 0.3, 0.14, (0.0, 0.55))
            },
            smile,
            mouth_open: if opens { normal(rng, 0.6, 0.2, (0.25, 1.0)) } else { 0.0 },
            lip_full: normal(rng, 0.62 - 0.3 * heavy, 0.16, (0.0, 1.0)),
            lipstick: if lipstick { normal(rng, 0.88, 0.1, (0.65, 1.0)) } else { 0.0 },
            hair_colour: normal(rng, shade, 0.05, (0.0, 1.0)),
            gray: if greys {
                normal(rng, 0.9, 0.1, (0.65, 1.0))
            } else {
                normal(rng, 0.15 * greying, 0.08, (0.0, 0.3))
            },
            hair_length: length,
            hair_volume: normal(rng, 0.4, 0.22, (0.0, 1.0)),
            hair_wave: if wavy {
                normal(rng, 0.85, 0.1, (0.6, 1.0))
            } else {
                normal(rng, 0.12, 0.1, (0.0, 0.35))
            },
            parting: normal(rng, 0.0, 0.5, (-1.0, 1.0)),
            fringe: if fringed {
                normal(rng, 0.88, 0.08, (0.7, 1.0))
            } else {
                normal(rng, 0.2, 0.14, (0.0, 0.4))
            },
            bald: chance(rng, by(0.0, 0.07 + 0.3 * old, 0.06)),
            beard: normal(rng, 0.75, 0.2, (0.35, 1.0)) * f32::from(u8::from(bearded)),
            moustache: normal(rng, 0.75, 0.18, (0.4, 1.0)) * f32::from(u8::from(with_moustache)),
            earrings: chance(rng, by(0.36, 0.04, 0.20)),
            glasses: wears.then_some(kinds[kind]),
            hat: hatted.then_some(hat),
            hat_hue: rng.random(),
            grain: {
                let grainy = chance(rng, 0.5);
                normal(rng, 0.7, 0.18, (0.4, 1.0)) * f32::from(u8::from(grainy))
            },
            grain_seed: rng.random(),
        };
        // Some blink.
        let (blinks, slit) = (chance(rng, 0.03), normal(rng, 0.03, 0.02, (0.0, 0.08)));
        if blinks {
            face.eye_open = slit;
        }
        face
    }
}
