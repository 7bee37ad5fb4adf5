//! The label columns of drawn faces: CelebA's attribute names, each true exactly when the drawing shows it, and the
//! continuous factors.
//!
//! Must not know: how anything is drawn.

use super::super::{Attribute, AttributeKind};
use super::{Factors, Glasses};

impl Factors {
    /// Hair is seen on the head (a hat leaves some at the sides).
    pub fn has_hair(&self) -> bool {
        !self.bald
    }

    /// The eyes are not behind dark lenses.
    pub fn eyes_seen(&self) -> bool {
        self.glasses != Some(Glasses::Sun)
    }

    /// Hair that is not grey, of a colour in a range.
    fn hair_in(&self, min: f32, max: f32) -> bool {
        self.has_hair() && self.gray < 0.5 && (min..max).contains(&self.hair_colour)
    }
}

/// A binary attribute: CelebA's name, and whether a face has it.
type Binary = (&'static str, fn(&Factors) -> bool);

/// The binary attributes.
pub const BINARY: [Binary; 22] = [
    ("Smiling", |f| f.smile > 0.25),
    ("Eyeglasses", |f| f.glasses.is_some()),
    ("Male", |f| f.masculine > 0.5),
    ("Blond_Hair", |f| f.hair_in(0.8, 2.0)),
    ("Black_Hair", |f| f.hair_in(0.0, 0.22)),
    ("Brown_Hair", |f| f.hair_in(0.22, 0.56)),
    ("Gray_Hair", |f| f.has_hair() && f.gray >= 0.5),
    ("Wearing_Hat", |f| f.hat.is_some()),
    ("Bald", |f| f.bald && f.hat.is_none()),
    ("Bangs", |f| f.has_hair() && f.hat.is_none() && f.fringe > 0.55),
    ("Mustache", |f| f.moustache > 0.0),
    ("No_Beard", |f| f.beard == 0.0),
    ("Young", |f| f.age < 0.5),
    ("Mouth_Slightly_Open", |f| f.mouth_open > 0.15),
    ("Wearing_Earrings", |f| f.earrings),
    ("Wearing_Lipstick", |f| f.lipstick > 0.4),
    ("Narrow_Eyes", |f| f.eyes_seen() && f.eye_open < 0.45),
    ("Big_Nose", |f| f.nose_size > 0.6),
    ("Bushy_Eyebrows", |f| f.brow_thick > 0.6),
    ("Rosy_Cheeks", |f| f.rosy > 0.45),
    ("Wavy_Hair", |f| f.has_hair() && f.hair_wave > 0.5 && f.hair_length > 0.3),
    ("Pale_Skin", |f| f.skin_tone < 0.12),
];

/// A continuous factor: its name, its range, and its value in a face.
type Continuous = (&'static str, (f32, f32), fn(&Factors) -> f32);

/// The continuous factors; units are those of [`Factors`].
pub const CONTINUOUS: [Continuous; 36] = [
    ("yaw", (-25.0, 25.0), |f| f.yaw),
    ("pitch", (-12.0, 12.0), |f| f.pitch),
    ("roll", (-8.0, 8.0), |f| f.roll),
    ("shift x", (-0.06, 0.06), |f| f.shift_x),
    ("shift y", (-0.05, 0.05), |f| f.shift_y),
    ("scale", (0.92, 1.06), |f| f.scale),
    ("light", (-1.0, 1.0), |f| f.light),
    ("background hue", (0.0, 1.0), |f| f.background_hue),
    ("background light", (0.0, 1.0), |f| f.background_light),
    ("clothes hue", (0.0, 1.0), |f| f.cloth_hue),
    ("face width", (0.9, 1.1), |f| f.face_width),
    ("jaw", (0.0, 1.0), |f| f.jaw),
    ("masculine", (0.0, 1.0), |f| f.masculine),
    ("age", (0.0, 1.0), |f| f.age),
    ("skin tone", (0.0, 1.0), |f| f.skin_tone),
    ("rosy", (0.0, 1.0), |f| f.rosy),
    ("eye size", (0.8, 1.2), |f| f.eye_size),
    ("eye opening", (0.0, 1.0), |f| f.eye_open),
    ("eye colour", (0.0, 1.0), |f| f.eye_colour),
    ("gaze x", (-1.0, 1.0), |f| f.gaze_x),
    ("gaze y", (-1.0, 1.0), |f| f.gaze_y),
    ("brow height", (-1.0, 1.0), |f| f.brow_height),
    ("brow tilt", (-1.0, 1.0), |f| f.brow_tilt),
    ("brow thickness", (0.0, 1.0), |f| f.brow_thick),
    ("nose size", (0.0, 1.0), |f| f.nose_size),
    ("smile", (-1.0, 1.0), |f| f.smile),
    ("mouth opening", (0.0, 1.0), |f| f.mouth_open),
    ("lip fullness", (0.0, 1.0), |f| f.lip_full),
    ("hair colour", (0.0, 1.0), |f| f.hair_colour),
    ("grey", (0.0, 1.0), |f| f.gray),
    ("hair length", (0.0, 1.0), |f| f.hair_length),
    ("hair volume", (0.0, 1.0), |f| f.hair_volume),
    ("hair wave", (0.0, 1.0), |f| f.hair_wave),
    ("parting", (-1.0, 1.0), |f| f.parting),
    ("fringe", (0.0, 1.0), |f| f.fringe),
    ("grain", (0.0, 1.0), |f| f.grain),
];

/// The label columns of faces drawn so, binary ones first.
pub(super) fn attributes(drawn: &[Factors]) -> Vec<Attribute> {
    let binary = BINARY.iter().map(|(name, of)| Attribute {
        name: (*name).into(),
        kind: AttributeKind::Binary,
        values: drawn.iter().map(|f| f32::from(u8::from(of(f)))).collect(),
    });
    let continuous = CONTINUOUS.iter().map(|&(name, (min, max), of)| Attribute {
        name: name.into(),
        kind: AttributeKind::Continuous { min, max },
        values: drawn.iter().map(of).collect(),
    });
    binary.chain(continuous).collect()
}
