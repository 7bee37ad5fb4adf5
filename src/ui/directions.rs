//! The directions of the model as handles under the picture: − and +, a slider each, what they do on hover, and how
//! more are found.
//!
//! Must not know: how directions are found or judged.

use super::{Panel, dialogs::Dialog, theme};
use crate::action::{Action, bench::Benching, pick::Picking};
use crate::data::spec::specs;
use crate::engine::tool::{LEARN_FROM, ToolKind, ToolNews, ToolOrder};
use crate::gpu::Look;
use crate::latent::Direction;
use crate::latent::direction::Method;
use crate::state::bench::Well;
use crate::tools::learn::Keep;
use eframe::egui::containers::menu::{MenuButton, MenuConfig};
use eframe::egui::{self, Sense, Ui, Vec2};

/// Directions that are listed before "All".
const FIRST: usize = 6;
const ROW: f32 = 28.0;
/// Most rows that are visible at once.
const ROWS: usize = 6;
/// Pictures in a preview.
const PREVIEW: usize = 5;
/// Components that are found at once.
const COMPONENTS: usize = 8;

/// Height that the handles need in a space so wide.
pub fn height(p: &Panel<'_>, width: f32) -> f32 {
    if p.state.model.is_none() {
        return 0.0;
    }
    if p.state.dims() == 0 {
        return ROW;
    }
    let shown = shown(p).div_ceil(columns(width)).min(ROWS);
    ROW + shown as f32 * (ROW + theme::UNIT)
}

fn shown(p: &Panel<'_>) -> usize {
    let all = p.state.bench.directions.len();
    if p.state.all_directions { all } else { all.min(FIRST) }
}

fn columns(width: f32) -> usize {
    ((width / 250.0) as usize).clamp(1, 3)
}

/// Draws them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    if p.state.model.is_none() {
        return;
    }
    if p.state.dims() == 0 {
        let right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(right, |ui| super::explore::files(ui, p));
        return;
    }
    tools(ui, p);
    let directions = p.state.bench.clone();
    let columns = columns(ui.available_width());
    let width = (ui.available_width() - theme::UNIT * 4.0 * (columns - 1) as f32) / columns as f32 - 1.0;
    let listed: Vec<usize> = (0..shown(p)).collect();
    egui::ScrollArea::vertical().id_salt("directions").auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing = egui::vec2(theme::UNIT * 4.0, theme::UNIT);
        for row in listed.chunks(columns) {
            ui.horizontal(|ui| {
                for &i in row {
                    let size = egui::vec2(width, ROW);
                    ui.push_id(("direction", i), |ui| {
                        ui.allocate_ui_with_layout(
                            size,
                            egui::Layout::left_to_right(egui::Align::Center),
                            |ui| handle(ui, p, i, &directions.directions[i], width),
                        )
                    });
                }
            });
        }
    });
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Directions").strong());
        match p.state.tools.get(&ToolKind::Directions).cloned() {
            Some(ToolNews::Working(done, total)) => {
                let part = if total == 0 { 0.0 } else { done as f32 / total as f32 };
                let text = if total == 0 { "Looking".into() } else { format!("{done} of {total}") };
                ui.add(theme::progress(ui, part, 160.0, text));
                if ui.button("Cancel").clicked() {
                    p.act(Action::CancelTool(ToolKind::Directions));
                }
            }
            _ => find(ui, p),
        }
        let all = p.state.bench.directions.len();
        if all > FIRST {
            let open = p.state.all_directions;
            let text = if open { format!("First {FIRST}") } else { format!("All {all}") };
            if ui.link(text).clicked() {
                p.act(Action::AllDirections(!open));
            }
        }
        if all == 0 && !p.state.tools.contains_key(&ToolKind::Directions) {
            ui.label(theme::quiet(ui, "Find some: a smile becomes a slider."));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| super::explore::files(ui, p));
    });
}

/// The ways to find directions.
fn find(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = p.state.model.clone() else { return };
    // It stays open while the data is typed; each of its buttons closes it.
    let stays = MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::new("Find…").config(stays).ui(ui, |ui| {
        let data = p.state.tool_data();
        ui.horizontal(|ui| {
            let about = "The pictures and labels that directions are learnt from";
            ui.label("Learn from").on_hover_text(about);
            let mut typed = data.clone();
            let field = egui::TextEdit::singleline(&mut typed).hint_text("faces, folder:…").desired_width(170.0);
            if ui.add(field).on_hover_text(specs()).changed() {
                p.act(Action::Pick(Picking::Data(Some(typed))));
            }
            let own = ui.add_enabled(data != model.data, egui::Button::new("↺").small());
            if own.on_hover_text("Back to what the model learnt from").clicked() {
                p.act(Action::Pick(Picking::Data(None)));
            }
        });
        if data.trim().is_empty() {
            ui.label(theme::quiet(ui, "Say which data: this model's file does not tell what it learnt from."));
        }
        ui.separator();
        let learn = |method, keep| ToolOrder::Learn { data: data.clone(), count: LEARN_FROM, keep, method };
        let components =
            |method| ToolOrder::Components { method, count: COMPONENTS, data: data.clone() };
        let ways = [
            (
                "Of every attribute",
                "From the labels of the data, or the judge's word on samples: the normal of the plane that parts those with it from those without, less what would move attributes that have nothing to do with it",
                learn(Method::Normal, Keep::Unrelated),
            ),
            (
                "Of every attribute, others not held",
                "The same, with what goes along with it on the plane's normal",
                learn(Method::Normal, Keep::Nothing),
            ),
            (
                "Of every attribute, as the data has it",
                "The plain difference of means: what goes along with the attribute in the data comes along",
                learn(Method::Means, Keep::Nothing),
            ),
            (
                "Components of the encodings (PCA)",
                "Without labels: along which latents of the data vary most; you name them",
                components(Method::Pca),
            ),
            (
                "Components of the activations (GANSpace)",
                "Without labels: along which the first layer's activations vary most; you name them",
                components(Method::Ganspace),
            ),
            (
                "From the first layer's weights (SeFa)",
                "Without labels or samples: what the first layer amplifies most; you name them",
                components(Method::Sefa),
            ),
        ];
        for (title, hint, order) in ways {
            let possible = !matches!(order, ToolOrder::Components { method: Method::Pca, .. }) || model.has_encoder;
            if ui.add_enabled(possible, egui::Button::new(title)).on_hover_text(hint).clicked() {
                p.act(Action::Tool(order));
                ui.close();
            }
        }
        let bench = &p.state.bench;
        let picked = !bench.well(Well::Has).is_empty() && !bench.well(Well::HasNot).is_empty();
        let hint = "Put latents into the wells \"has it\" and \"has it not\" first (right-click a thumbnail)";
        if ui.add_enabled(picked, egui::Button::new("From what I picked")).on_hover_text(hint).clicked() {
            let name = format!("Picked {}", bench.directions.len() + 1);
            p.act(Action::Bench(Benching::FromPicks(name)));
            ui.close();
        }
        ui.separator();
        if ui.button("Open from a file…").clicked() {
            ask(ui.ctx(), p, Dialog::DirectionsIn);
            ui.close();
        }
        let some = !p.state.bench.directions.is_empty();
        if ui.add_enabled(some, egui::Button::new("Save to a file…")).clicked() {
            ask(ui.ctx(), p, Dialog::DirectionsOut);
            ui.close();
        }
        if ui.add_enabled(some, egui::Button::new("Remove all")).clicked() {
            p.act(Action::Bench(Benching::ClearDirections));
            ui.close();
        }
    });
    response.on_hover_text("Find what moves one thing in the picture and nothing else");
}

fn ask(ctx: &egui::Context, p: &mut Panel<'_>, what: Dialog) {
    let name = p.state.model.as_ref().map_or("directions".into(), |m| format!("{} directions", m.name));
    p.ask(ctx, what, &name);
}

fn handle(ui: &mut Ui, p: &mut Panel<'_>, i: usize, direction: &Direction, width: f32) {
    ui.spacing_mut().item_spacing.x = theme::UNIT;
    // CelebA's names have underscores for blanks.
    let name = egui::Label::new(direction.name.replace('_', " ")).truncate().sense(Sense::click());
    let label = ui.add_sized([84.0, 24.0], name);
    let label = label.on_hover_ui(|ui| about(ui, p, direction));
    label.context_menu(|ui| menu(ui, p, i, direction));
    let step = |ui: &mut Ui, text: &str, word: &str| {
        let button = egui::Button::new(text).min_size(Vec2::splat(24.0));
        let hint = format!("{word} {} by {:.2} units", direction.name, direction.strength);
        let response = ui.add(button).on_hover_text(&hint);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &hint));
        response.clicked()
    };
    if step(ui, "−", "Less") {
        p.act(Action::Nudge(i, -direction.strength));
    }
    let (low, high) = direction.range();
    ui.spacing_mut().slider_width = (width - 84.0 - 2.0 * 24.0 - 4.0 * theme::UNIT).max(40.0);
    let mut position = direction.position(&p.state.latent.z);
    let slider = egui::Slider::new(&mut position, low..=high)
        .show_value(false)
        .clamping(egui::SliderClamping::Never)
        .trailing_fill(false);
    let response = ui.add(slider).labelled_by(label.id);
    if response.changed() {
        p.act(Action::SetDirection(i, position));
    }
    if response.drag_stopped() {
        p.act(Action::Release);
    }
    if response.double_clicked() {
        p.act(Action::SetDirection(i, 0.0));
        p.act(Action::Release);
    }
    response.context_menu(|ui| menu(ui, p, i, direction));
    if step(ui, "+", "More") {
        p.act(Action::Nudge(i, direction.strength));
    }
}

/// What a direction does: the picture along it, and how well it works.
fn about(ui: &mut Ui, p: &mut Panel<'_>, direction: &Direction) {
    let Some(model) = &p.state.model else { return };
    ui.set_max_width(380.0);
    let (low, high) = direction.range();
    let at = |k: usize| low + (high - low) * k as f32 / (PREVIEW - 1) as f32;
    let keep_norm = p.state.keeps_norm();
    let along: Vec<Vec<f32>> =
        (0..PREVIEW).map(|k| direction.moved_to(&p.state.latent.z, at(k), keep_norm)).collect();
    let size = Vec2::new(360.0, 360.0 / PREVIEW as f32 * model.height as f32 / model.width.max(1) as f32);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    match p.pictures.sheet(PREVIEW, &along) {
        Some(image) => {
            let look = Look::plain(p.state.prefs.smooth_pixels);
            p.pictures.paint(ui, egui::Id::unique("direction preview"), rect, &image, look);
        }
        None => {
            ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
        }
    }
    let how = match direction.method {
        Method::Means => "difference of means",
        Method::Normal => "normal of a linear classifier",
        Method::Pca => "component of the encodings",
        Method::Ganspace => "component of the activations",
        Method::Sefa => "eigenvector of the first layer",
        Method::Combined => "made from others",
    };
    ui.label(theme::quiet(ui, format!("{}: {how}. Right-click for more.", direction.name)));
    if let Some(report) = &direction.report {
        ui.label(format!(
            "+{:.2} turns {:.0} % of {} pictures without it, as the judge sees them.",
            direction.strength,
            100.0 * report.success,
            report.moved
        ));
        let mut moved: Vec<_> = report.kept.iter().filter(|(_, kept)| *kept < 0.995).collect();
        moved.sort_by(|a, b| a.1.total_cmp(&b.1));
        let words: Vec<String> = moved
            .iter()
            .take(4)
            .map(|(name, kept)| format!("{name} in {:.0} %", 100.0 * (1.0 - kept)))
            .collect();
        let also = if words.is_empty() {
            "Nothing else changes.".into()
        } else {
            format!("What else changes: {}.", words.join(", "))
        };
        ui.label(also);
    }
}

/// What can be done with a direction.
fn menu(ui: &mut Ui, p: &mut Panel<'_>, i: usize, direction: &Direction) {
    let typed = egui::Id::unique(("direction name", i));
    let mut name = ui.data(|d| d.get_temp::<String>(typed)).unwrap_or_else(|| direction.name.clone());
    ui.horizontal(|ui| {
        ui.label("Name");
        let response = ui.add(egui::TextEdit::singleline(&mut name).desired_width(140.0));
        if response.lost_focus() && !name.trim().is_empty() && name != direction.name {
            p.act(Action::Bench(Benching::NameDirection(i, name.trim().to_string())));
        }
        ui.data_mut(|d| d.insert_temp(typed, name));
    });
    let mut strength = direction.strength;
    ui.horizontal(|ui| {
        ui.label("Step of − and +");
        let value = egui::DragValue::new(&mut strength).speed(0.02).range(0.01..=20.0).fixed_decimals(2);
        if ui
            .add(value)
            .on_hover_text("How much one press changes the picture, in units: 1 is as far as from the average without to the average with")
            .changed()
        {
            p.act(Action::Bench(Benching::Strength(i, strength)));
        }
    });
    if ui.button("↺ To its middle").clicked() {
        p.act(Action::SetDirection(i, 0.0));
        p.act(Action::Release);
        ui.close();
    }
    let others: Vec<(usize, String)> = p
        .state
        .bench
        .directions
        .iter()
        .enumerate()
        .filter(|(j, _)| *j != i)
        .map(|(j, d)| (j, d.name.clone()))
        .collect();
    for (title, weight) in [("Add another to it", 1.0), ("Take another from it", -1.0)] {
        ui.menu_button(title, |ui| {
            egui::ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
                for (j, name) in &others {
                    if ui.button(name).clicked() {
                        p.act(Action::Bench(Benching::Combine(i, *j, weight)));
                        ui.close();
                    }
                }
            });
        });
    }
    if ui.button("Remove").clicked() {
        p.act(Action::Bench(Benching::RemoveDirection(i)));
        ui.close();
    }
}
