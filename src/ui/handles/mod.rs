//! Handles of what a model takes beside a latent: classes, grids of codes, pictures that are drawn. Which of them a model
//! has follows from its inputs, never from its recipe, so that strangers' models have them too.
//!
//! Must not know: how pictures are decoded, any one system.

mod canvas;
mod class;
mod codes;
mod dice;
mod hand;
mod labels;
mod latent;
mod matrix;
mod moment;
mod motion;
mod partial;
mod prior;
mod scene;
mod sheet;
mod text;
mod words;

use super::{Panel, theme};
use crate::action::Action;
use crate::data::tracks::Span;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::point::{Input, Kind, MOTION, Value};
use crate::zoo::styled::{MIX, MIX_FROM, MIX_TO};
use eframe::egui::{self, Rect, Response, Ui};

/// The value of an input as it is shown now.
fn value(p: &Panel<'_>, input: &Input) -> Value {
    input.value_in(&p.pictures.held)
}

/// Names of the inputs that mix another latent in.
fn mixing(inputs: &[Input]) -> Vec<String> {
    let of = |i: &&Input| [MIX, MIX_FROM, MIX_TO].contains(&i.name.as_str());
    inputs.iter().filter(of).map(|i| i.name.clone()).collect()
}

/// Whether the explored model takes something that examples of data give: codes, label maps, pictures, or captions.
fn takes_examples(p: &Panel<'_>) -> bool {
    let given = |i: &Input| i.kind.given_by_data() || matches!(i.kind, Kind::Partial { .. });
    p.state.inputs().iter().any(given)
}

/// Draws the handles that stand beside the sliders.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    prior::show(ui, p);
    let inputs = p.state.inputs().to_vec();
    for input in &inputs {
        match &input.kind {
            Kind::Class { names } => class::show(ui, p, input, names),
            // Of several grids one is painted at a time.
            Kind::Codes { .. } => {
                if codes::painted(ui, p).is_some_and(|painted| painted.name == input.name) {
                    codes::palette(ui, p, input);
                }
            }
            Kind::Picture { .. } => canvas::tools(ui, p, input),
            Kind::Labels { legend, .. } => labels::tools(ui, p, input, legend),
            Kind::Partial { .. } => partial::tools(ui, p, input),
            Kind::Noise => dice::noise(ui, p, input),
            Kind::Number { min, max } => dice::number(ui, p, input, [*min, *max]),
            Kind::Whole { max, names } => dice::whole(ui, p, input, *max, names),
            Kind::Moment { .. } => moment::show(ui, p, input),
            Kind::Latent { .. } if input.name == MOTION => motion::show(ui, p, input),
            Kind::Latent { .. } => latent::show(ui, p, input),
            Kind::Text { words, longest } => text::show(ui, p, input, words, *longest),
            Kind::Tracks { span } => scene::tools(ui, p, input, *span),
        }
    }
    if takes_examples(p) {
        example(ui, p);
    }
}

/// A button that brings what some picture of the data gives.
fn example(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = p.state.model.clone() else { return };
    ui.horizontal(|ui| match p.state.tools.get(&ToolKind::Example).cloned() {
        Some(ToolNews::Working(..)) => {
            ui.spinner();
            ui.label(theme::quiet(ui, "Reading an example"));
        }
        _ => {
            let button = theme::primary(ui, "🎲 Another example");
            let hint = format!("Put in what another picture of {} gives", model.data);
            if ui.add_enabled(!model.data.is_empty(), button).on_hover_text(hint).clicked() {
                let order = ToolOrder::Example { data: model.data.clone(), index: next(ui), only: None };
                p.act(Action::Tool(order));
            }
        }
    });
    ui.add_space(theme::UNIT * 2.0);
}

/// The number of the next example.
fn next(ui: &Ui) -> usize {
    let id = egui::Id::unique("example");
    ui.data_mut(|d| {
        let n = d.get_temp_mut_or_default::<usize>(id);
        *n += 1;
        *n % 200
    })
}

/// The scene of people that the explored model takes; `None` where it takes none.
pub fn walked(p: &Panel<'_>) -> Option<(Input, Span)> {
    p.state.scene_input().map(|(input, span)| (input.clone(), span))
}

/// Draws the scene of people, and takes what a hand does there; gives where it is. `None`: the explored model takes none.
pub fn scene(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, id: egui::Id) -> Option<Rect> {
    scene::show(ui, p, space, id)
}

/// Draws the sheet of a picture that goes in, and takes what a hand draws on it.
pub fn sheet(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, space: Rect) {
    canvas::show(ui, p, input, space);
}

/// Draws what needs a place of its own beside the picture, and gives what is left for that.
pub fn beside(ui: &mut Ui, p: &mut Panel<'_>, space: Rect) -> Rect {
    let of = |i: &&Input| matches!(i.kind, Kind::Picture { .. } | Kind::Labels { .. });
    let drawn = p.state.inputs().iter().find(of).cloned();
    let Some(input) = drawn else { return space };
    let gap = theme::UNIT * 2.0;
    let (mut left, mut right) = (space, space);
    if space.width() >= space.height() {
        left.max.x = space.center().x - gap / 2.0;
        right.min.x = space.center().x + gap / 2.0;
    } else {
        left.max.y = space.center().y - gap / 2.0;
        right.min.y = space.center().y + gap / 2.0;
    }
    match &input.kind {
        Kind::Labels { legend, .. } => labels::show(ui, p, &input, legend, left),
        _ => canvas::show(ui, p, &input, left),
    }
    right
}

/// Takes what a hand does on the picture itself; false where the picture is dragged to move a latent.
pub fn over(ui: &mut Ui, p: &mut Panel<'_>, rect: Rect, response: &Response) -> bool {
    let partial = p.state.inputs().iter().find(|i| matches!(i.kind, Kind::Partial { .. })).cloned();
    if let Some(input) = partial {
        partial::paint(ui, p, &input, rect, response);
        return true;
    }
    match codes::painted(ui, p) {
        Some(input) => {
            codes::paint(ui, p, &input, rect, response);
            codes::mark(ui, p, rect);
            true
        }
        None => p.state.dims() == 0,
    }
}

/// What a drag on the picture does, in a sentence.
pub fn hint(p: &Panel<'_>) -> Option<&'static str> {
    p.state.inputs().iter().find_map(|i| match i.kind {
        Kind::Codes { .. } => Some(
            "Paint on the picture with the chosen code; Alt-click takes the code there, [ and ] the next one",
        ),
        Kind::Picture { .. } => Some("Draw on the left; the picture follows"),
        Kind::Labels { .. } => Some("Paint the parts on the left; the picture follows"),
        Kind::Tracks { .. } => Some("Drag people; their futures follow"),
        Kind::Partial { .. } => {
            Some("Point at a pixel to see what it could have been; Erase takes pixels away, and the model draws them anew")
        }
        _ => None,
    })
}

/// Says what a model without a latent has instead of a page's tool, in the middle of the page; true when it did.
pub fn nothing_here(ui: &mut Ui, p: &Panel<'_>) -> bool {
    let Some(words) = instead(p) else { return false };
    ui.centered_and_justified(|ui| ui.label(theme::quiet(ui, words)));
    true
}

/// What a model without a latent has instead of a tool on latents, in a sentence; `None` where it has a latent.
pub fn instead(p: &Panel<'_>) -> Option<String> {
    let model = p.state.model.as_ref().filter(|m| m.latent_dims == 0)?;
    let has = match model.inputs.iter().map(|i| &i.kind).find(|k| !matches!(k, Kind::Class { .. })) {
        Some(Kind::Codes { .. }) => "It has a grid of codes, which can be painted on Explore.",
        Some(Kind::Picture { .. }) => "It takes a picture, which can be drawn on Explore.",
        Some(Kind::Partial { .. } | Kind::Noise) => {
            "It draws pixel by pixel on Explore, where it also finishes what you begin."
        }
        _ => "Its handles are on Explore.",
    };
    Some(format!("{} has no latent space to move through. {has}", model.name))
}
