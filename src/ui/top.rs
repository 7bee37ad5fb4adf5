//! The bar at the top: the verbs, undo, the model's name, open and save, theme and keys.
//!
//! Must not know: what the tabs hold.

use super::dialogs::Dialog;
use super::latent::Carried;
use super::{Panel, theme, well};
use crate::action::{Action, inside::Looking};
use crate::state::bench::{Bookmark, Well};
use crate::state::{Tab, Theme};
use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{self, RichText, Ui};

/// The pages, each with its title and what it is for.
const PAGES: [(Tab, &str, &str); 8] = [
    (
        Tab::Atlas,
        "Atlas",
        "The course of generative models, exhibit by exhibit: open, train, break each (F8)",
    ),
    (Tab::Explore, "Explore", "Move one latent and see its picture (F1)"),
    (Tab::Morph, "Morph", "Turn latents into one another, and save it as a film (F2)"),
    (Tab::Mix, "Mix", "Carry over what some pictures have, by A − B + C (F3)"),
    (Tab::Map, "Map", "See latent space as a whole: planes, strips, points (F4)"),
    (Tab::Train, "Train", "Train a model and watch it learn (F5)"),
    (Tab::Data, "Data", "See the pictures that models learn from (F6)"),
    (Tab::Runs, "Runs", "See what was trained, at any moment (F7)"),
];

/// Room that all titles and what stands at the right need: less is what a small screen has at twice the scale.
const TABS: f32 = 915.0;

/// Below this width titles stand closer together, so that all of them are in the bar on a screen of 1024 points.
const EASY: f32 = 1100.0;

/// Draws it. `wide`: the gallery has room on the page that shows it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, wide: bool) {
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        let name = RichText::new("zscope").size(17.0).strong().color(theme::colours(ui).accent);
        ui.label(name);
        ui.add_space(theme::UNIT * 2.0);
        let narrow = ui.available_width() < TABS;
        if narrow {
            // Where there is no room for all titles, the page's own opens the list of them.
            let now = PAGES.iter().find(|page| page.0 == p.state.tab).map_or("Pages", |page| page.1);
            let title = egui::Button::new(RichText::new(format!("{now} ▾")).size(14.5)).selected(true);
            MenuButton::from_button(title).ui(ui, |ui| tabs(ui, p, true));
        } else {
            ui.scope(|ui| {
                if ui.available_width() < EASY {
                    ui.spacing_mut().item_spacing.x = theme::UNIT;
                    ui.spacing_mut().button_padding.x = theme::UNIT;
                }
                tabs(ui, p, false);
            });
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| right(ui, p, wide));
    });
}

/// The pages' titles; in a menu, one below the other.
fn tabs(ui: &mut Ui, p: &mut Panel<'_>, menu: bool) {
    for (tab, title, hint) in PAGES {
        let chosen = p.state.tab == tab;
        let text = RichText::new(title).size(14.5);
        let title = ui.selectable_label(chosen, text).on_hover_text(hint);
        if title.clicked() {
            p.act(Action::Show(tab));
            if menu {
                ui.close();
            }
        }
        dropped(&title, p, tab);
    }
}

/// A latent that is dragged onto a page's title: the page opens under the hand, and takes what is let go there.
fn dropped(title: &egui::Response, p: &mut Panel<'_>, tab: Tab) {
    let takes = matches!(tab, Tab::Explore | Tab::Morph | Tab::Mix);
    if !takes {
        return;
    }
    if let Some(carried) = title.dnd_release_payload::<Carried>() {
        let mark = Bookmark { name: carried.name.clone(), ..carried.point.clone().into() };
        match tab {
            Tab::Morph => well::put(p, Well::Keyframes, mark, None),
            Tab::Mix => well::put(p, Well::A, mark, None),
            _ => p.act(Action::Go(carried.point.clone())),
        }
        p.act(Action::Show(tab));
    } else if title.dnd_hover_payload::<Carried>().is_some() && p.state.tab != tab {
        p.act(Action::Show(tab));
    }
}

/// Room that a model's name needs to be worth reading; without it the name would lie on the tabs.
const NAME: f32 = 48.0;

fn right(ui: &mut Ui, p: &mut Panel<'_>, wide: bool) {
    if ui.button(" ? ").on_hover_text("Keys and gestures (?)").clicked() {
        p.act(Action::Help(!p.state.help));
    }
    let (symbol, other) = match p.state.prefs.theme {
        Theme::Dark => ("☀", Theme::Light),
        Theme::Light => ("🌙", Theme::Dark),
    };
    if ui.button(symbol).on_hover_text("Light or dark").clicked() {
        p.act(Action::Theme(other));
    }
    let save = ui.add_enabled(p.state.model.is_some(), egui::Button::new("Save…"));
    if save.on_hover_text("Save the model on the screen as a checkpoint (Ctrl+S)").clicked() {
        ask_save(ui.ctx(), p);
    }
    if ui.button("Open…").on_hover_text("Open a checkpoint; you can also drop one here (Ctrl+O)").clicked()
    {
        ask_open(ui.ctx(), p);
    }
    ui.separator();
    let [undo, redo] = p.history.clone();
    let mut button = |symbol: &str, verb: &str, keys: &str, what: Option<String>, action| {
        let said = format!("{verb}: {} ({keys})", what.as_deref().unwrap_or("nothing"));
        if ui.add_enabled(what.is_some(), egui::Button::new(symbol)).on_hover_text(said).clicked() {
            p.act(action);
        }
    };
    button("⟳", "Do again", "Ctrl+Shift+Z", redo, Action::Redo);
    button("⟲", "Take back", "Ctrl+Z", undo, Action::Undo);
    ui.separator();
    if !(wide && p.state.tab == Tab::Explore) {
        super::models::menu(ui, p);
    }
    if p.state.model.as_ref().is_some_and(|m| m.network.is_some()) {
        let open = p.state.network;
        let hint = "The layers of this foreign network, and the settings that its file does not tell";
        if ui.selectable_label(open, "Network").on_hover_text(hint).clicked() {
            p.act(Action::Network(!open));
        }
    }
    // On the page where training is watched they stand among the charts.
    let drawn = !matches!(p.state.tab, Tab::Train | Tab::Data | Tab::Runs | Tab::Atlas);
    if drawn && p.state.model.as_ref().is_some_and(|m| !m.layers.is_empty()) {
        let open = p.state.inside.window;
        // Where there is no room for the word, its sign.
        let (name, hint) = match wide {
            true => ("Layers", "What each layer gives for the latent on the screen"),
            false => ("☰", "Layers: what each gives for the latent on the screen"),
        };
        if ui.selectable_label(open, name).on_hover_text(hint).clicked() {
            p.act(Action::Inside(Looking::Window(!open)));
        }
    }
    if !wide && p.state.tab == Tab::Explore {
        super::bookmarks::menu(ui, p);
    }
    if let Some(model) = p.state.model.as_ref().filter(|_| ui.available_width() > NAME) {
        let about = format!(
            "{}, {} dimensions, {}×{}, {} parameters, trained on {} for {} steps",
            model.title,
            model.latent_dims,
            model.width,
            model.height,
            super::grouped(model.parameters as u64),
            model.data,
            super::grouped(model.step)
        );
        ui.add(egui::Label::new(RichText::new(&model.name).strong()).truncate()).on_hover_text(about);
    }
}

/// Opens the system's dialog for a checkpoint.
pub fn ask_open(ctx: &egui::Context, p: &mut Panel<'_>) {
    p.ask(ctx, Dialog::Open, "");
}

/// Opens the system's dialog for saving.
pub fn ask_save(ctx: &egui::Context, p: &mut Panel<'_>) {
    let name = p.state.model.as_ref().map_or_else(|| "model".to_owned(), |m| m.name.clone());
    p.ask(ctx, Dialog::Save, &name);
}
