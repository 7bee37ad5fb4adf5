//! The colours of a face: skin, hair, lips, cloth and background from plain numbers, and mixing.
//!
//! Must not know: shapes, or where anything is drawn.

use super::Factors;

/// A colour: red, green, blue in 0..=1, sRGB as stored.
pub(in crate::data) type Rgb = [f32; 3];

/// A colour written in bytes.
const fn rgb(r: u8, g: u8, b: u8) -> Rgb {
    [r as f32 / 255.0, g as f32 / 255.0, b as f32 / 255.0]
}

/// Skin from pale to dark, evenly spaced.
const SKIN: [Rgb; 6] = [
    rgb(255, 230, 216),
    rgb(250, 209, 180),
    rgb(234, 180, 140),
    rgb(203, 143, 101),
    rgb(158, 103, 70),
    rgb(112, 71, 50),
];

/// Hair from black over brown and auburn to blond, evenly spaced.
const HAIR: [Rgb; 6] = [
    rgb(34, 29, 36),
    rgb(58, 41, 38),
    rgb(104, 65, 42),
    rgb(158, 92, 50),
    rgb(218, 168, 88),
    rgb(250, 222, 148),
];

/// Irises, evenly spaced: brown, hazel, green, blue, grey-blue.
const IRIS: [Rgb; 5] =
    [rgb(78, 44, 26), rgb(122, 84, 40), rgb(72, 118, 76), rgb(52, 112, 172), rgb(120, 148, 172)];

/// Everything a face is painted with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub skin: Rgb,
    /// Where the light falls.
    pub skin_light: Rgb,
    /// Away from the light, and lines in the skin.
    pub skin_dark: Rgb,
    pub hair: Rgb,
    pub hair_light: Rgb,
    pub hair_dark: Rgb,
    /// Brows and beard: the hair's colour, never so light that they vanish in the skin.
    pub brow: Rgb,
    pub lip: Rgb,
    pub iris: Rgb,
    pub cloth: Rgb,
    pub hat: Rgb,
    pub background: Rgb,
    pub background_light: Rgb,
}

impl Palette {
    /// The colours of a face with these factors.
    pub fn new(f: &Factors) -> Self {
        let skin = ramp(&SKIN, f.skin_tone);
        let skin_dark = times(skin, [0.76, 0.60, 0.56]);
        let hair = mix(ramp(&HAIR, f.hair_colour), rgb(196, 196, 202), f.gray * 0.9);
        let brow = mix(times(hair, [0.66, 0.61, 0.58]), skin_dark, 0.12);
        let natural = mix(skin, rgb(186, 72, 74), 0.46 - 0.12 * f.masculine);
        let painted = mix(rgb(206, 26, 66), times(skin, [0.80, 0.18, 0.34]), 0.35 * f.skin_tone);
        let background = hsl(f.background_hue, 0.36, 0.46 + 0.28 * f.background_light);
        Self {
            skin,
            skin_light: mix(skin, rgb(255, 246, 226), 0.42 - 0.16 * f.skin_tone),
            skin_dark,
            hair,
            hair_light: mix(hair, rgb(255, 240, 210), 0.30),
            hair_dark: times(hair, [0.62, 0.58, 0.60]),
            brow,
            lip: mix(times(natural, [0.95, 0.88, 0.88]), painted, f.lipstick),
            iris: ramp(&IRIS, f.eye_colour),
            cloth: hsl(f.cloth_hue, 0.46, 0.46),
            hat: hsl(f.hat_hue, 0.50, 0.44),
            background,
            background_light: mix(hsl(f.background_hue + 0.04, 0.5, 0.82), background, 0.25),
        }
    }
}

/// The mixture of two colours: `a` at 0, `b` at 1.
pub(super) fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// A colour seen through a filter.
pub(super) fn times(a: Rgb, b: Rgb) -> Rgb {
    std::array::from_fn(|i| (a[i] * b[i]).clamp(0.0, 1.0))
}

/// The colour at `t` (0..=1) along evenly spaced stops.
fn ramp(stops: &[Rgb], t: f32) -> Rgb {
    let at = t.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let i = (at as usize).min(stops.len() - 2);
    mix(stops[i], stops[i + 1], at - i as f32)
}

/// A colour by hue (turns: 0 red, 1/3 green, 2/3 blue), saturation and lightness (0..=1).
pub(in crate::data) fn hsl(hue: f32, saturation: f32, lightness: f32) -> Rgb {
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n| {
        let k = (n + hue.rem_euclid(1.0) * 12.0).rem_euclid(12.0);
        lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}
