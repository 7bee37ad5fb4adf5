//! One type scale, one spacing unit, one accent colour, in dark and in light.
//!
//! Must not know: what is shown.

use crate::state::Theme;
use eframe::egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use eframe::egui::{self, Color32, FontFamily, FontId, TextStyle, Ui};

/// The spacing unit in points; every distance is a multiple of it.
pub const UNIT: f32 = 4.0;
/// Corner radius of panels and buttons.
pub const ROUND: u8 = 6;

/// Colours with a meaning, which always has a shape or a word as well.
#[derive(Clone, Copy, Debug)]
pub struct Colours {
    /// What can be done, what is chosen.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Ground under pictures: neutral grey, so that colours are judged fairly.
    pub ground: Color32,
    /// Secondary text.
    pub quiet: Color32,
    /// Errors.
    pub bad: Color32,
    /// Ground of errors.
    pub bad_ground: Color32,
    /// Curves, in the order of the losses; told apart by dash as well.
    pub curves: [Color32; 6],
    /// Groups of points; told apart by their marks as well.
    pub groups: [Color32; 10],
}

const DARK: Colours = Colours {
    accent: Color32::from_rgb(0x4f, 0xb3, 0xbf),
    on_accent: Color32::from_rgb(0x06, 0x1c, 0x20),
    ground: Color32::from_rgb(0x14, 0x15, 0x17),
    quiet: Color32::from_rgb(0x9c, 0xa3, 0xad),
    bad: Color32::from_rgb(0xff, 0xb4, 0xa8),
    bad_ground: Color32::from_rgb(0x43, 0x1d, 0x1b),
    curves: [
        Color32::from_rgb(0x4f, 0xb3, 0xbf),
        Color32::from_rgb(0xf2, 0xa6, 0x5a),
        Color32::from_rgb(0xb3, 0x9d, 0xf0),
        Color32::from_rgb(0x8c, 0xc8, 0x6a),
        Color32::from_rgb(0xef, 0x86, 0xa8),
        Color32::from_rgb(0xd9, 0xcf, 0x6b),
    ],
    groups: [
        Color32::from_rgb(0x4f, 0xb3, 0xbf),
        Color32::from_rgb(0xf2, 0xa6, 0x5a),
        Color32::from_rgb(0xb3, 0x9d, 0xf0),
        Color32::from_rgb(0x8c, 0xc8, 0x6a),
        Color32::from_rgb(0xef, 0x86, 0xa8),
        Color32::from_rgb(0xd9, 0xcf, 0x6b),
        Color32::from_rgb(0x6f, 0xa8, 0xf5),
        Color32::from_rgb(0xe5, 0x79, 0x6b),
        Color32::from_rgb(0xa9, 0xb4, 0xc0),
        Color32::from_rgb(0xc5, 0x8b, 0x5f),
    ],
};

const LIGHT: Colours = Colours {
    accent: Color32::from_rgb(0x0b, 0x6e, 0x7c),
    on_accent: Color32::WHITE,
    ground: Color32::from_rgb(0xe3, 0xe4, 0xe6),
    quiet: Color32::from_rgb(0x55, 0x5c, 0x66),
    bad: Color32::from_rgb(0x8e, 0x1b, 0x12),
    bad_ground: Color32::from_rgb(0xfb, 0xe2, 0xde),
    curves: [
        Color32::from_rgb(0x0b, 0x6e, 0x7c),
        Color32::from_rgb(0xb3, 0x5a, 0x00),
        Color32::from_rgb(0x5b, 0x3f, 0xb5),
        Color32::from_rgb(0x3d, 0x7a, 0x1c),
        Color32::from_rgb(0xb0, 0x2a, 0x5b),
        Color32::from_rgb(0x78, 0x6a, 0x00),
    ],
    groups: [
        Color32::from_rgb(0x0b, 0x6e, 0x7c),
        Color32::from_rgb(0xb3, 0x5a, 0x00),
        Color32::from_rgb(0x5b, 0x3f, 0xb5),
        Color32::from_rgb(0x3d, 0x7a, 0x1c),
        Color32::from_rgb(0xb0, 0x2a, 0x5b),
        Color32::from_rgb(0x78, 0x6a, 0x00),
        Color32::from_rgb(0x1d, 0x5f, 0xc4),
        Color32::from_rgb(0xa3, 0x28, 0x1a),
        Color32::from_rgb(0x4a, 0x54, 0x5f),
        Color32::from_rgb(0x7a, 0x4a, 0x21),
    ],
};

/// The colours in force.
pub fn colours(ui: &Ui) -> Colours {
    if ui.visuals().dark_mode { DARK } else { LIGHT }
}

/// Puts the theme in force; cheap to call every frame.
pub fn install(ctx: &egui::Context, theme: Theme) {
    let wanted = match theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    let made = egui::Id::unique("zscope theme");
    if ctx.data(|d| d.get_temp::<bool>(made)).is_none() {
        ctx.data_mut(|d| d.insert_temp(made, true));
        ctx.add_font(signs());
        ctx.style_mut_of(egui::Theme::Dark, |s| style(s, DARK, true));
        ctx.style_mut_of(egui::Theme::Light, |s| style(s, LIGHT, false));
    }
    if ctx.theme() != wanted {
        ctx.set_theme(wanted);
    }
}

/// Arrows and the signs of formulas (←, ∇, ‖, ⊙), which the proportional font lacks and the fixed-width one has.
fn signs() -> FontInsert {
    let behind = InsertFontFamily { family: FontFamily::Proportional, priority: FontPriority::Lowest };
    FontInsert::new("signs", egui::FontData::from_static(epaint_default_fonts::HACK_REGULAR), vec![behind])
}

fn style(style: &mut egui::Style, colours: Colours, dark: bool) {
    use FontFamily::{Monospace, Proportional};
    style.text_styles = [
        (TextStyle::Heading, FontId::new(18.0, Proportional)),
        (TextStyle::Body, FontId::new(13.5, Proportional)),
        (TextStyle::Button, FontId::new(13.5, Proportional)),
        (TextStyle::Small, FontId::new(11.5, Proportional)),
        (TextStyle::Monospace, FontId::new(12.5, Monospace)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(UNIT * 2.0, UNIT * 1.5);
    style.spacing.button_padding = egui::vec2(UNIT * 2.0, UNIT);
    style.spacing.interact_size.y = 24.0;
    style.spacing.slider_rail_height = 4.0;
    // Animations cost frames on machines that draw on the CPU.
    style.animation_time = 0.0;
    let v = &mut style.visuals;
    v.selection.bg_fill = colours.accent;
    v.selection.stroke.color = colours.on_accent;
    v.hyperlink_color = colours.accent;
    v.slider_trailing_fill = true;
    v.window_corner_radius = ROUND.into();
    v.menu_corner_radius = ROUND.into();
    for w in [
        &mut v.widgets.noninteractive,
        &mut v.widgets.inactive,
        &mut v.widgets.hovered,
        &mut v.widgets.active,
    ] {
        w.corner_radius = ROUND.into();
        w.expansion = 0.0;
    }
    if dark {
        v.panel_fill = Color32::from_rgb(0x1d, 0x1f, 0x23);
        v.window_fill = Color32::from_rgb(0x24, 0x27, 0x2c);
        v.extreme_bg_color = Color32::from_rgb(0x13, 0x14, 0x17);
        v.widgets.inactive.weak_bg_fill = Color32::from_rgb(0x2e, 0x32, 0x38);
        v.widgets.inactive.bg_fill = Color32::from_rgb(0x3a, 0x3f, 0x47);
        v.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(0xdd, 0xe0, 0xe4);
        v.widgets.inactive.fg_stroke.color = Color32::from_rgb(0xe6, 0xe8, 0xeb);
        v.widgets.noninteractive.bg_stroke.color = Color32::from_rgb(0x33, 0x37, 0x3d);
    } else {
        v.panel_fill = Color32::from_rgb(0xf5, 0xf6, 0xf7);
        v.window_fill = Color32::WHITE;
        v.widgets.inactive.weak_bg_fill = Color32::from_rgb(0xe2, 0xe5, 0xe8);
        v.widgets.inactive.bg_fill = Color32::from_rgb(0xcd, 0xd2, 0xd7);
        v.widgets.noninteractive.fg_stroke.color = Color32::from_rgb(0x22, 0x26, 0x2b);
        v.widgets.inactive.fg_stroke.color = Color32::from_rgb(0x1c, 0x20, 0x25);
    }
}

/// The main button of a place: filled with the accent.
pub fn primary(ui: &Ui, text: &str) -> egui::Button<'static> {
    let c = colours(ui);
    egui::Button::new(egui::RichText::new(text.to_owned()).color(c.on_accent).strong()).fill(c.accent)
}

/// How far something is, with words that can be read on the filled part and beside it.
pub fn progress(ui: &Ui, part: f32, width: f32, text: impl Into<String>) -> egui::ProgressBar {
    let text = egui::RichText::new(text).color(ui.visuals().text_color());
    egui::ProgressBar::new(part).desired_width(width).fill(colours(ui).accent.gamma_multiply(0.45)).text(text)
}

/// Secondary text.
pub fn quiet(ui: &Ui, text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).color(colours(ui).quiet)
}
