//! The keys and gestures, on `?`, and what the keys do.
//!
//! Must not know: the panels.

use super::{Panel, dialogs::Dialog, theme, top};
use crate::action::clip::Clipping;
use crate::action::{Action, drawing::Drawing, morph::Morphing, tour::Guiding};
use crate::engine::message::Phase;
use crate::state::Tab;
use crate::state::tour;
use eframe::egui::{self, Context, Key, KeyboardShortcut, Modifiers, RichText};

const COMMAND: Modifiers = Modifiers::COMMAND;

const KEYS: &[(&str, &str)] = &[
    ("F1, F2, F3, F4", "Explore, Morph, Mix, Map"),
    ("F5, F6, F7, F8", "Train, Data, Runs, Atlas"),
    ("Drag, wheel, click on Map", "Move, zoom, go there; with Shift a lasso around points"),
    ("R", "Randomise every unlocked slider"),
    ("Home", "Reset every unlocked slider"),
    ("Ctrl+Z, Ctrl+Shift+Z", "Take back, do again"),
    ("B", "Bookmark the latent on the screen"),
    ("Hold C", "Compare with the chosen latent, or the newest bookmark"),
    ("Ctrl+C, Ctrl+V", "Copy the latent as text, go to a copied one"),
    ("Space on Morph", "Play the morph, or hold it; on Explore the clip, where the model draws clips"),
    ("[ and ]", "Of a model of codes: paint with the code before, the next one"),
    ("Drag a thumbnail", "Put it into a well; with Ctrl, a copy"),
    ("Right-click a thumbnail", "Compare, rename, copy, put elsewhere, remove"),
    ("Tab, then ← →", "Reach a slider, move it"),
    ("← → ↑ ↓ on Data", "Go from picture to picture"),
    ("Page Down, Page Up", "The next step of a tour, the one before"),
    ("Ctrl+O, Ctrl+S", "Open a checkpoint, save the model"),
    ("Ctrl+Enter, Ctrl+P", "Start training; pause or resume it"),
    ("Point at a curve", "See the samples of that step; a click stays there"),
    ("?", "Show or hide these keys"),
    ("Drag on the picture", "Move the dimensions marked ↔ and ↕"),
    ("Right-click a slider", "Choose those dimensions"),
    ("Double-click", "Reset the slider, or on the picture all of them"),
    ("Drop a file or folder", "Open a checkpoint, or look at data"),
];

/// Draws the list, if it is open.
pub fn show(ctx: &Context, p: &mut Panel<'_>) {
    let mut open = p.state.help;
    egui::Window::new("Keys and gestures")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| {
            egui::Grid::new("keys").spacing([24.0, 2.0]).show(ui, |ui| {
                for (key, what) in KEYS {
                    ui.label(RichText::new(*key).monospace().color(theme::colours(ui).accent));
                    ui.label(*what);
                    ui.end_row();
                }
            });
            ui.separator();
            if ui
                .button("A tour of a minute")
                .on_hover_text("Six things to try, one after the other")
                .clicked()
            {
                if let Some(first) = tour::shipped().first() {
                    p.act(Action::Tour(Guiding::Begin(first.clone())));
                }
                p.act(Action::Help(false));
            }
        });
    open = open && !ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    if open != p.state.help {
        p.act(Action::Help(open));
    }
}

/// What was pressed in this frame. Keys that a text field may want are left to it while one has the focus.
pub fn keys(ctx: &Context, p: &mut Panel<'_>) {
    let shortcut = |m: Modifiers, k: Key| ctx.input_mut(|i| i.consume_shortcut(&KeyboardShortcut::new(m, k)));
    for (key, tab) in [
        (Key::F1, Tab::Explore),
        (Key::F2, Tab::Morph),
        (Key::F3, Tab::Mix),
        (Key::F4, Tab::Map),
        (Key::F5, Tab::Train),
        (Key::F6, Tab::Data),
        (Key::F7, Tab::Runs),
        (Key::F8, Tab::Atlas),
    ] {
        if shortcut(Modifiers::NONE, key) {
            p.act(Action::Show(tab));
        }
    }
    // Also while a field has the focus: these are the keys of what speakers hold in their hands.
    if let Some(at) = &p.state.touring.at {
        let step = at.step;
        if shortcut(Modifiers::NONE, Key::PageDown) {
            p.act(Action::Tour(Guiding::Step(step + 1)));
        }
        if shortcut(Modifiers::NONE, Key::PageUp) {
            p.act(Action::Tour(Guiding::Step(step.saturating_sub(1))));
        }
    }
    if shortcut(COMMAND, Key::O) {
        p.ask(ctx, Dialog::Open, "");
    }
    if shortcut(COMMAND, Key::S) && p.state.model.is_some() {
        top::ask_save(ctx, p);
    }
    if shortcut(COMMAND, Key::Enter) && !p.state.training() {
        p.act(Action::Train);
    }
    if shortcut(COMMAND, Key::P) {
        match p.state.progress.phase {
            Phase::Running => p.act(Action::Pause),
            Phase::Paused => p.act(Action::Resume),
            _ => {}
        }
    }
    if ctx.egui_wants_keyboard_input() {
        return;
    }
    let redo = shortcut(COMMAND | Modifiers::SHIFT, Key::Z) || shortcut(COMMAND, Key::Y);
    if redo && !p.state.drawn_on() {
        p.act(Action::Redo);
    }
    if shortcut(COMMAND, Key::Z) {
        // The hand is at the points that it draws, not at the latent behind them.
        p.act(if p.state.drawn_on() { Action::Draw(Drawing::Undo) } else { Action::Undo });
    }
    if shortcut(Modifiers::NONE, Key::R) {
        p.act(Action::Randomise);
    }
    if shortcut(Modifiers::NONE, Key::Home) {
        p.act(Action::ResetAll);
    }
    if p.state.tab == Tab::Morph && shortcut(Modifiers::NONE, Key::Space) {
        p.act(Action::Morph(Morphing::Play(!p.state.morph.playing)));
    }
    if p.state.tab == Tab::Explore && p.state.moments().is_some() && shortcut(Modifiers::NONE, Key::Space) {
        p.act(Action::Clip(Clipping::Play(!p.state.clip.playing)));
    }
    super::latent::keys(ctx, p);
    if ctx.input(|i| i.events.iter().any(|e| matches!(e, egui::Event::Text(t) if t == "?"))) {
        p.act(Action::Help(!p.state.help));
    }
}
