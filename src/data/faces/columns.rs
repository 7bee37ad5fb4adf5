//! The label columns of drawn faces: CelebA's attribute names, each true exactly when the drawing shows it, and the
//! continuous factors.
//!
//! Must not know: how anything is drawn.

use super::super::{Attribute, AttributeKind};
use super::{Factors, Glasses, Hat};

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

/// A continuous factor; units are those of [`Factors`].
pub struct Continuous {
    /// What to call it.
    pub name: &'static str,
    /// Its range, ends included.
    pub range: (f32, f32),
    /// What it changes about: a heading.
    pub group: &'static str,
    /// What it does to the picture.
    pub hint: &'static str,
    /// Where it is.
    at: fn(&mut Factors) -> &mut f32,
}

impl Continuous {
    /// Its value in a face.
    pub fn get(&self, f: &Factors) -> f32 {
        let mut f = *f;
        *(self.at)(&mut f)
    }

    /// Gives a face this value, or the nearest in range.
    pub fn set(&self, f: &mut Factors, value: f32) {
        *(self.at)(f) = value.clamp(self.range.0, self.range.1);
    }
}

/// The headings, in the order they are listed.
pub const GROUPS: [&str; 7] =
    ["Expression", "Hair and beard", "Worn", "Eyes and brows", "Face", "Pose", "Light and colours"];

/// One row of [`CONTINUOUS`].
const fn row(
    name: &'static str,
    range: (f32, f32),
    at: fn(&mut Factors) -> &mut f32,
    group: usize,
    hint: &'static str,
) -> Continuous {
    Continuous { name, range, group: GROUPS[group], hint, at }
}

/// The continuous factors.
#[rustfmt::skip]
pub const CONTINUOUS: [Continuous; 40] = [
    row("yaw", (-25.0, 25.0), |f| &mut f.yaw, 5, "Turn of the head in degrees; above 0 looks to the right"),
    row("pitch", (-12.0, 12.0), |f| &mut f.pitch, 5, "Nod in degrees; above 0 looks down"),
    row("roll", (-8.0, 8.0), |f| &mut f.roll, 5, "Tilt in degrees; above 0 is clockwise"),
    row("shift x", (-0.06, 0.06), |f| &mut f.shift_x, 5, "Where the head is, left to right, in half picture widths"),
    row("shift y", (-0.05, 0.05), |f| &mut f.shift_y, 5, "Where the head is, top to bottom, in half picture heights"),
    row("scale", (0.92, 1.06), |f| &mut f.scale, 5, "Size of the head"),
    row("light", (-1.0, 1.0), |f| &mut f.light, 6, "Where the light comes from, left to right"),
    row("background hue", (0.0, 1.0), |f| &mut f.background_hue, 6, "Hue of the background: red, green, blue and back to red"),
    row("background light", (0.0, 1.0), |f| &mut f.background_light, 6, "From a dark background to a light one"),
    row("clothes hue", (0.0, 1.0), |f| &mut f.cloth_hue, 6, "Hue of the clothes: red, green, blue and back to red"),
    row("face width", (0.9, 1.1), |f| &mut f.face_width, 4, "Width of the face next to its height"),
    row("jaw", (0.0, 1.0), |f| &mut f.jaw, 4, "From a narrow jaw to a square one"),
    row("masculine", (0.0, 1.0), |f| &mut f.masculine, 4, "From soft features to heavy ones: brow, lashes, neck, lips"),
    row("age", (0.0, 1.0), |f| &mut f.age, 4, "From young to old: lines and bags"),
    row("skin tone", (0.0, 1.0), |f| &mut f.skin_tone, 4, "From pale skin to dark"),
    row("rosy", (0.0, 1.0), |f| &mut f.rosy, 4, "How rosy the cheeks are"),
    row("eye size", (0.8, 1.2), |f| &mut f.eye_size, 3, "Size of the eyes"),
    row("eye opening", (0.0, 1.0), |f| &mut f.eye_open, 3, "From closed eyes to wide open ones"),
    row("eye colour", (0.0, 1.0), |f| &mut f.eye_colour, 3, "Iris from brown over green to blue"),
    row("gaze x", (-1.0, 1.0), |f| &mut f.gaze_x, 3, "Where the eyes look, left to right"),
    row("gaze y", (-1.0, 1.0), |f| &mut f.gaze_y, 3, "Where the eyes look, up to down"),
    row("brow height", (-1.0, 1.0), |f| &mut f.brow_height, 3, "From low brows to raised ones"),
    row("brow tilt", (-1.0, 1.0), |f| &mut f.brow_tilt, 3, "From worried brows to stern ones"),
    row("brow thickness", (0.0, 1.0), |f| &mut f.brow_thick, 3, "How thick the brows are"),
    row("nose size", (0.0, 1.0), |f| &mut f.nose_size, 4, "Size of the nose"),
    row("smile", (-1.0, 1.0), |f| &mut f.smile, 0, "From a frown over a straight mouth to a broad smile"),
    row("mouth opening", (0.0, 1.0), |f| &mut f.mouth_open, 0, "How far the mouth is open"),
    row("lip fullness", (0.0, 1.0), |f| &mut f.lip_full, 0, "How full the lips are"),
    row("hair colour", (0.0, 1.0), |f| &mut f.hair_colour, 1, "From black over brown and auburn to blond"),
    row("grey", (0.0, 1.0), |f| &mut f.gray, 1, "How much of the hair is grey"),
    row("hair length", (0.0, 1.0), |f| &mut f.hair_length, 1, "From short over chin-long to over the shoulders"),
    row("hair volume", (0.0, 1.0), |f| &mut f.hair_volume, 1, "How far the hair stands off the head"),
    row("hair wave", (0.0, 1.0), |f| &mut f.hair_wave, 1, "From straight hair to wavy"),
    row("parting", (-1.0, 1.0), |f| &mut f.parting, 1, "Where the hair is parted, left to right"),
    row("fringe", (0.0, 1.0), |f| &mut f.fringe, 1, "How far the fringe hangs over the forehead"),
    row("lipstick", (0.0, 1.0), |f| &mut f.lipstick, 0, "How much lipstick"),
    row("beard", (0.0, 1.0), |f| &mut f.beard, 1, "From no beard to a full one"),
    row("moustache", (0.0, 1.0), |f| &mut f.moustache, 1, "From no moustache to a full one"),
    row("hat hue", (0.0, 1.0), |f| &mut f.hat_hue, 2, "Hue of the hat, and of glasses that have a colour"),
    row("grain", (0.0, 1.0), |f| &mut f.grain, 6, "Grain as of film, from none to the most"),
];

/// A factor with a few named values.
pub struct Choice {
    /// What to call it.
    pub name: &'static str,
    /// What it changes about: a heading.
    pub group: &'static str,
    /// What it does to the picture.
    pub hint: &'static str,
    /// The values; none = it is there, or it is not.
    pub options: &'static [&'static str],
    /// Which of them a face has (0 or 1 where there are none).
    pub get: fn(&Factors) -> usize,
    /// Gives a face one of them; a number above the last is the last.
    pub set: fn(&mut Factors, usize),
}

const GLASSES: [Option<Glasses>; 5] =
    [None, Some(Glasses::Round), Some(Glasses::Square), Some(Glasses::Cat), Some(Glasses::Sun)];
const HATS: [Option<Hat>; 4] = [None, Some(Hat::Beanie), Some(Hat::Cap), Some(Hat::Brim)];

fn place<T: PartialEq>(of: &T, all: &[T]) -> usize {
    all.iter().position(|x| x == of).unwrap_or(0)
}

/// The factors with a few named values.
pub const CHOICES: [Choice; 4] = [
    Choice {
        name: "glasses",
        group: GROUPS[2],
        hint: "Which glasses are worn",
        options: &["none", "round", "square", "cat-eye", "sunglasses"],
        get: |f| place(&f.glasses, &GLASSES),
        set: |f, i| f.glasses = GLASSES[i.min(GLASSES.len() - 1)],
    },
    Choice {
        name: "hat",
        group: GROUPS[2],
        hint: "Which hat is worn",
        options: &["none", "beanie", "cap", "brimmed hat"],
        get: |f| place(&f.hat, &HATS),
        set: |f, i| f.hat = HATS[i.min(HATS.len() - 1)],
    },
    Choice {
        name: "earrings",
        group: GROUPS[2],
        hint: "Whether earrings are worn",
        options: &[],
        get: |f| usize::from(f.earrings),
        set: |f, i| f.earrings = i > 0,
    },
    Choice {
        name: "bald",
        group: GROUPS[1],
        hint: "No hair on the head",
        options: &[],
        get: |f| usize::from(f.bald),
        set: |f, i| f.bald = i > 0,
    },
];

/// The binary attributes that say what no continuous factor says; all others are derived.
const UNTOLD: [&str; 4] = ["Eyeglasses", "Wearing_Hat", "Bald", "Wearing_Earrings"];

/// Which of several named kinds of what is worn a face has, by their number; no number where it wears none.
fn kind<T: PartialEq>(
    name: &str,
    all: &[Option<T>],
    of: fn(&Factors) -> &Option<T>,
    drawn: &[Factors],
) -> Attribute {
    let number = |f: &Factors| match of(f) {
        Some(_) => place(of(f), all) as f32 - 1.0,
        None => f32::NAN,
    };
    let kind = AttributeKind::Continuous { min: 0.0, max: all.len() as f32 - 2.0 };
    Attribute::new(name, kind, drawn.iter().map(number).collect())
}

/// The label columns of faces drawn so, binary ones first.
pub(super) fn attributes(drawn: &[Factors]) -> Vec<Attribute> {
    let binary = BINARY.iter().map(|(name, of)| {
        let values = drawn.iter().map(|f| f32::from(u8::from(of(f)))).collect();
        Attribute { derived: !UNTOLD.contains(name), ..Attribute::new(*name, AttributeKind::Binary, values) }
    });
    let continuous = CONTINUOUS.iter().map(|factor| {
        let (min, max) = factor.range;
        let values = drawn.iter().map(|f| factor.get(f)).collect();
        Attribute::new(factor.name, AttributeKind::Continuous { min, max }, values)
    });
    let worn =
        [kind("glasses shape", &GLASSES, |f| &f.glasses, drawn), kind("hat shape", &HATS, |f| &f.hat, drawn)];
    binary.chain(continuous).chain(worn).collect()
}
