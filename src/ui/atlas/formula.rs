//! Formulas on the screen: symbols with what hangs on them, each explained under the pointer, terms in their losses' colours.
//!
//! Must not know: how formulas are read.

use crate::atlas::Exhibit;
use crate::atlas::formula::{Atom, meaning, parse, symbol};
use crate::ui::theme;
use crate::zoo;
use eframe::egui::{self, Align, Align2, Color32, FontId, Rect, RichText, TextFormat, Ui, text::LayoutJob};

/// Size of what stands on the line, points.
const SIZE: f32 = 18.0;
/// Size of what hangs on it.
const HUNG: f32 = 12.0;

/// Draws an exhibit's formulas, one below the other, and under them the terms that have a curve.
pub fn show(ui: &mut Ui, exhibit: &'static Exhibit) {
    let words = &exhibit.words;
    for line in &words.formula {
        let atoms = parse(line);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for atom in &atoms {
                let colour = colour(ui, exhibit, atom).unwrap_or(ui.visuals().strong_text_color());
                let label = ui.add(egui::Label::new(job(atom, colour)).selectable(false));
                if let Some(means) = meaning(atom, &words.symbols).filter(|_| symbol(&atom.base)) {
                    label.on_hover_text(format!("{}: {means}", written(atom)));
                }
            }
        });
    }
    let mut terms: Vec<String> = words.formula.iter().flat_map(|f| parse(f)).filter_map(|a| a.loss).collect();
    terms.dedup();
    let losses = zoo::recipe(&words.recipe).map_or(&[][..], |recipe| recipe.losses);
    let drawn: Vec<_> =
        losses.iter().enumerate().filter(|(_, l)| terms.iter().any(|t| t == l.name)).collect();
    if !drawn.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::quiet(ui, "In the plots:").small());
            for (place, loss) in drawn {
                let colours = theme::colours(ui).curves;
                let ink = colours[place % colours.len()];
                ui.label(RichText::new(format!("— {}", loss.title)).small().color(ink))
                    .on_hover_text(loss.help);
            }
        });
    }
}

/// The colour that the plots have for the loss whose term it is part of.
fn colour(ui: &Ui, exhibit: &Exhibit, atom: &Atom) -> Option<Color32> {
    let loss = atom.loss.as_deref()?;
    let place = zoo::recipe(&exhibit.words.recipe)?.losses.iter().position(|l| l.name == loss)?;
    let colours = theme::colours(ui).curves;
    Some(colours[place % colours.len()])
}

fn job(atom: &Atom, colour: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let format = |size: f32, valign: Align, italics: bool| TextFormat {
        font_id: FontId::proportional(size),
        color: colour,
        valign,
        italics,
        ..TextFormat::default()
    };
    let letter = symbol(&atom.base) && atom.base.chars().count() == 1;
    job.append(&atom.base, 0.0, format(SIZE, Align::Center, letter));
    job.append(&atom.sup, 0.5, format(HUNG, Align::TOP, false));
    job.append(&atom.sub, 0.5, format(HUNG, Align::BOTTOM, false));
    job
}

/// As it is written in a line of text.
fn written(atom: &Atom) -> String {
    let hung = |sign: char, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
    format!("{}{}{}", atom.base, hung('_', &atom.sub), hung('^', &atom.sup))
}

/// A small sketch of a formula in a rectangle.
pub fn sketch(ui: &Ui, formula: &str, place: Rect) {
    let text: String = parse(formula).iter().map(|a| format!("{}{}", a.base, a.sub)).collect();
    let ink = theme::colours(ui).quiet;
    let inner = place.shrink(theme::UNIT);
    let galley = ui.painter().layout(text, FontId::proportional(11.5), ink, inner.width());
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size().min(inner.size()), inner);
    ui.painter().with_clip_rect(inner).galley(at.min, galley, ink);
}
